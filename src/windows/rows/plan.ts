/** Which slots are answered how: straight from the cells (`ops`), or by a kernel over gathered rows. */
import { required } from '../../model/field.ts'
import type { CompiledFeature, Slot } from '../compiled.ts'
import { type CellPlan, cellPlans } from './cell-plan.ts'
import { createNumberPlan, isTableAggregate, type NumberPlan } from './number-table.ts'
import type { RowState } from './state.ts'

export interface KernelPlan {
  readonly feature: CompiledFeature
  readonly index: number
  /** Window and slot. */
  readonly targets: readonly { readonly window: number; readonly slot: number }[]
}

export interface ReadPlan {
  /** What is answered by whole tables of numbers, cell by cell. */
  readonly numbers: NumberPlan
  readonly fast: readonly CellPlan[]
  readonly kernels: readonly KernelPlan[]
  /** Everything, for rows of which some are hidden. */
  readonly all: readonly KernelPlan[]
  /** The windows that anything reads. */
  readonly allWindows: readonly number[]
}

export const createReadPlan = (state: RowState, slots: readonly Slot[]): ReadPlan => {
  const all = kernelPlans(state, slots)
  const fastSlots = slots.filter((slot) => isFast(state, slot))
  const kernels = kernelPlans(
    state,
    slots.filter((slot) => !fastSlots.includes(slot)),
  )
  const isTabled = (slot: Slot): boolean => isNumberSlot(state, slot)
  return {
    numbers: createNumberPlan(cellPlans(state, fastSlots.filter(isTabled))),
    fast: cellPlans(
      state,
      fastSlots.filter((slot) => !isTabled(slot)),
    ),
    kernels,
    all,
    allWindows: windowsOf(all),
  }
}

const windowsOf = (plans: readonly KernelPlan[]): readonly number[] => [
  ...new Set(plans.flatMap(({ targets }) => targets.map(({ window }) => window))),
]

const kernelPlans = ({ compiled }: RowState, slots: readonly Slot[]): readonly KernelPlan[] => {
  const byFeature = new Map<number, Slot[]>()
  for (const slot of slots) byFeature.set(slot.feature, [...(byFeature.get(slot.feature) ?? []), slot])
  return Array.from(byFeature, ([index, of]) => ({
    feature: compiled.features[index]!,
    index,
    targets: of.map(({ window, index: slot }) => ({ window, slot })),
  }))
}

const isFast = ({ compiled, layout, codecs }: RowState, { feature: index, window }: Slot): boolean => {
  const feature = compiled.features[index]!
  if (feature.groupBy !== undefined) return false
  const cell = layout.cells[layout.features[index]!.value]
  const { spec } = compiled.windows[window]!
  const hasLength = spec.kind === 'time' || spec.kind === 'calendar' || (spec.kind === 'last' && spec.withinMs !== undefined)
  switch (feature.aggregate) {
    case 'count':
    case 'first':
    case 'last':
      return true
    case 'rate':
      return hasLength || cell === undefined
    case 'timeSince':
      return cell === undefined || cell.column >= 0
    case 'sum':
    case 'mean':
    case 'min':
    case 'max':
    case 'variance':
    case 'variancePop':
    case 'deviation':
    case 'deviationPop':
      return codecs[cell!.column]!.isNumber()
    default:
      return false
  }
}

/** Decimals so few that a count times their unit is far below 2^53. */
const mostDecimals = 6

const isNumberSlot = (state: RowState, { feature: index }: Slot): boolean => {
  const feature = state.compiled.features[index]!
  const cell = state.layout.cells[state.layout.features[index]!.value]
  const field = cell === undefined || cell.column < 0 ? undefined : required(state.compiled.columns[cell.column]!.field)
  if (feature.output.store !== 'number' || !isTableAggregate(feature.aggregate)) return false
  return field?.kind !== 'double' && (field?.kind !== 'decimal' || field.scale <= mostDecimals)
}
