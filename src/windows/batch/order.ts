/** Roots brought together by key: a stable counting sort. */
import type { BatchRoots } from './input.ts'

/** Members of key k: `order[starts[k]]` up to `order[starts[k + 1] − 1]`. */
export interface ByKey {
  readonly order: Int32Array
  readonly starts: Int32Array
}

export interface RootsByKey extends ByKey {
  /** Of the members, at the same places. */
  readonly times: Float64Array
}

/** Roots by key, each key's in the order of time (and of their numbers, where times are equal). */
export const rootsByKey = ({ count, time, keys }: BatchRoots, from: number, to: number): RootsByKey => {
  const starts = startsOf(keys, count, from, to)
  const order = new Int32Array(starts[to - from]!)
  const times = new Float64Array(order.length)
  const next = starts.slice()
  const byTime = isAscending(time, count) ? undefined : timeOrder(time, count)
  for (let i = 0; i < count; i++) {
    const root = byTime === undefined ? i : byTime[i]!
    const key = keys[root]!
    if (key < from || key >= to) continue
    const place = next[key - from]!++
    order[place] = root
    times[place] = time[root]!
  }
  return { order, starts, times }
}

const startsOf = (keys: Int32Array, count: number, from: number, to: number): Int32Array => {
  const starts = new Int32Array(to - from + 1)
  for (let i = 0; i < count; i++) {
    const key = keys[i]! - from
    if (key >= 0 && key < to - from) starts[key + 1]!++
  }
  for (let k = 0; k < to - from; k++) starts[k + 1]! += starts[k]!
  return starts
}

const isAscending = (time: Float64Array, count: number): boolean => {
  for (let i = 1; i < count; i++) if (time[i]! < time[i - 1]!) return false
  return true
}

const timeOrder = (time: Float64Array, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => time[a]! - time[b]! || a - b)
