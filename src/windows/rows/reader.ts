/** Questions: one key as of a time, under a read, into slots. */
import { firstAtOrAfter } from '../../base/search.ts'
import { valueAt } from '../../model/cell.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import type { Value } from '../../model/value.ts'
import type { SlotValues } from './answer.ts'
import type { CellPlan } from './cell-plan.ts'
import { type CellQuestion, createCellReader } from './cells.ts'
import { type Directory, fetchDirectory } from './directory.ts'
import { createEdges } from './edges.ts'
import { answerByKernels, appendRow, createGathered, gatherHeld, gatherRange } from './gather.ts'
import { createHides } from './hides.ts'
import { fetchSums } from './leaf-sums.ts'
import { checkMerged, createMergedAnswers } from './merged-answer.ts'
import { createNumberFill } from './number-fill.ts'
import { clearCell, type NumberPlan, writeNumbers } from './number-table.ts'
import { createReadPlan, type ReadPlan } from './plan.ts'
import { createRanges, setRanges } from './ranges.ts'
import { firstCell, openSeries, repair } from './series.ts'
import type { RowState } from './state.ts'
import type { Merged, Units } from './units.ts'
import type { VersionRows } from './version-rows.ts'

export interface RowQuestion {
  /** One value for each dimension; null where the root lacks one: then nothing is counted. */
  readonly key: readonly Value[] | null
  readonly time: number
  readonly read: Read
  /** The root's own event, for definitions that include it. */
  readonly root?: EventVersion
}

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
  const { compiled, store, layout } = state
  const { edges, set: setEdges } = createEdges(compiled)
  const ranges = createRanges(compiled.windows.length)
  const readCell = createCellReader(state)
  const fillNumbers = createNumberFill(state)
  /** Cells whose sums single doubles do not hold. */
  const failed: number[] = []
  const hidesRows = createHides(state, ranges)
  const answerByUnits = units === undefined ? undefined : createMergedAnswers(state, units)
  const gathered = createGathered(layout.cells.length)
  const from = new Float64Array(compiled.windows.length)
  const to = new Float64Array(compiled.windows.length)
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

  /** The root's own rows where the definition includes it, it passes a member's filter, and its key is the one asked for. */
  const rootRows = (question: RowQuestion): Float64Array[] => {
    const { root, key } = question
    if (!compiled.includeRoot || root === undefined || key === null) return noRows
    const rows: Float64Array[] = []
    for (let member = 0; member < compiled.members.length; member++) {
      if (compiled.members[member]!.event !== root.type) continue
      const made = versionRows.rowOf(member, root)
      if (made === undefined) continue
      if (!isKey(member, root, key)) {
        versionRows.release(made)
        continue
      }
      for (let cell = 0; cell < layout.cells.length; cell++) state.extents.note(cell, made[firstCell + cell]!)
      rows.push(made)
    }
    return rows
  }

  const isKey = (member: number, root: EventVersion, key: readonly Value[]): boolean =>
    compiled.dimensions.every((column, i) => valueAt(root.data, compiled.members[member]!.sources[column]!) === key[i])

  const read = (key: number, question: RowQuestion, into: SlotValues): void => {
    const directory = question.key === null ? undefined : openSeries(store, key)
    const current = currentPlan()
    if (directory !== undefined && directory !== store.short)
      store.fetched += fetchDirectory(directory) + fetchSums(store.pool, directory, fetched)
    const roots = rootRows(question)
    setEdges(question.time)
    if (directory !== undefined) repair(store, directory)
    setQuestionRanges(directory, current.allWindows, roots.length)
    const merged = units?.of(key)
    if (merged !== undefined) answerMerged(key, directory, question, { current, merged, into })
    else if (question.key !== null && hidesRows(key, directory, question.read))
      answerHeld(key, directory, question, { current, roots, into })
    else answerAll(directory, question, { current, roots, into })
    for (const row of roots) versionRows.release(row)
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

  interface Target {
    readonly current: ReadPlan
    readonly roots: Float64Array[]
    readonly into: SlotValues
  }

  const asked: CellQuestion = {
    directory: undefined,
    ranges,
    edges,
    windows: 0,
    time: 0,
    roots: noRows,
    into: { numbers: new Float64Array(0), values: [] },
  }

  const answerAll = (directory: Directory | undefined, question: RowQuestion, { current, roots, into }: Target): void => {
    asked.directory = directory
    asked.windows = current.allWindows.length
    asked.time = question.time
    asked.roots = roots
    asked.into = into
    answerNumbers(current.numbers, directory, question, { current, roots, into })
    for (let i = 0; i < current.fast.length; i++) {
      if (!readCell(current.fast[i]!, asked)) answerCellByKernels(current.fast[i]!, directory, question, { current, roots, into })
    }
    if (current.kernels.length > 0) answerRange(current.kernels, directory, question, { current, roots, into })
  }

  const answerNumbers = (plan: NumberPlan, directory: Directory | undefined, question: RowQuestion, target: Target): void => {
    const { cells, table } = plan
    if (failed.length > 0) failed.length = 0
    for (let i = 0; i < cells.length; i++) {
      if (fillNumbers(cells[i]!, i, asked, table)) continue
      failed.push(i)
      clearCell(table, i)
    }
    writeNumbers(plan, target.into.numbers)
    for (let i = 0; i < failed.length; i++) {
      const cell = cells[failed[i]!]!
      if (!readCell(cell, asked)) answerCellByKernels(cell, directory, question, target)
    }
  }

  /** A cell whose values are of too different sizes for limbs. */
  const answerCellByKernels = (cell: CellPlan, directory: Directory | undefined, question: RowQuestion, target: Target): void => {
    const wanted = new Set(cell.ops.flat().map(({ slot }) => slot))
    const plans = target.current.all
      .map((of) => ({ ...of, targets: of.targets.filter(({ slot }) => wanted.has(slot)) }))
      .filter((of) => of.targets.length > 0)
    answerRange(plans, directory, question, target)
  }

  const answerRange = (
    plans: ReadPlan['kernels'],
    directory: Directory | undefined,
    question: RowQuestion,
    { roots, into }: Target,
  ): void => {
    let [low, high] = [Number.POSITIVE_INFINITY, 0]
    for (const { targets } of plans) {
      for (const { window } of targets) {
        low = Math.min(low, ranges.from[window]!)
        high = Math.max(high, ranges.to[window]!)
      }
    }
    gatherRange(state, gathered, directory, low, high)
    const plain = gathered.rows
    for (const row of roots) appendRow(gathered, row)
    for (const { targets } of plans) {
      for (const { window } of targets) {
        from[window] = Math.min(ranges.from[window]! - Math.min(low, high), plain)
        to[window] = ranges.to[window]! - Math.min(low, high)
        if (edges.endsAtRoot[window] === 1 && roots.length > 0) endWithRoots(window, plain, roots.length)
      }
    }
    answerByKernels(state, plans, gathered, { time: question.time, edges, from, to, into })
  }

  /** The root's rows stand after all plain ones: a window that ends there reaches on to them. */
  const endWithRoots = (window: number, plain: number, roots: number): void => {
    to[window] = plain + roots
    from[window] = Math.max(from[window]!, plain + roots - edges.last[window]!)
  }

  const answerHeld = (key: number, directory: Directory | undefined, question: RowQuestion, { current, roots, into }: Target): void => {
    gatherQuestion(key, directory, question, { current, roots })
    answerByKernels(state, current.all, gathered, { time: question.time, edges, from, to, into })
  }

  interface MergedTarget extends Omit<Target, 'roots'> {
    readonly merged: Merged
  }

  const answerMerged = (
    key: number,
    directory: Directory | undefined,
    question: RowQuestion,
    { current, merged, into }: MergedTarget,
  ): void => {
    checkMerged(state, units!, current.allWindows, { merged, edges, read: question.read })
    if (hidesRows(key, directory, question.read)) gatherQuestion(key, directory, question, { current, roots: noRows })
    else {
      gatherRange(state, gathered, directory, Math.min(ranges.low, ranges.high), ranges.high)
      for (const w of current.allWindows) {
        from[w] = Math.max(0, ranges.from[w]! - ranges.low)
        to[w] = Math.max(from[w]!, ranges.to[w]! - ranges.low)
      }
    }
    answerByUnits!(current, { merged, time: question.time, edges, gathered, from, to, into })
  }

  /** Gathers the rows that the read holds, and sets `from` and `to`. */
  const gatherQuestion = (
    key: number,
    directory: Directory | undefined,
    question: RowQuestion,
    { current, roots }: Pick<Target, 'current' | 'roots'>,
  ): void => {
    if (question.read.as === 'corrected') return
    let earliest = question.time
    let last = 0
    for (const w of current.allWindows) {
      const isOpen = edges.from[w] === Number.NEGATIVE_INFINITY
      if (isOpen && edges.last[w]! < Number.POSITIVE_INFINITY) last = Math.max(last, edges.last[w]!)
      else earliest = Math.min(earliest, edges.from[w]!)
    }
    const exceptions = state.exceptions.get(key) ?? []
    gatherHeld(state, gathered, { directory, exceptions, key, read: question.read, time: question.time, from: earliest, last })
    const plain = gathered.rows
    for (const row of roots) appendRow(gathered, row)
    for (const w of current.allWindows) {
      to[w] = firstAtOrAfter(gathered.time, 0, plain, edges.to[w]!)
      from[w] = Math.min(to[w]!, firstAtOrAfter(gathered.time, 0, plain, edges.from[w]!))
      if (edges.endsAtRoot[w] === 1) to[w]! += roots.length
      from[w] = Math.max(from[w]!, to[w]! - edges.last[w]!)
    }
  }
  return { read }
}

/** More values than a few cells' are not fetched ahead: the first ones' would be gone again before they are read. */
const mostFetched = 4

const noRows: Float64Array[] = []
