/**
 * Hundreds of numbers at once: what is known of each cell in each window stands in a table, and then each aggregate is one loop over
 * all slots that ask for it. Sums are whole numbers in single doubles; where they do not fit, the cell is answered by limbs.
 */
import type { AggregateName } from '../../model/plan.ts'
import { oneLimb } from '../exact/limbs.ts'
import { roundVariance, wholeVariance } from '../exact/moments.ts'
import type { CellPlan } from './cell-plan.ts'

/** Beside each other, at window · cells + cell. */
export interface NumberTable {
  readonly cells: number
  readonly counts: Float64Array
  readonly sums: Float64Array
  readonly squares: Float64Array
  readonly mins: Float64Array
  readonly maxs: Float64Array
}

/** The slots of one aggregate. */
interface Column {
  readonly aggregate: TableAggregate
  readonly at: Int32Array
  readonly slots: Int32Array
  readonly fallbacks: Float64Array
  /** 10^decimals of the cell. */
  readonly scales: Float64Array
}

export interface NumberPlan {
  readonly cells: readonly CellPlan[]
  readonly columns: readonly Column[]
  readonly table: NumberTable
}

const tableAggregates = ['count', 'sum', 'mean', 'min', 'max', 'variance', 'variancePop', 'deviation', 'deviationPop'] as const
type TableAggregate = (typeof tableAggregates)[number]

export const isTableAggregate = (name: AggregateName): name is TableAggregate => tableAggregates.some((known) => known === name)

export const createNumberPlan = (cells: readonly CellPlan[]): NumberPlan => {
  const size = cells.length * (cells[0]?.ops.length ?? 0)
  const asked = cells.flatMap(({ ops, decimals }, cell) =>
    ops.flatMap((of, window) => of.map((op) => ({ ...op, at: window * cells.length + cell, scale: 10 ** decimals }))),
  )
  const columns = tableAggregates.map((aggregate): Column => {
    const of = asked.filter((op) => op.aggregate === aggregate)
    return {
      aggregate,
      at: Int32Array.from(of, ({ at }) => at),
      slots: Int32Array.from(of, ({ slot }) => slot),
      fallbacks: Float64Array.from(of, ({ fallbackNumber }) => fallbackNumber),
      scales: Float64Array.from(of, ({ scale }) => scale),
    }
  })
  const numbers = () => new Float64Array(size)
  return {
    cells,
    columns: columns.filter(({ slots }) => slots.length > 0),
    table: { cells: cells.length, counts: numbers(), sums: numbers(), squares: numbers(), mins: numbers(), maxs: numbers() },
  }
}

/** Of a cell nothing is known in any window. */
export const clearCell = ({ cells, counts }: NumberTable, cell: number): void => {
  for (let at = cell; at < counts.length; at += cells) counts[at] = 0
}

/** Writes every slot of the plan. */
export const writeNumbers = ({ columns, table }: NumberPlan, into: Float64Array): void => {
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!
    switch (column.aggregate) {
      case 'count':
        writeCounts(column, table, into)
        break
      case 'sum':
        writeSums(column, table, into)
        break
      case 'mean':
        writeMeans(column, table, into)
        break
      case 'min':
        writeExtremes(column, table.counts, table.mins, into)
        break
      case 'max':
        writeExtremes(column, table.counts, table.maxs, into)
        break
      case 'variance':
      case 'deviation':
        writeSpreads(column, table, 1, into)
        break
      default:
        writeSpreads(column, table, 0, into)
    }
  }
}

const writeCounts = ({ at, slots }: Column, { counts }: NumberTable, into: Float64Array): void => {
  for (let i = 0; i < slots.length; i++) into[slots[i]!] = counts[at[i]!]!
}

const writeSums = ({ at, slots, fallbacks, scales }: Column, { counts, sums }: NumberTable, into: Float64Array): void => {
  for (let i = 0; i < slots.length; i++) into[slots[i]!] = counts[at[i]!]! === 0 ? fallbacks[i]! : sums[at[i]!]! / scales[i]! + 0
}

const writeMeans = ({ at, slots, fallbacks, scales }: Column, { counts, sums }: NumberTable, into: Float64Array): void => {
  for (let i = 0; i < slots.length; i++) {
    const count = counts[at[i]!]!
    into[slots[i]!] = count === 0 ? fallbacks[i]! : sums[at[i]!]! / (count * scales[i]!) + 0
  }
}

const writeExtremes = ({ at, slots, fallbacks }: Column, counts: Float64Array, extremes: Float64Array, into: Float64Array): void => {
  for (let i = 0; i < slots.length; i++) into[slots[i]!] = counts[at[i]!]! === 0 ? fallbacks[i]! : extremes[at[i]!]!
}

/** `less`: 1 for a sample, 0 for a population. */
const writeSpreads = ({ aggregate, at, slots, fallbacks, scales }: Column, table: NumberTable, less: 0 | 1, into: Float64Array): void => {
  const isRoot = aggregate === 'deviation' || aggregate === 'deviationPop'
  for (let i = 0; i < slots.length; i++) {
    if (table.counts[at[i]!]! <= less) into[slots[i]!] = fallbacks[i]!
    else {
      const squared = variance(table, at[i]!, less, scales[i]!)
      into[slots[i]!] = isRoot ? Math.sqrt(squared) : squared
    }
  }
}

/** By one division where doubles hold all that comes before it; else by exact/moments.ts. */
const variance = ({ counts, sums, squares }: NumberTable, at: number, less: 0 | 1, scale: number): number => {
  const count = counts[at]!
  const found = wholeVariance(count, sums[at]!, squares[at]!, count * (count - less) * (scale * scale))
  if (!Number.isNaN(found)) return found
  const limbs = (of: Float64Array) => ({ sums: of, at, shape: oneLimb })
  return roundVariance(count, limbs(sums), limbs(squares), { population: less === 0, decimals: Math.round(Math.log10(scale)) })
}
