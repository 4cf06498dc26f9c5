/** A case's roots: which event or request, read how, and what must come out. */
import { coerce, isMisfit } from '../model/coerce.ts'
import type { Read } from '../model/event.ts'
import { type FieldPlan, fieldAt, type SchemaPlan } from '../model/field.ts'
import type { Json } from '../model/json.ts'
import type { EventPlan, FetchPlan, MemberPlan, Named, ProjectPlan } from '../model/plan.ts'
import type { Data, Value } from '../model/value.ts'
import type { OracleRoot } from '../oracle/tree.ts'
import type { CaseRoot, Expected } from './engine.ts'
import { flagOf, given, invalid, isMapping, type Part, partOf, stampOf, textOf, timeOf } from './shape.ts'
import type { CaseProject } from './short-forms.ts'

const rootKeys = ['root', 'read', 'asOf', 'expect', 'exact', 'error', 'result', 'within']

export const rootOf = (value: unknown, project: CaseProject, path: string): CaseRoot => {
  const part = partOf(value, path, rootKeys)
  const asOf = given(part, 'asOf') ?? 'event'
  if (asOf !== 'event' && asOf !== 'arrival') throw invalid(`${path}.asOf`, 'not a time to see by', asOf, 'event or arrival')
  const expected = expectedOf(part)
  if (expected.result !== undefined && project.main === undefined)
    throw invalid(path, 'a result without a main', expected.result, "the project's main")
  const root = partOf(given(part, 'root'), `${path}.root`)
  return { name: nameOf(root.values), root: rootPartOf(root, project), read: readOf(given(part, 'read'), `${path}.read`), asOf, expected }
}

const nameOf = (values: Part['values']): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ')

const rootPartOf = (root: Part, project: CaseProject): OracleRoot => {
  const [[type, id] = ['', undefined], ...others] = Object.entries(root.values)
  const isEvent = others.length === 0 && Object.hasOwn(project.plan.events, type)
  if (isEvent && (typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint'))
    return { sort: 'event', type, id: String(id) }
  if (given(root, 'at') === undefined)
    throw invalid(root.at, 'not a root', root.values, '{ EVENT: id }, or a request: { at: time, key: value }')
  return requestOf(root, project)
}

/** A request's fields take their types from the dimensions they are keys of; others from events' fields of their name, or what they are. */
const requestOf = (root: Part, { plan, fetch }: CaseProject): OracleRoot => {
  const fields = Object.entries(root.values).filter(([name]) => name !== 'at')
  const schema: SchemaPlan = Object.fromEntries(fields.map(([name, value]) => [name, optional(fieldOfRequest(name, value, plan, fetch))]))
  const data: Data = Object.fromEntries(
    fields.map(([name, value]): [string, Value] => {
      const coerced = coerce(schema[name]!, value, name)
      if (isMisfit(coerced)) throw invalid(`${root.at}.${coerced.at}`, 'not a key', coerced.value, coerced.expected)
      return [name, coerced.value]
    }),
  )
  return { sort: 'request', time: timeOf(given(root, 'at'), `${root.at}.at`), schema, data }
}

const optional = (field: FieldPlan): FieldPlan => (field.kind === 'optional' ? field : { kind: 'optional', of: field })

const fieldOfRequest = (name: string, value: unknown, plan: ProjectPlan, fetch: Named<FetchPlan>): FieldPlan =>
  dimensionField(name, plan, fetch) ?? eventField(name, plan.events) ?? plainField(value)

const dimensionField = (name: string, plan: ProjectPlan, fetch: Named<FetchPlan>): FieldPlan | undefined => {
  for (const { sort, of, at } of Object.values(fetch)) {
    const { members, dimensions } = readBy(sort, of, plan)
    const dimension = dimensions.find((one) => (at?.[one] ?? one) === name)
    const member = members[0]
    const event = member === undefined ? undefined : plan.events[member.event]
    if (dimension === undefined || event === undefined) continue
    const field = fieldAt(event.data, member!.columns?.[dimension] ?? dimension)
    if (field !== undefined) return field
  }
  return undefined
}

const readBy = (
  sort: FetchPlan['sort'],
  of: string,
  plan: ProjectPlan,
): { members: readonly MemberPlan[]; dimensions: readonly string[] } => {
  const none = { members: [], dimensions: [] }
  if (sort === 'windows') return plan.windows[of] === undefined ? none : { members: plan.windows[of].of, dimensions: plan.windows[of].by }
  if (sort === 'links') return plan.links[of] === undefined ? none : { members: plan.links[of].of, dimensions: [plan.links[of].from] }
  if (sort === 'state') return plan.states[of] === undefined ? none : { members: [plan.states[of].of], dimensions: [plan.states[of].by] }
  return plan.behaviours[of] === undefined ? none : { members: plan.behaviours[of].of, dimensions: [plan.behaviours[of].by] }
}

const eventField = (name: string, events: Named<EventPlan>): FieldPlan | undefined =>
  Object.values(events).find((event) => Object.hasOwn(event.data, name))?.data[name]

const plainField = (value: unknown): FieldPlan => {
  if (typeof value === 'number') return { kind: Number.isInteger(value) ? 'int' : 'double' }
  return { kind: typeof value === 'boolean' ? 'boolean' : typeof value === 'bigint' ? 'int64' : 'string' }
}

const readOf = (value: unknown, path: string): Read => {
  if (value === undefined || value === 'corrected') return { as: 'corrected' }
  const [[as, cutoff] = ['', undefined], another] = isMapping(value) ? Object.entries(value) : []
  if ((as !== 'recorded' && as !== 'known') || another !== undefined)
    throw invalid(path, 'not a read', value, 'corrected, { recorded: stamp } or { known: stamp }')
  return { as, cutoff: stampOf(cutoff, `${path}.${as}`) }
}

const expectedOf = (part: Part): Expected => {
  const has = (name: string) => given(part, name) !== undefined
  const within = given(part, 'within')
  if (!has('expect') && !has('error') && !has('result'))
    throw invalid(part.at, 'nothing is expected', part.values, 'expect, result or error')
  if (has('error') && (has('expect') || has('result'))) throw invalid(part.at, 'both a value and an error are expected', part.values, 'one')
  if (within !== undefined && !(typeof within === 'number' && within > 0))
    throw invalid(`${part.at}.within`, 'not a tolerance', within, 'a number above 0')
  return {
    exact: flagOf(given(part, 'exact') ?? false, `${part.at}.exact`),
    ...(has('expect') && { tree: asJson(partOf(given(part, 'expect'), `${part.at}.expect`).values) }),
    ...(has('result') && { result: asJson(given(part, 'result')) }),
    ...(has('error') && { error: textOf(given(part, 'error'), `${part.at}.error`, 'an error code') }),
    ...(within !== undefined && { within: within as number }),
  }
}

/** A file's numbers as JSON reads them: a whole number beyond ±(2^53 − 1) is the double nearest to it. */
const asJson = (value: unknown): Json => {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(asJson)
  if (!isMapping(value)) return value as Json
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, asJson(part)]))
}
