/** States, behaviours and links below a root: bounded reads of whole events through the center's port. */

import { type Answer, allAnswers, andThen } from '../base/answer.ts'
import { valueAt } from '../model/cell.ts'
import type { EventVersion, Read } from '../model/event.ts'
import { compareEvents } from '../model/order.ts'
import type { BehaviourPlan, EventPlan, LinksPlan, Named, StatePlan } from '../model/plan.ts'
import type { Value } from '../model/value.ts'
import { durationMs } from '../model/window.ts'
import type { CenterReader } from '../store/center/port.ts'
import { compileMember, type Member } from './members.ts'

/** What one node is read for. */
export interface NodeMoment {
  readonly time: number
  readonly read: Read
  /** `arrival`: whatever the read holds, whatever its time. */
  readonly asOf: 'event' | 'arrival'
  /** The root itself, which is never below itself. */
  readonly root?: EventVersion
}

export interface NodeValue {
  readonly value: Value
  /** Whether the node's bound left something out. */
  readonly isCut: boolean
}

export interface EventNode {
  /** The definition's column that holds the key. */
  readonly by: string
  /** What it reads. */
  readonly members: readonly Member[]
  /** Types whose events it shows, for the tree's shape; none for links. */
  readonly types: readonly string[]
  /** Whether a bound of 1 gives the event itself instead of a list. */
  readonly isOne: boolean
  /** The bound, for the report of what was cut. */
  readonly last: number
  /** How far back before T it looks, in milliseconds; Infinity without end. */
  readonly reachMs: number
  /** Whether it shows events as they are: the latest `last` of `[T − reachMs, T)`. Links count them instead. */
  readonly showsEvents: boolean
  value(center: CenterReader, key: Value | null, moment: NodeMoment): Answer<NodeValue>
}

const nothing = -Infinity

export const compileState = (name: string, plan: StatePlan, events: Named<EventPlan>): EventNode => {
  const members = [compileMember(plan.of, events, `states.${name}`)]
  members[0]!.field(plan.by)
  return {
    by: plan.by,
    members,
    types: [plan.of.event],
    isOne: true,
    last: plan.last,
    reachMs: Infinity,
    showsEvents: true,
    value: (center, key, moment) =>
      andThen(latest(center, { members, by: plan.by, last: plan.last, from: nothing }, key, moment), (found) => ({
        value: plan.last === 1 ? (found.at(-1) ?? null) : found,
        isCut: false,
      })),
  }
}

export const compileBehaviour = (name: string, plan: BehaviourPlan, events: Named<EventPlan>): EventNode => {
  const members = plan.of.map((member) => compileMember(member, events, `behaviours.${name}`))
  for (const member of members) member.field(plan.by)
  const within = plan.within === undefined ? undefined : durationMs(plan.within)
  return {
    by: plan.by,
    members,
    types: typesOf(members),
    isOne: false,
    last: plan.last,
    reachMs: within ?? Infinity,
    showsEvents: true,
    value: (center, key, moment) => {
      const from = within === undefined ? nothing : moment.time - within
      return andThen(latest(center, { members, by: plan.by, last: plan.last + 1, from }, key, moment), (found) => ({
        value: found.slice(-plan.last),
        isCut: found.length > plan.last,
      }))
    },
  }
}

export const compileLinks = (name: string, plan: LinksPlan, events: Named<EventPlan>): EventNode => {
  const members = plan.of.map((member) => compileMember(member, events, `links.${name}`))
  for (const member of members) for (const column of [plan.from, plan.to]) member.field(column)
  const within = plan.within === undefined ? undefined : durationMs(plan.within)
  return {
    by: plan.from,
    members,
    types: [],
    isOne: false,
    last: plan.last,
    reachMs: within ?? Infinity,
    showsEvents: false,
    value: (center, key, moment) => {
      const from = within === undefined ? nothing : moment.time - within
      return andThen(rowsOf(center, { members, by: plan.from, from }, key, moment), (rows) => {
        const links = linked(rows, plan.to)
        return { value: links.slice(0, plan.last), isCut: links.length > plan.last }
      })
    },
  }
}

const typesOf = (members: readonly Member[]): readonly string[] => [...new Set(members.map(({ type }) => type))]

interface RowsRequest {
  readonly members: readonly Member[]
  readonly by: string
  readonly last?: number
  readonly from: number
}

interface Row {
  readonly member: Member
  readonly event: EventVersion
}

/** The events of all members in the total order; each member's own latest `last` where a bound is given. */
const rowsOf = (center: CenterReader, request: RowsRequest, key: Value | null, moment: NodeMoment): Answer<readonly Row[]> => {
  if (key === null) return []
  return andThen(allAnswers(request.members.map((member) => memberRows(center, member, { ...request, key }, moment))), (parts) =>
    parts.length === 1 ? parts[0]! : parts.flat().sort((a, b) => compareEvents(a.event, b.event)),
  )
}

const memberRows = (
  center: CenterReader,
  member: Member,
  request: RowsRequest & { readonly key: Value },
  moment: NodeMoment,
): Answer<readonly Row[]> => {
  const found = center.events({
    types: [member.type],
    key: { [member.path(request.by)]: request.key },
    from: request.from,
    to: moment.asOf === 'arrival' ? Infinity : moment.time,
    read: moment.read,
    ...(request.last !== undefined && { last: request.last }),
    accept: (event) => !isRoot(event, moment.root) && (member.accept?.(event) ?? true),
  })
  return andThen(found, (events) => events.map((event) => ({ member, event })))
}

const isRoot = (event: EventVersion, root: EventVersion | undefined): boolean =>
  root !== undefined && event.id === root.id && event.type === root.type

const latest = (
  center: CenterReader,
  request: RowsRequest & { readonly last: number },
  key: Value | null,
  moment: NodeMoment,
): Answer<readonly Value[]> =>
  andThen(rowsOf(center, request, key, moment), (rows) =>
    distinctEvents(rows)
      .slice(-request.last)
      .map(({ event }) => eventValue(event)),
  )

/** An event that two members accept is one event. */
const distinctEvents = (rows: readonly Row[]): readonly Row[] =>
  rows.filter(({ event }, i) => i === 0 || compareEvents(rows[i - 1]!.event, event) !== 0)

/** An event as a tree shows it, in engine values. */
export const eventValue = ({ type, id, subject, time, data }: Pick<EventVersion, 'type' | 'id' | 'subject' | 'time' | 'data'>): Value => ({
  type,
  id,
  subject,
  time,
  data,
})

/** The entities of a column, the one met last first; rows are in the total order. */
const linked = (rows: readonly Row[], to: string): readonly Value[] => {
  const links = new Map<string, { key: string; events: number; firstTime: number; lastTime: number }>()
  for (const { member, event } of rows) {
    const key = valueAt(event.data, member.path(to))
    if (key === null) continue
    const text = String(key)
    const known = links.get(text)
    links.delete(text)
    links.set(text, { key: text, events: (known?.events ?? 0) + 1, firstTime: known?.firstTime ?? event.time, lastTime: event.time })
  }
  return [...links.values()].reverse()
}
