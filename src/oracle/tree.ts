/** The whole tree below one root, from all versions of all events: docs/semantics.md from its first line to its last, by plain loops. */
import { assert, unreachable } from '../base/assert.ts'
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { EventVersion, Read } from '../model/event.ts'
import type { SchemaPlan } from '../model/field.ts'
import type { BehaviourPlan, FetchPlan, LinksPlan, Named, ProjectPlan, StatePlan, WindowsPlan } from '../model/plan.ts'
import type { Data, Value } from '../model/value.ts'
import { durationMs } from '../model/window.ts'
import { type Cell, cellAt, isSame } from './cell.ts'
import { leaf, record, type TreeNode, text, whole } from './node.ts'
import { existing } from './order.ts'
import { eventPlan, type Row, rowsOf } from './rows.ts'
import { windowsNode } from './windows.ts'

export type OracleRoot =
  | { readonly sort: 'event'; readonly type: string; readonly id: string }
  | { readonly sort: 'request'; readonly time: number; readonly schema: SchemaPlan; readonly data: Data; readonly subject?: string }

export interface OracleQuestion {
  readonly plan: ProjectPlan
  /** Every version of every event, in the order of recording. */
  readonly versions: readonly EventVersion[]
  readonly root: OracleRoot
  readonly fetch: Named<FetchPlan>
  readonly read: Read
  readonly asOf: 'event' | 'arrival'
}

/** What the rest of a tree is computed from, once the root is found. */
interface Scene {
  readonly plan: ProjectPlan
  readonly time: number
  /** The root's event, where it is one. */
  readonly event: EventVersion | undefined
  /** The root's own field of a name or path. */
  readonly own: (path: string) => Cell | undefined
  /** What exists for the read, in order, the root excepted: with `time < T`, and for `arrival` whatever its time. */
  readonly before: readonly EventVersion[]
  readonly fetched: readonly EventVersion[]
}

/** One fetch's node, and what `meta` says of it. */
interface Fetched {
  readonly node: TreeNode
  readonly meta?: { readonly [name: string]: TreeNode }
}

/** Throws ROOT_NOT_FOUND, NUMBER_OVERFLOW, and FIELD_UNKNOWN and the like for a plan that names what is not there. */
export const oracleTree = (question: OracleQuestion): TreeNode => {
  const { node, scene } = sceneOf(question)
  const fetches = Object.entries(question.fetch).map(([name, fetch]) => [name, fetched(fetch, scene)] as const)
  const notes = fetches.flatMap(([name, { meta }]) => (meta === undefined ? [] : [[name, record(meta)] as const]))
  return record({
    ...Object.fromEntries(fetches.map(([name, part]) => [name, part.node])),
    ...(notes.length > 0 && { meta: record(Object.fromEntries(notes)) }),
    root: node,
    time: leaf({ kind: 'time' }, scene.time),
  })
}

/** Where a bound of `last` left some of `all` out. */
const bounded = (node: TreeNode, all: number, last: number): Fetched =>
  all > last ? { node, meta: { last: whole(last), cut: leaf({ kind: 'boolean' }, true) } } : { node }

const sceneOf = ({ plan, versions, root, read, asOf }: OracleQuestion): { readonly node: TreeNode; readonly scene: Scene } => {
  const exists = existing(versions, read)
  const event = root.sort === 'event' ? exists.find(({ type, id }) => type === root.type && id === root.id) : undefined
  if (root.sort === 'event' && event === undefined) {
    throw new MillraceError('ROOT_NOT_FOUND', 'no such event exists for this read', { value: `${root.type} ${root.id}` })
  }
  const time = root.sort === 'event' ? event!.time : root.time
  const schema = root.sort === 'event' ? eventPlan(plan.events, root.type).data : root.schema
  const data = root.sort === 'event' ? event!.data : root.data
  const others = exists.filter((other) => other !== event)
  const before = others.filter((other) => other.time < time)
  const scene = {
    plan,
    time,
    event,
    own: (path: string) => cellAt(schema, data, path),
    before,
    fetched: asOf === 'arrival' ? others : before,
  }
  return {
    node: event === undefined ? requestNode(time, schema, data, (root as { subject?: string }).subject) : eventNode(plan, event),
    scene,
  }
}

const eventNode = (plan: ProjectPlan, { type, id, subject, time, data }: EventVersion): TreeNode =>
  record({
    type: text(type),
    id: text(id),
    subject: text(subject),
    time: leaf({ kind: 'time' }, time),
    data: leaf({ kind: 'object', fields: eventPlan(plan.events, type).data }, data),
  })

/** A request that was not recorded has no id, and a subject only where its plan names one. */
const requestNode = (time: number, fields: SchemaPlan, data: Data, subject: string | undefined): TreeNode =>
  record({
    type: text('request'),
    id: text(null),
    subject: text(subject ?? null),
    time: leaf({ kind: 'time' }, time),
    data: leaf({ kind: 'object', fields }, data),
  })

const fetched = (fetch: FetchPlan, scene: Scene): Fetched => {
  const { plan } = scene
  switch (fetch.sort) {
    case 'windows':
      return windowsFetch(definition(plan.windows, fetch), fetch, scene)
    case 'state':
      return stateFetch(definition(plan.states, fetch), fetch, scene)
    case 'behaviour':
      return behaviourFetch(definition(plan.behaviours, fetch), fetch, scene)
    case 'links':
      return linksFetch(definition(plan.links, fetch), fetch, scene)
    default:
      return unreachable(fetch.sort)
  }
}

const definition = <T>(named: Named<T>, { sort, of }: FetchPlan): T => {
  const found = Object.hasOwn(named, of) ? named[of] : undefined
  if (found !== undefined) return found
  throw new MillraceError('DEFINITION_UNKNOWN', `no such ${sort} definition`, { value: of, hint: didYouMean(of, Object.keys(named)) })
}

/** What the root asks for: a value for each dimension, null where it has none. */
const askedKey = (dimensions: readonly string[], fetch: FetchPlan, scene: Scene): readonly Value[] =>
  dimensions.map((dimension) => scene.own(fetch.at?.[dimension] ?? dimension)?.value ?? null)

const hasKey = (row: Row, dimensions: readonly string[], key: readonly Value[]): boolean =>
  dimensions.every((dimension, i) => isSame(row.cell(dimension).value, key[i]!))

const windowsFetch = (windows: WindowsPlan, fetch: FetchPlan, scene: Scene): Fetched => {
  const key = askedKey(windows.by, fetch, scene)
  const rowsAmong = (events: readonly EventVersion[]) =>
    rowsOf(windows.of, scene.plan.events, events).filter((row) => hasKey(row, windows.by, key))
  const root = windows.includeRoot && scene.event !== undefined ? rowsAmong([scene.event]) : []
  const node = windowsNode(windows, scene.plan.events, { before: rowsAmong(scene.before), root, time: scene.time })
  return windows.merge === undefined ? { node } : { node, meta: { granularity: text(windows.merge.unit) } }
}

/** Rows of one key for states, behaviours and links, from `within` before T on. */
const rowsFor = (definition: BehaviourPlan, fetch: FetchPlan, scene: Scene): readonly Row[] => {
  const key = askedKey([definition.by], fetch, scene)
  const from = definition.within === undefined ? Number.NEGATIVE_INFINITY : scene.time - durationMs(definition.within)
  return rowsOf(definition.of, scene.plan.events, scene.fetched).filter(
    (row) => row.event.time >= from && hasKey(row, [definition.by], key),
  )
}

const eventsOf = (rows: readonly Row[]): readonly EventVersion[] => [...new Set(rows.map((row) => row.event))]

const stateFetch = ({ of, by, last }: StatePlan, fetch: FetchPlan, scene: Scene): Fetched => {
  const latest = eventsOf(rowsFor({ of: [of], by, last }, fetch, scene)).slice(-last)
  const nodes = latest.map((event) => eventNode(scene.plan, event))
  return { node: last > 1 ? { items: nodes } : (nodes[0] ?? text(null)) }
}

const behaviourFetch = (behaviour: BehaviourPlan, fetch: FetchPlan, scene: Scene): Fetched => {
  const events = eventsOf(rowsFor(behaviour, fetch, scene))
  const latest = events.slice(-behaviour.last)
  return bounded({ items: latest.map((event) => eventNode(scene.plan, event)) }, events.length, behaviour.last)
}

const linksFetch = ({ of, from, to, last, within }: LinksPlan, fetch: FetchPlan, scene: Scene): Fetched => {
  const rows = rowsFor({ of, by: from, last, ...(within !== undefined && { within }) }, fetch, scene).filter(
    (row) => row.cell(to).value !== null,
  )
  const keys = [...new Set(rows.toReversed().map((row) => row.cell(to).value))] // by their latest event, that one first
  const nodes = keys.map((key) =>
    linkNode(
      rows.filter((row) => row.cell(to).value === key),
      to,
    ),
  )
  return bounded({ items: nodes.slice(0, last) }, nodes.length, last)
}

const linkNode = (rows: readonly Row[], to: string): TreeNode => {
  const events = eventsOf(rows)
  assert(events.length > 0, 'a link is made by an event')
  const { field, value } = rows[0]!.cell(to)
  return record({
    key: leaf(field, value),
    events: whole(events.length),
    firstTime: leaf({ kind: 'time' }, events[0]!.time),
    lastTime: leaf({ kind: 'time' }, events.at(-1)!.time),
  })
}
