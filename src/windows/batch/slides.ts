/** Windows that slide over series that their roots see whole: no root needs more than a few comparisons of each. */
import { firstAtOrAfter, leapTo } from '../../base/search.ts'
import type { Edges } from './edges.ts'
import type { Layout } from './layout.ts'
import { type RootRun, runSize } from './root-run.ts'

/** By root of a run, as in `WindowBounds`. */
export interface BoundArrays {
  readonly low: Int32Array
  readonly high: Int32Array
  readonly length: Float64Array
}

export interface Slides {
  /** The edges in time of the run that was filled last. */
  readonly from: Float64Array
  readonly to: Float64Array
  /** A new block. */
  start(layout: Layout, time: Float64Array): void
  /** Fills the arrays for the next run of roots. */
  slide(run: RootRun): void
}

/** The bounds of windows for roots that see their whole series. */
export const createSlides = (edges: Edges, { low, high, length }: BoundArrays): Slides => {
  const [lows, highs] = [createEdgeRows(), createEdgeRows()]
  const [from, to] = [new Float64Array(runSize), new Float64Array(runSize)]
  return {
    from,
    to,
    start(layout, time) {
      lows.start(layout, time)
      highs.start(layout, time)
    },
    slide(run) {
      edges.fill(run, { from, to, length })
      if (edges.endsAtRoot) high.set(run.ends)
      else highs.find(run, to, run.ends, high)
      lows.find(run, from, high, low)
    },
  }
}

/** Up to so many rows for each root are gone through one by one. */
const fewRows = 4

/** The first row at or after an edge, for one run of roots after the other. A key's edges mostly move forwards; any move is right. */
export interface EdgeRows {
  /** A new block. */
  start(layout: Layout, time: Float64Array): void
  /** `limits`: by root, a row at or after its edge, or its series' end: it is at most that. */
  find(run: RootRun, edges: Float64Array, limits: Int32Array, into: Int32Array): void
}

export const createEdgeRows = (): EdgeRows => {
  let starts: Int32Array
  let times: Float64Array
  /** The last root's. */
  let key = -1
  let edge = 0
  let row = 0

  /**
   * Rows up to `limit` and edges are gone through together, a step each: which of them it is, is added and not branched on, since
   * no processor could guess it.
   */
  const merge = (edges: Float64Array, into: Int32Array, { from, to }: Roots, limit: number): void => {
    let at = row
    for (let i = from; i < to; ) {
      into[i] = at
      const isBefore = at < limit && times[at]! < edges[i]! ? 1 : 0
      at += isBefore
      i += 1 - isBefore
    }
    row = at
  }
  const leap = (edges: Float64Array, into: Int32Array, { from, to }: Roots, limit: number): void => {
    for (let i = from; i < to; i++) {
      row = leapTo(times, row, limit, edges[i]!)
      into[i] = row
    }
  }

  return {
    start(layout, time) {
      starts = layout.starts
      times = time
      key = -1
    },
    find({ count, keys }, edges, limits, into) {
      for (let from = 0, to = 0; from < count; from = to) {
        const own = keys[from]!
        // A later root's day begins earlier where a clock was set back past midnight, and so may its unit where units are merged.
        do to++
        while (to < count && keys[to] === own && edges[to]! >= edges[to - 1]!)
        if (own !== key || edges[from]! < edge) row = firstAtOrAfter(times, starts[own]!, limits[from]!, edges[from]!)
        key = own
        edge = edges[to - 1]!
        const limit = firstAtOrAfter(times, row, limits[to - 1]!, edge)
        const roots = { from, to }
        if (limit - row <= fewRows * (to - from)) merge(edges, into, roots, limit)
        else leap(edges, into, roots, limit)
      }
    },
  }
}

/** Of a run, with one key and edges that do not move back. */
interface Roots {
  readonly from: number
  readonly to: number
}
