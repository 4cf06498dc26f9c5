/** Which slots are answered how: straight from the cells (`ops`), or by a kernel over gathered rows. */
import { required } from '../../model/field.ts'
import type { AggregateName } from '../../model/plan.ts'
import type { CompiledFeature, Slot } from '../compiled.ts'
import { createNumberPlan, isTableAggregate, type NumberPlan } from './number-table.ts'
import type { RowState } from './state.ts'

type FastAggregate = Extract<
  AggregateName,
  | 'count'
  | 'sum'
  | 'mean'
  | 'min'
  | 'max'
  | 'variance'
  | 'variancePop'
  | 'deviation'
  | 'deviationPop'
  | 'first'
  | 'last'
  | 'timeSince'
  | 'rate'
>

/** What to write into one slot, from what is known of a cell's values in a window. */
export interface Op {
  readonly aggregate: FastAggregate
  readonly slot: number
  /** NaN or null for none. */
  readonly fallbackNumber: number
  readonly feature: CompiledFeature
  readonly store: 'number' | 'value'
  readonly perMs: number
}

/** All that is asked of one cell: for each window of the definition its ops, the empty list where there is none. */
export interface CellPlan {
  /** −1: the rows themselves. */
  readonly cell: number
  /** Digits after the point of the values' unit. */
  readonly decimals: number
  readonly ops: readonly (readonly Op[])[]
  readonly needs: { readonly sums: boolean; readonly squares: boolean; readonly extremes: boolean; readonly ends: boolean }
  /** Whether single doubles may be tried for the sums: values are whole numbers. */
  readonly isWhole: boolean
}

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
  /** The windows that kernels, and that anything, reads. */
  readonly kernelWindows: readonly number[]
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
    kernelWindows: windowsOf(kernels),
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

const cellPlans = (state: RowState, slots: readonly Slot[]): readonly CellPlan[] => {
  const cellOf = ({ feature }: Slot): number => state.layout.features[feature]!.value
  return [...new Set(slots.map(cellOf))].map((cell) =>
    cellPlan(
      state,
      cell,
      slots.filter((slot) => cellOf(slot) === cell),
    ),
  )
}

const cellPlan = ({ compiled, layout }: RowState, cell: number, slots: readonly Slot[]): CellPlan => {
  const ops = compiled.windows.map((_, window) =>
    slots.filter((slot) => slot.window === window).map((slot) => opOf(compiled.features[slot.feature]!, slot.index)),
  )
  const asked = new Set(slots.map(({ feature }) => compiled.features[feature]!.aggregate))
  const asks = (...names: readonly AggregateName[]) => names.some((name) => asked.has(name))
  const column = layout.cells[cell]?.column ?? -1
  const field = column < 0 ? undefined : required(compiled.columns[column]!.field)
  const squares = asks('variance', 'variancePop', 'deviation', 'deviationPop')
  return {
    cell,
    decimals: field?.kind === 'decimal' ? field.scale : 0,
    ops,
    needs: {
      sums: squares || asks('sum', 'mean'),
      squares,
      extremes: asks('min', 'max'),
      ends: asks('first', 'last', 'timeSince', 'rate'),
    },
    isWhole: field?.kind !== 'double',
  }
}

const opOf = (feature: CompiledFeature, slot: number): Op => ({
  aggregate: feature.aggregate as FastAggregate,
  slot,
  fallbackNumber: typeof feature.fallback === 'number' ? feature.fallback : Number.NaN,
  feature,
  store: feature.output.store,
  perMs: feature.options.perMs,
})
