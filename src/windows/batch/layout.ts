/** A block's rows laid out, and what each of its roots sees of them. */
import type { BatchRoots } from './input.ts'
import type { RootsByKey } from './order.ts'
import type { KeyedRows } from './partition.ts'
import { createIntList, doubles, ints } from './scratch.ts'
import { createVisibility, endless, type Visibility } from './visibility.ts'

export interface Layout {
  /** Block row → row of the keyed columns: series first, one key after the other, then loose rows. */
  readonly source: Int32Array
  /** Rows of series. */
  readonly base: number
  readonly rows: number
  /** Where each key's series starts; one more for the end. */
  readonly starts: Int32Array
  /** Undefined: each root sees its whole series and nothing else. */
  readonly seen: Seen | undefined
}

/** By root, counted from the block's first. */
export interface Seen {
  /** Each root sees its whole series and, besides, its own rows alone. */
  readonly isWhole: boolean
  /** The root sees no row of its series from here on; not to be read where `isWhole`. */
  readonly ends: Int32Array
  /** Root r's exceptions are `list[starts[r]]` up to `list[starts[r + 1] − 1]`, in the total order, its own rows last. */
  readonly starts: Int32Array
  /** Below `base`: a row of the series, removed. From `base` on: a loose row, added. */
  readonly list: Int32Array
  /** For loose row base + i, at i: the position in the series that it stands before; `afterAll` for a root's own row. */
  readonly before: Int32Array
}

export const afterAll = 2 ** 31 - 1

export interface Layouts {
  /** A new task. */
  open(rows: KeyedRows, roots: BatchRoots, rootsOf: RootsByKey): void
  /** The keys [from, to), counted from the task's first. What was given before is overwritten. */
  next(from: number, to: number): Layout
}

export const createLayouts = (): Layouts => {
  const kinds = { seen: seenLayouts(), own: ownLayouts(), whole: wholeLayouts() }
  let current: Layouts = kinds.whole
  return {
    open(rows, roots, rootsOf) {
      current = rows.from !== undefined ? kinds.seen : rows.own !== undefined ? kinds.own : kinds.whole
      current.open(rows, roots, rootsOf)
    },
    next: (from, to) => current.next(from, to),
  }
}

const startsFrom = (starts: Int32Array, from: number, to: number, into: Int32Array): number => {
  for (let key = from; key <= to; key++) into[key - from] = starts[key]! - starts[from]!
  return starts[to]! - starts[from]!
}

/** Every root sees all: the order itself. */
const wholeLayouts = (): Layouts => {
  const series = ints()
  let keyed: KeyedRows
  return {
    open(rows) {
      keyed = rows
    },
    next(from, to) {
      const { order, starts } = keyed
      const into = series.atLeast(to - from + 1)
      const base = startsFrom(starts, from, to, into)
      const first = starts[from]!
      return { source: order.subarray(first, first + base), base, rows: base, starts: into, seen: undefined }
    },
  }
}

/** Every root sees all, and its own rows, which stand after the series in the order of roots. */
const ownLayouts = (): Layouts => {
  const [series, source, firsts, list, before] = [ints(), ints(), ints(), ints(), ints()]
  let keyed: KeyedRows
  let rootsOf: RootsByKey
  return {
    open(rows, _, rootsByKey) {
      keyed = rows
      rootsOf = rootsByKey
    },
    next(from, to) {
      const { order, starts } = keyed
      const own = keyed.own!
      const into = series.atLeast(to - from + 1)
      const base = startsFrom(starts, from, to, into)
      const [firstRoot, endRoot] = [rootsOf.starts[from]!, rootsOf.starts[to]!]
      const first = firsts.atLeast(endRoot - firstRoot + 1)
      let count = 0
      for (let r = firstRoot; r < endRoot; r++) {
        first[r - firstRoot] = count
        const root = rootsOf.order[r]!
        count += own.starts[root + 1]! - own.starts[root]!
      }
      first[endRoot - firstRoot] = count
      const rows = source.atLeast(base + count)
      rows.set(order.subarray(starts[from]!, starts[from]! + base))
      const named = list.atLeast(count)
      for (let r = firstRoot, at = 0; r < endRoot; r++) {
        const root = rootsOf.order[r]!
        for (let i = own.starts[root]!; i < own.starts[root + 1]!; i++, at++) {
          rows[base + at] = own.rows[i]!
          named[at] = base + at
        }
      }
      const places = before.atLeast(count).fill(afterAll, 0, count)
      const seen = { isWhole: true, ends: into, starts: first, list: named, before: places }
      return { source: rows, base, rows: base + count, starts: into, seen }
    },
  }
}

const seenLayouts = (): Layouts => {
  let [rows, roots, rootsOf, visibility] = [] as unknown as [KeyedRows, BatchRoots, RootsByKey, Visibility]
  const [source, loose, before, exceptions, ends, firsts] = Array.from({ length: 6 }, createIntList) as [List, List, List, List, List, List]
  const series = ints()
  const times = doubles()
  const cutoffs = doubles()
  /** Loose rows are named −1, −2 … until it is known where they stand. */
  const addLoose = (row: number, at: number): number => {
    before.push(at)
    loose.push(row)
    return -loose.length
  }
  const place = (key: number): void => {
    const { own, from: bounded } = rows
    const first = rootsOf.starts[key]!
    const count = rootsOf.starts[key + 1]! - first
    const time = times.atLeast(count)
    const cutoff = cutoffs.atLeast(count)
    for (let r = 0; r < count; r++) {
      const root = rootsOf.order[first + r]!
      time[r] = rootsOf.times[first + r]!
      cutoff[r] = bounded !== undefined ? Math.min(roots.cutoff![root]!, endless) : endless
    }
    const start = source.length
    let next = first
    const nameOwn = (): void => {
      if (own === undefined || next === first) return
      const root = rootsOf.order[next - 1]!
      for (let i = own.starts[root]!; i < own.starts[root + 1]!; i++) exceptions.push(addLoose(own.rows[i]!, afterAll))
    }
    visibility.place(
      { members: rows.order, first: rows.starts[key]!, end: rows.starts[key + 1]!, count, time, cutoffs: cutoff },
      {
        append: (row) => {
          source.push(row)
          return source.length - 1
        },
        addLoose: (row, appended) => addLoose(row, start + appended),
        root: (end) => {
          nameOwn()
          next++
          ends.push(Math.max(end, start))
          firsts.push(exceptions.length)
        },
        except: (position) => exceptions.push(position),
      },
    )
    nameOwn()
  }
  return {
    open(...task) {
      ;[rows, roots, rootsOf] = task
      visibility = createVisibility(rows)
    },
    next(from, to) {
      for (const list of [source, loose, before, exceptions, ends, firsts]) list.clear()
      const starts = series.atLeast(to - from + 1)
      for (let key = from; key < to; key++) {
        starts[key - from] = source.length
        place(key)
      }
      const base = source.length
      starts[to - from] = base
      firsts.push(exceptions.length)
      for (let i = 0; i < loose.length; i++) source.push(loose.values[i]!)
      const list = exceptions.values
      for (let i = 0; i < exceptions.length; i++) if (list[i]! < 0) list[i] = base - 1 - list[i]!
      const seen = { isWhole: false, ends: ends.values, starts: firsts.values, list, before: before.values }
      return { source: source.values, base, rows: source.length, starts, seen }
    },
  }
}

type List = ReturnType<typeof createIntList>
