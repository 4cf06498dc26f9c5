/**
 * Lines of flat JSON objects straight into columns, with no object made for a line: texts without escapes by their bytes
 * through a pool, numbers of up to 15 digits, true, false and null. Whatever else stands in a line (nested values, escapes,
 * long numbers, exponents, anything that is no JSON) makes `add` give up on it: the line is parsed the long way.
 */
import { civilTime, isoTime } from '../../../model/time.ts'
import type { SourceColumn } from '../batch.ts'
import { createTextPool, type TextPool } from '../texts.ts'

export interface FlatRows {
  readonly rows: number
  /** Takes the line in bytes [from, to) as a row; false where it is not as above, and nothing is taken. */
  add(bytes: Buffer, from: number, to: number): boolean
  /** Takes a row of values of any kind; undefined and null are none. */
  addValues(rawOf: (name: string) => unknown): void
  /** The rows so far by name, and none are left. */
  take(): ReadonlyMap<string, SourceColumn>
}

const [none, number, text, other, instant] = [0, 1, 2, 3, 4]
/** Where so many texts are known and more than this share is new all the same, a pool is not worth it. */
const mostlyNew = 0.8
const wellKnown = 1 << 16

interface FlatColumn {
  readonly name: string
  readonly key: Uint8Array
  kinds: Uint8Array
  numbers: Float64Array
  codes: Int32Array
  others: unknown[]
  pool: TextPool
  /** Texts that the pool had before this batch. */
  before: number
  isPooled: boolean
  readonly isTime: boolean
}

export interface FlatOptions {
  readonly columns: readonly string[]
  /** Those whose texts are times. */
  readonly times: readonly string[]
  /** Rows taken at once, at most. */
  readonly most: number
}

export const createFlatRows = ({ columns: names, times, most }: FlatOptions): FlatRows => {
  const columns = names.map((name): FlatColumn => {
    const pool = createTextPool()
    return { name, key: Buffer.from(name), pool, before: 0, isPooled: true, isTime: times.includes(name), ...fresh(most) }
  })
  let rows = 0
  /** Members mostly stand in one order: where the last line had which column, −1 for none of them. */
  const order: number[] = []

  const columnAt = (member: number, bytes: Buffer, from: number, to: number): number => {
    const guess = order[member] ?? -1
    if (guess >= 0 && isKey(columns[guess]!.key, bytes, from, to)) return guess
    order[member] = columns.findIndex(({ key }) => isKey(key, bytes, from, to))
    return order[member]
  }

  const set = (of: FlatColumn, bytes: Buffer, value: FlatValue): void => {
    of.kinds[rows] = value.kind
    if (value.kind === number) of.numbers[rows] = value.number
    else if (value.kind === other) of.others[rows] = value.isTrue
    else if (value.kind === text) {
      const time = of.isTime ? utcTime(bytes, value.from, value.to) : undefined
      if (time !== undefined) {
        of.kinds[rows] = instant
        of.numbers[rows] = time
      } else if (of.isPooled) of.codes[rows] = of.pool.code(bytes, value.from, value.to)
      else {
        of.kinds[rows] = other
        of.others[rows] = textOf(bytes, value)
      }
    }
  }

  const value: FlatValue = { kind: none, number: 0, isTrue: false, from: 0, to: 0, isAscii: true }

  const add = (bytes: Buffer, from: number, to: number): boolean => {
    let at = skipBlanks(bytes, from + 1, to)
    if (bytes[at] === closeObject) return skipBlanks(bytes, at + 1, to) === to && take1()
    for (let member = 0; ; member++) {
      if (bytes[at] !== quote) return false
      const keyEnd = readText(bytes, at + 1, to, value)
      if (keyEnd < 0) return false
      const column = columnAt(member, bytes, at + 1, keyEnd - 1)
      at = skipBlanks(bytes, keyEnd, to)
      if (bytes[at] !== colon) return false
      at = readValue(bytes, skipBlanks(bytes, at + 1, to), to, value)
      if (at < 0) return false
      if (column >= 0) set(columns[column]!, bytes, value)
      at = skipBlanks(bytes, at, to)
      if (bytes[at] === closeObject) return skipBlanks(bytes, at + 1, to) === to && take1()
      if (bytes[at] !== comma) return false
      at = skipBlanks(bytes, at + 1, to)
    }
  }

  const take1 = (): boolean => {
    rows++
    return true
  }

  return {
    get rows() {
      return rows
    },
    add: (bytes, from, to) => {
      if (add(bytes, from, to)) return true
      for (const { kinds } of columns) kinds[rows] = none
      return false
    },
    addValues: (rawOf) => {
      for (const column of columns) {
        const raw = rawOf(column.name) ?? null
        column.kinds[rows] = raw === null ? none : typeof raw === 'number' ? number : other
        if (typeof raw === 'number') column.numbers[rows] = raw
        else column.others[rows] = raw
      }
      rows++
    },
    take: () => {
      const taken = new Map(columns.map((column) => [column.name, sourceColumn(column, rows)]))
      for (const column of columns) renew(column, rows, most)
      rows = 0
      return taken
    },
  }
}

const fresh = (most: number) => ({
  kinds: new Uint8Array(most),
  numbers: new Float64Array(most).fill(Number.NaN),
  codes: new Int32Array(most).fill(-1),
  others: [] as unknown[],
})

const renew = (column: FlatColumn, rows: number, most: number): void => {
  Object.assign(column, fresh(most))
  if (column.before > wellKnown && column.pool.texts.length - column.before > rows * mostlyNew) column.isPooled = false
  if (column.pool.isFull()) column.pool = createTextPool()
  column.before = column.pool.texts.length
}

const sourceColumn = ({ kinds, numbers, codes, others, pool }: FlatColumn, rows: number): SourceColumn => {
  const met = [0, 0, 0, 0, 0]
  for (let row = 0; row < rows; row++) met[kinds[row]!]!++
  const held = rows - met[none]!
  if (held > 0 && met[number] === held) return { kind: 'number', values: masked(numbers, kinds, rows) }
  if (held > 0 && met[instant] === held) return { kind: 'number', values: masked(numbers, kinds, rows), isInstant: true }
  if (met[text] === held) {
    for (let row = 0; row < rows; row++) if (kinds[row] === none) codes[row] = -1
    return { kind: 'code', codes: codes.subarray(0, rows), dictionary: pool.texts }
  }
  const valueAt = (row: number): unknown => {
    const kind = kinds[row]
    if (kind === number) return numbers[row]
    if (kind === instant) return isoTime(numbers[row]!)
    return kind === none ? null : kind === text ? pool.texts[codes[row]!] : others[row]
  }
  return { kind: 'value', values: Array.from({ length: rows }, (_, row) => valueAt(row)) }
}

/** A line that was given up may have left numbers where there are none. */
const masked = (numbers: Float64Array, kinds: Uint8Array, rows: number): Float64Array => {
  for (let row = 0; row < rows; row++) if (kinds[row] === none) numbers[row] = Number.NaN
  return numbers.subarray(0, rows)
}

interface FlatValue {
  kind: number
  number: number
  isTrue: boolean
  /** Bytes of a text, without its quotes. */
  from: number
  to: number
  isAscii: boolean
}

const [quote, backslash, colon, comma, closeObject, minus, point, zero] = [0x22, 0x5c, 0x3a, 0x2c, 0x7d, 0x2d, 0x2e, 0x30]

const isKey = (key: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean => {
  if (key.length !== to - from) return false
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[from + i]) return false
  return true
}

const skipBlanks = (bytes: Uint8Array, from: number, to: number): number => {
  let at = from
  while (at < to && (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0d)) at++
  return at
}

/** The place behind the closing quote; −1 where it has escapes, control characters, or no end. */
const readText = (bytes: Buffer, from: number, to: number, into: FlatValue): number => {
  let seen = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    if (byte === quote) {
      into.kind = text
      into.from = from
      into.to = at
      into.isAscii = seen < 0x80
      return at + 1
    }
    if (byte === backslash || byte < 0x20) return -1
    seen |= byte
  }
  return -1
}

const literals = [
  { bytes: Buffer.from('null'), kind: none, isTrue: false },
  { bytes: Buffer.from('true'), kind: other, isTrue: true },
  { bytes: Buffer.from('false'), kind: other, isTrue: false },
]

const readValue = (bytes: Buffer, at: number, to: number, into: FlatValue): number => {
  const first = bytes[at]!
  if (first === quote) return readText(bytes, at + 1, to, into)
  if (first === minus || isDigit(first)) return readNumber(bytes, at, to, into)
  const literal = literals.find((one) => at + one.bytes.length <= to && isKey(one.bytes, bytes, at, at + one.bytes.length))
  if (literal === undefined) return -1
  into.kind = literal.kind
  into.isTrue = literal.isTrue
  return at + literal.bytes.length
}

const isDigit = (byte: number): boolean => byte >= zero && byte <= 0x39
const powers = Array.from({ length: 16 }, (_, digits) => 10 ** digits)

/**
 * At most 15 digits are a whole number that a double holds, and so is the power of ten below it: their quotient is rounded once,
 * to what the text says (William Clinger, "How to Read Floating Point Numbers Accurately", 1990, the fast path).
 */
const readNumber = (bytes: Buffer, from: number, to: number, into: FlatValue): number => {
  const start = bytes[from] === minus ? from + 1 : from
  let [at, whole, digits] = [start, 0, 0]
  for (; at < to && isDigit(bytes[at]!); at++, digits++) whole = whole * 10 + bytes[at]! - zero
  if (digits === 0 || (digits > 1 && bytes[start] === zero)) return -1
  let places = 0
  if (bytes[at] === point && at < to) {
    for (at++; at < to && isDigit(bytes[at]!); at++, places++) whole = whole * 10 + bytes[at]! - zero
    if (places === 0) return -1
  }
  if (digits + places > 15 || (at < to && (bytes[at]! | 0x20) === 0x65)) return -1
  into.kind = number
  const size = whole / powers[places]!
  into.number = start > from ? -size : size
  return at
}

const textOf = (bytes: Buffer, { from, to, isAscii }: FlatValue): string => bytes.toString(isAscii ? 'latin1' : 'utf8', from, to)

const digit = (byte: number): number => (isDigit(byte) ? byte - zero : Number.NaN)
const pair = (bytes: Uint8Array, at: number): number => digit(bytes[at]!) * 10 + digit(bytes[at + 1]!)

/** `2024-01-31T23:59:59Z` or with `.123` before the Z, as `parseIsoTime` reads it; undefined for any other form. */
const utcTime = (bytes: Uint8Array, from: number, to: number): number | undefined => {
  const length = to - from
  if ((length !== 20 && length !== 24) || bytes[to - 1] !== 0x5a || bytes[from + 10] !== 0x54) return undefined
  if (bytes[from + 4] !== minus || bytes[from + 7] !== minus || bytes[from + 13] !== colon || bytes[from + 16] !== colon) return undefined
  if (length === 24 && bytes[from + 19] !== point) return undefined
  return civilTime({
    year: pair(bytes, from) * 100 + pair(bytes, from + 2),
    month: pair(bytes, from + 5),
    day: pair(bytes, from + 8),
    hour: pair(bytes, from + 11),
    minute: pair(bytes, from + 14),
    second: pair(bytes, from + 17),
    ms: length === 20 ? 0 : pair(bytes, from + 20) * 10 + digit(bytes[from + 22]!),
  })
}
