/** The event types that a definition reads: which path each of its columns has there, and which events pass. */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { EventVersion } from '../model/event.ts'
import { type FieldPlan, fieldAt } from '../model/field.ts'
import type { EventPlan, MemberPlan, Named } from '../model/plan.ts'
import { type Condition, compileCondition } from '../windows/condition.ts'

export interface Member {
  readonly type: string
  /** The path in the event's data of a column of the definition. Throws COLUMN_UNKNOWN. */
  path(column: string): string
  field(column: string): FieldPlan
  readonly accept?: (event: EventVersion) => boolean
  readonly condition?: Condition
}

/** Throws EVENT_UNKNOWN and whatever a condition may be refused for. `at` says where the definition stands. */
export const compileMember = (plan: MemberPlan, events: Named<EventPlan>, at: string): Member => {
  const event = Object.hasOwn(events, plan.event) ? events[plan.event] : undefined
  if (event === undefined)
    throw new MillraceError('EVENT_UNKNOWN', 'there is no such event type', {
      at,
      value: plan.event,
      hint: didYouMean(plan.event, Object.keys(events)),
    })
  const column = (name: string): { path: string; field: FieldPlan } => {
    const path = plan.columns === undefined ? name : plan.columns[name]
    const field = path === undefined ? undefined : fieldAt(event.data, path)
    if (path === undefined || field === undefined) {
      throw new MillraceError('COLUMN_UNKNOWN', 'there is no such column', {
        at,
        value: name,
        hint: didYouMean(name, Object.keys(plan.columns ?? event.data)),
      })
    }
    return { path, field }
  }
  const names = Object.keys(event.data)
  const own = (name: string) => {
    const field = fieldAt(event.data, name)
    return field && { path: name, field }
  }
  const condition = plan.where && compileCondition(plan.where, { at: `${at}.where`, names, column: own })
  return {
    type: plan.event,
    path: (name) => column(name).path,
    field: (name) => column(name).field,
    ...(condition && { condition, accept: (version: EventVersion) => condition.test(version.data) }),
  }
}
