/** When the business could know the events of an import. */
import { MillraceError } from '../../base/error.ts'
import type { FieldPlan, SchemaPlan } from '../../model/field.ts'
import type { EventMappingPlan, KnownAtPlan } from '../../model/mapping.ts'
import type { Column } from '../../model/table.ts'
import { durationMs } from '../../model/window.ts'
import { createFieldSource, type MappedColumns } from './fields.ts'
import type { RowMisfit } from './misfits.ts'

/** For mappings that say nothing: with the import's own commit, at each event's time, or so much later. */
export type KnownAtDefault = 'recorded' | { readonly time: 'event'; readonly lag?: string }

/** `recorded`, `time` or `time+LAG`, such as `time+1h`. Throws KNOWN_AT_INVALID, DURATION_INVALID. */
export const parseKnownAt = (text: string): KnownAtDefault => {
  if (text === 'recorded') return text
  const [time, lag, ...rest] = text.replaceAll(' ', '').split('+')
  if (time === 'time' && rest.length === 0 && lag !== '') {
    if (lag === undefined) return { time: 'event' }
    durationMs(lag)
    return { time: 'event', lag }
  }
  throw new MillraceError('KNOWN_AT_INVALID', 'not a rule for when events were known', { value: text, expected: knownAtForms })
}

const knownAtForms = "'recorded' (when this import commits), 'time' (each event's own), or a lag after it: 'time+1h'"

/** By row; one NaN for all stands for the stamp of the import's commit. */
export interface KnownAt {
  readonly stamps: number | Float64Array
  readonly misfits: readonly RowMisfit[]
}

/** Throws KNOWN_AT_MISSING where neither the mapping nor the import says it. */
export const createKnownAt = (
  at: string,
  into: EventMappingPlan,
  schema: SchemaPlan,
  fallback: KnownAtDefault | undefined,
): ((columns: MappedColumns, wanted: Uint8Array, time: Column) => KnownAt) => {
  const plan: KnownAtPlan | 'recorded' | undefined = into.knownAt ?? fallback
  if (plan === undefined) {
    throw new MillraceError('KNOWN_AT_MISSING', 'nothing says when these events were known', {
      at,
      hint: `declare knownAt in the mapping, or import with --known-at: ${knownAtForms}`,
    })
  }
  if (plan === 'recorded') return () => ({ stamps: Number.NaN, misfits: [] })
  if ('time' in plan) return atEventTime(plan.lag === undefined ? 0 : durationMs(plan.lag))
  const field: FieldPlan = { kind: 'time' }
  const source = createFieldSource('knownAt', field, plan, schema)
  return (columns, wanted) => {
    const { column, misfits } = source(columns, wanted)
    return { stamps: (column as Extract<Column, { kind: 'number' }>).values, misfits }
  }
}

const atEventTime =
  (lagMs: number) =>
  (_: MappedColumns, __: Uint8Array, time: Column): KnownAt => {
    const { values } = time as Extract<Column, { kind: 'number' }>
    return { stamps: lagMs === 0 ? values : values.map((at) => at + lagMs), misfits: [] }
  }
