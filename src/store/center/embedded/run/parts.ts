/** What every part of a run is written with: some rows of an input, gathered in their order. */
import type { Breath } from '../breath.ts'
import type { RunFileWriter } from './file.ts'
import { blockBytes } from './file.ts'
import type { NumberPart, RowsPart, StampPart } from './footer.ts'
import { encodeNumbers, stampScales, unsignedWidth } from './numbers.ts'
import { rowPage } from './pages.ts'

/** Where a run is written to, and what others have the thread by in between. */
export interface RunOutput {
  readonly file: RunFileWriter
  readonly breathe: Breath
}

/** Some rows of an input, in the order they are to stand in: `order[from … to)`, or those rows themselves without `order`. */
export interface Slice {
  readonly order: Uint32Array | undefined
  readonly from: number
  readonly to: number
}

/** A stamp or version of each row; in a run made by one commit, that commit's. NaN in a column is the commit's too. */
export type StampInput = 'commit' | 'recorded' | number | Float64Array

export const gather = (values: Float64Array, { order, from, to }: Slice): Float64Array => {
  if (order === undefined) return values.slice(from, to)
  const gathered = new Float64Array(to - from)
  for (let i = from; i < to; i++) gathered[i - from] = values[order[i]!]!
  return gathered
}

export const rowAt = ({ order, from }: Slice, i: number): number => (order === undefined ? from + i : order[from + i]!)

export const numberPart = async (file: RunFileWriter, values: Float64Array, scales: readonly number[]): Promise<NumberPart> => {
  const { code, bytes } = encodeNumbers(values, scales)
  return { code, data: await file.add(bytes, rowPage(code.width)) }
}

export const stampPart = async (file: RunFileWriter, stamps: StampInput, slice: Slice, time?: Float64Array): Promise<StampPart> => {
  if (typeof stamps === 'string') return stamps
  const values = typeof stamps === 'number' ? new Float64Array(slice.to - slice.from).fill(stamps) : gather(stamps, slice)
  if (Number.isNaN(values[0]!) && values.every(Number.isNaN)) return 'commit'
  const lag = time === undefined ? 0 : values[0]! - time[0]!
  if (time !== undefined && areEqual(time, lag, values)) return { lag }
  return numberPart(file, values, stampScales)
}

/** Whether each of `values` is so much more than its counterpart. */
export const areEqual = (numbers: Float64Array, more: number, values: Float64Array): boolean => {
  for (let i = 0; i < values.length; i++) if (numbers[i]! + more !== values[i]) return false
  return true
}

export const rowsPart = async (file: RunFileWriter, rows: Uint32Array, count: number): Promise<RowsPart> => {
  const width = unsignedWidth(count - 1)!
  const packed = width === 4 ? rows : width === 2 ? new Uint16Array(rows) : width === 1 ? new Uint8Array(rows) : new Uint8Array(0)
  return { width, data: await file.add(new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength), blockBytes) }
}

export const rowNumbers = (rows: number): Uint32Array => {
  const numbers = new Uint32Array(rows)
  for (let i = 0; i < rows; i++) numbers[i] = i
  return numbers
}
