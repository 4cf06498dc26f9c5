/**
 * percentile and topK: a Fenwick tree over the values' ranks (Fenwick 1994, "A new data structure for cumulative frequency tables")
 * that follows the window; any rank is found in one descent. Short windows are sorted instead.
 */
import type { Value } from '../../model/value.ts'
import type { CompiledFeature } from '../compiled.ts'
import { ownValue, percentileRank } from '../kernels/ordered.ts'
import type { Block } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import { type Answer, createSlide, type Evaluator, eachException, hasExceptions } from './evaluator.ts'
import type { FeatureRows } from './feature-rows.ts'
import { createScan } from './kernel-evaluator.ts'
import type { Ranks } from './ranks.ts'
import { ints } from './scratch.ts'

/** Up to so many rows are sorted. */
const shortWindow = 32

/** The k-th smallest of the window's values, k from 1, and how many there are. */
interface Sorted {
  readonly size: () => number
  value(k: number): number | bigint
}

const createTree = () => {
  const scratch = ints()
  let ranks: Ranks
  let tree: Int32Array
  let length = 0
  let top = 1
  let size = 0
  const add = (rank: number, by: 1 | -1): void => {
    for (let at = rank + 1; at <= length; at += at & -at) tree[at]! += by
    size += by
  }
  return {
    start(next: Ranks): void {
      ranks = next
      length = ranks.values.length
      top = 2 ** (31 - Math.clz32(Math.max(length, 1)))
      tree = scratch.atLeast(length + 1)
      tree.fill(0, 0, length + 1)
      size = 0
    },
    enter(row: number): void {
      if (ranks.ranks[row]! >= 0) add(ranks.ranks[row]!, 1)
    },
    leave(row: number): void {
      if (ranks.ranks[row]! >= 0) add(ranks.ranks[row]!, -1)
    },
    size: () => size,
    value(k: number): number | bigint {
      let at = 0
      for (let step = top; step > 0; step >>= 1) {
        if (at + step > length || tree[at + step]! >= k) continue
        at += step
        k -= tree[at]!
      }
      return ranks.values[at]!
    },
  }
}

type Read = (sorted: Sorted, own: (raw: number | bigint) => Value) => Value

export const percentileOf = (feature: CompiledFeature): Read => {
  const rankOf = percentileRank(feature.options)
  return (sorted, own) => (sorted.size() === 0 ? null : own(sorted.value(rankOf(sorted.size()))))
}

export const topOf = ({ options: { k } }: CompiledFeature): Read => {
  return (sorted, own) => Array.from({ length: Math.min(k, sorted.size()) }, (_, i) => own(sorted.value(sorted.size() - i)))
}

export const orderEvaluator = (feature: FeatureRows, read: Read, answer: Answer): Evaluator => {
  const tree = createTree()
  const slide = createSlide(tree.enter, tree.leave)
  const scan = createScan(feature)
  let own: (raw: number | bigint) => Value
  let held: Block
  let isStarted = false
  const value = (bounds: WindowBounds, i: number): Value => {
    if (!isStarted) tree.start(feature.rows.ranks(held))
    isStarted = true
    slide.moveTo(bounds.low[i]!, bounds.high[i]!)
    const { exceptions } = bounds
    if (!hasExceptions(exceptions, i)) return read(tree, own)
    eachException(exceptions, i, tree.leave, tree.enter)
    const found = read(tree, own)
    eachException(exceptions, i, tree.enter, tree.leave)
    return found
  }
  return {
    start(block) {
      held = block
      isStarted = false
      own = ownValue(feature.rows.typed(block))
      slide.start()
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
