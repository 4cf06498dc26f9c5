/** The windows of one question as ranges of a series' rows, counted from 0, and the order in which to visit them. */

import { type Directory, rowsBefore } from './directory.ts'
import type { Edges } from './edges.ts'
import { locateRank, locateTime } from './locate.ts'
import type { SeriesStore } from './series.ts'

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

/** The directory must be in repair. `roots`: rows of the root that stand last in windows that end at it, and count towards the last n. */
export const setRanges = (
  ranges: Ranges,
  edges: Edges,
  windows: readonly number[],
  { store, directory, roots }: { readonly store: SeriesStore; readonly directory: Directory; readonly roots: number },
): void => {
  ranges.low = Number.POSITIVE_INFINITY
  ranges.high = 0
  ranges.highLeaf = 0
  let end = Number.NaN
  let before = 0
  for (let i = 0; i < windows.length; i++) {
    const w = windows[i]!
    if (edges.to[w]! === end) copyEnd(ranges, before, w)
    else setEnd(ranges, w, locatedRank(store, directory, edges.to[w]!), store)
    end = edges.to[w]!
    before = w
    const last = Math.max(0, edges.last[w]! - roots * edges.endsAtRoot[w]!)
    setStart(ranges, w, startRank(edges.from[w]!, ranges.to[w]!, last, { store, directory }), store)
    let place = i
    for (; place > 0 && isAfter(ranges, w, ranges.order[place - 1]!); place--) ranges.order[place] = ranges.order[place - 1]!
    ranges.order[place] = w
  }
}

/** Most windows end where the one before does. */
const copyEnd = (ranges: Ranges, from: number, w: number): void => {
  ranges.to[w] = ranges.to[from]!
  ranges.toLeaf[w] = ranges.toLeaf[from]!
  ranges.toAt[w] = ranges.toAt[from]!
}

const setEnd = (ranges: Ranges, w: number, rank: number, { leaf, at }: SeriesStore): void => {
  ranges.to[w] = rank
  ranges.toLeaf[w] = leaf
  ranges.toAt[w] = at
  if (rank <= ranges.high) return
  ranges.high = rank
  ranges.highLeaf = leaf
}

const setStart = (ranges: Ranges, w: number, rank: number, { leaf, at }: SeriesStore): void => {
  ranges.from[w] = rank
  ranges.fromLeaf[w] = leaf
  ranges.fromAt[w] = at
  if (rank < ranges.low) ranges.low = rank
}

/** The first row of a window that ends at row `to`, which is located. */
const startRank = (
  time: number,
  to: number,
  last: number,
  { store, directory }: { readonly store: SeriesStore; readonly directory: Directory },
): number => {
  let from = 0
  if (time === Number.NEGATIVE_INFINITY) {
    store.leaf = 0
    store.at = 0
  } else from = locatedRank(store, directory, time)
  const first = Math.max(Math.min(from, to), to - last)
  if (first !== from) locateRank(store, directory, first)
  return first
}

const isAfter = ({ from, to }: Ranges, a: number, b: number): boolean => to[a]! > to[b]! || (to[a] === to[b] && from[a]! > from[b]!)

/** How many rows have a time before `time`; the next one is located. */
const locatedRank = (store: SeriesStore, directory: Directory, time: number): number => {
  locateTime(store, directory, time)
  return rowsBefore(directory, store.leaf) + store.at
}
