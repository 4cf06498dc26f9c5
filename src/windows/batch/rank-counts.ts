/**
 * How often each value of a window is in it, by the values' ranks, in two levels: any rank is found by going from where the last one
 * was found, bucket by bucket, and then through one bucket. A window that moves by few rows mostly stays in a bucket; a row takes
 * three additions to come or go, where a tree (Fenwick 1994) takes as many as the logarithm of how many values differ. Where ranks
 * jump, one takes up to twice the root of how many values differ: 360 steps in a block of 32,768 rows, 2,000 where one key has a million.
 * After Huang, Yang, Tang 1979, "A fast two-dimensional median filtering algorithm".
 */
import type { Exceptions } from './bounds.ts'
import type { Ranks } from './ranks.ts'
import { ints } from './scratch.ts'

export interface RankCounts {
  /** Holds no rows of these yet. */
  start(ranks: Ranks): void
  /** Holds rows [low, high) from here on. Windows mostly move forwards, by few rows; any move is right. */
  moveTo(low: number, high: number): void
  /** Takes root i's removed rows away and puts its added ones in; `sign` −1: the other way round. */
  change(exceptions: Exceptions, i: number, sign: 1 | -1): void
  /** How many values it holds. */
  size(): number
  /** The k-th smallest, from 1; it holds at least as many. */
  value(k: number): number | bigint
  /** The k largest, the largest first; all where there are fewer. */
  largest(k: number): (number | bigint)[]
}

export const createRankCounts = (): RankCounts => {
  const [counted, bucketed] = [ints(), ints()]
  let values: Ranks['values']
  let ranks: Int32Array
  let counts: Int32Array
  /** Bucket b has ranks from b · 2^shift on. */
  let buckets: Int32Array
  let shift = 0
  let bucket = 0
  /** Values in the buckets before. */
  let below = 0
  let size = 0
  let from = 0
  let to = 0
  const add = (row: number, by: 1 | -1): void => {
    const rank = ranks[row]!
    if (rank < 0) return
    const own = rank >> shift
    counts[rank]! += by
    buckets[own]! += by
    if (own < bucket) below += by
    size += by
  }
  return {
    start(next) {
      values = next.values
      ranks = next.ranks
      const { length } = values
      // As many buckets as ranks in one.
      shift = (32 - Math.clz32(length)) >> 1
      counts = counted.atLeast(length).fill(0, 0, length)
      buckets = bucketed.atLeast((length >> shift) + 1).fill(0)
      bucket = 0
      below = 0
      size = 0
      from = 0
      to = 0
    },
    moveTo(low, high) {
      if (low >= to || high <= from) {
        while (from < to) add(from++, -1)
        from = low
        to = low
      }
      while (to < high) add(to++, 1)
      while (from > low) add(--from, 1)
      while (from < low) add(from++, -1)
      while (to > high) add(--to, -1)
    },
    change({ from: first, middle, end, rows }, i, sign) {
      for (let at = first[i]!; at < middle[i]!; at++) add(rows[at]!, sign === 1 ? -1 : 1)
      for (let at = middle[i]!; at < end[i]!; at++) add(rows[at]!, sign)
    },
    size: () => size,
    value(k) {
      while (below >= k) below -= buckets[--bucket]!
      while (below + buckets[bucket]! < k) below += buckets[bucket++]!
      let rank = bucket << shift
      for (let left = k - below - counts[rank]!; left > 0; left -= counts[rank]!) rank++
      return values[rank]!
    },
    largest(k) {
      const found: (number | bigint)[] = []
      const most = Math.min(k, size)
      for (let own = values.length >> shift; found.length < most; own--) {
        if (buckets[own] === 0) continue
        for (let rank = Math.min(values.length, (own + 1) << shift) - 1; rank >= own << shift; rank--) {
          for (let n = counts[rank]!; n > 0 && found.length < most; n--) found.push(values[rank]!)
        }
      }
      return found
    },
  }
}
