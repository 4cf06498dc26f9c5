/**
 * Records of a CSV file in bytes (RFC 4180): fields between delimiters, in quotes where they hold a delimiter, a line's end or a
 * quote, which is then doubled. Lines end with LF or CRLF. A quote within a field that does not begin with one is a character.
 */
export interface Fields {
  /** Bytes of each field, without its quotes. */
  starts: Int32Array
  ends: Int32Array
  /** 1 where it holds doubled quotes. */
  doubled: Uint8Array
  count: number
  /** Set when a record cannot be read; `next` is then where its first line ends. */
  problem: undefined | 'QUOTE_UNCLOSED' | 'QUOTE_INVALID'
}

export const createFields = (): Fields => ({
  starts: new Int32Array(64),
  ends: new Int32Array(64),
  doubled: new Uint8Array(64),
  count: 0,
  problem: undefined,
})

const quote = 0x22
const lf = 0x0a
const cr = 0x0d

export interface Window {
  readonly bytes: Uint8Array
  /** Where bytes that were read end. */
  readonly to: number
  /** Whether the file ends there. */
  readonly isEnd: boolean
}

/** Reads the record at `at` into `fields`; gives where the next one begins, −1 when more bytes are needed to tell. */
export const scanRecord = (window: Window, at: number, delimiter: number, fields: Fields): number => {
  const { bytes, to, isEnd } = window
  fields.count = 0
  fields.problem = undefined
  let from = at
  for (;;) {
    let isDoubled = 0
    let start = from
    let end = from
    if (from < to && bytes[from] === quote) {
      start = from + 1
      for (end = start; ; end++) {
        while (end < to && bytes[end] !== quote) end++
        if (end >= to) return isEnd ? broken(window, at, fields, 'QUOTE_UNCLOSED') : -1
        if (end + 1 >= to && !isEnd) return -1
        if (end + 1 < to && bytes[end + 1] === quote) {
          isDoubled = 1
          end++
        } else break
      }
      from = end + 1
      if (from < to && bytes[from] === cr && !(from + 1 >= to && !isEnd) && bytes[from + 1] === lf) from++
      else if (from < to && bytes[from] === cr && from + 1 >= to && !isEnd) return -1
      if (from < to && bytes[from] !== delimiter && bytes[from] !== lf) return broken(window, at, fields, 'QUOTE_INVALID')
    } else {
      while (from < to && bytes[from] !== delimiter && bytes[from] !== lf) from++
      if (from >= to && !isEnd) return -1
      end = from < to && bytes[from] === lf && from > start && bytes[from - 1] === cr ? from - 1 : from
    }
    add(fields, start, end, isDoubled)
    if (from >= to) return to
    if (bytes[from] === lf) return from + 1
    from++
  }
}

const broken = ({ bytes, to }: Window, at: number, fields: Fields, problem: Fields['problem']): number => {
  fields.problem = problem
  const end = bytes.subarray(0, to).indexOf(lf, at)
  return end < 0 ? to : end + 1
}

const add = (fields: Fields, start: number, end: number, isDoubled: number): void => {
  const { count } = fields
  if (count === fields.starts.length) enlarge(fields)
  fields.starts[count] = start
  fields.ends[count] = end
  fields.doubled[count] = isDoubled
  fields.count = count + 1
}

const enlarge = (fields: Fields): void => {
  const { starts, ends, doubled } = fields
  fields.starts = new Int32Array(starts.length * 2)
  fields.ends = new Int32Array(starts.length * 2)
  fields.doubled = new Uint8Array(starts.length * 2)
  fields.starts.set(starts)
  fields.ends.set(ends)
  fields.doubled.set(doubled)
}

/** A field's bytes with each doubled quote made one. */
export const undoubled = (bytes: Uint8Array, from: number, to: number): Uint8Array => {
  const result = new Uint8Array(to - from)
  let length = 0
  for (let i = from; i < to; i++) {
    result[length++] = bytes[i]!
    if (bytes[i] === quote) i++
  }
  return result.subarray(0, length)
}
