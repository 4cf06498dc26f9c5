/** Fills a table of numbers (number-table.ts) from the rows of a series, one cell after the other, each row or sum once for all windows. */
import { leafRows, lineRows } from './arena.ts'
import type { CellPlan } from './cell-plan.ts'
import type { CellQuestion } from './cells.ts'
import { createLeafSums, type LeafSums, settle } from './leaf-sums.ts'
import type { NumberTable } from './number-table.ts'
import { createRangeExtremes, type RowSpan } from './range-extremes.ts'
import { isExact, type RowSums, sumRows } from './scan.ts'
import { columnAt, firstCell, leafPage } from './series.ts'
import type { RowState } from './state.ts'
import { partOf, partRows } from './sums-head.ts'

/** Fills a cell in all windows that ask for it; false where its sums do not fit single doubles. */
export type NumberFill = (plan: CellPlan, cell: number, question: CellQuestion, table: NumberTable) => boolean

export const createNumberFill = (state: RowState): NumberFill => {
  const fillShort = createShortFill(state)
  const fillLong = createLongFill(state)
  return (plan, cell, question, table) => {
    const { directory } = question
    if (plan.cell < 0) return fillCounts(plan, cell, question, table)
    return directory !== undefined && directory.count > 1 ? fillLong(plan, cell, question, table) : fillShort(plan, cell, question, table)
  }
}

/** The rows themselves are counted. */
const fillCounts: NumberFill = (plan, cell, { ranges, edges, roots, windows }, { counts, cells }) => {
  for (let i = 0; i < windows; i++) {
    const w = ranges.order[i]!
    if (plan.ops[w]!.length > 0) counts[w * cells + cell] = ranges.to[w]! - ranges.from[w]! + edges.endsAtRoot[w]! * roots.length
  }
  return true
}

/** What is known from the last row of some windows on; those that end together hold each other, and grow from it. */
interface Tally extends RowSums {
  min: number
  max: number
}

const createTally = (): Tally => ({ count: 0, sum: 0, square: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY })

/** Nothing but the root's own rows, where the window ends at it. */
const start = (tally: Tally, plan: CellPlan, { roots }: CellQuestion, endsAtRoot: number): void => {
  tally.count = 0
  tally.sum = 0
  tally.square = 0
  tally.min = Number.POSITIVE_INFINITY
  tally.max = Number.NEGATIVE_INFINITY
  if (endsAtRoot === 0) return
  for (let i = 0; i < roots.length; i++) {
    const value = roots[i]![firstCell + plan.cell]!
    if (Number.isNaN(value)) continue
    tally.count++
    tally.sum += value
    tally.square += value * value
    tally.min = Math.min(tally.min, value)
    tally.max = Math.max(tally.max, value)
  }
}

/** A series of one block: one pass back over its rows. */
const createShortFill = ({ store }: RowState): NumberFill => {
  const tally = createTally()
  const nothing = new Float64Array(0)
  return (plan, cell, question, { cells, counts, sums, squares, mins, maxs }) => {
    const { directory, ranges, edges, windows } = question
    const page = directory === undefined ? nothing : leafPage(store, directory, 0)
    const base = directory === undefined ? 0 : columnAt(store, directory, 0, firstCell + plan.cell)
    const step = directory === undefined ? 1 : directory.rowStep
    let [at, end, endsAtRoot] = [0, -1, -1]
    let { count, sum, square, min, max } = tally
    for (let i = 0; i < windows; i++) {
      const w = ranges.order[i]!
      if (plan.ops[w]!.length === 0) continue
      const from = ranges.from[w]! | 0
      const to = ranges.to[w]! | 0
      if (to !== end || edges.endsAtRoot[w] !== endsAtRoot) {
        endsAtRoot = edges.endsAtRoot[w]!
        start(tally, plan, question, endsAtRoot)
        count = tally.count
        sum = tally.sum
        square = tally.square
        min = tally.min
        max = tally.max
        at = to
        end = to
      }
      const last = base + from * step
      for (let row = base + (at - 1) * step; row >= last; row -= step) {
        const value = page[row]!
        if (Number.isNaN(value)) continue
        count++
        sum += value
        square += value * value
        if (value < min) min = value
        if (value > max) max = value
      }
      at = from
      if (plan.needs.sums && !isExact(count, min, max, plan.needs.squares)) return false
      const known = w * cells + cell
      counts[known] = count
      sums[known] = sum
      squares[known] = square
      mins[known] = min
      maxs[known] = max
    }
    return true
  }
}

/** A series of many leaves: at each edge the sums of all before it, between edges the extremes. */
const createLongFill = ({ store, extents }: RowState): NumberFill => {
  const leafSumsOf = createLeafSums(store, extents)
  const addRangeExtremes = createRangeExtremes(store)
  const tally = createTally()
  const before: RowSums = { count: 0, sum: 0, square: 0 }
  const rows = { from: 0, to: 0 }
  const span: RowSpan = { fromLeaf: 0, fromAt: 0, toLeaf: 0, toAt: 0 }

  /** Reads, without waiting for them one after another, the sums and rows that all windows' edges need. */
  const fetchEdges = (plan: CellPlan, { ranges, windows }: CellQuestion, sums: LeafSums): void => {
    const lines = plan.needs.extremes ? partRows : partRows / 2
    for (let i = 0; i < windows; i++) {
      const w = ranges.order[i]!
      if (i === 0) store.fetched += fetchEdge(sums, ranges.toLeaf[w]!, ranges.toAt[w]!, lines)
      store.fetched += fetchEdge(sums, ranges.fromLeaf[w]!, ranges.fromAt[w]!, lines)
    }
  }

  const fetchEdge = (sums: LeafSums, leaf: number, at: number, lines: number): number => {
    const { directory, cell, numbers, base, stride, levels, hasExtremes } = sums
    const page = leafPage(store, directory, leaf)
    const row = Math.min(at, leafRows - 1)
    const from = columnAt(store, directory, leaf, firstCell + cell) + (row & -lines)
    const part = partOf(leaf, row)
    let read = numbers[base + part * stride]!
    if (hasExtremes) read += numbers[levels.mins[0]! + part]! + numbers[levels.maxs[0]! + part]!
    for (let i = from; i < from + lines; i += lineRows) read += page[i]!
    return read
  }

  /** Sets `before` to count and sums of all before row `at` of a leaf. */
  const sumBefore = (sums: LeafSums, leaf: number, at: number, squares: boolean): void => {
    settle(sums, leaf, at)
    const { directory, cell, numbers, base, stride, sign } = sums
    const known = base + sums.part * stride
    const page = leafPage(store, directory, leaf)
    const first = columnAt(store, directory, leaf, firstCell + cell)
    rows.from = first + sums.from
    rows.to = first + sums.to
    sumRows(page, rows, squares, before)
    before.count = numbers[known]! + sign * before.count
    before.sum = numbers[known + 1]! + sign * before.sum
    if (squares) before.square = numbers[known + 2]! + sign * before.square
  }

  /** Takes the extremes of the rows from a window's start to that of the one before, which it holds, into account. */
  const addRowsBetween = (sums: LeafSums, fromLeaf: number, fromAt: number): void => {
    span.fromLeaf = fromLeaf
    span.fromAt = fromAt
    addRangeExtremes(sums, span, tally)
    span.toLeaf = fromLeaf
    span.toAt = fromAt
  }

  return (plan, cell, question, { cells, counts, sums, squares, mins, maxs }) => {
    const { ranges, edges, windows } = question
    const { needs } = plan
    const leafSums = leafSumsOf(question.directory!, plan, ranges.highLeaf)
    if (leafSums === undefined || !isSingle(leafSums, needs.squares)) return false
    if (windows > 1) fetchEdges(plan, question, leafSums)
    let [startBefore, end, endsAtRoot] = [0, -1, -1]
    for (let i = 0; i < windows; i++) {
      const w = ranges.order[i]!
      if (plan.ops[w]!.length === 0) continue
      const from = ranges.from[w]! | 0
      if (ranges.to[w] !== end || edges.endsAtRoot[w] !== endsAtRoot) {
        end = ranges.to[w]!
        endsAtRoot = edges.endsAtRoot[w]!
        start(tally, plan, question, endsAtRoot)
        span.toLeaf = ranges.toLeaf[w]!
        span.toAt = ranges.toAt[w]!
        startBefore = end
        sumBefore(leafSums, span.toLeaf, span.toAt, needs.squares)
        tally.count += before.count
        tally.sum += before.sum
        tally.square += before.square
      }
      sumBefore(leafSums, ranges.fromLeaf[w]!, ranges.fromAt[w]!, needs.squares)
      if (needs.extremes && from < startBefore) addRowsBetween(leafSums, ranges.fromLeaf[w]!, ranges.fromAt[w]!)
      startBefore = from
      const known = w * cells + cell
      counts[known] = tally.count - before.count
      sums[known] = tally.sum - before.sum
      squares[known] = tally.square - before.square
      mins[known] = tally.min
      maxs[known] = tally.max
    }
    return true
  }
}

const isSingle = ({ shape, squareShape }: LeafSums, squares: boolean): boolean =>
  shape.limbs === 1 && shape.unit === 0 && (!squares || (squareShape.limbs === 1 && squareShape.unit === 0))
