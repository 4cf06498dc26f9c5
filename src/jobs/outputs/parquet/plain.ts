/** Values that are there, in Parquet's PLAIN encoding. */
import { type FieldPlan, required } from '../../../model/field.ts'
import type { Column } from '../../../model/table.ts'
import { decimalBytes } from './leaf.ts'
import { isPresent, type Present } from './present.ts'

/** Of a column in a form that the field may come in. */
export const plainValues = (column: Exclude<Column, { kind: 'number' | 'value' }>, field: FieldPlan, present: Present): Uint8Array => {
  if (column.kind === 'code') return texts(column, present)
  return required(field).kind === 'decimal' ? decimals(column, present) : int64s(column, present)
}

/** Those that are there of a column of numbers. */
export const plainNumbers = (values: Float64Array, field: FieldPlan): Uint8Array => {
  switch (required(field).kind) {
    case 'double':
      return bytesOf(values)
    case 'boolean':
      return booleanBits(values)
    case 'decimal':
      return wholeDecimals(values)
    default:
      return wholeNumbers(values)
  }
}

const bytesOf = (values: Float64Array | BigInt64Array): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

/** 1 for true, the first in the lowest bit. */
const booleanBits = (values: Float64Array): Uint8Array => {
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

const int64s = ({ values }: Extract<Column, { kind: 'bigint' }>, present: Present): Uint8Array => {
  if (present.bits === undefined) return bytesOf(values.subarray(0, present.rows))
  const all = new BigInt64Array(present.count)
  for (let row = 0, next = 0; row < present.rows; row++) if (isPresent(present, row)) all[next++] = values[row]!
  return bytesOf(all)
}

/** Two's complement, the highest byte first. */
const decimals = ({ values }: Extract<Column, { kind: 'bigint' }>, present: Present): Uint8Array => {
  const bytes = new Uint8Array(present.count * decimalBytes)
  const view = new DataView(bytes.buffer)
  for (let row = 0, next = 0; row < present.rows; row++) {
    if (!isPresent(present, row)) continue
    const at = next++ * decimalBytes
    view.setBigInt64(at + 1, values[row]!)
    extendSign(bytes, at)
  }
  return bytes
}

const wholeDecimals = (values: Float64Array): Uint8Array => {
  const bytes = new Uint8Array(values.length * decimalBytes)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) {
    const at = i * decimalBytes
    const high = Math.floor(values[i]! / wordSize)
    view.setInt32(at + 1, high)
    view.setUint32(at + 5, values[i]! - high * wordSize)
    extendSign(bytes, at)
  }
  return bytes
}

const extendSign = (bytes: Uint8Array, at: number): void => {
  bytes[at] = bytes[at + 1]! >= 0x80 ? 0xff : 0
}

const texts = ({ codes, dictionary }: Extract<Column, { kind: 'code' }>, { rows }: Present): Uint8Array => {
  const all: string[] = []
  for (let row = 0; row < rows; row++) if (codes[row]! >= 0) all.push(dictionary[codes[row]!]!)
  return plainTexts(all)
}

/** Each text's length in bytes, then its UTF-8. */
export const plainTexts = (all: readonly string[]): Uint8Array => asciiTexts(all) ?? anyTexts(all)

/** Where a length comes. */
const gap = '\0\0\0\0'
/** The engine's texts may not be much longer. */
const mostJoined = 2 ** 28

/** Joined, so that the engine writes all of them at once; undefined where one of them is not of ASCII. */
const asciiTexts = (all: readonly string[]): Uint8Array | undefined => {
  let length = 0
  for (const text of all) length += gap.length + text.length
  if (length > mostJoined) return undefined
  const joined = all.join(gap)
  if (Buffer.byteLength(joined) !== joined.length) return undefined
  const bytes = Buffer.allocUnsafe(length)
  bytes.write(joined, Math.min(length, gap.length), 'latin1')
  let at = 0
  for (const text of all) {
    bytes.writeUInt32LE(text.length, at)
    at += gap.length + text.length
  }
  return bytes
}

const anyTexts = (all: readonly string[]): Uint8Array => {
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
