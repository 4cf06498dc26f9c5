/** Questions about a key of which rows have been merged into units: what units say, and the rows behind them. */
import { MillraceError } from '../../base/error.ts'
import type { Read } from '../../model/event.ts'
import { answer, clearKnown, createKnown, type Known, type SlotValues } from './answer.ts'
import type { CellPlan } from './cell-plan.ts'
import { countDifferent } from './different.ts'
import type { Edges } from './edges.ts'
import type { Gathered } from './gather.ts'
import type { KernelPlan, ReadPlan } from './plan.ts'
import { firstValue, lastValue, scanLimbs, scanWhole } from './scan.ts'
import type { RowState } from './state.ts'
import type { Merged, SumShapes, Unit, Units } from './units.ts'

export interface MergedQuestion {
  readonly merged: Merged
  readonly time: number
  readonly edges: Edges
  /** The rows behind the units, and by window those that it holds. */
  readonly gathered: Gathered
  readonly from: Float64Array
  readonly to: Float64Array
  readonly into: SlotValues
}

/** Throws UNITS_MERGED where a window begins or ends within a unit, or the read leaves out something that was merged. */
export const checkMerged = (
  state: RowState,
  units: Units,
  windows: readonly number[],
  { merged, edges, read }: { readonly merged: Merged; readonly edges: Edges; readonly read: Read },
): void => {
  const { merge, name } = state.compiled
  const isWhole = (edge: number): boolean =>
    edge === Number.NEGATIVE_INFINITY || edge >= merged.boundary || units.calendar.startOf(merge!.unit, edge) === edge
  const seesAll = read.as === 'corrected' || (read.as === 'recorded' ? merged.maxRecorded : merged.maxKnown) <= read.cutoff
  if (seesAll && windows.every((w) => isWhole(edges.from[w]!) && isWhole(edges.to[w]!))) return
  throw new MillraceError('UNITS_MERGED', 'the question needs single events, which have been merged', {
    at: `windows.${name}`,
    value: read,
    hint: 'ask an engine that does not merge, loaded from the center for this question',
  })
}

export const createMergedAnswers = (state: RowState, units: Units): ((plan: ReadPlan, question: MergedQuestion) => void) => {
  const known = createKnown()
  const { layout, codecs } = state

  const answerCell = (plan: CellPlan, shapes: SumShapes, question: MergedQuestion): void => {
    const column = layout.cells[plan.cell]?.column ?? -1
    for (const [w, ops] of plan.ops.entries()) {
      if (ops.length === 0) continue
      const found = unitsIn(question, w)
      clearKnown(known)
      setTimes(known, question, w, found)
      if (plan.cell < 0) known.count = found.reduce((sum, { rows }) => sum + rows, question.to[w]! - question.from[w]!)
      else addCell(plan.cell, shapes, question, { w, found })
      answer(ops, known, plan, column < 0 ? undefined : codecs[column], question.into)
    }
  }

  const addCell = (
    cell: number,
    shapes: SumShapes,
    { gathered, from, to }: MergedQuestion,
    { w, found }: { readonly w: number; readonly found: readonly Unit[] },
  ): void => {
    known.sums.shape = shapes.sums[cell]!
    known.squares.shape = shapes.squares[cell]!
    for (const unit of found) addUnit(known, unit, cell)
    const run = { from: from[w]!, to: to[w]!, step: 1, sign: 1 } as const
    const values = gathered.cells[cell]!
    if (shapes.sums[cell]!.limbs > 0) scanLimbs(values, run, known, shapes.squares[cell]!.limbs > 0)
    else scanWhole(values, run, known)
    if (Number.isNaN(known.first)) known.first = firstValue(values, run)
    const last = lastValue(values, run)
    if (!Number.isNaN(last)) known.last = last
  }

  const countValues = ({ index, targets, feature }: KernelPlan, question: MergedQuestion): void => {
    const cell = layout.features[index]!.value
    const values = question.gathered.cells[cell]!
    for (const { window, slot } of targets) {
      const codes = unitsIn(question, window).map(({ different }) => different[cell]!)
      const rows = { values, from: question.from[window]!, to: question.to[window]! }
      const count = countDifferent(question.merged.different[cell]!, codes, rows)
      if (feature.output.store === 'number') question.into.numbers[slot] = count
      else question.into.values[slot] = count
    }
  }

  return (plan, question) => {
    const shapes = units.shapes()!
    for (const cell of plan.numbers.cells) answerCell(cell, shapes, question)
    for (const cell of plan.fast) answerCell(cell, shapes, question)
    for (const kernel of plan.kernels) countValues(kernel, question)
  }
}

/** The units of a window, whose edges lie on none. */
const unitsIn = ({ merged, edges }: MergedQuestion, w: number): readonly Unit[] => {
  const { units } = merged
  const from = firstUnit(units, edges.from[w]!)
  return units.slice(from, Math.max(from, firstUnit(units, edges.to[w]!)))
}

const firstUnit = (units: readonly Unit[], time: number): number => {
  let [low, high] = [0, units.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (units[middle]!.start < time) low = middle + 1
    else high = middle
  }
  return low
}

const setTimes = (known: Known, { time, edges, gathered, from, to }: MergedQuestion, w: number, found: readonly Unit[]): void => {
  known.time = time
  known.lengthMs = edges.lengthMs[w]!
  const isEmpty = from[w] === to[w]
  known.firstTime = found[0]?.firstTime ?? (isEmpty ? time : gathered.time[from[w]!]!)
  known.lastTime = isEmpty ? (found.at(-1)?.lastTime ?? time) : gathered.time[to[w]! - 1]!
}

const addUnit = (known: Known, unit: Unit, cell: number): void => {
  if (unit.counts[cell] === 0) return
  known.count += unit.counts[cell]!
  known.min = Math.min(known.min, unit.min[cell]!)
  known.max = Math.max(known.max, unit.max[cell]!)
  if (Number.isNaN(known.first)) known.first = unit.first[cell]!
  known.last = unit.last[cell]!
  for (const [limb, sum] of unit.sums[cell]!.entries()) known.sums.sums[limb]! += sum
  for (const [limb, sum] of unit.squares[cell]!.entries()) known.squares.sums[limb]! += sum
}
