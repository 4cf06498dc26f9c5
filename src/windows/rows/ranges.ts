/** The windows of one question as ranges of a series' rows, counted from 0, and the order in which to visit them. */

import { leafRows, lineRows } from './arena.ts'
import { type Directory, rowsBefore } from './directory.ts'
import type { Edges } from './edges.ts'
import { guessTime, locateRank, settleTime } from './locate.ts'
import { columnAt, leafPage, type SeriesStore } from './series.ts'
import { partRows } from './sums-head.ts'

export interface Ranges {
  /** By window: rows from ≤ rank < to. */
  readonly from: Float64Array
  readonly to: Float64Array
  /** The leaves of these rows, and their numbers there; the end of a leaf may stand for the start of the next. */
  readonly fromLeaf: Int32Array
  readonly fromAt: Int32Array
  readonly toLeaf: Int32Array
  readonly toAt: Int32Array
  /** Windows by falling `to`, then by falling `from`: each that ends where the one before ends holds it whole. */
  readonly order: Int32Array
  /** The least `from` and greatest `to` of the windows asked for, and the leaf of the latter. */
  low: number
  high: number
  highLeaf: number
}

export const createRanges = (windows: number): Ranges => ({
  from: new Float64Array(windows),
  to: new Float64Array(windows),
  fromLeaf: new Int32Array(windows),
  fromAt: new Int32Array(windows),
  toLeaf: new Int32Array(windows),
  toAt: new Int32Array(windows),
  order: new Int32Array(windows),
  low: 0,
  high: 0,
  highLeaf: 0,
})

interface RangeQuestion {
  readonly store: SeriesStore
  /** In repair. */
  readonly directory: Directory
  /** Rows of the root that stand last in windows that end at it, and count towards the last n. */
  readonly roots: number
  /** Columns of which values beside the windows' edges will be read. */
  readonly columns: readonly number[]
}

/** First all edges are guessed, so that what they need comes from memory at once; then each is settled. */
export const setRanges = (ranges: Ranges, edges: Edges, windows: readonly number[], question: RangeQuestion): void => {
  ranges.low = Number.POSITIVE_INFINITY
  ranges.high = 0
  ranges.highLeaf = 0
  for (let i = 0; i < windows.length; i++) guess(ranges, edges, windows[i]!, i === 0 ? -1 : windows[i - 1]!, question)
  for (let i = 0; i < windows.length; i++) {
    const w = windows[i]!
    if (i > 0 && edges.to[w] === edges.to[windows[i - 1]!]) copyEnd(ranges, windows[i - 1]!, w)
    else settleEnd(ranges, w, edges.to[w]!, question)
    settleStart(ranges, edges, w, question)
    let place = i
    for (; place > 0 && isAfter(ranges, w, ranges.order[place - 1]!); place--) ranges.order[place] = ranges.order[place - 1]!
    ranges.order[place] = w
  }
}

/** Most windows end where the one before does. */
const guess = (ranges: Ranges, edges: Edges, w: number, before: number, question: RangeQuestion): void => {
  const { store, directory } = question
  if (before < 0 || edges.to[w] !== edges.to[before]) {
    guessTime(store, directory, edges.to[w]!)
    ranges.toLeaf[w] = store.leaf
    ranges.toAt[w] = store.at
    fetch(question)
  }
  if (edges.from[w] === Number.NEGATIVE_INFINITY) return
  guessTime(store, directory, edges.from[w]!)
  ranges.fromLeaf[w] = store.leaf
  ranges.fromAt[w] = store.at
  fetch(question)
}

/** Reads, without waiting, the values from the place guessed to the nearest end of its part: those that sums will need. */
const fetch = ({ store, directory, columns }: RangeQuestion): void => {
  const { leaf, at } = store
  if (directory.rowStep > 1) return
  const page = leafPage(store, directory, leaf)
  const first = Math.min(at, leafRows - 1) & -nearRows
  for (let i = 0; i < columns.length; i++) {
    const from = columnAt(store, directory, leaf, columns[i]!) + first
    store.fetched += page[from]! + page[from + lineRows]!
  }
}

/** Rows of a half of a part. */
const nearRows = partRows / 2

const copyEnd = (ranges: Ranges, from: number, w: number): void => {
  ranges.to[w] = ranges.to[from]!
  ranges.toLeaf[w] = ranges.toLeaf[from]!
  ranges.toAt[w] = ranges.toAt[from]!
}

const settleEnd = (ranges: Ranges, w: number, time: number, { store, directory }: RangeQuestion): void => {
  store.leaf = ranges.toLeaf[w]!
  const at = settleTime(store, directory, ranges.toAt[w]!, time)
  const rank = rowsBefore(directory, store.leaf) + at
  ranges.to[w] = rank
  ranges.toAt[w] = at
  if (rank <= ranges.high) return
  ranges.high = rank
  ranges.highLeaf = store.leaf
}

/** A window begins at its edge, or at the last n rows before its end. */
const settleStart = (ranges: Ranges, edges: Edges, w: number, { store, directory, roots }: RangeQuestion): void => {
  const time = edges.from[w]!
  const isOpen = time === Number.NEGATIVE_INFINITY
  store.leaf = isOpen ? 0 : ranges.fromLeaf[w]!
  store.at = isOpen ? 0 : settleTime(store, directory, ranges.fromAt[w]!, time)
  const from = rowsBefore(directory, store.leaf) + store.at
  const to = ranges.to[w]!
  const first = Math.max(Math.min(from, to), to - Math.max(0, edges.last[w]! - roots * edges.endsAtRoot[w]!))
  if (first !== from) locateRank(store, directory, first)
  ranges.from[w] = first
  ranges.fromLeaf[w] = store.leaf
  ranges.fromAt[w] = store.at
  if (first < ranges.low) ranges.low = first
}

const isAfter = ({ from, to }: Ranges, a: number, b: number): boolean => to[a]! > to[b]! || (to[a] === to[b] && from[a]! > from[b]!)
