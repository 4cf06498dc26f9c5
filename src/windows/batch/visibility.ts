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

/** What is found out of one series; used again by the next. */
interface Sorting {
  /** Smallest and largest cut-off of each root and those after it. */
  readonly low: Float64Array
  readonly high: Float64Array
  /** By row of the series, its first root after it in time, and its kind. */
  readonly place: Int32Array
  readonly kinds: Uint8Array
}

/** Positions of rows in order, and from which cut-off on each is seen. */
interface Ordered {
  readonly positions: number[]
  readonly from: Float64Array
}

export const createVisibility = ({ time, from, until }: Pick<KeyedRows, 'time' | 'from' | 'until'>): Visibility => {
  const lowest = doubles()
  const highest = doubles()
  const places = ints()
  const classes = bytes()
  const suffixes = doubles()
  const fromOf = (row: number): number => (from === undefined ? -endless : from[row]!)
  const untilOf = (row: number): number => (until === undefined ? Number.POSITIVE_INFINITY : until[row]!)

  const rangeCutoffs = ({ count, cutoffs }: SeriesRoots, { low, high }: Sorting): void => {
    low[count] = Number.POSITIVE_INFINITY
    high[count] = Number.NEGATIVE_INFINITY
    for (let r = count - 1; r >= 0; r--) {
      low[r] = Math.min(low[r + 1]!, cutoffs[r]!)
      high[r] = Math.max(high[r + 1]!, cutoffs[r]!)
    }
  }

  /** Finds each row's first root after it in time, and whether all roots from there on see it. Gives how many are not so. */
  const classify = (series: SeriesRoots, { low, high, place, kinds }: Sorting): number => {
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
  const sortOut = (series: SeriesRoots, { low, high, place, kinds }: Sorting): void => {
    let earliest = Number.POSITIVE_INFINITY
    for (let i = series.end - 1; i >= series.first; i--) {
      const member = series.members[i]!
      const seenFrom = fromOf(member)
      const at = i - series.first
      if (kinds[at] === outlier) {
        const seenUntil = untilOf(member)
        if (seenUntil === Number.POSITIVE_INFINITY && seenFrom <= earliest) kinds[at] = inOrder
        else if (seenFrom > high[place[at]!]! || seenUntil <= low[place[at]!]!) kinds[at] = unseen
      }
      earliest = Math.min(earliest, seenFrom)
    }
  }

  /** The roots from `first` on that do not all agree on a row, and whether the last one sees it. */
  const spanOf = (member: number, first: number, { low, high }: Sorting): Omit<Span, 'exception'> => {
    const [seenFrom, seenUntil] = [fromOf(member), untilOf(member)]
    let last = first
    while (!(seenFrom <= low[last]! && seenUntil > high[last]!) && !(seenFrom > high[last]! || seenUntil <= low[last]!)) last++
    return { first, end: last, from: seenFrom, until: seenUntil, isSeries: seenFrom <= low[last]! && seenUntil > high[last]! }
  }

  /** Every root sees all. */
  const placeWhole = (series: SeriesRoots, sink: SeriesSink): void => {
    let end = -1
    for (let i = series.first; i < series.end; i++) end = sink.append(series.members[i]!)
    for (let r = 0; r < series.count; r++) sink.root(end + 1)
  }

  const placeSorted = (series: SeriesRoots, sorting: Sorting, sink: SeriesSink): void => {
    const { place, kinds } = sorting
    const spans = createSpans()
    const ordered: Ordered = { positions: [], from: suffixes.atLeast(series.end - series.first) }
    let end = -1
    let appended = 0
    for (let i = series.first; i < series.end; i++) {
      const member = series.members[i]!
      const at = i - series.first
      const kind = kinds[at]
      if (kind === unseen) continue
      const span = kind === outlier ? spanOf(member, place[at]!, sorting) : undefined
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
    emitRoots(series, { ordered, spans, end: end + 1 }, sink)
  }

  return {
    place(series, sink) {
      const size = series.end - series.first
      const sorting: Sorting = {
        low: lowest.atLeast(series.count + 1),
        high: highest.atLeast(series.count + 1),
        place: places.atLeast(size),
        kinds: classes.atLeast(size),
      }
      rangeCutoffs(series, sorting)
      if (classify(series, sorting) === 0) return placeWhole(series, sink)
      sortOut(series, sorting)
      placeSorted(series, sorting, sink)
    },
  }
}

interface Placed {
  readonly ordered: Ordered
  readonly spans: ReturnType<typeof createSpans>
  /** After the last row. */
  readonly end: number
}

const emitRoots = ({ count, cutoffs }: SeriesRoots, { ordered, spans, end }: Placed, sink: SeriesSink): void => {
  for (let r = 0; r < count; r++) {
    const cutoff = cutoffs[r]!
    const seen = upperBound(ordered.from, ordered.positions.length, cutoff)
    sink.root(seen === ordered.positions.length ? end : ordered.positions[seen]!)
    spans.each(r, (span) => {
      const isSeen = span.from <= cutoff && span.until > cutoff
      if (span.isSeries !== isSeen) sink.except(span.exception)
    })
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
