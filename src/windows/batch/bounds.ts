/**
 * The rows each root's windows hold, as ranges of its series: two positions per root and window, found by pointers that only move
 * as far as the windows do. Rows removed and added for a root come with them, window by window.
 */
import type { Calendar } from '../calendar.ts'
import type { CompiledWindow, CompiledWindows } from '../compiled.ts'
import { edgesOf } from './edges.ts'
import { afterAll, type Layout, type Seen } from './layout.ts'
import { type RootRun, runSize } from './root-run.ts'
import { createIntList, type IntList } from './scratch.ts'
import { createSlides } from './slides.ts'

/** One window of some roots of a block: root i of these is at i in every array. */
export interface WindowBounds {
  readonly count: number
  readonly time: Float64Array
  /** The window holds rows low[i] … high[i] − 1 of the block's series, without those removed and with those added. */
  readonly low: Int32Array
  readonly high: Int32Array
  /** Its length in ms; NaN where it is the time since the first row. */
  readonly length: Float64Array
  /** Undefined: no root has any. */
  readonly exceptions: Exceptions | undefined
}

/** Root i's removed rows are `rows[from[i]]` up to `rows[middle[i] − 1]`, its added ones from there up to `rows[end[i] − 1]`; both in order. */
export interface Exceptions {
  readonly from: Int32Array
  readonly middle: Int32Array
  readonly end: Int32Array
  readonly rows: Int32Array
  /** The position in the series that an added row stands before. */
  beforeOf(row: number): number
}

export interface WindowTracker {
  /** A new block: pointers start anew. */
  start(layout: Layout, time: Float64Array): void
  /** The bounds of the next run of roots; overwritten by the next call. */
  advance(run: RootRun): WindowBounds
}

export const createTracker = (window: CompiledWindow, compiled: CompiledWindows, calendar: Calendar): WindowTracker => {
  const { spec } = window
  const edges = edgesOf(spec, compiled, calendar)
  const most = spec.kind === 'last' ? spec.n : Number.POSITIVE_INFINITY
  const hasRoot = edges.endsAtRoot
  const low = new Int32Array(runSize)
  const high = new Int32Array(runSize)
  const length = new Float64Array(runSize)
  const [ownFrom, ownEnd] = hasRoot ? [new Int32Array(runSize), new Int32Array(runSize)] : [low, low]
  const slides = createSlides(edges, { low, high, length })
  const collector = createCollector()
  let layout: Layout
  let time: Float64Array

  /** Of the last n rows, those before are none of the window's. */
  const keepLast = (count: number): void => {
    if (most !== Number.POSITIVE_INFINITY) for (let i = 0; i < count; i++) low[i] = Math.max(low[i]!, high[i]! - most)
  }

  /** What root i does not see is left out of its window, and what it sees besides comes to it. */
  const collect = (i: number, run: RootRun, seen: Seen): void => {
    const root = run.first + i
    high[i] = Math.min(high[i]!, seen.ends[root]!)
    low[i] = collector.collect(i, {
      seen,
      root,
      low: Math.min(low[i]!, high[i]!),
      high: high[i]!,
      from: slides.from[i]!,
      to: slides.to[i]!,
      most,
      hasRoot,
      base: layout.base,
      time,
    })
  }

  /** The roots' own rows, added last to a window that ends at the root; of the last n, fewer others are left. */
  const ownRows = ({ starts, list }: Seen, { first, count }: RootRun): Exceptions | undefined => {
    if (!hasRoot || starts[first] === starts[first + count]) return undefined
    for (let i = 0; i < count; i++) {
      const end = starts[first + i + 1]!
      const taken = Math.min(end - starts[first + i]!, most)
      low[i] = Math.min(Math.max(low[i]!, high[i]! - (most - taken)), high[i]!)
      ownFrom[i] = end - taken
      ownEnd[i] = end
    }
    return { from: ownFrom, middle: ownFrom, end: ownEnd, rows: list, beforeOf: () => afterAll }
  }

  const exceptionsOf = (run: RootRun): Exceptions | undefined => {
    const { seen } = layout
    collector.clear()
    if (seen === undefined || seen.isWhole) {
      keepLast(run.count)
      return seen && ownRows(seen, run)
    }
    for (let i = 0; i < run.count; i++) collect(i, run, seen)
    return collector.exceptions(seen, layout.base)
  }

  return {
    start(nextLayout, nextTime) {
      layout = nextLayout
      time = nextTime
      slides.start(nextLayout, nextTime)
    },
    advance(run) {
      slides.slide(run)
      return { count: run.count, time: run.time, low, high, length, exceptions: exceptionsOf(run) }
    },
  }
}

interface CollectScope {
  readonly seen: Seen
  readonly root: number
  readonly low: number
  readonly high: number
  /** The window's edges in time. */
  readonly from: number
  readonly to: number
  readonly most: number
  /** Whether a root's own rows belong to it. */
  readonly hasRoot: boolean
  readonly base: number
  readonly time: Float64Array
}

/** Gathers the exceptions of a run's roots within one window. */
const createCollector = () => {
  const from = new Int32Array(runSize)
  const middle = new Int32Array(runSize)
  const end = new Int32Array(runSize)
  const rows: IntList = createIntList()
  const removed: IntList = createIntList()
  const added: IntList = createIntList()

  const isAdded = (row: number, { seen, base, time, from, to, hasRoot }: CollectScope): boolean =>
    seen.before[row - base]! === afterAll ? hasRoot : time[row]! >= from && time[row]! < to

  /**
   * Goes back from the window's end over rows and exceptions alike, up to its first edge or until it holds `most` rows. Leaves the
   * exceptions within it in `removed` and `added`, latest first; gives its first position.
   */
  const walkBack = (scope: CollectScope): number => {
    const { seen, root, low, high, base } = scope
    let left = scope.most
    let at = high
    for (let next = seen.starts[root + 1]! - 1; next >= seen.starts[root]!; next--) {
      const row = seen.list[next]!
      const isRemoved = row < base
      if (isRemoved ? row < low || row >= high : !isAdded(row, scope)) continue
      const place = isRemoved ? row + 1 : Math.min(seen.before[row - base]!, high)
      if (at - place >= left) return at - left
      left -= at - place
      at = isRemoved ? row : place
      if (isRemoved) removed.push(row)
      else {
        added.push(row)
        left--
      }
    }
    return Math.max(low, at - left)
  }

  return {
    clear() {
      rows.clear()
    },
    /** Gathers root i's; gives where its window begins. */
    collect(i: number, scope: CollectScope): number {
      removed.clear()
      added.clear()
      const low = walkBack(scope)
      from[i] = rows.length
      for (let at = removed.length - 1; at >= 0; at--) rows.push(removed.values[at]!)
      middle[i] = rows.length
      for (let at = added.length - 1; at >= 0; at--) rows.push(added.values[at]!)
      end[i] = rows.length
      return low
    },
    exceptions(seen: Seen, base: number): Exceptions | undefined {
      if (rows.length === 0) return undefined
      return { from, middle, end, rows: rows.values, beforeOf: (row) => seen.before[row - base]! }
    },
  }
}
