/** Ad-hoc reads: one definition's windows, events by key, a root's tree (F5). */
import { MillraceError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import { coerce, isMisfit } from '../../model/coerce.ts'
import { type FieldPlan, fieldAt, type SchemaPlan } from '../../model/field.ts'
import { dataToJson, type Json } from '../../model/json.ts'
import type { EventPlan, ProjectPlan } from '../../model/plan.ts'
import type { Data, Value } from '../../model/value.ts'
import { type CompiledTree, compileTree } from '../../tree/compile.ts'
import { createFrame } from '../../tree/fetch.ts'
import { findRoot, type Root, requestType } from '../../tree/root.ts'
import { parseMoment, parseRead, type ReadOptions } from '../moments.ts'
import type { Platform } from '../platform.ts'
import { checkWhole } from './input.ts'

export interface WindowsQuery extends ReadOptions {
  readonly windows: string
  /** A value for each dimension. */
  readonly key: { readonly [dimension: string]: unknown }
  /** All, unless named. */
  readonly features?: readonly string[]
  readonly at?: unknown
}

type JsonObject = { readonly [name: string]: Json }

/** Feature → window → value. Throws WINDOWS_UNKNOWN, FEATURE_UNKNOWN, KEY_INVALID, TIME_INVALID, READ_INVALID. */
export const queryWindows = async (platform: Platform, query: WindowsQuery): Promise<JsonObject> => {
  const { plan } = platform.project
  const definition = named(plan.windows, query.windows, 'WINDOWS_UNKNOWN', 'windows definition')
  if (query.features !== undefined && !Array.isArray(query.features)) {
    throw new MillraceError('REQUEST_INVALID', 'the features asked for are not a list', {
      at: 'features',
      value: query.features,
      expected: 'a list of names',
    })
  }
  for (const feature of query.features ?? []) named(definition.features, feature, 'FEATURE_UNKNOWN', 'feature')
  const tree = compileTree(plan, { it: { sort: 'windows', of: query.windows } }, [])
  const time = query.at === undefined ? platform.now() : parseMoment(query.at, 'at')
  const data = keyData(plan, query, definition.by)
  const frame = createFrame(tree)
  await frame.fetch(platform.source, {
    root: { type: requestType, id: null, subject: null, time, data },
    read: parseRead(query),
    asOf: 'event',
  })
  const node = frame.toJson()['it'] as JsonObject
  return query.features === undefined ? node : Object.fromEntries(query.features.map((feature) => [feature, node[feature]!]))
}

const named = <T>(definitions: { readonly [name: string]: T }, name: string, code: Uppercase<string>, sort: string): T => {
  const found = Object.hasOwn(definitions, name) ? definitions[name] : undefined
  if (found === undefined)
    throw new MillraceError(code, `there is no such ${sort}`, { value: name, hint: didYouMean(name, Object.keys(definitions)) })
  return found
}

const checkKey = (key: unknown, names: readonly string[]): void => {
  if (typeof key === 'object' && key !== null && !Array.isArray(key)) return
  throw new MillraceError('KEY_INVALID', 'the key is not an object', { at: 'key', value: key ?? null, expected: `{ ${names.join(', ')} }` })
}

/** The key as the dimensions' declared fields hold it. */
const keyData = (plan: ProjectPlan, { windows, key }: WindowsQuery, by: readonly string[]): Data => {
  checkKey(key, by)
  const unknown = Object.keys(key).find((name) => !by.includes(name))
  if (unknown !== undefined)
    throw new MillraceError('KEY_INVALID', 'the definition has no such dimension', {
      at: `key.${unknown}`,
      value: key[unknown],
      hint: didYouMean(unknown, by),
    })
  return Object.fromEntries(
    by.map((dimension) => [dimension, keyValue(dimensionField(plan, windows, dimension), key[dimension], dimension)]),
  )
}

const dimensionField = (plan: ProjectPlan, windows: string, dimension: string): FieldPlan => {
  const [member] = plan.windows[windows]!.of
  return fieldAt(plan.events[member!.event]!.data, member!.columns?.[dimension] ?? dimension)!
}

const keyValue = (field: FieldPlan, raw: unknown, at: string): Value => {
  const coerced = coerce(field, typeof raw === 'string' ? fromText(field, raw) : raw, `key.${at}`)
  if (!isMisfit(coerced)) return coerced.value
  throw new MillraceError('KEY_INVALID', `the key does not fit (${coerced.misfit})`, {
    at: coerced.at,
    value: coerced.value,
    expected: coerced.expected,
  })
}

/** Keys on a command line or in an address are text, whatever their field. */
const fromText = (field: FieldPlan, text: string): unknown => {
  if (field.kind === 'optional') return fromText(field.of, text)
  if (field.kind === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  return field.kind === 'int' || field.kind === 'double' ? (text.trim() === '' ? text : Number(text)) : text
}

export interface EventsQuery extends ReadOptions {
  readonly type: string
  readonly key: { readonly [field: string]: unknown }
  readonly from?: unknown
  readonly at?: unknown
  readonly last?: number
}

/** So many events are shown unless it is said. */
export const defaultLast = 100

/** Events in time order, as a tree shows them. Throws EVENT_UNKNOWN, KEY_INVALID and as above. */
export const queryEvents = async (platform: Platform, query: EventsQuery): Promise<readonly JsonObject[]> => {
  const { last = defaultLast } = query
  const event = eventPlan(platform.project.plan, query.type)
  checkWhole('last', last)
  checkKey(query.key, Object.keys(event.data))
  if (Object.keys(query.key).length === 0)
    throw new MillraceError('KEY_INVALID', 'the key names no field', {
      at: 'key',
      value: query.key,
      expected: `a value for at least one of ${Object.keys(event.data).join(', ')}`,
    })
  const key = Object.fromEntries(Object.entries(query.key).map(([path, raw]) => [path, keyValue(keyField(event, path), raw, path)]))
  const events = await platform.center.events({
    types: [query.type],
    key,
    from: query.from === undefined ? -Infinity : parseMoment(query.from, 'from'),
    to: query.at === undefined ? Infinity : parseMoment(query.at, 'at'),
    read: parseRead(query),
    last,
  })
  return events.map(({ type, id, subject, time, data }) => ({ type, id, subject, time, data: dataToJson(data, event.data) }))
}

export const eventPlan = (plan: ProjectPlan, type: string): EventPlan => named(plan.events, type, 'EVENT_UNKNOWN', 'event type')

const keyField = (event: { readonly data: SchemaPlan }, path: string): FieldPlan => {
  const field = fieldAt(event.data, path)
  if (field === undefined)
    throw new MillraceError('KEY_INVALID', 'the event has no such field', {
      at: `key.${path}`,
      hint: didYouMean(path, Object.keys(event.data)),
    })
  return field
}

export interface TreeQuery extends ReadOptions {
  readonly type: string
  readonly id: string
  /** Whose fetches to show; without one, every definition that the root has keys for. */
  readonly job?: string
  /**
   * As of then, in place of the event's own time. The event is an event like any other then: it counts where it lies before
   * that moment, and no definition includes it as root.
   */
  readonly at?: unknown
}

/** The tree below an event. Throws ROOT_NOT_FOUND, JOB_UNKNOWN, TIME_INVALID, READ_INVALID. */
export const queryTree = async (platform: Platform, query: TreeQuery): Promise<JsonObject> => {
  const { plan } = platform.project
  const event = eventPlan(plan, query.type)
  const read = parseRead(query)
  const tree =
    query.job === undefined ? everything(plan, event) : compileTree(plan, named(plan.jobs, query.job, 'JOB_UNKNOWN', 'job').fetch, [])
  const frame = createFrame(tree)
  const found = await findRoot(platform.center, query.type, query.id, read)
  const root = query.at === undefined ? found : rootAt(found, parseMoment(query.at, 'at'))
  await frame.fetch(platform.source, { root, read, asOf: 'event' })
  return frame.toJson()
}

const rootAt = ({ event: _, ...root }: Root, time: number): Root => ({ ...root, time })

/** Every definition whose keys an event of this type has. */
const everything = (plan: ProjectPlan, event: EventPlan): CompiledTree => {
  const has = (fields: readonly string[]) => fields.every((field) => fieldAt(event.data, field) !== undefined)
  return compileTree(
    plan,
    Object.fromEntries([
      ...pick(plan.windows, ({ by }) => has(by), 'windows'),
      ...pick(plan.states, ({ by }) => has([by]), 'state'),
      ...pick(plan.behaviours, ({ by }) => has([by]), 'behaviour'),
      ...pick(plan.links, ({ from }) => has([from]), 'links'),
    ]),
    [],
  )
}

const pick = <T, S extends string>(definitions: { readonly [name: string]: T }, fits: (definition: T) => boolean, sort: S) =>
  Object.entries(definitions)
    .filter(([, definition]) => fits(definition))
    .map(([name]) => [name, { sort, of: name }] as const)
