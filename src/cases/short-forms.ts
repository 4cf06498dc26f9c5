/** A case's `project`, in short forms or in the plan's own, as a plan; and what its tree fetches. */

import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import {
  type AggregateName,
  type BehaviourPlan,
  type ConditionPlan,
  type EventPlan,
  type FeatureOptions,
  type FeaturePlan,
  type FetchPlan,
  type FetchSort,
  type LinksPlan,
  type MemberPlan,
  type MergePlan,
  type Named,
  type ProjectPlan,
  planFormat,
  type StatePlan,
  type WindowsPlan,
} from '../model/plan.ts'
import { durationMs } from '../model/window.ts'
import { schemaOf } from './field-text.ts'
import { at, countOf, entriesOf, flagOf, given, invalid, isMapping, listOf, type Part, partOf, textOf, textsOf } from './shape.ts'

export interface CaseProject {
  readonly plan: ProjectPlan
  readonly fetch: Named<FetchPlan>
  /** Body of main, as a function of `{ root, time, …fetched }`. */
  readonly main?: string
}

const projectKeys = ['format', 'events', 'windows', 'states', 'behaviours', 'links', 'fetch', 'main']

export const projectOf = (value: unknown, path: string): CaseProject => {
  const part = partOf(value, path, projectKeys)
  const plan: ProjectPlan = {
    format: planFormat,
    events: named(part, 'events', eventOf),
    windows: named(part, 'windows', windowsOf),
    states: named(part, 'states', stateOf),
    behaviours: named(part, 'behaviours', behaviourOf),
    links: named(part, 'links', linksOf),
    jobs: {},
  }
  const main = given(part, 'main')
  const fetch = given(part, 'fetch') === undefined ? fetchOfAll(plan, path) : named(part, 'fetch', fetchOf)
  return { plan, fetch, ...(main !== undefined && { main: textOf(main, at(part, 'main')) }) }
}

const named = <T>(part: Part, name: string, make: (value: unknown, path: string) => T): Named<T> =>
  Object.fromEntries(entriesOf(part, name).map(([key, value, path]) => [key, make(value, path)]))

const eventKeys = ['kind', 'subject', 'time', 'seq', 'id', 'version', 'rows', 'stream', 'core', 'callAppends', 'data', 'aliases']

const eventOf = (value: unknown, path: string): EventPlan => {
  const part = partOf(value, path, eventKeys)
  const data = schemaOf(given(part, 'data'), at(part, 'data'))
  const fieldName = (name: string, field: string) => {
    if (Object.hasOwn(data, field)) return field
    throw new MillraceError('FIELD_UNKNOWN', 'no such field', {
      at: at(part, name),
      value: field,
      hint: didYouMean(field, Object.keys(data)),
    })
  }
  const field = (name: string) => fieldName(name, textOf(given(part, name), at(part, name), 'the name of a field'))
  const has = (name: string) => given(part, name) !== undefined
  return {
    kind: oneOf(given(part, 'kind') ?? 'action', ['action', 'state'], at(part, 'kind')),
    subject: field('subject'),
    time: field('time'),
    rows: oneOf(given(part, 'rows') ?? 'changes', ['changes', 'facts'], at(part, 'rows')),
    data,
    ...(has('seq') && { seq: field('seq') }),
    ...(has('version') && { version: field('version') }),
    ...(has('id') && { id: textsOf(given(part, 'id'), at(part, 'id')).map((name) => fieldName('id', name)) }),
    ...(has('callAppends') && { callAppends: flagOf(given(part, 'callAppends'), at(part, 'callAppends')) }),
    ...(has('aliases') && { aliases: named(part, 'aliases', textsOf) }),
  }
}

const oneOf = <const T extends string>(value: unknown, known: readonly T[], path: string): T => {
  const found = known.find((name) => name === value)
  if (found !== undefined) return found
  throw invalid(path, 'not one of them', value, known.join(', '))
}

/** `payment`, `{ event, where, columns }`, or a list of these. */
const membersOf = (value: unknown, path: string): readonly MemberPlan[] =>
  Array.isArray(value) ? value.map((member, i) => memberOf(member, `${path}[${i}]`)) : [memberOf(value, path)]

const memberOf = (value: unknown, path: string): MemberPlan => {
  if (!isMapping(value)) return { event: textOf(value, path, 'the name of an event, or { event, where, columns }') }
  const part = partOf(value, path, ['event', 'where', 'columns'])
  const where = given(part, 'where')
  return {
    event: textOf(given(part, 'event'), at(part, 'event')),
    ...(where !== undefined && { where: conditionOf(where, at(part, 'where')) }),
    ...(given(part, 'columns') !== undefined && { columns: named(part, 'columns', (name, inner) => textOf(name, inner)) }),
  }
}

const comparisons = ['is', 'not', 'below', 'atMost', 'above', 'atLeast', 'startsWith', 'contains'] as const
const conditionOps = [...comparisons, 'in', 'isNull', 'and', 'or', 'not-of'] as const

const conditionOf = (value: unknown, path: string): ConditionPlan => {
  const part = partOf(value, path, ['op', 'column', 'value', 'values', 'other', 'of'])
  const op = oneOf(given(part, 'op'), conditionOps, at(part, 'op'))
  const inner = given(part, 'of')
  if (op === 'and' || op === 'or')
    return { op, of: listOf(inner, at(part, 'of')).map((one, i) => conditionOf(one, `${at(part, 'of')}[${i}]`)) }
  if (op === 'not-of') return { op, of: conditionOf(Array.isArray(inner) && inner.length === 1 ? inner[0] : inner, at(part, 'of')) }
  const column = textOf(given(part, 'column'), at(part, 'column'), 'the name of a column')
  if (op === 'isNull') return { op, column }
  if (op === 'in')
    return { op, column, values: listOf(given(part, 'values'), at(part, 'values')).map((one) => literalOf(one, at(part, 'values'))) }
  const other = given(part, 'other')
  if (other !== undefined) return { op, column, other: textOf(other, at(part, 'other')) }
  return { op, column, value: literalOf(given(part, 'value'), at(part, 'value')) }
}

const literalOf = (value: unknown, path: string): string | number | boolean => {
  if (typeof value === 'bigint') return `${value}`
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw invalid(path, 'not a literal', value, 'text, a number, true or false (isNull asks for null)')
}

const featureKeys = ['aggregate', 'column', 'options', 'where', 'groupBy', 'over', 'default']
const optionKeys = ['limit', 'k', 'percent', 'bounds', 'per', 'halfLife', 'sketched']

const featureOf = (value: unknown, path: string): FeaturePlan => {
  const part = partOf(value, path, featureKeys)
  const aggregate = textOf(given(part, 'aggregate'), at(part, 'aggregate'), 'the name of an aggregate') as AggregateName // judged with the definition
  const has = (name: string) => given(part, name) !== undefined
  const name = (key: string) => textOf(given(part, key), at(part, key), 'the name of a column')
  return {
    aggregate,
    ...(has('column') && { column: name('column') }),
    ...(has('options') && { options: optionsOf(given(part, 'options'), at(part, 'options')) }),
    ...(has('where') && { where: conditionOf(given(part, 'where'), at(part, 'where')) }),
    ...(has('groupBy') && { groupBy: name('groupBy') }),
    ...(has('over') && { over: overOf(part) }),
    ...(has('default') && { default: given(part, 'default') }),
  }
}

/** Bounds of a histogram are numbers, however many digits they were written with. */
const optionsOf = (value: unknown, path: string): FeatureOptions => {
  const { bounds, ...others } = partOf(value, path, optionKeys).values
  return bounds === undefined ? others : { ...others, bounds: listOf(bounds, `${path}.bounds`).map(Number) }
}

/** Windows as they are written: what is none is refused with the definition. */
const overOf = (part: Part): readonly string[] => textsOf(given(part, 'over'), at(part, 'over'))

const mergeUnits = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const

const mergeOf = (value: unknown, path: string): MergePlan => {
  if (!isMapping(value)) return { unit: oneOf(value, mergeUnits, path) }
  const part = partOf(value, path, ['unit', 'olderThan'])
  const olderThan = given(part, 'olderThan')
  const unit = oneOf(given(part, 'unit'), mergeUnits, at(part, 'unit'))
  return olderThan === undefined ? { unit } : { unit, olderThan: durationOf(olderThan, at(part, 'olderThan')) }
}

const durationOf = (value: unknown, path: string): string => {
  const duration = textOf(value, path, "a duration such as '15m'")
  durationMs(duration)
  return duration
}

const windowsOf = (value: unknown, path: string): WindowsPlan => {
  const part = partOf(value, path, ['of', 'by', 'over', 'zone', 'weekStart', 'includeRoot', 'merge', 'features'])
  const has = (name: string) => given(part, name) !== undefined
  return {
    of: membersOf(given(part, 'of'), at(part, 'of')),
    by: textsOf(given(part, 'by'), at(part, 'by')),
    over: overOf(part),
    includeRoot: flagOf(given(part, 'includeRoot') ?? false, at(part, 'includeRoot')),
    features: named(part, 'features', featureOf),
    ...(has('zone') && { zone: textOf(given(part, 'zone'), at(part, 'zone')) }),
    ...(has('weekStart') && { weekStart: countOf(given(part, 'weekStart'), at(part, 'weekStart')) }),
    ...(has('merge') && { merge: mergeOf(given(part, 'merge'), at(part, 'merge')) }),
  }
}

const stateOf = (value: unknown, path: string): StatePlan => {
  const part = partOf(value, path, ['of', 'by', 'last'])
  const [of, another] = membersOf(given(part, 'of'), at(part, 'of'))
  if (of === undefined || another !== undefined) throw invalid(at(part, 'of'), 'not one event', given(part, 'of'), 'one event')
  return { of, by: textOf(given(part, 'by'), at(part, 'by')), last: countOf(given(part, 'last') ?? 1, at(part, 'last')) }
}

const behaviourOf = (value: unknown, path: string): BehaviourPlan => {
  const part = partOf(value, path, ['of', 'by', 'last', 'within'])
  return { of: membersOf(given(part, 'of'), at(part, 'of')), by: textOf(given(part, 'by'), at(part, 'by')), ...boundsOf(part) }
}

const linksOf = (value: unknown, path: string): LinksPlan => {
  const part = partOf(value, path, ['of', 'from', 'to', 'last', 'within'])
  const name = (key: string) => textOf(given(part, key), at(part, key))
  return { of: membersOf(given(part, 'of'), at(part, 'of')), from: name('from'), to: name('to'), ...boundsOf(part) }
}

const boundsOf = (part: Part): { readonly last: number; readonly within?: string } => {
  const within = given(part, 'within')
  const last = countOf(given(part, 'last'), at(part, 'last'))
  return within === undefined ? { last } : { last, within: durationOf(within, at(part, 'within')) }
}

/** Without `fetch`, everything defined is fetched under its own name. */
const fetchOfAll = (plan: ProjectPlan, path: string): Named<FetchPlan> => {
  const fetch: Record<string, FetchPlan> = {}
  const rooms = { windows: plan.windows, state: plan.states, behaviour: plan.behaviours, links: plan.links }
  for (const [sort, definitions] of Object.entries(rooms)) {
    for (const name of Object.keys(definitions)) {
      if (Object.hasOwn(fetch, name)) throw invalid(path, 'a name defined twice', name, 'a different name for each definition')
      fetch[name] = { sort: sort as FetchSort, of: name }
    }
  }
  return fetch
}

/** `{ windows: spend, at: { user: payer } }`, or as the plan has it: `{ sort, of, at }`. */
const fetchOf = (value: unknown, path: string): FetchPlan => {
  const sorts: readonly FetchSort[] = ['windows', 'state', 'behaviour', 'links']
  const part = partOf(value, path, ['sort', 'of', 'at', ...sorts])
  const short = sorts.find((sort) => given(part, sort) !== undefined)
  const sort = short ?? oneOf(given(part, 'sort'), sorts, at(part, 'sort'))
  const key = short ?? 'of'
  const redirected = given(part, 'at')
  return {
    sort,
    of: textOf(given(part, key), at(part, key)),
    ...(redirected !== undefined && { at: named(part, 'at', (field, inner) => textOf(field, inner)) }),
  }
}
