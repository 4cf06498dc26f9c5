/** Questions: one key as of a time, under a read, into slots. */
import type { SlotValues } from './answer.ts'
import type { CellPlan } from './cell-plan.ts'
import { type CellQuestion, createCellReader } from './cells.ts'
import { type Directory, fetchDirectory } from './directory.ts'
import { createEdges } from './edges.ts'
import { createHides } from './hides.ts'
import { type Asked, createKernelAnswers } from './kernel-answers.ts'
import { fetchSums } from './leaf-sums.ts'
import { createNumberFill } from './number-fill.ts'
import { clearCell, type NumberPlan, writeNumbers } from './number-table.ts'
import { createReadPlan, type ReadPlan } from './plan.ts'
import type { RowQuestion } from './question.ts'
import { createRanges, setRanges } from './ranges.ts'
import { createRootRows, noRows } from './root-rows.ts'
import { firstCell, openSeries, repair } from './series.ts'
import type { RowState } from './state.ts'
import type { Units } from './units.ts'
import type { VersionRows } from './version-rows.ts'

export interface RowReader {
  /** `key`: its code, −1 where it has none. */
  read(key: number, question: RowQuestion, into: SlotValues): void
}

/** `slots`: indices of the slots that are asked for; the others are left alone. `units`: where rows are merged. */
export const createReader = (
  state: RowState,
  versionRows: VersionRows,
  { slots, units }: { readonly slots: readonly number[]; readonly units: Units | undefined },
): RowReader => {
  const { compiled, store } = state
  const { edges, set: setEdges } = createEdges(compiled)
  const ranges = createRanges(compiled.windows.length)
  const rootRows = createRootRows(state, versionRows)
  const readCell = createCellReader(state)
  const fillNumbers = createNumberFill(state)
  const hidesRows = createHides(state, ranges)
  const byKernels = createKernelAnswers(state, { edges, ranges, units })
  /** Cells whose sums single doubles do not hold. */
  const failed: number[] = []
  let plan: ReadPlan | undefined
  let fetched: readonly number[] = []
  let fetchedColumns: readonly number[] = []
  let planned = -1

  const currentPlan = (): ReadPlan => {
    if (plan === undefined || planned !== state.largeSeen) {
      plan = createReadPlan(
        state,
        slots.map((slot) => compiled.slots[slot]!),
      )
      planned = state.largeSeen
      fetched = [...plan.numbers.cells, ...plan.fast].flatMap(({ cell }) => (cell < 0 ? [] : [cell]))
      fetchedColumns = fetched.slice(0, mostFetched).map((cell) => firstCell + cell)
    }
    return plan
  }

  const read = (key: number, question: RowQuestion, into: SlotValues): void => {
    const directory = question.key === null ? undefined : openSeries(store, key)
    const current = currentPlan()
    if (directory !== undefined && directory !== store.short)
      store.fetched += fetchDirectory(directory) + fetchSums(store.pool, directory, fetched)
    const roots = compiled.includeRoot ? rootRows(question) : noRows
    setEdges(question.time)
    if (directory !== undefined) repair(store, directory)
    setQuestionRanges(directory, current.allWindows, roots.length)
    const merged = units?.of(key)
    const hides = question.key !== null && hidesRows(key, directory, question.read)
    const asked: Asked = { question, key, directory, plan: current, roots, into }
    if (merged !== undefined) byKernels.merged(merged, hides, asked)
    else if (hides) byKernels.held(asked)
    else answerAll(asked)
    for (let i = 0; i < roots.length; i++) versionRows.release(roots[i]!)
  }

  const setQuestionRanges = (directory: Directory | undefined, windows: readonly number[], roots: number): void => {
    if (directory !== undefined) {
      setRanges(ranges, edges, windows, { store, directory, roots, columns: fetchedColumns })
      return
    }
    ranges.low = 0
    ranges.high = 0
    ranges.highLeaf = 0
    ranges.from.fill(0)
    ranges.to.fill(0)
    for (let i = 0; i < windows.length; i++) ranges.order[i] = windows[i]!
  }

  const ofCell: CellQuestion = {
    directory: undefined,
    ranges,
    edges,
    windows: 0,
    time: 0,
    roots: noRows,
    into: { numbers: new Float64Array(0), values: [] },
  }

  const answerAll = (asked: Asked): void => {
    const { numbers, fast, kernels, allWindows } = asked.plan
    ofCell.directory = asked.directory
    ofCell.windows = allWindows.length
    ofCell.time = asked.question.time
    ofCell.roots = asked.roots
    ofCell.into = asked.into
    answerNumbers(numbers, asked)
    for (let i = 0; i < fast.length; i++) answerCell(fast[i]!, asked)
    if (kernels.length > 0) byKernels.range(kernels, asked)
  }

  const answerNumbers = (plan: NumberPlan, asked: Asked): void => {
    const { cells, table } = plan
    if (failed.length > 0) failed.length = 0
    for (let i = 0; i < cells.length; i++) {
      if (fillNumbers(cells[i]!, i, ofCell, table)) continue
      failed.push(i)
      clearCell(table, i)
    }
    writeNumbers(plan, asked.into.numbers)
    for (let i = 0; i < failed.length; i++) answerCell(cells[failed[i]!]!, asked)
  }

  /** By kernels where its values are of too different sizes for limbs. */
  const answerCell = (cell: CellPlan, asked: Asked): void => {
    if (readCell(cell, ofCell)) return
    const wanted = new Set(cell.ops.flat().map(({ slot }) => slot))
    const plans = asked.plan.all
      .map((of) => ({ ...of, targets: of.targets.filter(({ slot }) => wanted.has(slot)) }))
      .filter((of) => of.targets.length > 0)
    byKernels.range(plans, asked)
  }

  return { read }
}

/** More values than a few cells' are not fetched ahead: the first ones' would be gone again before they are read. */
const mostFetched = 4
