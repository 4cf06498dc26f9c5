/** From what is known of a window's values (how many, their sums, extremes and ends) to slots. */
import type { Value } from '../../model/value.ts'
import { type LimbShape, mostLimbs, oneLimb } from '../exact/limbs.ts'
import { roundMean, roundSum, roundVariance, wholeVariance } from '../exact/moments.ts'
import { rate } from '../kernels/kernel.ts'
import type { CellPlan, Op } from './cell-plan.ts'
import type { Codec } from './codec.ts'

/** Answers by slot: NaN or null for no value. */
export interface SlotValues {
  readonly numbers: Float64Array
  readonly values: Value[]
}

/** What is known of one cell's values in one window. Sums are in limbs: those of a double each, from the start of the arrays. */
export interface Known {
  count: number
  readonly sums: { readonly sums: Float64Array; readonly at: 0; shape: LimbShape }
  readonly squares: { readonly sums: Float64Array; readonly at: 0; shape: LimbShape }
  min: number
  max: number
  first: number
  last: number
  /** The root's time, the window's length (NaN: since `firstTime`), and the times of its first and last row. */
  time: number
  lengthMs: number
  firstTime: number
  lastTime: number
}

export const createKnown = (): Known => ({
  count: 0,
  sums: { sums: new Float64Array(mostLimbs), at: 0, shape: oneLimb },
  squares: { sums: new Float64Array(mostLimbs), at: 0, shape: oneLimb },
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
  first: Number.NaN,
  last: Number.NaN,
  time: 0,
  lengthMs: 0,
  firstTime: 0,
  lastTime: 0,
})

/** Forgets the values; the times stay. */
export const clearKnown = (known: Known): void => {
  known.count = 0
  const [sums, squares] = [known.sums.sums, known.squares.sums]
  for (let i = 0; i < mostLimbs; i++) {
    sums[i] = 0
    squares[i] = 0
  }
  known.min = Number.POSITIVE_INFINITY
  known.max = Number.NEGATIVE_INFINITY
  known.first = Number.NaN
  known.last = Number.NaN
}

/** Writes the slots of one cell in one window. `codec`: the cell's, where it has a column. */
export const answer = (ops: readonly Op[], known: Known, plan: CellPlan, codec: Codec | undefined, into: SlotValues): void => {
  for (let i = 0; i < ops.length; i++) {
    const op = ops[i]!
    const number = numberOf(op, known, plan)
    if (op.store === 'number') into.numbers[op.slot] = Number.isNaN(number) ? op.fallbackNumber : number
    else into.values[op.slot] = Number.isNaN(number) ? op.feature.fallback : codec!.decode(number)
  }
}

const numberOf = (op: Op, known: Known, plan: CellPlan): number => {
  const { count } = known
  switch (op.aggregate) {
    case 'count':
      return count
    case 'rate':
      return rate(count, op.perMs, Number.isNaN(known.lengthMs) ? (count === 0 ? 0 : known.time - known.firstTime) : known.lengthMs)
    case 'timeSince':
      return plan.cell < 0 ? (count === 0 ? Number.NaN : known.time - known.lastTime) : known.time - known.last
    case 'first':
      return known.first
    case 'last':
      return known.last
  }
  if (count === 0) return Number.NaN
  switch (op.aggregate) {
    case 'sum':
      return roundSum(known.sums, plan.decimals)
    case 'mean':
      return roundMean(count, known.sums, plan.decimals)
    case 'min':
      return known.min
    case 'max':
      return known.max
    case 'variance':
      return count < 2 ? Number.NaN : variance(known, plan, sample)
    case 'deviation':
      return count < 2 ? Number.NaN : Math.sqrt(variance(known, plan, sample))
    case 'variancePop':
      return variance(known, plan, population)
    case 'deviationPop':
      return Math.sqrt(variance(known, plan, population))
  }
}

const sample = 1
const population = 0

const powersOfHundred = Float64Array.from({ length: 8 }, (_, i) => Number(100n ** BigInt(i)))

/** By one division where sums are whole numbers that doubles hold; else by exact/moments.ts. */
const variance = ({ count, sums, squares }: Known, { decimals }: CellPlan, less: number): number => {
  if (sums.shape.limbs === 1 && squares.shape.limbs === 1 && sums.shape.unit === 0 && squares.shape.unit === 0) {
    const divisor = count * (count - less) * (powersOfHundred[decimals] ?? Number.POSITIVE_INFINITY)
    const found = wholeVariance(count, sums.sums[0]!, squares.sums[0]!, divisor)
    if (!Number.isNaN(found)) return found
  }
  return roundVariance(count, sums, squares, { population: less === population, decimals })
}
