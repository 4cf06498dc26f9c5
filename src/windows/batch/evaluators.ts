/** The evaluator of one slot. */
import { assert } from '../../base/assert.ts'
import type { Value } from '../../model/value.ts'
import { countEvaluator, rateEvaluator } from './count-evaluator.ts'
import { decayedEvaluator } from './decayed-evaluator.ts'
import { distinctCountEvaluator } from './distinct-count-evaluator.ts'
import { createEnds, endEvaluator, endsEvaluator, timeSinceEvaluator } from './ends-evaluator.ts'
import type { Answer, Evaluator } from './evaluator.ts'
import { extremeEvaluator } from './extreme-evaluator.ts'
import type { FeatureRows } from './feature-rows.ts'
import { firstAppearanceEvaluator } from './first-appearance-evaluator.ts'
import { groupedEvaluator, isGroupable } from './grouped-evaluator.ts'
import { histogramEvaluator } from './histogram-evaluator.ts'
import { kernelEvaluator } from './kernel-evaluator.ts'
import { mostFrequentEvaluator } from './most-frequent-evaluator.ts'
import { orderEvaluator, percentileOf, topOf } from './order-evaluator.ts'
import { percentileEvaluator } from './percentile-evaluator.ts'
import { isSumAggregate } from './sum-aggregate.ts'
import { sumEvaluator } from './sum-evaluator.ts'

/** Where a slot's answers go, root i's of a run at i: one of the two. */
export interface SlotSink {
  readonly numbers: Float64Array | undefined
  readonly values: Answer | undefined
}

export const createEvaluator = (rows: FeatureRows, sink: SlotSink): Evaluator => {
  const { feature } = rows
  const answer = answerInto(sink, feature.fallback)
  if (feature.groupBy !== undefined) {
    const scans = kernelEvaluator(rows, answer)
    return isGroupable(feature.aggregate) ? groupedEvaluator(rows, answer, scans) : scans
  }
  return numberEvaluator(rows, sink.numbers) ?? valueEvaluator(rows, answer)
}

/** A null is replaced by the feature's fallback, and by NaN where answers are numbers. */
const answerInto = ({ numbers, values }: SlotSink, fallback: Value): Answer => {
  if (values !== undefined) return fallback === null ? values : (i, value) => values(i, value ?? fallback)
  assert(numbers !== undefined, 'a slot has one place for its answers')
  const nothing = typeof fallback === 'number' ? fallback : Number.NaN
  return (i, value) => {
    numbers[i] = value === null ? nothing : (value as number)
  }
}

/** Aggregates that write numbers straight into their place. */
const numberEvaluator = (of: FeatureRows, out: Float64Array | undefined): Evaluator | undefined => {
  if (out === undefined) return undefined
  const { feature, rows } = of
  const { aggregate, options, fallback } = feature
  const filled = (evaluator: Evaluator): Evaluator => (typeof fallback === 'number' ? withFallback(evaluator, out, fallback) : evaluator)
  if (isSumAggregate(aggregate)) return filled(sumEvaluator(rows, aggregate, out))
  switch (aggregate) {
    case 'count':
      return countEvaluator(rows, out)
    case 'min':
    case 'max':
      return filled(extremeEvaluator(rows, aggregate === 'max', out))
    case 'percentile':
      return filled(percentileEvaluator(of, out))
    case 'distinctCount':
      return options.sketched ? undefined : distinctCountEvaluator(rows, out)
    case 'timeSince':
      return filled(timeSinceEvaluator(rows, feature.column === undefined, out))
    case 'decayedSum':
      return decayedEvaluator(rows, options.halfLifeMs, out)
    case 'rate':
      return rateEvaluator(rows, options.perMs, firstTimes(rows), out)
    default:
      return undefined
  }
}

const firstTimes = (rows: FeatureRows['rows']): Parameters<typeof rateEvaluator>[2] => {
  const ends = createEnds(rows)
  const found = new Int32Array(1)
  let time: Float64Array
  return {
    start(block) {
      ends.start(block)
      time = block.time
    },
    time(bounds, i) {
      ends.first(bounds, i, 1, found)
      return time[found[0]!]!
    },
  }
}

const withFallback = (evaluator: Evaluator, out: Float64Array, fallback: number): Evaluator => ({
  start: evaluator.start,
  run(bounds) {
    evaluator.run(bounds)
    for (let i = 0; i < bounds.count; i++) if (Number.isNaN(out[i])) out[i] = fallback
  },
})

const valueEvaluator = (of: FeatureRows, answer: Answer): Evaluator => {
  const { feature, rows } = of
  const { aggregate, options } = feature
  switch (aggregate) {
    case 'first':
    case 'last':
      return endEvaluator(rows, aggregate === 'first', answer)
    case 'firstK':
    case 'lastK':
      return endsEvaluator(rows, { isFirst: aggregate === 'firstK', most: options.k }, answer)
    case 'collect':
      return endsEvaluator(rows, { isFirst: false, most: options.limit }, answer)
    case 'percentile':
      return orderEvaluator(of, percentileOf(feature), answer)
    case 'topK':
      return orderEvaluator(of, topOf(feature), answer)
    case 'distinct':
      return firstAppearanceEvaluator(of, options.limit, answer)
    case 'mostFrequent':
      return mostFrequentEvaluator(rows, options.k, answer)
    case 'histogram':
      return histogramEvaluator(rows, options, answer)
    default:
      return kernelEvaluator(of, answer)
  }
}
