/** Answers straight from a cell of a series of which every row counts. */
import { oneLimb } from '../exact/limbs.ts'
import { answer, clearKnown, createKnown, type SlotValues } from './answer.ts'
import type { CellPlan } from './cell-plan.ts'
import { type Directory, rowsOf } from './directory.ts'
import type { Edges } from './edges.ts'
import { addPrefix, createLeafSums, type LeafSums, settle } from './leaf-sums.ts'
import { locateRank } from './locate.ts'
import { createRangeExtremes, type RowSpan } from './range-extremes.ts'
import type { Ranges } from './ranges.ts'
import { firstValue, isExact, lastValue, type Run, scanLimbs, scanSums, scanWhole } from './scan.ts'
import { columnAt, firstCell, leafPage, timeColumn } from './series.ts'
import type { RowState } from './state.ts'

export interface CellQuestion {
  directory: Directory | undefined
  readonly ranges: Ranges
  readonly edges: Edges
  /** How many of `ranges.order` are asked for. */
  windows: number
  time: number
  /** Rows of the root, all columns each: they stand last in windows that end at it. */
  roots: readonly Float64Array[]
  into: SlotValues
}

/** False where limbs cannot hold the sums: then nothing is written, and a kernel must answer. */
export type CellReader = (plan: CellPlan, question: CellQuestion) => boolean

export const createCellReader = (state: RowState): CellReader => {
  const { store, extents, layout, codecs } = state
  const known = createKnown()
  const leafSumsOf = createLeafSums(store, extents)
  const addRangeExtremes = createRangeExtremes(store)
  const span: RowSpan = { fromLeaf: 0, fromAt: 0, toLeaf: 0, toAt: 0 }
  const rootPage = new Float64Array(16)

  const codecOf = (plan: CellPlan) => {
    const column = layout.cells[plan.cell]?.column ?? -1
    return column < 0 ? undefined : codecs[column]
  }

  const startWindow = (plan: CellPlan, question: CellQuestion, w: number): void => {
    clearKnown(known)
    if (question.edges.endsAtRoot[w] === 0) return
    for (let i = 0; i < question.roots.length; i++) {
      if (plan.cell < 0) known.count++
      else {
        rootPage[0] = question.roots[i]![firstCell + plan.cell]!
        addRows(plan, rootPage, setRun(0, 1, 1))
      }
    }
  }

  let usesLimbs = false
  const run: Run = { from: 0, to: 0, step: 1, sign: 1 }
  /** `rows` values from `page[at]` on, each `step` from the one before. */
  const setRun = (at: number, rows: number, step: number): Run => {
    run.from = at | 0
    run.to = (at + rows * step) | 0
    run.step = step
    run.sign = 1
    return run
  }
  const addRows = (plan: CellPlan, page: Float64Array, rows: Run): void => {
    if (usesLimbs) scanLimbs(page, rows, known, plan.needs.squares)
    else scanWhole(page, rows, known)
  }

  /** Windows that end together and hold each other are one pass backwards. */
  const readShort = (plan: CellPlan, question: CellQuestion): boolean => {
    const { directory, ranges, edges } = question
    const codec = codecOf(plan)
    const page = directory === undefined ? rootPage : leafPage(store, directory, 0)
    const base = directory === undefined || plan.cell < 0 ? 0 : columnAt(store, directory, 0, firstCell + plan.cell)
    const step = directory === undefined ? 1 : directory.rowStep
    let [at, end, endsAtRoot] = [0, -1, -1]
    for (let i = 0; i < question.windows; i++) {
      const w = ranges.order[i]!
      const ops = plan.ops[w]!
      if (ops.length === 0) continue
      const [from, to] = [ranges.from[w]! | 0, ranges.to[w]! | 0]
      if (to !== end || edges.endsAtRoot[w] !== endsAtRoot) {
        startWindow(plan, question, w)
        at = to
        end = to
        endsAtRoot = edges.endsAtRoot[w]!
      }
      if (plan.cell < 0) known.count += at - from
      else addRows(plan, page, setRun(base + from * step, at - from, step))
      at = from
      if (!usesLimbs && plan.needs.sums && !isExact(known.count, known.min, known.max, plan.needs.squares)) return false
      setEnds(plan, question, w)
      answer(ops, known, plan, codec, question.into)
    }
    return true
  }

  const readLong = (plan: CellPlan, question: CellQuestion): boolean => {
    const { ranges } = question
    const directory = question.directory!
    const codec = codecOf(plan)
    const leafSums = plan.cell < 0 ? undefined : leafSumsOf(directory, plan, ranges.highLeaf)
    if (plan.cell >= 0 && leafSums === undefined) return false
    if (leafSums !== undefined) {
      usesLimbs = leafSums.shape.limbs > 1 || leafSums.squareShape.limbs > 1
      known.sums.shape = leafSums.shape
      known.squares.shape = leafSums.squareShape
    }
    for (let i = 0; i < question.windows; i++) {
      const w = ranges.order[i]!
      const ops = plan.ops[w]!
      if (ops.length === 0) continue
      startWindow(plan, question, w)
      if (plan.cell < 0) known.count += ranges.to[w]! - ranges.from[w]!
      else addRange(plan, question, leafSums!, w)
      setEnds(plan, question, w)
      answer(ops, known, plan, codec, question.into)
    }
    return true
  }

  /** All before the end less all before the start, both exact. */
  const addRange = (plan: CellPlan, { ranges }: CellQuestion, leafSums: LeafSums, w: number): void => {
    if (ranges.from[w] === ranges.to[w]) return
    span.fromLeaf = ranges.fromLeaf[w]!
    span.fromAt = ranges.fromAt[w]!
    span.toLeaf = ranges.toLeaf[w]!
    span.toAt = ranges.toAt[w]!
    const { min, max } = known
    settle(leafSums, span.toLeaf, span.toAt)
    addRowsBefore(plan, leafSums, span.toLeaf, 1)
    settle(leafSums, span.fromLeaf, span.fromAt)
    addRowsBefore(plan, leafSums, span.fromLeaf, -1)
    known.min = min
    known.max = max
    if (plan.needs.extremes) addRangeExtremes(leafSums, span, known)
  }

  /** Of the place that was settled. */
  const addRowsBefore = (plan: CellPlan, leafSums: LeafSums, leaf: number, sign: 1 | -1): void => {
    addPrefix(leafSums, leafSums.part, known, sign)
    setRun(leafSums.from, leafSums.to - leafSums.from, 1)
    run.sign = leafSums.sign === sign ? 1 : -1
    addLeafRows(plan, leafSums.directory, leaf, run)
  }

  /** Rows of a leaf of a long series, numbered from its first. */
  const addLeafRows = (plan: CellPlan, directory: Directory, leaf: number, rows: Run): void => {
    if (rows.from === rows.to) return
    const page = leafPage(store, directory, leaf)
    const base = columnAt(store, directory, leaf, firstCell + plan.cell)
    rows.from += base
    rows.to += base
    if (usesLimbs) scanLimbs(page, rows, known, plan.needs.squares)
    else scanSums(page, rows, known, plan.needs.squares)
  }

  const setEnds = (plan: CellPlan, question: CellQuestion, w: number): void => {
    const { directory, ranges, edges, time, roots } = question
    known.time = time
    known.lengthMs = edges.lengthMs[w]!
    const withRoot = edges.endsAtRoot[w] === 1 && roots.length > 0
    const [from, to] = [ranges.from[w]!, ranges.to[w]!]
    if (!plan.needs.ends) return
    if (plan.cell < 0) {
      known.lastTime = withRoot || directory === undefined || to === from ? time : valueAtRank(directory, timeColumn, to - 1)
      known.firstTime = directory === undefined || to === from ? time : valueAtRank(directory, timeColumn, from)
      return
    }
    known.first = directory === undefined ? Number.NaN : firstInRange(directory, firstCell + plan.cell, from, to)
    known.last = Number.NaN
    if (withRoot) {
      for (const row of roots) if (!Number.isNaN(row[firstCell + plan.cell]!)) known.last = row[firstCell + plan.cell]!
      if (Number.isNaN(known.first))
        known.first = roots.map((row) => row[firstCell + plan.cell]!).find((cell) => !Number.isNaN(cell)) ?? Number.NaN
    }
    if (Number.isNaN(known.last) && directory !== undefined) known.last = lastInRange(directory, firstCell + plan.cell, from, to)
  }

  const valueAtRank = (directory: Directory, column: number, rank: number): number => {
    locateRank(store, directory, rank)
    return leafPage(store, directory, store.leaf)[columnAt(store, directory, store.leaf, column) + store.at * directory.rowStep]!
  }

  const firstInRange = (directory: Directory, column: number, from: number, to: number): number => {
    for (let rank = from; rank < to; ) {
      locateRank(store, directory, rank)
      const rows = Math.min(rowsOf(directory, store.leaf) - store.at, to - rank)
      const base = columnAt(store, directory, store.leaf, column) + store.at * directory.rowStep
      const found = firstValue(leafPage(store, directory, store.leaf), setRun(base, rows, directory.rowStep))
      if (!Number.isNaN(found)) return found
      rank += rows
    }
    return Number.NaN
  }

  const lastInRange = (directory: Directory, column: number, from: number, to: number): number => {
    for (let rank = to; rank > from; ) {
      locateRank(store, directory, rank - 1)
      const rows = Math.min(store.at + 1, rank - from)
      const base = columnAt(store, directory, store.leaf, column) + (store.at + 1 - rows) * directory.rowStep
      const found = lastValue(leafPage(store, directory, store.leaf), setRun(base, rows, directory.rowStep))
      if (!Number.isNaN(found)) return found
      rank -= rows
    }
    return Number.NaN
  }

  return (plan, question) => {
    const { directory, ranges } = question
    usesLimbs = false
    known.sums.shape = oneLimb
    known.squares.shape = oneLimb
    if (directory !== undefined && directory.count > 1) return readLong(plan, question)
    if ((plan.isWhole || !plan.needs.sums) && readShort(plan, question)) return true
    const terms = Math.ceil(Math.log2(ranges.high + question.roots.length + 1))
    const shape = extents.shape(plan.cell, terms, false)
    const squareShape = plan.needs.squares ? extents.shape(plan.cell, terms, true) : oneLimb
    if (shape === undefined || squareShape === undefined) return false
    usesLimbs = true
    known.sums.shape = shape
    known.squares.shape = squareShape
    return readShort(plan, question)
  }
}
