/** percentile of numbers: short windows are sorted as they are, longer ones kept as counts of ranks that follow them. */
import { percentileRank } from '../kernels/ordered.ts'
import type { Block } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import { type Evaluator, hasExceptions } from './evaluator.ts'
import type { FeatureRows } from './feature-rows.ts'
import { createRankCounts } from './rank-counts.ts'
import { doubles } from './scratch.ts'

/** Up to so many rows are sorted. */
const shortWindow = 6

export const percentileEvaluator = ({ feature, rows }: FeatureRows, out: Float64Array): Evaluator => {
  const rankOf = percentileRank(feature.options)
  const counts = createRankCounts()
  const room = doubles()
  let held: Block
  let values: Float64Array
  let isStarted = false

  /** Puts a value among the `count` first ones of `sorted`, which ascend; gives how many there are then. */
  const insert = (sorted: Float64Array, count: number, value: number): number => {
    if (Number.isNaN(value)) return count
    let at = count
    for (; at > 0 && sorted[at - 1]! > value; at--) sorted[at] = sorted[at - 1]!
    sorted[at] = value
    return count + 1
  }
  /** With what is added to it. */
  const isShort = ({ low, high, exceptions }: WindowBounds, i: number): boolean => {
    const added = hasExceptions(exceptions, i) ? exceptions.end[i]! - exceptions.middle[i]! : 0
    return high[i]! - low[i]! + added <= shortWindow
  }
  /** By insertion; of few rows the fastest. */
  const sortedAnswer = ({ low, high, exceptions }: WindowBounds, i: number): number => {
    const [from, to] = hasExceptions(exceptions, i) ? [exceptions.from[i]!, exceptions.end[i]!] : [0, 0]
    const sorted = room.atLeast(shortWindow + to - from)
    let count = 0
    let removed = from
    for (let row = low[i]!; row < high[i]!; row++) {
      if (removed < to && removed < exceptions!.middle[i]! && exceptions!.rows[removed] === row) removed++
      else count = insert(sorted, count, values[row]!)
    }
    for (let at = from === to ? to : exceptions!.middle[i]!; at < to; at++) count = insert(sorted, count, values[exceptions!.rows[at]!]!)
    return count === 0 ? Number.NaN : sorted[rankOf(count) - 1]!
  }
  const slidAnswer = ({ low, high, exceptions }: WindowBounds, i: number): number => {
    if (!isStarted) counts.start(rows.ranks(held))
    isStarted = true
    counts.moveTo(low[i]!, high[i]!)
    if (!hasExceptions(exceptions, i)) return countedValue()
    counts.change(exceptions, i, 1)
    const found = countedValue()
    counts.change(exceptions, i, -1)
    return found
  }
  const countedValue = (): number => {
    const size = counts.size()
    return size === 0 ? Number.NaN : (counts.value(rankOf(size)) as number)
  }
  return {
    start(block) {
      held = block
      values = rows.numbers(block)
      isStarted = false
    },
    run(bounds) {
      for (let i = 0; i < bounds.count; i++) out[i] = isShort(bounds, i) ? sortedAnswer(bounds, i) : slidAnswer(bounds, i)
    },
  }
}
