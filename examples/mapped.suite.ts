/** Rows through a mapping into event versions, one by one and in the plainest way: what the examples' tests read their trees from. */
import { freeze, type MappingDefinition } from '../src/index.ts'
import type { EventVersion } from '../src/model/event.ts'
import type { KnownAtPlan, SourcedValue } from '../src/model/mapping.ts'
import type { ConditionPlan } from '../src/model/plan.ts'
import { createStandardiser } from '../src/model/standardise.ts'

type Row = { readonly [column: string]: unknown }

/** Every event of the rows, recorded at 0. Throws what does not fit. */
export const mapped = (definition: MappingDefinition, rows: readonly Row[]): readonly EventVersion[] => {
  const { events } = freeze([definition])
  const standardisers = new Map(Object.entries(events).map(([name, plan]) => [name, createStandardiser(name, plan)]))
  return rows.flatMap((row, n) =>
    definition.plan.events.flatMap((part) => {
      if (!holds(part.where, row)) return []
      const values = Object.entries(part.fields).map(([field, from]) => [field, sourced(from, row)] as const)
      const raw = Object.fromEntries(values.filter(([, value]) => value !== undefined))
      const outcome = standardisers.get(part.event)!(raw, { sourceId: `${definition.name}:${n}`, seq: n, latest: Number.POSITIVE_INFINITY })
      if ('refusal' in outcome) throw new Error(`row ${n}: ${JSON.stringify(outcome.refusal)}`)
      const { event } = outcome
      return [{ ...event, op: 'put' as const, version: n, recordedAt: 0, knownAt: knownAt(part.knownAt, row, event.time) }]
    }),
  )
}

/** Of conditions only those that the examples' mappings have: one comparison with a constant. */
const holds = (where: ConditionPlan | undefined, row: Row): boolean => {
  if (where === undefined) return true
  if (where.op === 'is' && 'value' in where) return row[where.column] === where.value
  throw new Error(`not in the examples: ${JSON.stringify(where)}`)
}

const sourced = (from: SourcedValue, row: Row): unknown => {
  if ('column' in from) return row[from.column]
  return 'value' in from ? from.value : from.by(...(from.of.map((column) => row[column]) as never[]))
}

const knownAt = (plan: KnownAtPlan | undefined, row: Row, time: number): number =>
  plan === undefined || 'time' in plan ? time : (sourced(plan, row) as number)
