/** The windows of one question as ranges of a series' rows, counted from 0, and the order in which to visit them. */
import type { Edges } from './edges.ts'
import { locateRank, locateTime } from './locate.ts'
import type { Directory, SeriesStore } from './series.ts'

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
  /** The least `from` and greatest `to` of the windows asked for. */
  low: number
  high: number
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
  for (let i = 0; i < windows.length; i++) {
    const w = windows[i]!
    const to = rankOf(store, directory, edges.to[w]!)
    ranges.to[w] = to
    ranges.toLeaf[w] = store.leaf
    ranges.toAt[w] = store.at
    ranges.from[w] = fromRank(edges, w, { store, directory, to, last: Math.max(0, edges.last[w]! - roots * edges.endsAtRoot[w]!) })
    ranges.fromLeaf[w] = store.leaf
    ranges.fromAt[w] = store.at
    if (ranges.from[w]! < ranges.low) ranges.low = ranges.from[w]!
    if (to > ranges.high) ranges.high = to
    let place = i
    for (; place > 0 && isAfter(ranges, w, ranges.order[place - 1]!); place--) ranges.order[place] = ranges.order[place - 1]!
    ranges.order[place] = w
  }
}

/** The first row of a window, which is located. */
const fromRank = (
  edges: Edges,
  w: number,
  {
    store,
    directory,
    to,
    last,
  }: { readonly store: SeriesStore; readonly directory: Directory; readonly to: number; readonly last: number },
): number => {
  let from = 0
  if (edges.from[w] === Number.NEGATIVE_INFINITY) {
    store.leaf = 0
    store.at = 0
  } else from = rankOf(store, directory, edges.from[w]!)
  const first = Math.max(Math.min(from, to), to - last)
  if (first !== from) locateRank(store, directory, first)
  return first
}

const isAfter = ({ from, to }: Ranges, a: number, b: number): boolean => to[a]! > to[b]! || (to[a] === to[b] && from[a]! > from[b]!)

/** How many rows have a time before `time`. */
const rankOf = (store: SeriesStore, directory: Directory, time: number): number => {
  locateTime(store, directory, time)
  return directory.before[store.leaf]! + store.at
}
