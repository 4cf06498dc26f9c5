/**
 * Keys of series as dense whole numbers: 0, 1, 2 … in the order in which they were first met. A key is the values of a
 * definition's dimensions; any scalar kind may name a series. One object serves tables, roots and single events of one definition.
 */
import { assert } from '../base/assert.ts'
import { type FieldPlan, required } from '../model/field.ts'
import type { Column } from '../model/table.ts'
import type { Value } from '../model/value.ts'

export interface Keys {
  /** How many keys there are. */
  size(): number
  /** A code for each row, −1 where a part is null; `columns` are those of the dimensions, in their order. New keys are added. */
  encode(columns: readonly Column[], rows: number): Int32Array
  /** The same for roots: −1 also where the key was never met. */
  find(columns: readonly Column[], rows: number): Int32Array
  /** The code of one key, added when it is new; −1 where a part is null. */
  add(values: readonly Value[]): number
  /** The code of one key, or −1 where it was never met, a part is null, or a part is of another type than the dimension. */
  code(values: readonly Value[]): number
  values(code: number): readonly Value[]
}

/** `fields`: those of the dimensions. */
export const createKeys = (fields: readonly FieldPlan[]): Keys => {
  const parts = fields.map(createScalarCodes)
  const pairs = parts.slice(1).map(createPairCodes)
  const fold = (codes: readonly number[], isNew: boolean): number =>
    codes.slice(1).reduce((code, part, i) => (code < 0 || part < 0 ? -1 : pairs[i]!.code(code, part, isNew)), codes[0]!)
  const foldRows = (columns: readonly Column[], rows: number, isNew: boolean): Int32Array => {
    assert(columns.length === parts.length, 'a key has one column for each dimension')
    const codes = parts[0]!.rows(columns[0]!, rows, isNew)
    for (const [i, pair] of pairs.entries()) {
      const others = parts[i + 1]!.rows(columns[i + 1]!, rows, isNew)
      for (let row = 0; row < rows; row++) {
        const [a, b] = [codes[row]!, others[row]!]
        codes[row] = a < 0 || b < 0 ? -1 : pair.code(a, b, isNew)
      }
    }
    return codes
  }
  return {
    size: () => (pairs.at(-1) ?? parts[0]!).size(),
    encode: (columns, rows) => foldRows(columns, rows, true),
    find: (columns, rows) => foldRows(columns, rows, false),
    add: (values) =>
      parts.length === 1
        ? parts[0]!.code(values[0]!, true)
        : fold(
            parts.map((part, i) => part.code(values[i]!, true)),
            true,
          ),
    code: (values) =>
      parts.length === 1
        ? parts[0]!.code(values[0]!, false)
        : fold(
            parts.map((part, i) => part.code(values[i]!, false)),
            false,
          ),
    values: (code) => {
      const found: Value[] = []
      for (let i = pairs.length - 1; i >= 0; i--) {
        found.unshift(parts[i + 1]!.value(pairs[i]!.second(code)))
        code = pairs[i]!.first(code)
      }
      return [parts[0]!.value(code), ...found]
    },
  }
}

interface ScalarCodes {
  size(): number
  rows(column: Column, rows: number, isNew: boolean): Int32Array
  code(value: Value, isNew: boolean): number
  value(code: number): Value
}

/** What the map holds: texts as they are, booleans as 0 and 1, other numbers as doubles where they fit ±(2^53 − 1), else as bigints. */
type Raw = string | number | bigint

const createScalarCodes = (field: FieldPlan): ScalarCodes => {
  const { kind } = required(field)
  const known = new Map<Raw, number>()
  const raws: Raw[] = []
  const codeOf = (raw: Raw, isNew: boolean): number => {
    const code = known.get(raw)
    if (code !== undefined) return code
    if (!isNew) return -1
    known.set(raw, raws.length)
    return raws.push(raw) - 1
  }
  return {
    size: () => raws.length,
    code: (value, isNew) => {
      const raw = rawOf(value, kind)
      return raw === undefined ? -1 : codeOf(raw, isNew)
    },
    rows: (column, rows, isNew) => columnCodes(column, rows, (raw) => codeOf(raw, isNew)),
    value: (code) => {
      const raw = raws[code]!
      if (kind === 'boolean') return raw === 1
      return kind === 'int64' || kind === 'decimal' ? BigInt(raw) : raw
    },
  }
}

const rawOf = (value: Value, kind: FieldPlan['kind']): Raw | undefined => {
  switch (kind) {
    case 'int64':
    case 'decimal':
      return typeof value === 'bigint' ? smallest(value) : undefined
    case 'boolean':
      return typeof value === 'boolean' ? Number(value) : undefined
    case 'int':
    case 'double':
    case 'time':
      return typeof value === 'number' ? value : undefined
    default:
      return typeof value === 'string' ? value : undefined
  }
}

const smallest = (value: bigint): number | bigint => {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

const columnCodes = (column: Column, rows: number, codeOf: (raw: Raw) => number): Int32Array => {
  const codes = new Int32Array(rows)
  switch (column.kind) {
    case 'number':
      for (let i = 0; i < rows; i++) codes[i] = Number.isNaN(column.values[i]!) ? -1 : codeOf(column.values[i]!)
      return codes
    case 'bigint':
      for (let i = 0; i < rows; i++) codes[i] = column.nulls?.[i] === 1 ? -1 : codeOf(smallest(column.values[i]!))
      return codes
    case 'code':
      textCodes(column, rows, codeOf, codes)
      return codes
    case 'value':
      throw new Error('Assertion failed (a bug in Millrace): a list or object names a series')
  }
}

const unasked = -2

/** Looks each text of the dictionary up once, unless there are far more texts than rows. */
const textCodes = (
  { codes: from, dictionary }: Extract<Column, { kind: 'code' }>,
  rows: number,
  codeOf: (raw: Raw) => number,
  codes: Int32Array,
): void => {
  if (dictionary.length > rows * 4) {
    for (let i = 0; i < rows; i++) codes[i] = from[i]! < 0 ? -1 : codeOf(dictionary[from[i]!]!)
    return
  }
  const found = new Int32Array(dictionary.length).fill(unasked)
  for (let i = 0; i < rows; i++) {
    const text = from[i]!
    if (text >= 0 && found[text] === unasked) found[text] = codeOf(dictionary[text]!)
    codes[i] = text < 0 ? -1 : found[text]!
  }
}

/** Codes of pairs of codes: an open-addressing table with linear probing over the pairs, which stand in two arrays by code. */
const createPairCodes = () => {
  let slots = new Int32Array(64).fill(-1)
  let firsts = new Int32Array(32)
  let seconds = new Int32Array(32)
  let size = 0
  const slotOf = (a: number, b: number): number => {
    const mask = slots.length - 1
    let slot = hash(a, b) & mask
    for (; slots[slot]! >= 0; slot = (slot + 1) & mask) {
      const code = slots[slot]!
      if (firsts[code] === a && seconds[code] === b) break
    }
    return slot
  }
  const grow = (): void => {
    firsts = doubled(firsts)
    seconds = doubled(seconds)
    slots = new Int32Array(slots.length * 2).fill(-1)
    for (let code = 0; code < size; code++) slots[slotOf(firsts[code]!, seconds[code]!)] = code
  }
  return {
    size: () => size,
    first: (code: number) => firsts[code]!,
    second: (code: number) => seconds[code]!,
    code: (a: number, b: number, isNew: boolean): number => {
      const found = slots[slotOf(a, b)]!
      if (found >= 0 || !isNew) return found
      if (size === firsts.length) grow()
      firsts[size] = a
      seconds[size] = b
      slots[slotOf(a, b)] = size
      return size++
    },
  }
}

const doubled = (values: Int32Array): Int32Array<ArrayBuffer> => {
  const wider = new Int32Array(values.length * 2)
  wider.set(values)
  return wider
}

/** Multiplies and folds, after the finaliser of MurmurHash3 (Austin Appleby, public domain). */
const hash = (a: number, b: number): number => {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 16), 0xc2b2ae35)
  return h ^ (h >>> 15)
}
