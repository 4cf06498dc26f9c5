/** A mapping proposed for a file whose columns are named as the fields of declared events. */
import { MillraceError } from '../../base/error.ts'
import { describe } from '../../model/coerce.ts'
import { type FieldPlan, required } from '../../model/field.ts'
import type { MappingPlan, SourceColumnPlan } from '../../model/mapping.ts'
import type { EventPlan, Named } from '../../model/plan.ts'
import type { ColumnProfile } from './profile.ts'

export interface ProposedMapping {
  readonly name: string
  readonly plan: MappingPlan
  /** What was chosen and why, to be shown before it is used. */
  readonly text: string
}

/**
 * Finds the event type that the file's columns fit; of several the one that reads most of them. Every row becomes one event of it:
 * rows that are several events, or events of different types, are for a declared mapping. When the events were known is not
 * guessed. Throws MAPPING_NOT_INFERRED with what each event type lacks.
 */
export const proposeMapping = (name: string, profiles: readonly ColumnProfile[], events: Named<EventPlan>): ProposedMapping => {
  const matches = Object.entries(events).map(([event, plan]) => matchOf(event, plan, profiles))
  const whole = matches.filter(({ lacking }) => lacking.length === 0).sort((a, b) => b.columns.size - a.columns.size)
  const [best] = whole
  if (best === undefined) throw notInferred(name, matches)
  const others = whole.slice(1).map(({ event }) => event)
  const columns: Record<string, SourceColumnPlan> = {}
  const fields: Record<string, { readonly column: string }> = {}
  for (const [field, profile] of best.columns) {
    columns[field] = columnPlan(profile, events[best.event]!.data[field]!)
    fields[field] = { column: field }
  }
  const plan: MappingPlan = { columns, events: [{ event: best.event, fields }] }
  return { name, plan, text: textOf({ name, match: best, others, profiles }) }
}

interface Match {
  readonly event: string
  readonly plan: EventPlan
  /** Field → column. */
  readonly columns: ReadonlyMap<string, ColumnProfile>
  /** Why it does not fit: fields without a column. */
  readonly lacking: readonly string[]
}

const plainName = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '')

const matchOf = (event: string, plan: EventPlan, profiles: readonly ColumnProfile[]): Match => {
  const columns = new Map<string, ColumnProfile>()
  for (const [field, declared] of Object.entries(plan.data)) {
    const names = [field, ...(plan.aliases?.[field] ?? [])].map(plainName)
    const found = profiles.find((profile) => names.includes(plainName(profile.name)) && fits(profile, declared))
    if (found !== undefined) columns.set(field, found)
  }
  const used = new Set(columns.values())
  const times = profiles.filter((profile) => profile.field?.kind === 'time' && !used.has(profile))
  if (!columns.has(plan.time) && times.length === 1) columns.set(plan.time, times[0]!)
  const lacking = Object.keys(plan.data).filter((field) => plan.data[field]!.kind !== 'optional' && !columns.has(field))
  return { event, plan, columns, lacking }
}

const takes: { readonly [kind: string]: readonly string[] } = {
  string: ['string', 'entity', 'enum'],
  int: ['int', 'int64', 'double', 'decimal', 'entity', 'time'],
  int64: ['int64', 'entity', 'time'],
  double: ['double', 'decimal'],
  decimal: ['decimal', 'double'],
  boolean: ['boolean'],
  time: ['time'],
  list: ['list'],
  object: ['object'],
}

const fits = ({ field }: ColumnProfile, declared: FieldPlan): boolean =>
  field === undefined ? declared.kind === 'optional' : (takes[field.kind] ?? []).includes(required(declared).kind)

const columnPlan = ({ name, unit }: ColumnProfile, declared: FieldPlan): SourceColumnPlan => ({
  name,
  field: declared,
  ...(unit !== undefined && required(declared).kind === 'time' && { unit }),
})

const notInferred = (name: string, matches: readonly Match[]): MillraceError =>
  new MillraceError('MAPPING_NOT_INFERRED', 'no declared event fits the columns of the file', {
    at: name,
    expected: matches.map(({ event, lacking }) => `'${event}' (lacks ${lacking.join(', ')})`).join(', ') || 'an event that is declared',
    hint: 'declare a mapping, or import with --infer in an empty project to have definitions proposed',
  })

const textOf = ({
  name,
  match,
  others,
  profiles,
}: {
  name: string
  match: Match
  others: readonly string[]
  profiles: readonly ColumnProfile[]
}): string => {
  const used = new Set(match.columns.values())
  const unused = profiles.filter((profile) => !used.has(profile)).map((profile) => profile.name)
  const width = Math.max(...[...match.columns.values()].map((profile) => profile.name.length))
  const lines = [...match.columns].map(([field, profile]) => {
    const unit = profile.unit === undefined ? '' : `, in ${profile.unit}`
    return `  ${profile.name.padEnd(width)} → ${field} (${describe(match.plan.data[field]!)}${unit})`
  })
  return [
    `mapping '${name}': each row becomes one '${match.event}'`,
    ...lines,
    ...(unused.length > 0 ? [`  not read: ${unused.join(', ')}`] : []),
    ...(others.length > 0 ? [`  would fit too: ${others.join(', ')}`] : []),
    ...(match.plan.id === undefined ? [`  ids: ${name}:ROW`] : []),
    '  only one event for each row is ever proposed: where rows are several events, or of several types, declare a mapping',
  ].join('\n')
}
