/**
 * Scan kernels: every aggregate over an explicit list of rows, the path that both engines fall back to. Masks, nulls, groups and
 * fallbacks are dealt with here, once; the kernels proper see rows that count.
 */
import { assert, unreachable } from '../../base/assert.ts'
import { cellAt } from '../../model/cell.ts'
import { required } from '../../model/field.ts'
import { decimalJson } from '../../model/json.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import { roundRatio } from '../exact/ratio.ts'
import type { Aggregation, Kernel, TypedColumn, ValuesKernel } from './aggregation.ts'
import { decayedSumKernel } from './decayed-sum.ts'
import { distinctCountKernel, distinctKernel, mostFrequentKernel } from './distinct.ts'
import { sketchedCountKernel } from './hyper-log-log.ts'
import { extremeKernel, histogramKernel, percentileKernel, topKernel } from './ordered.ts'
import { meanKernel, sumKernel, varianceKernel } from './sums.ts'

/** The kernel of one aggregation. One kernel serves one caller at a time: it keeps scratch space. */
export const createKernel = (aggregation: Aggregation): Kernel => {
  const { mask, column, group, fallback } = aggregation
  const values = valuesKernel(aggregation)
  const withNull = fallback === null ? values : withFallback(values, fallback)
  const isNull = column && nullTest(column.column)
  const run = isNull === undefined ? withNull : keeping((row) => !isNull(row), withNull)
  const whole = group === undefined ? run : groupedKernel(group, run)
  const kernel = mask === undefined ? whole : keeping((row) => mask[row] === 1, whole)
  return (window) => kernel(window.rows, window.from, window.to, window)
}

/** The kernel over those rows that pass. */
const keeping = (passes: (row: number) => boolean, kernel: ValuesKernel): ValuesKernel => {
  let kept = new Int32Array(64)
  return (rows, from, to, window) => {
    if (kept.length < to - from) kept = new Int32Array(2 * (to - from))
    let count = 0
    for (let i = from; i < to; i++) if (passes(rows[i]!)) kept[count++] = rows[i]!
    return kernel(kept, 0, count, window)
  }
}

const withFallback =
  (kernel: ValuesKernel, fallback: Value): ValuesKernel =>
  (rows, from, to, window) =>
    kernel(rows, from, to, window) ?? fallback

const valuesKernel = (aggregation: Aggregation): ValuesKernel => {
  const { aggregate, column, options, time } = aggregation
  switch (aggregate) {
    case 'count':
      return (_, from, to) => to - from
    case 'sum':
      return sumKernel(needed(column))
    case 'mean':
      return meanKernel(needed(column))
    case 'variance':
    case 'deviation':
      return varianceKernel(needed(column), { population: false, root: aggregate === 'deviation' })
    case 'variancePop':
    case 'deviationPop':
      return varianceKernel(needed(column), { population: true, root: aggregate === 'deviationPop' })
    case 'min':
    case 'max':
      return extremeKernel(needed(column), aggregate === 'max')
    case 'percentile':
      return percentileKernel(needed(column), options)
    case 'topK':
      return topKernel(needed(column), options.k)
    case 'histogram':
      return histogramKernel(needed(column), options)
    case 'distinct':
      return distinctKernel(needed(column), options.limit)
    case 'distinctCount':
      return options.sketched ? sketchedCountKernel(needed(column)) : distinctCountKernel(needed(column))
    case 'mostFrequent':
      return mostFrequentKernel(needed(column), options.k)
    case 'collect':
      return lastKernel(needed(column), options.limit)
    case 'lastK':
      return lastKernel(needed(column), options.k)
    case 'firstK':
      return firstKernel(needed(column), options.k)
    case 'first':
      return (rows, from, to) => (from === to ? null : cell(needed(column), rows[from]!))
    case 'last':
      return (rows, from, to) => (from === to ? null : cell(needed(column), rows[to - 1]!))
    case 'rate':
      return rateKernel(time, options.perMs)
    case 'timeSince':
      return timeSinceKernel(time, column)
    case 'decayedSum':
      return decayedSumKernel(needed(column), time, options.halfLifeMs)
    default:
      return unreachable(aggregate)
  }
}

const needed = <T>(part: T | undefined): T => {
  assert(part !== undefined, 'a compiled feature has the column that its aggregate needs')
  return part
}

const cell = ({ column, field }: TypedColumn, row: number): Value => cellAt(column, field, row)

const firstKernel =
  (column: TypedColumn, k: number): ValuesKernel =>
  (rows, from, to) =>
    cells(column, rows, from, Math.min(to, from + k))

const lastKernel =
  (column: TypedColumn, k: number): ValuesKernel =>
  (rows, from, to) =>
    cells(column, rows, Math.max(from, to - k), to)

const cells = (column: TypedColumn, rows: Int32Array, from: number, to: number): Value => {
  const list: Value[] = []
  for (let i = from; i < to; i++) list.push(cell(column, rows[i]!))
  return list
}

const rateKernel =
  (time: Float64Array, perMs: number): ValuesKernel =>
  (rows, from, to, window) =>
    rate(to - from, perMs, Number.isNaN(window.lengthMs) ? (from === to ? 0 : window.time - time[rows[from]!]!) : window.lengthMs)

/** fl(rows · per / length), 0 for an empty window. The product is exact or the division would round twice: then by rationals. */
export const rate = (rows: number, perMs: number, lengthMs: number): number => {
  if (lengthMs === 0 || rows === 0) return 0
  const product = rows * perMs
  return product <= 2 ** 53 ? product / lengthMs : roundRatio(BigInt(rows) * BigInt(perMs), BigInt(lengthMs))
}

const timeSinceKernel = (time: Float64Array, column: TypedColumn | undefined): ValuesKernel => {
  const times = column === undefined ? time : numbersOf(column.column)
  return (rows, from, to, window) => (from === to ? null : window.time - times[rows[to - 1]!]!)
}

const numbersOf = (column: Column): Float64Array => {
  assert(column.kind === 'number', 'a column of times holds numbers')
  return column.values
}

/** Whether a row of the column is null; undefined where none is. */
export const nullTest = (column: Column): ((row: number) => boolean) | undefined => {
  switch (column.kind) {
    case 'number':
      return (row) => Number.isNaN(column.values[row])
    case 'bigint':
      return column.nulls === undefined ? undefined : (row) => column.nulls?.[row] === 1
    case 'code':
      return (row) => column.codes[row]! < 0
    case 'value':
      return (row) => (column.values[row] ?? null) === null
  }
}

/** One result for each group that has rows, by the group's text; rows without a group are left out. */
const groupedKernel = (group: TypedColumn, run: ValuesKernel): ValuesKernel => {
  const keyOf = groupKey(group.column)
  const isNull = nullTest(group.column)
  return (rows, from, to, window) => {
    const groups = new Map<number | bigint, number[]>()
    for (let i = from; i < to; i++) {
      const row = rows[i]!
      if (isNull?.(row)) continue
      const members = groups.get(keyOf(row))
      if (members === undefined) groups.set(keyOf(row), [row])
      else members.push(row)
    }
    const result = (members: readonly number[]) => run(Int32Array.from(members), 0, members.length, window)
    return Object.fromEntries(Array.from(groups.values(), (members) => [groupText(group, members[0]!), result(members)]))
  }
}

const groupKey = (column: Column): ((row: number) => number | bigint) => {
  assert(column.kind !== 'value', 'rows are grouped by a scalar')
  return column.kind === 'code' ? (row) => column.codes[row]! : (row) => column.values[row]!
}

/** Texts as they are; numbers, decimals and booleans in canonical JSON form, int64 in decimal digits. */
export const groupText = ({ column, field }: TypedColumn, row: number): string => {
  const value = cellAt(column, field, row)
  const plain = required(field)
  return plain.kind === 'decimal' ? String(decimalJson(value as bigint, plain.scale)) : String(value)
}
