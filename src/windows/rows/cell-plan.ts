/** What is asked of one cell in each window, and what must be known of its values for that. */
import { required } from '../../model/field.ts'
import type { AggregateName } from '../../model/plan.ts'
import type { CompiledFeature, Slot } from '../compiled.ts'
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

/** One plan for each cell that slots read. */
export const cellPlans = (state: RowState, slots: readonly Slot[]): readonly CellPlan[] => {
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
