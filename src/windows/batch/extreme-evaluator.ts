/**
 * min and max of numbers over windows that move forwards: two stacks (the front's suffix maxima, made in one pass whenever the
 * window's start overtakes them, and the running maximum of what came since), so each row is looked at about twice a window.
 * After Tangwongsan, Hirzel, Schneider 2017, "Low-latency sliding-window aggregation in worst-case constant time", two-stacks.
 * Short windows are just looked through. Minima are maxima of the negated values.
 */
import type { Block } from './block.ts'
import type { Exceptions, WindowBounds } from './bounds.ts'
import { type Evaluator, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { doubles } from './scratch.ts'

/** Up to so many rows are looked through. */
const shortWindow = 12

export const extremeEvaluator = (rows: CountedRows, isLargest: boolean, out: Float64Array): Evaluator => {
  const negated = doubles()
  const suffixes = doubles()
  let values: Float64Array
  let suffix: Float64Array
  /** The stacks hold [from, to): suffix maxima of [from, middle), and `back` the maximum of [middle, to). */
  let middle = 0
  let to = 0
  let from = 0
  let back = Number.NEGATIVE_INFINITY

  const largest = (low: number, high: number): number => {
    let best = Number.NEGATIVE_INFINITY
    for (let row = low; row < high; row++) if (values[row]! > best) best = values[row]!
    return best
  }
  const rebuild = (low: number, high: number): void => {
    let best = Number.NEGATIVE_INFINITY
    for (let row = high - 1; row >= low; row--) {
      if (values[row]! > best) best = values[row]!
      suffix[row] = best
    }
    from = low
    middle = high
    to = high
    back = Number.NEGATIVE_INFINITY
  }
  const windowLargest = (low: number, high: number): number => {
    if (high - low <= shortWindow) return largest(low, high)
    if (low >= middle || high < to) rebuild(low, high)
    else for (; to < high; to++) if (values[to]! > back) back = values[to]!
    while (from > low) {
      const value = values[--from]!
      suffix[from] = suffix[from + 1]!
      if (value > suffix[from]!) suffix[from] = value
    }
    return Math.max(suffix[low]!, back)
  }
  /** What is removed matters only where it is the largest itself: then the window is looked through for its equal, or the next. */
  const corrected = (best: number, bounds: WindowBounds, i: number, exceptions: Exceptions): number => {
    const removed = exceptions.middle[i]! - exceptions.from[i]!
    const isHit = exceptions.rows.subarray(exceptions.from[i]!, exceptions.middle[i]!).some((row) => values[row] === best)
    if (removed > 0 && isHit) best = without(best, bounds, i, exceptions)
    for (let at = exceptions.middle[i]!; at < exceptions.end[i]!; at++) {
      const value = values[exceptions.rows[at]!]!
      if (value > best) best = value
    }
    return best
  }
  /** The largest of what is not removed, of which none is above `limit`. */
  const without = (limit: number, { low, high }: WindowBounds, i: number, { rows: list, from: first, middle: end }: Exceptions): number => {
    let next = end[i]! - 1
    let best = Number.NEGATIVE_INFINITY
    for (let row = high[i]! - 1; row >= low[i]!; row--) {
      if (next >= first[i]! && list[next] === row) {
        next--
        continue
      }
      if (values[row]! > best) best = values[row]!
      if (best === limit) break
    }
    return best
  }

  return {
    start(block: Block) {
      values = rows.numbers(block)
      if (!isLargest) values = negate(values, negated.atLeast(block.rows), block.rows)
      suffix = suffixes.atLeast(block.base)
      from = 0
      middle = 0
      to = 0
    },
    run(bounds) {
      const { count, low, high, exceptions } = bounds
      for (let i = 0; i < count; i++) {
        let best = windowLargest(low[i]!, high[i]!)
        if (hasExceptions(exceptions, i)) best = corrected(best, bounds, i, exceptions)
        out[i] = best === Number.NEGATIVE_INFINITY ? Number.NaN : isLargest ? best : 0 - best
      }
    },
  }
}

const negate = (values: Float64Array, into: Float64Array, rows: number): Float64Array => {
  for (let i = 0; i < rows; i++) into[i] = -values[i]!
  return into
}
