/** Sums of doubles of such different sizes that limbs cannot hold them: accumulators that follow the window. */
import { createAccumulator, createSquareAccumulator } from '../exact/accumulator.ts'
import { varianceOfWholes } from '../exact/moments.ts'
import { roundRatio } from '../exact/ratio.ts'
import type { Block } from './block.ts'
import { createCounter } from './count-evaluator.ts'
import { createSlide, type Evaluator, eachException, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { leastValues, type SumAggregate } from './sum-aggregate.ts'

export const wideEvaluator = (rows: CountedRows, aggregate: SumAggregate, out: Float64Array): Evaluator => {
  const sum = createAccumulator()
  const squares = aggregate === 'sum' || aggregate === 'mean' ? undefined : createSquareAccumulator()
  const counter = createCounter(rows)
  const least = leastValues(aggregate)
  let values = new Float64Array(0)
  const enter = (row: number): void => {
    const value = values[row]!
    if (Number.isNaN(value)) return
    sum.add(value)
    squares?.addSquare(value)
  }
  const leave = (row: number): void => {
    const value = values[row]!
    if (Number.isNaN(value)) return
    sum.subtract(value)
    squares?.addSquare(value, -1)
  }
  const slide = createSlide(enter, leave)
  const answer = (n: number): number => {
    if (aggregate === 'sum') return sum.round()
    if (aggregate === 'mean') return roundRatio(sum.whole(), BigInt(n), sum.unit)
    const isPopulation = aggregate === 'variancePop' || aggregate === 'deviationPop'
    const divisor = BigInt(n) * BigInt(isPopulation ? n : n - 1)
    const variance = varianceOfWholes(n, sum.whole(), squares!.whole(), { unit: sum.unit, squareUnit: squares!.unit, divisor })
    return aggregate === 'variance' || aggregate === 'variancePop' ? variance : Math.sqrt(variance)
  }
  return {
    start(block: Block) {
      values = rows.numbers(block) as Float64Array<ArrayBuffer>
      counter.start(block)
      slide.start()
      sum.clear()
      squares?.clear()
    },
    run(bounds) {
      for (let i = 0; i < bounds.count; i++) {
        slide.moveTo(bounds.low[i]!, bounds.high[i]!)
        const { exceptions } = bounds
        const isExceptional = hasExceptions(exceptions, i)
        if (isExceptional) eachException(exceptions, i, leave, enter)
        const n = counter.count(bounds, i)
        out[i] = n < least ? Number.NaN : answer(n)
        if (isExceptional) eachException(exceptions, i, enter, leave)
      }
    },
  }
}
