/** sum, mean, variance, deviation: differences of exact prefix sums, corrected by the window's exceptions, rounded once. */
import { mostLimbs } from '../exact/limbs.ts'
import { roundMean, roundSum, roundVariance } from '../exact/moments.ts'
import type { Block } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import { createCounter } from './count-evaluator.ts'
import { type Evaluator, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { leastValues, type SumAggregate } from './sum-aggregate.ts'
import type { PrefixSums } from './sums.ts'
import { wideEvaluator } from './wide-sums.ts'

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
  let counted: Uint8Array | undefined
  let sums: PrefixSums | undefined
  let squares: PrefixSums | undefined
  let decimals = 0
  const read = createReader(() => counted)
  const readSquares = createReader(() => counted)

  const answer = (bounds: WindowBounds, i: number, n: number): number => {
    const sum = read(sums!, bounds, i)
    if (aggregate === 'sum') return roundSum(sum, decimals)
    if (aggregate === 'mean') return roundMean(n, sum, decimals)
    const population = aggregate === 'variancePop' || aggregate === 'deviationPop'
    const variance = roundVariance(n, sum, readSquares(squares!, bounds, i), { population, decimals })
    return aggregate === 'variance' || aggregate === 'variancePop' ? variance : Math.sqrt(variance)
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
}
