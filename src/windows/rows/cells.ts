/** Answers straight from a cell of a series of which every row counts. */
import type { SlotValues } from './answer.ts'
import { answer, clearKnown, createKnown, oneLimb } from './answer.ts'
import { cleanRowsOf, type Directory, rowsOf } from './directory.ts'
import type { Edges } from './edges.ts'
import { addExtremes, addPrefix, createLeafSums, type LeafSums } from './leaf-sums.ts'
import { locateRank } from './locate.ts'
import type { CellPlan } from './plan.ts'
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
    run.from = at
    run.to = at + rows * step
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
      const [from, to] = [ranges.from[w]!, ranges.to[w]!]
      if (to !== end || edges.endsAtRoot[w] !== endsAtRoot) {
        startWindow(plan, question, w)
        at = to
        end = to
        endsAtRoot = edges.endsAtRoot[w]!
      }
      if (plan.cell < 0) known.count += at - from
      else addRows(plan, page, setRun(base + from * step, at - from, step))
      at = from
      if (!usesLimbs && plan.needs.sums && !isExact(known, plan.needs.squares)) return false
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

  /** Whole leaves by their sums, the rest row by row. */
  const addRange = (plan: CellPlan, { directory: of, ranges }: CellQuestion, leafSums: LeafSums, w: number): void => {
    if (ranges.from[w] === ranges.to[w]) return
    const directory = of!
    const [firstLeaf, firstAt] = [ranges.fromLeaf[w]!, ranges.fromAt[w]!]
    const [lastLeaf, lastAt] = [ranges.toLeaf[w]!, ranges.toAt[w]!]
    if (firstLeaf === lastLeaf) addLeafRows(plan, directory, firstLeaf, setRun(firstAt, lastAt - firstAt, 1))
    else if (plan.needs.extremes) {
      const nextLeaf = firstAt > 0 ? firstLeaf + 1 : firstLeaf
      addLeafRows(plan, directory, lastLeaf, setRun(0, lastAt, 1))
      if (firstAt > 0) addLeafRows(plan, directory, firstLeaf, setRun(firstAt, rowsOf(directory, firstLeaf) - firstAt, 1))
      addPrefix(leafSums, lastLeaf, known, 1)
      addPrefix(leafSums, nextLeaf, known, -1)
      addExtremes(leafSums, nextLeaf, lastLeaf, known)
    } else {
      addRowsBefore(plan, directory, leafSums, { leaf: lastLeaf, at: lastAt, sign: 1 })
      addRowsBefore(plan, directory, leafSums, { leaf: firstLeaf, at: firstAt, sign: -1 })
    }
  }

  /** All rows before a place: from the start of its leaf, or back from its end, whichever is nearer. */
  const addRowsBefore = (
    plan: CellPlan,
    directory: Directory,
    leafSums: LeafSums,
    { leaf, at, sign }: { readonly leaf: number; readonly at: number; readonly sign: 1 | -1 },
  ): void => {
    const rows = cleanRowsOf(directory, leaf)
    const isNearEnd = 2 * at > rows && leaf < leafSums.clean
    addPrefix(leafSums, isNearEnd ? leaf + 1 : leaf, known, sign)
    if (isNearEnd) setRun(at, rows - at, 1)
    else setRun(0, at, 1)
    run.sign = isNearEnd === (sign === 1) ? -1 : 1
    addLeafRows(plan, directory, leaf, run)
  }

  /** Rows of a leaf of a long series, numbered from its first. */
  const addLeafRows = (plan: CellPlan, directory: Directory, leaf: number, rows: Run): void => {
    if (rows.from === rows.to) return
    const page = leafPage(store, directory, leaf)
    const base = columnAt(store, directory, leaf, firstCell + plan.cell)
    rows.from += base
    rows.to += base
    if (usesLimbs || plan.needs.extremes) addRows(plan, page, rows)
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
