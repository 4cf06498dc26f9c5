/** Values that are there, in Parquet's PLAIN encoding. */
import { assert } from '../../../base/assert.ts'
import { cellAt } from '../../../model/cell.ts'
import { type FieldPlan, required } from '../../../model/field.ts'
import type { Column } from '../../../model/table.ts'
import { decimalBytes } from './leaf.ts'
import type { ChunkRoom } from './room.ts'

/** `present`: 1 for each row that has a value, `count` of them; undefined where all have. */
export interface Present {
  readonly rows: number
  readonly count: number
  readonly mask: Uint8Array | undefined
}

/** Of the first rows of a column of numbers: how many there are, the smallest and the largest of them (infinite where there are none). */
export interface NumberStats {
  readonly count: number
  readonly least: number
  readonly most: number
}

export const numberStats = (values: Float64Array, rows: number): NumberStats => {
  let [count, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < rows; i++) {
    const value = values[i]!
    // NaN is neither below nor above.
    if (value < least) least = value
    if (value > most) most = value
    if (!Number.isNaN(value)) count++
  }
  return { count, least, most }
}

/** Which of a column's rows have a value. `stats`: of a column of numbers. */
export const presentIn = (column: Column, rows: number, stats: NumberStats | undefined, room: ChunkRoom): Present => {
  if (stats?.count === rows) return { rows, count: rows, mask: undefined }
  const mask = room.mask.atLeast(rows).subarray(0, rows)
  let count = 0
  if (column.kind === 'number') for (let i = 0; i < rows; i++) count += mask[i] = Number.isNaN(column.values[i]!) ? 0 : 1
  else if (column.kind === 'code') for (let i = 0; i < rows; i++) count += mask[i] = column.codes[i]! < 0 ? 0 : 1
  else if (column.kind === 'bigint') for (let i = 0; i < rows; i++) count += mask[i] = 1 - (column.nulls?.[i] ?? 0)
  else for (let i = 0; i < rows; i++) count += mask[i] = (column.values[i] ?? null) === null ? 0 : 1
  return { rows, count, mask: count === rows ? undefined : mask }
}

/** Valid until the next ones in the same room. */
export const plainValues = (column: Column, field: FieldPlan, present: Present, room: ChunkRoom): Uint8Array => {
  const plan = required(field)
  switch (plan.kind) {
    case 'double':
      return bytesOf(kept(numbers(column), present, room))
    case 'boolean':
      return bitsOf(kept(numbers(column), present, room))
    case 'int':
    case 'time':
      return wholeNumbers(kept(numbers(column), present, room))
    case 'int64':
      return int64s(column, present, room)
    case 'decimal':
      return decimals(column, plan, present)
    default:
      return texts(column, field, present)
  }
}

const numbers = (column: Column): Float64Array => {
  assert(column.kind === 'number', `a column of results is of kind '${column.kind}', which is not as declared`)
  return column.values
}

const kept = (values: Float64Array, { rows, count, mask }: Present, room: ChunkRoom): Float64Array => {
  if (mask === undefined) return values.subarray(0, rows)
  const all = room.kept.atLeast(count).subarray(0, count)
  for (let i = 0, next = 0; i < rows; i++) if (mask[i] === 1) all[next++] = values[i]!
  return all
}

const bytesOf = (values: Float64Array | BigInt64Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

const bitsOf = (values: Float64Array): Uint8Array => {
  const bytes = new Uint8Array(Math.ceil(values.length / 8))
  for (let i = 0; i < values.length; i++) bytes[i >>> 3]! |= values[i]! << (i & 7)
  return bytes
}

const wordSize = 4294967296

/** Doubles that are whole as 64-bit numbers, by halves: no bigint is made. */
export const wholeNumbers = (values: Float64Array): Uint8Array => {
  const words = new Int32Array(values.length * 2)
  for (let i = 0; i < values.length; i++) {
    const high = Math.floor(values[i]! / wordSize)
    words[2 * i] = values[i]! - high * wordSize
    words[2 * i + 1] = high
  }
  return new Uint8Array(words.buffer)
}

const int64s = (column: Column, present: Present, room: ChunkRoom): Uint8Array => {
  if (column.kind === 'number') return wholeNumbers(kept(column.values, present, room))
  if (column.kind !== 'bigint') return bytesOf(numbers(column))
  if (present.mask === undefined) return bytesOf(column.values.subarray(0, present.rows))
  const all = new BigInt64Array(present.count)
  for (let i = 0, next = 0; i < present.rows; i++) if (present.mask[i] === 1) all[next++] = column.values[i]!
  return bytesOf(all)
}

/** Two's complement, the highest byte first. */
const decimals = (column: Column, field: FieldPlan, { rows, count, mask }: Present): Uint8Array => {
  const bytes = new Uint8Array(count * decimalBytes)
  const view = new DataView(bytes.buffer)
  for (let row = 0, next = 0; row < rows; row++) {
    if (mask?.[row] === 0) continue
    const at = next++ * decimalBytes
    if (column.kind === 'number') {
      const high = Math.floor(column.values[row]! / wordSize)
      view.setInt32(at + 1, high)
      view.setUint32(at + 5, column.values[row]! - high * wordSize)
    } else view.setBigInt64(at + 1, cellAt(column, field, row) as bigint)
    bytes[at] = bytes[at + 1]! >= 0x80 ? 0xff : 0
  }
  return bytes
}

const texts = (column: Column, field: FieldPlan, { rows }: Present): Uint8Array => {
  const all: string[] = []
  for (let row = 0; row < rows; row++) {
    const value = cellAt(column, field, row)
    if (value !== null) all.push(value as string)
  }
  return plainTexts(all)
}

/** Each text's length in bytes, then its UTF-8. */
export const plainTexts = (all: readonly string[]): Uint8Array => {
  let most = 0
  for (const text of all) most += 4 + text.length * 3
  const bytes = Buffer.allocUnsafe(most)
  let at = 0
  for (const text of all) {
    const length = bytes.write(text, at + 4, 'utf8')
    bytes.writeUInt32LE(length, at)
    at += 4 + length
  }
  return bytes.subarray(0, at)
}
