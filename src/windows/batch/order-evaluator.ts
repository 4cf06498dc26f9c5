/** percentile and topK: any rank of a window's values by counts that follow it. Short windows are sorted instead. */
import type { Value } from '../../model/value.ts'
import type { CompiledFeature } from '../compiled.ts'
import { ownValue, percentileRank } from '../kernels/ordered.ts'
import type { Block } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import { type Answer, type Evaluator, hasExceptions } from './evaluator.ts'
import type { FeatureRows } from './feature-rows.ts'
import { createScan } from './kernel-evaluator.ts'
import { createRankCounts, type RankCounts } from './rank-counts.ts'

/** Up to so many rows are sorted. */
const shortWindow = 32

type Read = (sorted: RankCounts, own: (raw: number | bigint) => Value) => Value

export const percentileOf = (feature: CompiledFeature): Read => {
  const rankOf = percentileRank(feature.options)
  return (sorted, own) => (sorted.size() === 0 ? null : own(sorted.value(rankOf(sorted.size()))))
}

export const topOf = ({ options: { k } }: CompiledFeature): Read => {
  return (sorted, own) => sorted.largest(k).map(own)
}

export const orderEvaluator = (feature: FeatureRows, read: Read, answer: Answer): Evaluator => {
  const counts = createRankCounts()
  const scan = createScan(feature)
  let own: (raw: number | bigint) => Value
  let held: Block
  let isStarted = false
  const value = ({ low, high, exceptions }: WindowBounds, i: number): Value => {
    if (!isStarted) counts.start(feature.rows.ranks(held))
    isStarted = true
    counts.moveTo(low[i]!, high[i]!)
    if (!hasExceptions(exceptions, i)) return read(counts, own)
    counts.change(exceptions, i, 1)
    const found = read(counts, own)
    counts.change(exceptions, i, -1)
    return found
  }
  return {
    start(block) {
      held = block
      isStarted = false
      own = ownValue(feature.rows.typed(block))
      scan.start(block)
    },
    run(bounds) {
      for (let i = 0; i < bounds.count; i++) {
        const isShort = bounds.high[i]! - bounds.low[i]! <= shortWindow
        answer(i, isShort ? scan.answer(bounds, i) : value(bounds, i))
      }
    },
  }
}
