import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { type FieldKind, required, type SchemaPlan } from '../model/field.ts'
import type { EventPlan, MemberPlan } from '../model/plan.ts'
import { checkMembers, checkName, checkOneOf, checkOptions, unknownField } from './check.ts'
import type { Condition } from './columns.ts'
import { both } from './conditions.ts'
import type { Definition } from './definition.ts'
import type { Event } from './event-value.ts'
import type { Columns, DataOf, Entity, Field, InputOf, IntField, Schema, TimeField } from './fields.ts'
import { frozen, frozenCopy } from './frozen.ts'
import { rowOf } from './row.ts'
import { renamed, type Source } from './source.ts'
import type { Stream } from './stream.ts'
import type { Trigger } from './trigger.ts'

/** `state`: it sets something that holds until the next one. `action`: it happened, and is over. */
export type EventKind = 'action' | 'state'

/** A kind of event. As it stands it is a trigger, a source of windows, and what behaviours, states and links are made of. */
export interface EventType<Name extends string, S extends Schema, Kind extends EventKind = EventKind>
  extends Definition<'event'>,
    Source<Columns<S>>,
    Trigger<Event<Name, DataOf<S>>, Columns<S>, InputOf<S>> {
  readonly '~kind': Kind
  readonly '~schema': S
  readonly name: Name
  /** The same event type, only where this holds: as a trigger, in windows, in a behaviour. */
  where(condition: (row: Columns<S>) => Condition): EventType<Name, S, Kind>
  /** Names its columns for a union. */
  as<Row>(columns: (row: Columns<S>) => Row): Source<Row>
}

type FieldsThatAre<F extends Field, S extends Schema> = { [K in keyof S]: S[K] extends F ? K : never }[keyof S] & string

export interface EventOptions<S extends Schema, Kind extends EventKind> {
  readonly data: S
  /** The field that says whose event it is. */
  readonly subject: FieldsThatAre<Entity, S>
  /** The field that says when it happened. */
  readonly time: FieldsThatAre<TimeField, S>
  /** The field that orders events of one millisecond. Left out: the source's row number, or 0. */
  readonly seq?: FieldsThatAre<IntField, S>
  /** Fields that make it unique. Left out: its position in its source. */
  readonly id?: (keyof S & string) | readonly (keyof S & string)[]
  /** The field that orders corrections of one event. Left out: the order in which they are recorded. */
  readonly version?: FieldsThatAre<IntField, S>
  /** `action` unless said. */
  readonly kind?: Kind
  /** What an update of a source's row is: an event of its own (`changes`, unless said) or a correction (`facts`). For change streams, to come. */
  readonly rows?: 'changes' | 'facts'
  readonly stream?: Stream
  /** To be loaded whole into the hot tier. Like `rows` and `stream` it stands in the plan; this version does nothing by it. */
  readonly core?: boolean
  /** Whether a call of a job on this type appends an event of it. Unless said, a call is a request, which no window counts. */
  readonly callAppends?: boolean
  /** Earlier names of renamed fields, so that events stored under them stay readable: `{ amount: 'value' }`. */
  readonly aliases?: { readonly [K in keyof S]?: string | readonly string[] }
}

const optionNames = ['data', 'subject', 'time', 'seq', 'id', 'version', 'kind', 'rows', 'stream', 'core', 'callAppends', 'aliases'] as const

/** Declares a kind of event. Throws NAME_INVALID, OPTION_UNKNOWN, OPTION_INVALID, FIELD_UNKNOWN, FIELD_KIND_WRONG. */
export const event = <const Name extends string, const S extends Schema, const Kind extends EventKind = 'action'>(
  name: Name,
  options: EventOptions<S, Kind>,
): EventType<Name, S, Kind> => {
  const at = `event '${name}'`
  checkName('an event', name)
  checkOptions(at, options, optionNames)
  const plan = frozenCopy(eventPlan(options as unknown as AnyOptions))
  checkEvent(at, plan)
  return eventType({ event: name }, { define: 'event', name, plan, uses: [] })
}

type AnyOptions = EventOptions<Schema, EventKind> & { readonly data: SchemaPlan }

const eventPlan = ({ data, subject, time, kind = 'action', rows = 'changes', id, stream, aliases, ...rest }: AnyOptions): EventPlan => ({
  kind,
  subject,
  time,
  rows,
  data: { ...data },
  ...rest,
  ...(id !== undefined && { id: [id].flat() }),
  ...(stream !== undefined && { stream: stream.stream }),
  ...(aliases !== undefined && { aliases: aliasLists(aliases) }),
})

const aliasLists = (aliases: NonNullable<EventOptions<Schema, EventKind>['aliases']>): { readonly [name: string]: readonly string[] } =>
  Object.fromEntries(Object.entries(aliases).flatMap(([name, old]) => (old === undefined ? [] : [[name, [old].flat()]])))

const checkEvent = (at: string, plan: EventPlan): void => {
  checkMembers(at, plan.data)
  checkOneOf(`${at}, kind`, plan.kind, ['action', 'state'])
  checkOneOf(`${at}, rows`, plan.rows, ['changes', 'facts'])
  checkKind(`${at}, subject`, plan.data, plan.subject, 'entity')
  checkKind(`${at}, time`, plan.data, plan.time, 'time')
  if (plan.seq !== undefined) checkKind(`${at}, seq`, plan.data, plan.seq, 'int')
  if (plan.version !== undefined) checkKind(`${at}, version`, plan.data, plan.version, 'int')
  for (const name of plan.id ?? []) fieldOf(`${at}, id`, plan.data, name)
  checkAliases(`${at}, aliases`, plan)
}

const fieldOf = (at: string, data: SchemaPlan, name: string) =>
  Object.hasOwn(data, name) ? data[name]! : unknownField(at, name, Object.keys(data))

const checkKind = (at: string, data: SchemaPlan, name: string, kind: FieldKind): void => {
  const found = fieldOf(at, data, name).kind
  if (found === kind) return
  const fitting = Object.keys(data).filter((field) => data[field]!.kind === kind)
  throw new MillraceError('FIELD_KIND_WRONG', `'${name}' is of another kind`, {
    at,
    value: found,
    expected: kind,
    hint: required(data[name]!).kind === kind ? 'it must not be optional' : didYouMean(name, fitting),
  })
}

const checkAliases = (at: string, { data, aliases = {} }: EventPlan): void => {
  for (const [name, old] of Object.entries(aliases)) {
    fieldOf(at, data, name)
    const taken = old.find((alias) => Object.hasOwn(data, alias))
    if (taken !== undefined)
      throw new MillraceError('OPTION_INVALID', `'${taken}' is a field of its own`, {
        at,
        value: old,
        hint: 'an alias is a name that the field had before',
      })
  }
}

/** `definition` is shared by all filtered forms of one event type: that it is the same object says that they are one. */
const eventType = <E>(member: MemberPlan, definition: Definition<'event'>): E => {
  const { name, plan } = definition
  const row = () => rowOf(`event '${name}'`, plan.data)
  return frozen({
    ...definition,
    source: { of: [member], row: plan.data },
    trigger: { on: 'event', ...member },
    where: (ask: (row: never) => Condition) => eventType({ ...member, where: both(member.where, ask(row()).plan) }, definition),
    as: (columns: (row: never) => object) => renamed(`event '${name}'`, definition, member, columns(row())),
  }) as E
}
