/**
 * A Fenwick tree over values' ranks (Fenwick 1994, "A new data structure for cumulative frequency tables") that follows a window:
 * any rank is found in one descent.
 */
import type { Exceptions } from './bounds.ts'
import type { Ranks } from './ranks.ts'
import { ints } from './scratch.ts'

export interface RankTree {
  /** Holds no rows of these yet. */
  start(ranks: Ranks): void
  /** Holds rows [low, high) from here on. Windows mostly move forwards, by few rows; any move is right. */
  moveTo(low: number, high: number): void
  /** Takes root i's removed rows away and puts its added ones in; `sign` −1: the other way round. */
  change(exceptions: Exceptions, i: number, sign: 1 | -1): void
  /** How many values it holds. */
  size(): number
  /** The k-th smallest, from 1. */
  value(k: number): number | bigint
}

export const createRankTree = (): RankTree => {
  const scratch = ints()
  let values: Ranks['values']
  let ranks: Int32Array
  let tree: Int32Array
  let length = 0
  let top = 1
  let size = 0
  let from = 0
  let to = 0
  const add = (row: number, by: 1 | -1): void => {
    const rank = ranks[row]!
    if (rank < 0) return
    for (let at = rank + 1; at <= length; at += at & -at) tree[at]! += by
    size += by
  }
  return {
    start(next) {
      values = next.values
      ranks = next.ranks
      length = values.length
      top = 2 ** (31 - Math.clz32(Math.max(length, 1)))
      tree = scratch.atLeast(length + 1)
      tree.fill(0, 0, length + 1)
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
      let at = 0
      let left = k
      for (let step = top; step > 0; step >>= 1) {
        if (at + step > length || tree[at + step]! >= left) continue
        at += step
        left -= tree[at]!
      }
      return values[at]!
    },
  }
}
