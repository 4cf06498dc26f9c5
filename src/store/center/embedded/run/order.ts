/**
 * The total order of many rows of one type, as row numbers: a stable radix sort (least significant digit first, 11 bits a
 * pass; Knuth, TAOCP 3, 5.2.5) by time over seq, and ids compared only where both are equal.
 */
import { compareUtf8 } from '../../../../base/utf8.ts'
import { inOneGo, type Steps } from '../breath.ts'

export interface Rows {
  readonly time: Float64Array
  readonly seq: Float64Array
  readonly id: (row: number) => string
}

/** Rows `at` and on that stand in another order: where i stands, `at + rows[i]` belongs. */
export interface Window {
  readonly at: number
  readonly rows: Uint32Array
}

/**
 * The order of sorted parts that lie one behind the other by their first times, `starts` where each begins and the last one
 * ends. Only what overlaps is sorted: a row later than all parts before its own, and before all parts behind it, stands where
 * it belongs.
 */
export const windowsOf = (rows: Rows, starts: readonly number[]): Window[] => inOneGo(windowSteps(rows, starts))

export function* windowSteps({ time, seq, id }: Rows, starts: readonly number[]): Steps<Window[]> {
  const windows: Window[] = []
  function* sort(from: number, to: number): Steps<void> {
    if (to - from < 2) return
    const rows = yield* totalOrderSteps({ time: time.subarray(from, to), seq: seq.subarray(from, to), id: (row) => id(from + row) })
    if (rows !== undefined) windows.push({ at: from, rows })
  }
  let [open, latest] = [0, Number.NEGATIVE_INFINITY]
  for (let part = 0; part < starts.length - 1; part++) {
    const [start, end] = [starts[part]!, starts[part + 1]!]
    const next = end < time.length ? time[end]! : Number.POSITIVE_INFINITY
    const first = firstRow(start, end, (row) => time[row]! > latest)
    const last = firstRow(first, end, (row) => time[row]! >= next)
    if (last > first) {
      yield* sort(open, first)
      open = last
    }
    latest = Math.max(latest, time[end - 1]!)
  }
  yield* sort(open, time.length)
  return windows
}

/** The first row of which it is true, as of all behind it; `to` where there is none. */
const firstRow = (from: number, to: number, isTrue: (row: number) => boolean): number => {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isTrue(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** Row numbers in the total order; undefined when the rows stand in it already. */
export const totalOrder = (rows: Rows): Uint32Array | undefined => inOneGo(totalOrderSteps(rows))

/** Rows looked at in one step. */
const stepRows = 1 << 14

export function* totalOrderSteps(rows: Rows): Steps<Uint32Array | undefined> {
  if (yield* areOrdered(rows)) return undefined
  const order = new Uint32Array(rows.time.length)
  for (let i = 0; i < order.length; i++) order[i] = i
  return yield* settleTies(yield* sortSteps(yield* sortSteps(order, rows.seq), rows.time), rows)
}

function* areOrdered(rows: Rows): Steps<boolean> {
  for (let from = 1; from < rows.time.length; from += stepRows) {
    if (!isOrdered(rows, from, Math.min(rows.time.length, from + stepRows))) return false
    yield
  }
  return true
}

/** Each of these rows, against the one before. */
const isOrdered = ({ time, seq, id }: Rows, from: number, to: number): boolean => {
  for (let i = from; i < to; i++) {
    const byTime = time[i]! - time[i - 1]! || seq[i]! - seq[i - 1]!
    if (byTime < 0 || (byTime === 0 && compareUtf8(id(i - 1), id(i)) > 0)) return false
  }
  return true
}

/** Sorts row numbers by whole numbers, keeping the order of equal ones. */
export const radixSort = (start: Uint32Array, keys: Float64Array): Uint32Array => inOneGo(sortSteps(start, keys))

export function* sortSteps(start: Uint32Array, keys: Float64Array): Steps<Uint32Array> {
  const { min, max, isInOrder } = rangeOf(start, keys)
  if (isInOrder) return start
  yield
  const half = new Uint32Array(keys.length)
  if (max - min < word) {
    for (let row = 0; row < keys.length; row++) half[row] = keys[row]! - min
    return yield* sortSteps32(start, half)
  }
  // By the lower 32 bits, then by what is above them: the distance of two keys may be beyond 2^53, their own halves are not.
  for (let row = 0; row < keys.length; row++) half[row] = keys[row]! - Math.floor(keys[row]! / word) * word
  const order = yield* sortSteps32(start, half)
  const lowest = Math.floor(min / word)
  for (let row = 0; row < keys.length; row++) half[row] = Math.floor(keys[row]! / word) - lowest
  return yield* sortSteps32(order, half)
}

const rangeOf = (rows: Uint32Array, keys: Float64Array) => {
  let [min, max, isInOrder] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true]
  for (let i = 0; i < rows.length; i++) {
    const key = keys[rows[i]!]!
    if (key < max) isInOrder = false
    if (key < min) min = key
    if (key > max) max = key
  }
  return { min, max, isInOrder }
}

const word = 2 ** 32
const digitBits = 11
const digits = 1 << digitBits

/** Sorts row numbers by unsigned 32-bit keys, keeping the order of equal ones. May reuse `order`. */
export const radixSort32 = (order: Uint32Array, keys: Uint32Array): Uint32Array => inOneGo(sortSteps32(order, keys))

export function* sortSteps32(order: Uint32Array, keys: Uint32Array): Steps<Uint32Array> {
  let largest = 0
  for (let i = 0; i < order.length; i++) largest = Math.max(largest, keys[order[i]!]!)
  let from: Uint32Array = order
  let to: Uint32Array = new Uint32Array(order.length)
  for (let shift = 0; shift < 32 && largest >>> shift > 0; shift += digitBits) {
    passBy(keys, shift, from, to)
    ;[from, to] = [to, from]
    yield
  }
  return from
}

const passBy = (keys: Uint32Array, shift: number, from: Uint32Array, to: Uint32Array): void => {
  const starts = new Uint32Array(digits + 1)
  for (let i = 0; i < from.length; i++) starts[((keys[from[i]!]! >>> shift) & (digits - 1)) + 1]!++
  for (let d = 0; d < digits; d++) starts[d + 1]! += starts[d]!
  for (let i = 0; i < from.length; i++) {
    const row = from[i]!
    to[starts[(keys[row]! >>> shift) & (digits - 1)]!++] = row
  }
}

function* settleTies(order: Uint32Array, { time, seq, id }: Rows): Steps<Uint32Array> {
  const isTie = (a: number, b: number): boolean => time[a] === time[b] && seq[a] === seq[b]
  let next = stepRows
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && isTie(order[from]!, order[to]!)) to++
    if (to - from > 1) {
      const named = Array.from(order.subarray(from, to), (row) => ({ row, id: id(row) })).sort((a, b) => compareUtf8(a.id, b.id))
      for (const [i, { row }] of named.entries()) order[from + i] = row
    }
    from = to
    if (from < next) continue
    next = from + stepRows
    yield
  }
  return order
}
