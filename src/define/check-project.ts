import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { type FieldPlan, fieldAt, required, type SchemaPlan } from '../model/field.ts'
import type { FetchPlan, FetchSort, JobPlan, MemberPlan, Named, OutputPlan, ProjectPlan, TriggerPlan } from '../model/plan.ts'
import { unknownColumn } from './check.ts'
import { columnsOf } from './conditions.ts'

/**
 * Checks that every name in a plan means something in it: event types, fields, dimensions, fetches. For plans however they
 * were made: by builders, or as JSON. What one definition says of itself is checked where it is built or compiled.
 * Throws EVENT_UNKNOWN, EVENT_KIND_WRONG, DEFINITION_UNKNOWN, COLUMN_UNKNOWN, FIELD_UNKNOWN, FIELD_KIND_WRONG, DIMENSION_UNKNOWN.
 */
export const checkProject = (plan: ProjectPlan): void => {
  for (const [name, { of, by, features }] of Object.entries(plan.windows)) {
    const at = `windows '${name}'`
    for (const row of of.map((member) => rowOfMember(at, plan, member))) {
      for (const column of by) columnIn(`${at}, by`, row, column)
      for (const [feature, { column, groupBy, where }] of Object.entries(features)) {
        for (const path of [column, groupBy, ...columnsOf(where)])
          if (path !== undefined) columnIn(`${at}, feature '${feature}'`, row, path)
      }
    }
  }
  for (const [name, state] of Object.entries(plan.states)) checkState(`state '${name}'`, plan, state)
  for (const [name, { of, by }] of Object.entries(plan.behaviours)) checkMembers(`behaviour '${name}'`, plan, of, [by])
  for (const [name, { of, from, to }] of Object.entries(plan.links)) checkMembers(`links '${name}'`, plan, of, [from, to])
  for (const [name, job] of Object.entries(plan.jobs)) checkJob(`job '${name}'`, plan, job)
}

const checkState = (at: string, plan: ProjectPlan, { of, by }: ProjectPlan['states'][string]): void => {
  checkMembers(at, plan, [of], [by])
  const { kind } = plan.events[of.event]!
  if (kind === 'state') return
  throw new MillraceError('EVENT_KIND_WRONG', `event '${of.event}' sets no state`, { at, value: kind, expected: 'state' })
}

const checkMembers = (at: string, plan: ProjectPlan, members: readonly MemberPlan[], columns: readonly string[]): void => {
  for (const member of members) {
    const row = rowOfMember(at, plan, member)
    for (const column of columns) columnIn(at, row, column)
  }
}

/** The columns that a definition sees of one member. */
const rowOfMember = (at: string, plan: ProjectPlan, { event, where, columns }: MemberPlan): SchemaPlan => {
  const { data } = named(at, 'event', plan.events, event)
  for (const path of columnsOf(where)) columnIn(`${at}, event '${event}'`, data, path)
  if (columns === undefined) return data
  return Object.fromEntries(Object.entries(columns).map(([name, path]) => [name, columnIn(`${at}, event '${event}'`, data, path)]))
}

const columnIn = (at: string, row: SchemaPlan, path: string): FieldPlan => {
  const field = fieldAt(row, path)
  if (field !== undefined) return field
  return unknownColumn(at, path, Object.keys(row))
}

const named = <T>(at: string, sort: string, known: Named<T>, name: string): T => {
  if (Object.hasOwn(known, name)) return known[name]!
  throw new MillraceError(sort === 'event' ? 'EVENT_UNKNOWN' : 'DEFINITION_UNKNOWN', `there is no ${sort} '${name}'`, {
    at,
    hint: didYouMean(name, Object.keys(known)),
  })
}

const checkJob = (at: string, plan: ProjectPlan, job: JobPlan): void => {
  const roots = rootsOf(`${at}, on`, plan, job.on)
  for (const [name, fetch] of Object.entries(job.fetch)) checkFetch(`${at}, fetch '${name}'`, plan, fetch, roots)
  for (const output of job.output) checkOutput(`${at}, output`, output, roots)
}

/** The fields that each sort of root of a trigger has. */
const rootsOf = (at: string, plan: ProjectPlan, trigger: TriggerPlan): readonly SchemaPlan[] => {
  switch (trigger.on) {
    case 'event':
      return [rowOfMember(at, plan, trigger)]
    case 'anyOf':
      return trigger.parts.flatMap((part) => rootsOf(at, plan, part))
    case 'request':
      return [trigger.data]
    case 'delay':
      return rootsOf(at, plan, trigger.of)
    case 'absence':
      return keyed(at, trigger.by, rootsOf(at, plan, trigger.of), rootsOf(at, plan, trigger.after))
    case 'sequence':
      return keyed(at, trigger.by, ...trigger.steps.map((step) => rootsOf(at, plan, step)))
    case 'schedule':
      return [{ [trigger.each]: { kind: 'entity', name: trigger.each } }]
  }
}

/** Steps that one field must hold together; the root is the last's. */
const keyed = (at: string, by: string, ...steps: readonly (readonly SchemaPlan[])[]): readonly SchemaPlan[] => {
  for (const row of steps.flat()) columnIn(at, row, by)
  return steps.at(-1)!
}

const definitionsOf: { readonly [S in FetchSort]: 'windows' | 'states' | 'behaviours' | 'links' } = {
  windows: 'windows',
  state: 'states',
  behaviour: 'behaviours',
  links: 'links',
}

/** A fetch's definition: its members, and the columns that its key is looked up by. */
const fetchedBy = (
  at: string,
  plan: ProjectPlan,
  { sort, of }: FetchPlan,
): { readonly of: readonly MemberPlan[]; readonly by: readonly string[] } => {
  const definition = named(at, sort, plan[definitionsOf[sort]] as Named<object>, of) as {
    readonly of: MemberPlan | readonly MemberPlan[]
    readonly by?: string | readonly string[]
    readonly from?: string
  }
  return { of: [definition.of].flat(), by: [definition.by ?? definition.from!].flat() }
}

const checkFetch = (at: string, plan: ProjectPlan, fetch: FetchPlan, roots: readonly SchemaPlan[]): void => {
  const { of, by } = fetchedBy(at, plan, fetch)
  for (const dimension of Object.keys(fetch.at ?? {})) {
    if (!by.includes(dimension)) {
      throw new MillraceError('DIMENSION_UNKNOWN', `there is no dimension '${dimension}'`, { at, hint: didYouMean(dimension, by) })
    }
  }
  const row = rowOfMember(at, plan, of[0]!)
  for (const dimension of by) checkKey(at, columnIn(at, row, dimension), fetch.at?.[dimension] ?? dimension, roots)
}

/** A root without the field reads no events; but where no root has it, the fetch could never read any. */
const checkKey = (at: string, dimension: FieldPlan, path: string, roots: readonly SchemaPlan[]): void => {
  const fields = roots.map((root) => fieldAt(root, path)).filter((field) => field !== undefined)
  if (fields.length === 0) {
    const known = new Set(roots.flatMap((root) => Object.keys(root)))
    throw new MillraceError('FIELD_UNKNOWN', `the root has no field '${path}'`, {
      at,
      hint: `${didYouMean(path, known)}; or point it elsewhere with at`,
    })
  }
  for (const field of fields) {
    if (keySort(field) === keySort(dimension)) continue
    throw new MillraceError('FIELD_KIND_WRONG', `'${path}' names another sort of thing`, {
      at,
      value: keySort(field),
      expected: keySort(dimension),
    })
  }
}

const keySort = (field: FieldPlan): string => {
  const inner = required(field)
  return inner.kind === 'entity' ? `entity ${inner.name}` : inner.kind
}

const checkOutput = (at: string, output: OutputPlan, roots: readonly SchemaPlan[]): void => {
  if (output.to !== 'features') return
  for (const root of roots) {
    const { kind } = required(columnIn(at, root, output.by))
    if (kind !== 'entity')
      throw new MillraceError('FIELD_KIND_WRONG', `'${output.by}' names no entity`, { at, value: kind, expected: 'entity' })
  }
}
