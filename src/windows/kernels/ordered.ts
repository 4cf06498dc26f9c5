/** Aggregates that ask for the order of values: min, max, percentile, topK, histogram. */
import { assert } from '../../base/assert.ts'
import { cellAt } from '../../model/cell.ts'
import { required } from '../../model/field.ts'
import type { Value } from '../../model/value.ts'
import type { CompiledOptions } from '../compiled.ts'
import type { TypedColumn, ValuesKernel } from './aggregation.ts'

export const extremeKernel = (typed: TypedColumn, largest: boolean): ValuesKernel => {
  const { column, field } = typed
  assert(column.kind === 'number' || column.kind === 'bigint', 'extremes are of numbers and times')
  const { values } = column
  return (rows, from, to) => {
    if (from === to) return null
    let best = rows[from]!
    for (let i = from + 1; i < to; i++) if (largest ? values[rows[i]!]! > values[best]! : values[rows[i]!]! < values[best]!) best = rows[i]!
    return cellAt(column, field, best)
  }
}

/** The rows' values, ascending, in scratch space that the next call overwrites. */
const sorter = ({ column }: TypedColumn): ((rows: Int32Array, from: number, to: number) => Float64Array | BigInt64Array) => {
  assert(column.kind === 'number' || column.kind === 'bigint', 'sorted values are numbers and times')
  let scratch = column.kind === 'number' ? new Float64Array(64) : new BigInt64Array(64)
  return (rows, from, to) => {
    if (scratch.length < to - from)
      scratch = column.kind === 'number' ? new Float64Array(2 * (to - from)) : new BigInt64Array(2 * (to - from))
    for (let i = from; i < to; i++) scratch[i - from] = column.values[rows[i]!]!
    return scratch.subarray(0, to - from).sort()
  }
}

/** A raw number of a column as the field's own Value. */
export const ownValue = ({ field }: TypedColumn): ((raw: number | bigint) => Value) =>
  ['decimal', 'int64'].includes(required(field).kind) ? (raw) => BigInt(raw) : (raw) => raw

export const percentileKernel = (typed: TypedColumn, options: CompiledOptions): ValuesKernel => {
  const sorted = sorter(typed)
  const value = ownValue(typed)
  const rankOf = percentileRank(options)
  return (rows, from, to) => (from === to ? null : value(sorted(rows, from, to)[rankOf(to - from) - 1]!))
}

/** n → ceil(n · part / whole), counted from 1. */
export const percentileRank = ({ part, whole }: CompiledOptions): ((n: number) => number) => {
  const [a, b] = [Number(part), Number(whole)]
  return (n) => {
    const product = a * n
    if (product > 2 ** 52 || b > 2 ** 52) return Number((part * BigInt(n) + whole - 1n) / whole)
    const rest = product % b
    return (product - rest) / b + (rest === 0 ? 0 : 1)
  }
}

export const topKernel = (typed: TypedColumn, k: number): ValuesKernel => {
  const sorted = sorter(typed)
  const value = ownValue(typed)
  return (rows, from, to) => {
    const all = sorted(rows, from, to)
    const list: Value[] = []
    for (let i = all.length - 1; i >= 0 && list.length < k; i--) list.push(value(all[i]!))
    return list
  }
}

export const histogramKernel = (typed: TypedColumn, options: CompiledOptions): ValuesKernel => {
  const binOf = binner(typed, options)
  return (rows, from, to) => {
    const counts = new Array<number>(options.bounds.length + 1).fill(0)
    for (let i = from; i < to; i++) counts[binOf(rows[i]!)]!++
    return counts
  }
}

/** Row → how many bounds are at or below its value. */
export const binner = ({ column }: TypedColumn, { bounds, unitBounds }: CompiledOptions): ((row: number) => number) => {
  assert(column.kind === 'number' || column.kind === 'bigint', 'histograms are of numbers')
  if (column.kind === 'number') return (row) => binOf(bounds, column.values[row]!)
  return (row) => binOf(unitBounds, column.values[row]!)
}

const binOf = <T extends number | bigint>(bounds: ArrayLike<T>, value: T): number => {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (bounds[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
