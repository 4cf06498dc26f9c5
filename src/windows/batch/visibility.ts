/**
 * Which rows of one series each of its roots sees, where roots have cut-offs.
 *
 * Nearly all rows are *plain sailing*: every root after them in time sees them. Of the others
 * - rows that become visible in their own order (facts known a fixed delay after they happened) only end the series earlier: each
 *   root has an `end` and sees what stands before it;
 * - an *outlier* (late, or there for some cut-offs only) differs from that for the roots of a span. Where the last root sees it, it
 *   stands in the series, and those roots of its span that do not see it have it removed; else it is loose, and the roots of its
 *   span that see it have it added.
 * So a root has about as many exceptions as events were late just then, however long its windows.
 */
import type { KeyedRows } from './partition.ts'
import { bytes, doubles, ints } from './scratch.ts'

/** One key: `members` from `first` up to `end` are its rows in the total order, T and K its roots'. */
export interface SeriesRoots {
  readonly members: Int32Array
  readonly first: number
  readonly end: number
  readonly count: number
  readonly time: Float64Array
  /** Finite: the largest double for a root as corrected. */
  readonly cutoffs: Float64Array
}

/** Where a series is written. */
export interface SeriesSink {
  /** Puts a row at the end of the series; gives its position. */
  append(row: number): number
  /** A row beside the series, which would stand before position `before` of it; gives its name as an exception. */
  addLoose(row: number, before: number): number
  /** The next root: it sees the series up to `end`, but for the exceptions named until the next root. */
  root(end: number): void
  /** A position: this row is removed. A loose row's name: it is added. In the total order. */
  except(position: number): void
}

/** The largest cut-off: that of a root as corrected. Not infinite, so that a row without end is above it. */
export const endless = Number.MAX_VALUE

export interface Visibility {
  place(series: SeriesRoots, sink: SeriesSink): void
}

const regular = 0
const inOrder = 1
const outlier = 2
const unseen = 3

export const createVisibility = ({ time, from, until }: Pick<KeyedRows, 'time' | 'from' | 'until'>): Visibility => {
  const lowest = doubles()
  const highest = doubles()
  const places = ints()
  const classes = bytes()
  const suffixes = doubles()
  const fromOf = (row: number): number => (from === undefined ? -endless : from[row]!)
  const untilOf = (row: number): number => (until === undefined ? Number.POSITIVE_INFINITY : until[row]!)

  /** Smallest and largest cut-off of each root and those after it. */
  const rangeCutoffs = ({ count, cutoffs }: SeriesRoots, low: Float64Array, high: Float64Array): void => {
    low[count] = Number.POSITIVE_INFINITY
    high[count] = Number.NEGATIVE_INFINITY
    for (let r = count - 1; r >= 0; r--) {
      low[r] = Math.min(low[r + 1]!, cutoffs[r]!)
      high[r] = Math.max(high[r + 1]!, cutoffs[r]!)
    }
  }

  /** Finds each row's first root after it in time, and whether all roots from there on see it. Gives how many are not so. */
  const classify = (series: SeriesRoots, low: Float64Array, high: Float64Array, place: Int32Array, kinds: Uint8Array): number => {
    let irregular = 0
    let root = 0
    for (let i = series.first; i < series.end; i++) {
      const member = series.members[i]!
      const at = time[member]!
      while (root < series.count && series.time[root]! <= at) root++
      place[i - series.first] = root
      const isRegular = root === series.count || (fromOf(member) <= low[root]! && untilOf(member) > high[root]!)
      kinds[i - series.first] = isRegular ? regular : outlier
      if (!isRegular) irregular++
    }
    return irregular
  }

  /** Rows that no later row is visible before are in order; outliers that no root ever sees are dropped. */
  const sortOut = (series: SeriesRoots, place: Int32Array, kinds: Uint8Array, high: Float64Array, low: Float64Array): void => {
    let earliest = Number.POSITIVE_INFINITY
    for (let i = series.end - 1; i >= series.first; i--) {
      const member = series.members[i]!
      const from = fromOf(member)
      const at = i - series.first
      if (kinds[at] === outlier) {
        const until = untilOf(member)
        if (until === Number.POSITIVE_INFINITY && from <= earliest) kinds[at] = inOrder
        else if (from > high[place[at]!]! || until <= low[place[at]!]!) kinds[at] = unseen
      }
      earliest = Math.min(earliest, from)
    }
  }

  return {
    place(series, sink) {
      const size = series.end - series.first
      const low = lowest.atLeast(series.count + 1)
      const high = highest.atLeast(series.count + 1)
      const place = places.atLeast(size)
      const kinds = classes.atLeast(size)
      rangeCutoffs(series, low, high)
      if (classify(series, low, high, place, kinds) === 0) {
        let end = -1
        for (let i = series.first; i < series.end; i++) end = sink.append(series.members[i]!)
        for (let r = 0; r < series.count; r++) sink.root(end + 1)
        return
      }
      sortOut(series, place, kinds, high, low)
      const spans = createSpans()
      const ordered: { readonly positions: number[]; readonly from: Float64Array } = { positions: [], from: suffixes.atLeast(size) }
      let end = -1
      let appended = 0
      for (let i = series.first; i < series.end; i++) {
        const member = series.members[i]!
        const at = i - series.first
        const kind = kinds[at]
        if (kind === unseen) continue
        const span = kind === outlier ? spanOf(member, place[at]!) : undefined
        if (span !== undefined && !span.isSeries) {
          spans.push({ ...span, exception: sink.addLoose(member, appended), isSeries: false })
          continue
        }
        end = sink.append(member)
        appended++
        if (kind === inOrder) {
          ordered.from[ordered.positions.length] = fromOf(member)
          ordered.positions.push(end)
        }
        if (span !== undefined) spans.push({ ...span, exception: end })
      }
      emitRoots(series, end + 1)

      function spanOf(member: number, first: number) {
        const from = fromOf(member)
        const until = untilOf(member)
        let last = first
        while (!(from <= low[last]! && until > high[last]!) && !(from > high[last]! || until <= low[last]!)) last++
        return { first, end: last, from, until, isSeries: from <= low[last]! && until > high[last]! }
      }
      function emitRoots({ count, cutoffs }: SeriesRoots, seriesEnd: number): void {
        for (let r = 0; r < count; r++) {
          const cutoff = cutoffs[r]!
          const seen = upperBound(ordered.from, ordered.positions.length, cutoff)
          const rootEnd = seen === ordered.positions.length ? seriesEnd : ordered.positions[seen]!
          sink.root(rootEnd)
          spans.each(r, (span) => {
            const isSeen = span.from <= cutoff && span.until > cutoff
            if (span.isSeries !== isSeen) sink.except(span.exception)
          })
        }
      }
    },
  }
}

/** A row that roots first … end − 1 may see otherwise than the last root does. */
interface Span {
  readonly first: number
  readonly end: number
  readonly from: number
  readonly until: number
  readonly isSeries: boolean
  readonly exception: number
}

/** Spans in the order of their first roots, gone through root by root: each step looks only at those that hold the root. */
const createSpans = () => {
  const all: Span[] = []
  let active: Span[] = []
  let next = 0
  return {
    push: (span: Span) => {
      if (span.first < span.end) all.push(span)
    },
    each(root: number, visit: (span: Span) => void): void {
      if (active.some((span) => span.end <= root)) active = active.filter((span) => span.end > root)
      for (; next < all.length && all[next]!.first <= root; next++) if (all[next]!.end > root) active.push(all[next]!)
      for (const span of active) visit(span)
    },
  }
}

/** How many of the first `count` ascending values are at or below `limit`. */
const upperBound = (values: Float64Array, count: number, limit: number): number => {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! <= limit) low = middle + 1
    else high = middle
  }
  return low
}
