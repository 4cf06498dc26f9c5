/** The columns of a definition, as its members' events fill them. */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { type FieldPlan, fieldAt } from '../model/field.ts'
import type { EventPlan, MemberPlan, Named } from '../model/plan.ts'
import type { DefinitionColumn } from './compiled.ts'
import { unified } from './fields.ts'

export interface MemberScope {
  readonly at: string
  readonly plan: MemberPlan
  readonly event: EventPlan
}

export const memberScope = (plan: MemberPlan, events: Named<EventPlan>, at: string): MemberScope => {
  const event = Object.hasOwn(events, plan.event) ? events[plan.event] : undefined
  if (event !== undefined) return { at, plan, event }
  throw new MillraceError('EVENT_UNKNOWN', 'there is no such event', {
    at,
    value: plan.event,
    hint: didYouMean(plan.event, Object.keys(events)),
  })
}

/** A definition's column is what the member's `columns` maps it to, else the event's field of that name. */
const sourceOf = ({ plan }: MemberScope, name: string): string =>
  plan.columns !== undefined && Object.hasOwn(plan.columns, name) ? plan.columns[name]! : name

export interface UsedColumn extends DefinitionColumn {
  readonly sources: readonly string[]
}

/** The definition's columns, found by name and numbered as they are first used. */
export interface DefinitionColumns {
  readonly used: readonly UsedColumn[]
  readonly names: readonly string[]
  /** Throws COLUMN_UNKNOWN, COLUMN_TYPE. */
  index(name: string, at: string): number
  has(name: string): boolean
}

export const createColumns = (members: readonly MemberScope[], definition: string): DefinitionColumns => {
  const used: UsedColumn[] = []
  const indices = new Map<string, number>()
  const names = [...new Set(members.flatMap(({ plan, event }) => [...Object.keys(plan.columns ?? {}), ...Object.keys(event.data)]))]
  return {
    used,
    names,
    has: (name) => members.every((member) => fieldAt(member.event.data, sourceOf(member, name)) !== undefined),
    index: (name, at) => {
      const known = indices.get(name)
      if (known !== undefined) return known
      used.push({
        name,
        field: unionField(members, name, { at, definition, names }),
        sources: members.map((member) => sourceOf(member, name)),
      })
      indices.set(name, used.length - 1)
      return used.length - 1
    },
  }
}

interface ColumnQuestion {
  readonly at: string
  readonly definition: string
  readonly names: readonly string[]
}

const unionField = (members: readonly MemberScope[], name: string, question: ColumnQuestion): FieldPlan => {
  let field: FieldPlan | undefined
  for (const member of members) {
    const own = fieldAt(member.event.data, sourceOf(member, name))
    if (own === undefined) throw unknownColumn(member, name, members.length > 1, question)
    const both = field === undefined ? own : unified(field, own)
    if (both === undefined) {
      throw new MillraceError('COLUMN_TYPE', `the column '${name}' has another type in '${member.plan.event}' than before`, {
        at: question.definition,
        value: own,
        expected: JSON.stringify(field),
      })
    }
    field = both
  }
  return field!
}

const unknownColumn = (member: MemberScope, name: string, isUnion: boolean, { at, names }: ColumnQuestion): MillraceError =>
  new MillraceError('COLUMN_UNKNOWN', `'${member.plan.event}' has no such column`, {
    at,
    value: name,
    hint: isUnion && names.includes(name) ? `map it under 'columns' of this member` : didYouMean(name, names),
  })
