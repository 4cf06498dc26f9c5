/** Which rows of a column have a value. Of numbers the same pass gives those that are there, and the smallest and the largest. */
import type { Column } from '../../../model/table.ts'
import type { ChunkRoom } from './room.ts'

/** `bits`: 1 for each row that has a value, `count` of them, the first in the lowest bit; undefined where all have. */
export interface Present {
  readonly rows: number
  readonly count: number
  readonly bits: Uint8Array | undefined
}

/** The smallest and the largest number there is; infinite where there are none. */
export interface Bounds {
  readonly least: number
  readonly most: number
}

/** `values`: those that are there. */
export interface Numbers extends Present, Bounds {
  readonly values: Float64Array
}

export const isPresent = ({ bits }: Present, row: number): boolean => bits === undefined || ((bits[row >>> 3]! >>> (row & 7)) & 1) === 1

/** Room for a bit of each row. */
export const bitsFor = (rows: number, room: ChunkRoom): Uint8Array => {
  const length = Math.ceil(rows / 8)
  return room.bits.atLeast(length).subarray(0, length)
}

/** Valid until the next ones in the same room, and as long as `values` stay. */
export const numbersIn = (values: Float64Array, rows: number, room: ChunkRoom): Numbers => {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let row = 0; row < rows; row++) {
    const value = values[row]!
    // NaN, which is null, is neither below nor above.
    if (value >= least && value <= most) continue
    if (Number.isNaN(value)) return someNumbers(values, rows, { from: row, least, most }, room)
    if (value < least) least = value
    if (value > most) most = value
  }
  return { rows, count: rows, bits: undefined, values: values.subarray(0, rows), least, most }
}

/** The rows before `from` all have a value. */
const someNumbers = (values: Float64Array, rows: number, before: Bounds & { readonly from: number }, room: ChunkRoom): Numbers => {
  const whole = before.from & ~7
  const kept = room.kept.atLeast(rows)
  kept.set(values.subarray(0, whole))
  const bits = bitsFor(rows, room).fill(0xff, 0, whole >>> 3)
  let { least, most } = before
  let count = whole
  for (let from = whole; from < rows; from += 8) {
    const end = Math.min(from + 8, rows)
    let held = 0
    for (let row = from; row < end; row++) {
      const value = values[row]!
      if (Number.isNaN(value)) continue
      kept[count++] = value
      held |= 1 << (row - from)
      if (value < least) least = value
      if (value > most) most = value
    }
    bits[from >>> 3] = held
  }
  return { rows, count, bits, values: kept.subarray(0, count), least, most }
}

/** Of a column of codes or bigints. */
export const presentIn = (column: Exclude<Column, { kind: 'number' | 'value' }>, rows: number, room: ChunkRoom): Present => {
  const has = hasValue(column)
  let first = 0
  while (first < rows && has(first)) first++
  if (first === rows) return { rows, count: rows, bits: undefined }
  const bits = bitsFor(rows, room).fill(0)
  let count = 0
  for (let row = 0; row < rows; row++) {
    if (!has(row)) continue
    bits[row >>> 3]! |= 1 << (row & 7)
    count++
  }
  return { rows, count, bits }
}

const hasValue = (column: Exclude<Column, { kind: 'number' | 'value' }>): ((row: number) => boolean) =>
  column.kind === 'code' ? (row) => column.codes[row]! >= 0 : (row) => column.nulls?.[row] !== 1
