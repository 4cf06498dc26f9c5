/** Rows and roots brought together by key: stable counting sorts. */
import type { BatchRoots, BatchRows } from './input.ts'

/** Members of key k: `order[starts[k]]` up to `order[starts[k + 1] − 1]`. */
export interface ByKey {
  readonly order: Int32Array
  readonly starts: Int32Array
}

/** Roots by key, each key's in the order of time (and of their numbers, where times are equal). */
export const rootsByKey = ({ count, time, keys }: BatchRoots, from: number, to: number): ByKey => {
  const starts = startsOf(keys, count, { from, to })
  const order = new Int32Array(starts[to - from]!)
  const next = starts.slice()
  const byTime = isAscending(time, count) ? undefined : timeOrder(time, count)
  for (let i = 0; i < count; i++) {
    const root = byTime === undefined ? i : byTime[i]!
    const key = keys[root]!
    if (key >= from && key < to) order[next[key - from]!++] = root
  }
  return { order, starts }
}

/**
 * Rows by key, in the total order, of those keys in [from, to) that have roots. A plain row stands under its number, the extra
 * row x under `plain + x`.
 */
export const rowsByKey = ({ plain, keys, extras }: BatchRows, from: number, to: number, roots: ByKey): ByKey => {
  const extraKeys = extras && Int32Array.from(extras.rows, (row) => keys[row]!)
  const starts = startsOf(keys, plain, { from, to, only: roots.starts, ...(extraKeys && { more: extraKeys }) })
  const order = new Int32Array(starts[to - from]!)
  const next = starts.slice()
  const place = (key: number, member: number): void => {
    // A key without roots has no room.
    if (key >= from && key < to && next[key - from]! < starts[key - from + 1]!) order[next[key - from]!++] = member
  }
  let first = 0
  for (let x = 0; x < (extras?.rows.length ?? 0); x++) {
    for (; first < extras!.before[x]!; first++) place(keys[first]!, first)
    place(extraKeys![x]!, plain + x)
  }
  placeRun(keys, first, plain, { from, to, next, starts, order })
  return { order, starts }
}

interface Placing {
  readonly from: number
  readonly to: number
  readonly next: Int32Array
  readonly starts: Int32Array
  readonly order: Int32Array
}

const placeRun = (keys: Int32Array, first: number, end: number, { from, to, next, starts, order }: Placing): void => {
  for (let i = first; i < end; i++) {
    const key = keys[i]! - from
    if (key < 0 || key >= to - from) continue
    const at = next[key]!
    if (at === starts[key + 1]) continue
    order[at] = i
    next[key] = at + 1
  }
}

interface Range {
  readonly from: number
  readonly to: number
  /** Keys that this leaves out get no room. */
  readonly only?: Int32Array
  readonly more?: Int32Array
}

const startsOf = (keys: Int32Array, count: number, { from, to, only, more }: Range): Int32Array => {
  const starts = new Int32Array(to - from + 1)
  countKeys(keys, count, from, to, starts)
  if (more !== undefined) countKeys(more, more.length, from, to, starts)
  for (let k = 0; k < to - from; k++) {
    if (only !== undefined && only[k] === only[k + 1]) starts[k + 1] = 0
    starts[k + 1]! += starts[k]!
  }
  return starts
}

const countKeys = (keys: Int32Array, count: number, from: number, to: number, starts: Int32Array): void => {
  for (let i = 0; i < count; i++) {
    const key = keys[i]! - from
    if (key >= 0 && key < to - from) starts[key + 1]!++
  }
}

const isAscending = (time: Float64Array, count: number): boolean => {
  for (let i = 1; i < count; i++) if (time[i]! < time[i - 1]!) return false
  return true
}

const timeOrder = (time: Float64Array, count: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => time[a]! - time[b]! || a - b)
