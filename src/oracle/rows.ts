/** Rows of a definition: its members' events, filtered, with their columns named. */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { EventVersion } from '../model/event.ts'
import type { EventPlan, MemberPlan, Named } from '../model/plan.ts'
import { type Cell, declaredCellAt } from './cell.ts'
import { holds } from './condition.ts'

export interface Row {
  readonly event: EventVersion
  /** The definition's column of this row. */
  readonly cell: (column: string) => Cell
}

export const eventPlan = (events: Named<EventPlan>, type: string): EventPlan => {
  const plan = Object.hasOwn(events, type) ? events[type] : undefined
  if (plan === undefined)
    throw new MillraceError('EVENT_UNKNOWN', 'no such event', { value: type, hint: didYouMean(type, Object.keys(events)) })
  return plan
}

/** The rows that events of a definition's types are, in the events' order; an event read by two members is two rows, in their order. */
export const rowsOf = (members: readonly MemberPlan[], events: Named<EventPlan>, among: readonly EventVersion[]): readonly Row[] =>
  among.flatMap((event) => members.filter((member) => passes(member, events, event)).map((member) => rowOf(member, events, event)))

const passes = (member: MemberPlan, events: Named<EventPlan>, event: EventVersion): boolean => {
  if (member.event !== event.type) return false
  const schema = eventPlan(events, event.type).data
  return member.where === undefined || holds(member.where, (path) => declaredCellAt(schema, event.data, path))
}

const rowOf = (member: MemberPlan, events: Named<EventPlan>, event: EventVersion): Row => ({
  event,
  cell: (column) => memberCell(member, events, event, column),
})

/** A column of a member, without an event: only its field is told. */
export const columnField = (members: readonly MemberPlan[], events: Named<EventPlan>, column: string) =>
  memberCell(members[0]!, events, null, column).field

const memberCell = (member: MemberPlan, events: Named<EventPlan>, event: EventVersion | null, column: string): Cell =>
  declaredCellAt(eventPlan(events, member.event).data, event === null ? null : event.data, pathOf(member, column))

/** The path below an event's data: a mapped column's first name is replaced by what it stands for. */
const pathOf = ({ columns }: MemberPlan, column: string): string => {
  if (columns === undefined) return column
  const [name = '', ...rest] = column.split('.')
  if (Object.hasOwn(columns, column)) return columns[column]!
  if (Object.hasOwn(columns, name)) return [columns[name]!, ...rest].join('.')
  throw new MillraceError('COLUMN_UNKNOWN', 'no such column', { value: column, hint: didYouMean(column, Object.keys(columns)) })
}
