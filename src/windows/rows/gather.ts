/** Rows copied out of a series in order, for the kernels: those a read holds, and the root's own behind them. */
import type { Read } from '../../model/event.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import { createKernel } from '../kernels/kernel.ts'
import type { Amended } from './amended.ts'
import { rowsHolding } from './amended.ts'
import type { SlotValues } from './answer.ts'
import { readRow } from './changes.ts'
import { type Directory, rowsOf } from './directory.ts'
import type { Edges } from './edges.ts'
import { locateRank, locateTime } from './locate.ts'
import type { KernelPlan } from './plan.ts'
import {
  columnAt,
  firstCell,
  knownColumn,
  leafPage,
  numberColumn,
  originColumn,
  recordedColumn,
  type SeriesStore,
  seqColumn,
  valueAt as storedValue,
  timeColumn,
} from './series.ts'
import type { RowState } from './state.ts'

export interface Gathered {
  rows: number
  /** Of these the root's own, at the end. */
  roots: number
  time: Float64Array
  /** By cell. */
  cells: Float64Array[]
  /** By number of row. */
  identity: Int32Array
}

export const createGathered = (cells: number): Gathered => ({
  rows: 0,
  roots: 0,
  time: new Float64Array(0),
  cells: Array.from({ length: cells }, () => new Float64Array(0)),
  identity: new Int32Array(0),
})

const reserve = (gathered: Gathered, rows: number): void => {
  if (gathered.time.length >= rows) return
  const size = 2 * rows
  const wider = (values: Float64Array): Float64Array => {
    const made = new Float64Array(size)
    made.set(values)
    return made
  }
  gathered.time = wider(gathered.time)
  gathered.cells = gathered.cells.map(wider)
  gathered.identity = new Int32Array(size)
  for (let i = 0; i < size; i++) gathered.identity[i] = i
}

/** All rows of a range, every one of which counts. */
export const gatherRange = (state: RowState, gathered: Gathered, directory: Directory | undefined, low: number, high: number): void => {
  gathered.rows = 0
  gathered.roots = 0
  if (directory === undefined || low >= high) return
  const { store } = state
  reserve(gathered, high - low)
  locateRank(store, directory, low)
  for (let leaf = store.leaf, at = store.at; gathered.rows < high - low; leaf++, at = 0) {
    const rows = Math.min(rowsOf(directory, leaf) - at, high - low - gathered.rows)
    copyColumn(store, directory, leaf, { column: timeColumn, at, rows }, gathered.time, gathered.rows)
    for (let cell = 0; cell < gathered.cells.length; cell++)
      copyColumn(store, directory, leaf, { column: firstCell + cell, at, rows }, gathered.cells[cell]!, gathered.rows)
    gathered.rows += rows
  }
}

const copyColumn = (
  store: SeriesStore,
  directory: Directory,
  leaf: number,
  { column, at, rows }: { readonly column: number; readonly at: number; readonly rows: number },
  into: Float64Array,
  to: number,
): void => {
  const page = leafPage(store, directory, leaf)
  const step = directory.rowStep
  let from = columnAt(store, directory, leaf, column) + at * step
  for (let i = 0; i < rows; i++, from += step) into[to + i] = page[from]!
}

export const appendRow = (gathered: Gathered, row: Float64Array): void => {
  reserve(gathered, gathered.rows + 1)
  gathered.time[gathered.rows] = row[timeColumn]!
  for (let cell = 0; cell < gathered.cells.length; cell++) gathered.cells[cell]![gathered.rows] = row[firstCell + cell]!
  gathered.rows++
}

export interface HeldQuestion {
  readonly directory: Directory | undefined
  readonly exceptions: Iterable<Amended>
  readonly key: number
  readonly read: Exclude<Read, { readonly as: 'corrected' }>
  readonly time: number
  /** Rows before this time are wanted only to make up `last`. */
  readonly from: number
  /** So many of the last rows are wanted whatever their time. */
  readonly last: number
}

/** The rows before a time that a read with a cut-off holds, walking back from the root as far as any window looks. */
export const gatherHeld = (state: RowState, gathered: Gathered, question: HeldQuestion): void => {
  const { store } = state
  const { directory, read, time } = question
  const rows = heldExceptions(state, question)
  const stampColumn = read.as === 'recorded' ? recordedColumn : knownColumn
  let plain = 0
  const found: Float64Array[] = []
  if (directory !== undefined) {
    locateTime(store, directory, time)
    let [leaf, at] = [store.leaf, store.at]
    for (; leaf >= 0; leaf--, at = leaf >= 0 ? rowsOf(directory, leaf) : 0) {
      const page = leafPage(store, directory, leaf)
      const { rowStep, columnStep } = directory
      const base = columnAt(store, directory, leaf, timeColumn)
      for (let i = at - 1; i >= 0; i--) {
        if (page[base + i * rowStep]! < question.from && plain >= question.last) {
          leaf = 0
          break
        }
        if (storedValue(store, page, base + i * rowStep, stampColumn, columnStep) > read.cutoff) continue
        plain++
        found.push(readRow(store, directory, leaf, i))
      }
    }
  }
  gathered.rows = 0
  gathered.roots = 0
  for (const row of merged(state, found.reverse(), rows)) appendRow(gathered, row)
}

/** Of amended events whose marked row the cut-off hides, the rows that hold instead, in order. */
const heldExceptions = (state: RowState, { exceptions, key, read, time }: HeldQuestion): readonly Float64Array[] => {
  const rows: Float64Array[] = []
  for (const amended of exceptions) {
    const highest = read.as === 'recorded' ? amended.maxRecorded : amended.maxKnown
    if (highest <= read.cutoff) continue
    for (const held of rowsHolding(amended, read)) if (held.key === key && held.row[timeColumn]! < time) rows.push(held.row)
  }
  return rows.sort((a, b) => compareRows(state, a, b))
}

const compareRows = ({ ids }: RowState, a: Float64Array, b: Float64Array): number =>
  a[timeColumn]! - b[timeColumn]! ||
  a[seqColumn]! - b[seqColumn]! ||
  ids.compare(a[originColumn]!, a[numberColumn]!, b[originColumn]!, b[numberColumn]!)

const merged = (state: RowState, a: readonly Float64Array[], b: readonly Float64Array[]): readonly Float64Array[] => {
  if (b.length === 0) return a
  const rows: Float64Array[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    const isFirst = j === b.length || (i < a.length && compareRows(state, a[i]!, b[j]!) < 0)
    rows.push(isFirst ? a[i++]! : b[j++]!)
  }
  return rows
}

/** Answers by kernels over gathered rows. `windows`: their edges, as row numbers of these. */
export const answerByKernels = (
  state: RowState,
  plans: readonly KernelPlan[],
  gathered: Gathered,
  question: {
    readonly time: number
    readonly edges: Edges
    readonly from: Float64Array
    readonly to: Float64Array
    readonly into: SlotValues
  },
): void => {
  const columns = columnsOf(state, gathered)
  for (const plan of plans) {
    const { feature } = plan
    const { value, mask, group } = state.layout.features[plan.index]!
    const isFiltered = value >= 0 && feature.column === undefined
    const kernel = createKernel({
      aggregate: feature.aggregate,
      options: feature.options,
      time: gathered.time,
      fallback: feature.fallback,
      ...(feature.column !== undefined && { column: { column: columns(value), field: state.compiled.columns[feature.column]!.field } }),
      ...(feature.groupBy !== undefined && { group: { column: columns(group), field: state.compiled.columns[feature.groupBy]!.field } }),
      ...((isFiltered || mask >= 0) && { mask: maskOf(gathered.cells[isFiltered ? value : mask]!, gathered.rows) }),
    })
    for (const { window, slot } of plan.targets) {
      const answer = kernel({
        rows: gathered.identity,
        from: question.from[window]!,
        to: question.to[window]!,
        time: question.time,
        lengthMs: question.edges.lengthMs[window]!,
      })
      writeSlot(feature.output.store, slot, answer, question.into)
    }
  }
}

const writeSlot = (store: 'number' | 'value', slot: number, answer: Value, into: SlotValues): void => {
  if (store === 'number') into.numbers[slot] = answer === null ? Number.NaN : (answer as number)
  else into.values[slot] = answer
}

const maskOf = (cells: Float64Array, rows: number): Uint8Array =>
  Uint8Array.from({ length: rows }, (_, i) => (Number.isNaN(cells[i]!) ? 0 : 1))

/** Each cell as a column, made when first asked for. */
const columnsOf = ({ layout, codecs }: RowState, gathered: Gathered): ((cell: number) => Column) => {
  const made: (Column | undefined)[] = []
  return (cell) => {
    made[cell] ??= codecs[layout.cells[cell]!.column]!.toColumn(gathered.cells[cell]!, gathered.rows)
    return made[cell]
  }
}
