/**
 * Where the records of a request's body stand in its text: the items of an array, one on each line, or one alone. Found by
 * quotes, brackets and line ends, without parsing: how many there are is known before anything is made of them.
 */
import { maxRecordBytes } from './readers/block.ts'
import { parseExact } from './readers/json/exact.ts'

/** Work in small steps: whoever drives it may let others have the thread after each. */
export type Steps<T> = Generator<undefined, T, undefined>

export interface RecordTexts {
  readonly isArray: boolean
  /** All there are, those too whose place is not kept. */
  readonly count: number
  /** Of a record whose place is kept. */
  at(place: number): string
}

/** Why a body that begins as an array is none. */
export interface NoArray {
  readonly problem: string
}

/**
 * Keeps the places of the first `most`. A body is lines where its first line is JSON by itself and others follow; otherwise, where
 * it begins so, an array; otherwise one value, or lines if it is none. Blank lines are passed over. Items of an array that parse,
 * each by itself, make an array that parses.
 */
export function* divide(text: string, most: number): Steps<RecordTexts | NoArray> {
  const from = text.search(/\S/)
  if (!hasFurtherLine(text, from)) return text[from] === '[' ? yield* itemsOf(text, from, most) : one(text)
  if (isJson(text.slice(from, text.indexOf('\n', from)))) return yield* linesOf(text, most)
  if (text[from] === '[') return yield* itemsOf(text, from, most)
  return isJson(text) ? one(text) : yield* linesOf(text, most)
}

const hasFurtherLine = (text: string, from: number): boolean => {
  const end = text.indexOf('\n', Math.max(from, 0))
  return end >= 0 && /\S/.test(text.slice(end))
}

/** What is larger than a record may be is not tried. */
const isJson = (text: string): boolean => {
  if (text.length > maxRecordBytes) return false
  try {
    parseExact(text)
    return true
  } catch {
    return false
  }
}

const one = (text: string): RecordTexts => ({ isArray: false, count: 1, at: () => text })

/** Records found from one step to the next. */
const stepRecords = 1024

function* linesOf(text: string, most: number): Steps<RecordTexts> {
  const places = createPlaces(text, most)
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from)
    const to = found < 0 ? text.length : found
    if (!isBlank(text, from, to) && places.add(from, to) % stepRecords === 0) yield
    from = to + 1
  }
  return places.found(false)
}

const [space, tab, carriageReturn] = [0x20, 0x09, 0x0d]

const isBlank = (text: string, from: number, to: number): boolean => {
  let at = from
  for (; at < to; at++) {
    const unit = text.charCodeAt(at)
    if (unit !== space && unit !== tab && unit !== carriageReturn) break
  }
  return at === to || !/\S/.test(text.slice(at, to))
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]

/** `from` is where the array opens. */
function* itemsOf(text: string, from: number, most: number): Steps<RecordTexts | NoArray> {
  const places = createPlaces(text, most)
  let start = from + 1
  let depth = 1
  let i = start
  for (; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === quote) i = endOfText(text, i)
    else if (unit === openList || unit === openObject) depth++
    else if (unit === closeList || unit === closeObject) {
      if (--depth === 0) break
    } else if (unit === comma && depth === 1) {
      const count = places.add(start, i)
      start = i + 1
      if (count % stepRecords === 0) yield
    }
  }
  if (text.charCodeAt(i) !== closeList) return { problem: 'the array is not closed' }
  if (/[^ \t\r\n]/.test(text.slice(i + 1))) return { problem: 'something stands behind the array' }
  if (start > from + 1 || /[^ \t\r\n]/.test(text.slice(start, i))) places.add(start, i)
  return places.found(true)
}

/** Where the text's closing quote is; the end of all where it has none. */
const endOfText = (text: string, open: number): number => {
  for (let i = open + 1; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === quote) return i
    if (unit === backslash) i++
  }
  return text.length
}

const createPlaces = (text: string, most: number) => {
  let ends = new Uint32Array(64)
  let count = 0
  return {
    /** Gives how many there are now. */
    add: (from: number, to: number): number => {
      if (count < most) {
        if (2 * count === ends.length) {
          const larger = new Uint32Array(2 * ends.length)
          larger.set(ends)
          ends = larger
        }
        ends[2 * count] = from
        ends[2 * count + 1] = to
      }
      return ++count
    },
    found: (isArray: boolean): RecordTexts => ({ isArray, count, at: (place) => text.slice(ends[2 * place], ends[2 * place + 1]) }),
  }
}
