/** Values of one column as doubles and back: what the cells of stored rows hold. NaN is null. */
import { assert } from '../../base/assert.ts'
import { cellAt } from '../../model/cell.ts'
import { type FieldPlan, required } from '../../model/field.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'

export interface Codec {
  readonly field: FieldPlan
  encode(value: Value): number
  /** The first `rows` values of a column, each encoded. The result may be the column's own array. */
  encodeColumn(column: Column, rows: number): Float64Array
  decode(cell: number): Value
  /** Gives back what a cell holds on to. Called once for each cell that is forgotten. */
  release(cell: number): void
  /** Whether cells hold on to something, so that each one needs an encoding of its own and a release. */
  readonly holds: boolean
  /** Whether cells are the numbers themselves: whole numbers, doubles, times; false once a whole number beyond ±(2^53 − 1) was met. */
  isNumber(): boolean
  /** The cells as a column for the kernels; good until the next call of the same codec and the same `of`. */
  toColumn(cells: Float64Array, rows: number): Column
}

/** `onLarge` is called when `isNumber` turns false. */
export const createCodec = (field: FieldPlan, onLarge: () => void): Codec => {
  const { kind } = required(field)
  if (kind === 'string' || kind === 'enum' || kind === 'entity') return textCodec(field)
  if (kind === 'list' || kind === 'object') return valueCodec(field)
  if (kind === 'int64' || kind === 'decimal') return wholeCodec(field, onLarge)
  return numberCodec(field, kind === 'boolean')
}

const missing = Number.NaN

const numberCodec = (field: FieldPlan, isBoolean: boolean): Codec => ({
  field,
  encode: (value) => (value === null ? missing : Number(value)),
  encodeColumn: (column) => numbersOf(column),
  decode: (cell) => (Number.isNaN(cell) ? null : isBoolean ? cell === 1 : cell),
  holds: false,
  release: () => {},
  isNumber: () => !isBoolean,
  toColumn: (cells) => ({ kind: 'number', values: cells }),
})

const numbersOf = (column: Column): Float64Array => {
  assert(column.kind === 'number', 'numbers, times and booleans stand in a column of numbers')
  return column.values
}

/** Texts by their place in a list that only grows. */
const textCodec = (field: FieldPlan): Codec => {
  const texts: string[] = []
  const codes = new Map<string, number>()
  const encode = (value: Value): number => {
    if (value === null) return missing
    const code = codes.get(value as string)
    if (code !== undefined) return code
    codes.set(value as string, texts.length)
    return texts.push(value as string) - 1
  }
  return {
    field,
    encode,
    encodeColumn: (column, rows) => {
      assert(column.kind === 'code', 'texts stand in a column of codes')
      const known = new Float64Array(column.dictionary.length).fill(-1)
      const cells = new Float64Array(rows)
      for (let i = 0; i < rows; i++) {
        const code = column.codes[i]!
        if (code >= 0 && known[code] === -1) known[code] = encode(column.dictionary[code]!)
        cells[i] = code < 0 ? missing : known[code]!
      }
      return cells
    },
    decode: (cell) => (Number.isNaN(cell) ? null : texts[cell]!),
    holds: false,
    release: () => {},
    isNumber: () => false,
    toColumn: (cells, rows) => {
      const found = new Int32Array(rows)
      for (let i = 0; i < rows; i++) found[i] = Number.isNaN(cells[i]!) ? -1 : cells[i]!
      return { kind: 'code', codes: found, dictionary: texts }
    },
  }
}

/** What does not fit a double, by its place in a list with holes that are filled again. */
const createHeld = <T>() => {
  const held: (T | undefined)[] = []
  const free: number[] = []
  return {
    add: (value: T): number => {
      const at = free.pop() ?? held.length
      held[at] = value
      return at
    },
    at: (place: number): T => held[place]!,
    remove: (place: number): void => {
      held[place] = undefined
      free.push(place)
    },
  }
}

/** Cells from here on are places among large whole numbers, in steps that doubles of this size can hold. */
const largeFrom = 2 ** 60
const largeStep = 256

const wholeCodec = (field: FieldPlan, onLarge: () => void): Codec => {
  const large = createHeld<bigint>()
  let isSmall = true
  const encode = (value: Value): number => {
    if (value === null) return missing
    const number = Number(value)
    if (Number.isSafeInteger(number)) return number
    if (isSmall) onLarge()
    isSmall = false
    return largeFrom + large.add(value as bigint) * largeStep
  }
  const decode = (cell: number): bigint => (cell >= largeFrom ? large.at((cell - largeFrom) / largeStep) : BigInt(cell))
  return {
    field,
    encode,
    encodeColumn: (column, rows) => {
      if (column.kind === 'number') return column.values
      return Float64Array.from({ length: rows }, (_, i) => encode(cellAt(column, field, i)))
    },
    decode: (cell) => (Number.isNaN(cell) ? null : decode(cell)),
    holds: true,
    release: (cell) => {
      if (cell >= largeFrom) large.remove((cell - largeFrom) / largeStep)
    },
    isNumber: () => isSmall,
    toColumn: (cells, rows) => {
      if (isSmall && required(field).kind === 'decimal') return { kind: 'number', values: cells }
      const values = new BigInt64Array(rows)
      const nulls = new Uint8Array(rows)
      for (let i = 0; i < rows; i++) {
        if (Number.isNaN(cells[i]!)) nulls[i] = 1
        else values[i] = decode(cells[i]!)
      }
      return { kind: 'bigint', values, nulls }
    },
  }
}

const valueCodec = (field: FieldPlan): Codec => {
  const held = createHeld<Value>()
  const encode = (value: Value): number => (value === null ? missing : held.add(value))
  const decode = (cell: number): Value => (Number.isNaN(cell) ? null : held.at(cell))
  return {
    field,
    encode,
    encodeColumn: (column, rows) => {
      assert(column.kind === 'value', 'lists and objects stand in a column of values')
      return Float64Array.from({ length: rows }, (_, i) => encode(column.values[i] ?? null))
    },
    decode,
    holds: true,
    release: (cell) => {
      if (!Number.isNaN(cell)) held.remove(cell)
    },
    isNumber: () => false,
    toColumn: (cells, rows) => ({ kind: 'value', values: Array.from({ length: rows }, (_, i) => decode(cells[i]!)) }),
  }
}
