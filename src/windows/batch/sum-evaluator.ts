/** sum, mean, variance, deviation: differences of exact prefix sums, corrected by the window's exceptions, rounded once. */
import { mostLimbs, safe } from '../exact/limbs.ts'
import { roundMean, roundSum, roundVariance } from '../exact/moments.ts'
import type { Block } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import { createCounter } from './count-evaluator.ts'
import { type Evaluator, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { runSize } from './root-run.ts'
import { leastValues, type SumAggregate } from './sum-aggregate.ts'
import type { PrefixSums } from './sums.ts'
import { wideEvaluator } from './wide-sums.ts'

const isPlainWhole = ({ shape }: PrefixSums): boolean => shape.limbs === 1 && shape.unit === 0

/** The exact sum of root i's window in limbs, read from prefix sums. */
const createReader = (counted: () => Uint8Array | undefined) => {
  const sums = new Float64Array(mostLimbs)
  return (of: PrefixSums, { low, high, exceptions }: WindowBounds, i: number) => {
    const { prefix, shape, add } = of
    const { limbs } = shape
    const [from, to] = [low[i]! * limbs, high[i]! * limbs]
    for (let j = 0; j < limbs; j++) sums[j] = prefix[to + j]! - prefix[from + j]!
    if (hasExceptions(exceptions, i)) {
      const flags = counted()
      for (let at = exceptions.from[i]!; at < exceptions.end[i]!; at++) {
        const row = exceptions.rows[at]!
        if (flags === undefined || flags[row] === 1) add(sums, 0, row, at < exceptions.middle[i]! ? -1 : 1)
      }
    }
    return { sums, at: 0, shape }
  }
}

export const sumEvaluator = (rows: CountedRows, aggregate: SumAggregate, out: Float64Array): Evaluator => {
  const counter = createCounter(rows)
  const wide = wideEvaluator(rows, aggregate, out)
  const needsSquares = aggregate !== 'sum' && aggregate !== 'mean'
  const least = leastValues(aggregate)
  const counts = new Float64Array(runSize)
  const [totals, squareTotals] = [new Float64Array(runSize), new Float64Array(needsSquares ? runSize : 0)]
  let counted: Uint8Array | undefined
  let sums: PrefixSums | undefined
  let squares: PrefixSums | undefined
  let decimals = 0
  const isPopulation = aggregate === 'variancePop' || aggregate === 'deviationPop'
  const isDeviation = aggregate === 'deviation' || aggregate === 'deviationPop'
  const read = createReader(() => counted)
  const readSquares = createReader(() => counted)

  const answer = (bounds: WindowBounds, i: number, n: number): number => {
    const sum = read(sums!, bounds, i)
    if (aggregate === 'sum') return roundSum(sum, decimals)
    if (aggregate === 'mean') return roundMean(n, sum, decimals)
    const variance = roundVariance(n, sum, readSquares(squares!, bounds, i), { population: isPopulation, decimals })
    return isDeviation ? Math.sqrt(variance) : variance
  }

  return {
    start(block: Block) {
      counted = rows.counted(block)
      sums = rows.sums.values(block)
      squares = needsSquares ? rows.sums.squares(block) : undefined
      decimals = rows.sums.decimals(block)
      counter.start(block)
      if (isWide()) wide.start(block)
    },
    run(bounds) {
      if (isWide()) return wide.run(bounds)
      if (aggregate === 'sum' && decimals === 0 && sums!.shape.limbs === 1 && bounds.exceptions === undefined) return plainSums(bounds)
      if (aggregate === 'mean' && sums!.shape.limbs === 1) return plainMeans(bounds)
      if (needsSquares && isPlainWhole(sums!) && isPlainWhole(squares!)) return plainVariances(bounds)
      for (let i = 0; i < bounds.count; i++) {
        const n = counter.count(bounds, i)
        out[i] = n < least ? Number.NaN : answer(bounds, i, n)
      }
    },
  }

  function isWide(): boolean {
    return sums === undefined || (needsSquares && squares === undefined)
  }
  /** The common case: whole numbers of ordinary size. Only a sum of 0 may be that of nothing. */
  function plainSums(bounds: WindowBounds): void {
    const { prefix } = sums!
    const { count, low, high } = bounds
    for (let i = 0; i < count; i++) {
      const sum = prefix[high[i]!]! - prefix[low[i]!]!
      out[i] = sum === 0 && counter.count(bounds, i) === 0 ? Number.NaN : sum + 0
    }
  }
  /** One division of two numbers that doubles hold is rounded right (as in exact/moments.ts, a run at a time). */
  function plainMeans(bounds: WindowBounds): void {
    const { count } = bounds
    const unit = Number(`1e${decimals}`)
    counter.fill(bounds, counts)
    fillSums(sums!, bounds, totals)
    for (let i = 0; i < count; i++) {
      const divisor = counts[i]! * unit
      if (divisor > safe) out[i] = answer(bounds, i, counts[i]!)
      else out[i] = divisor === 0 ? Number.NaN : totals[i]! / divisor + 0
    }
  }
  /** (n·Q − S²) / (n·(n − 1)) where both products are whole numbers that doubles hold. */
  function plainVariances(bounds: WindowBounds): void {
    const { count } = bounds
    const unit = Number(`1e${2 * decimals}`)
    counter.fill(bounds, counts)
    fillSums(sums!, bounds, totals)
    fillSums(squares!, bounds, squareTotals)
    for (let i = 0; i < count; i++) {
      const n = counts[i]!
      const [a, b, divisor] = [n * squareTotals[i]!, totals[i]! * totals[i]!, n * (isPopulation ? n : n - 1) * unit]
      if (n < least) out[i] = Number.NaN
      else if (a < safe && b < safe && divisor <= safe) out[i] = isDeviation ? Math.sqrt((a - b) / divisor) : (a - b) / divisor
      else out[i] = answer(bounds, i, n)
    }
  }
  /** The sums of a run's windows, of one limb. */
  function fillSums({ prefix, add }: PrefixSums, { count, low, high, exceptions }: WindowBounds, into: Float64Array): void {
    for (let i = 0; i < count; i++) into[i] = prefix[high[i]!]! - prefix[low[i]!]!
    if (exceptions === undefined) return
    const { from, middle, end, rows: named } = exceptions
    for (let i = 0; i < count; i++) {
      for (let at = from[i]!; at < end[i]!; at++) {
        const row = named[at]!
        if (counted === undefined || counted[row] === 1) add(into, i, row, at < middle[i]! ? -1 : 1)
      }
    }
  }
}
