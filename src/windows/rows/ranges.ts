/** The windows of one question as ranges of a series' rows, counted from 0, and the order in which to visit them. */
import type { Edges } from './edges.ts'
import { locateTime } from './locate.ts'
import type { Directory, SeriesStore } from './series.ts'

export interface Ranges {
  /** By window: rows from ≤ rank < to. */
  readonly from: Float64Array
  readonly to: Float64Array
  /** Windows by falling `to`, then by falling `from`: each that ends where the one before ends holds it whole. */
  readonly order: Int32Array
  /** The least `from` and greatest `to` of the windows asked for. */
  low: number
  high: number
}

export const createRanges = (windows: number): Ranges => ({
  from: new Float64Array(windows),
  to: new Float64Array(windows),
  order: new Int32Array(windows),
  low: 0,
  high: 0,
})

/** `before` must be in repair. `roots`: rows of the root that stand last in windows that end at it, and count towards the last n. */
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
    const from = edges.from[w] === Number.NEGATIVE_INFINITY ? 0 : Math.min(to, rankOf(store, directory, edges.from[w]!))
    ranges.to[w] = to
    ranges.from[w] = Math.max(from, to - Math.max(0, edges.last[w]! - roots * edges.endsAtRoot[w]!))
    if (ranges.from[w]! < ranges.low) ranges.low = ranges.from[w]!
    if (to > ranges.high) ranges.high = to
    let place = i
    for (; place > 0 && isAfter(ranges, w, ranges.order[place - 1]!); place--) ranges.order[place] = ranges.order[place - 1]!
    ranges.order[place] = w
  }
}

const isAfter = ({ from, to }: Ranges, a: number, b: number): boolean => to[a]! > to[b]! || (to[a] === to[b] && from[a]! > from[b]!)

/** How many rows have a time before `time`. */
const rankOf = (store: SeriesStore, directory: Directory, time: number): number => {
  locateTime(store, directory, time)
  return directory.before[store.leaf]! + store.at
}
