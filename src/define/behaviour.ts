import { MillraceError } from '../base/error.ts'
import type { BehaviourPlan, LinksPlan } from '../model/plan.ts'
import { checkCount, checkDuration, checkName, checkOptions, unknownColumn } from './check.ts'
import type { Names } from './columns.ts'
import { type Definition, usedBy } from './definition.ts'
import type { EventType } from './event.ts'
import { type Fetch, fetched, type Pointed } from './fetch.ts'
import type { Schema } from './fields.ts'
import { frozenCopy } from './frozen.ts'
import type { Source } from './source.ts'
import type { DurationText } from './window-text.ts'

type AnyEventType = EventType<string, Schema>
type EventOf<E extends AnyEventType> = E extends AnyEventType ? E['~root'] : never

export interface Behaviour<Name extends string, Needs, Node> extends Definition<'behaviour'>, Fetch<Needs, Node>, Pointed<Needs, Node> {
  readonly name: Name
}
export interface State<Name extends string, Needs, Node> extends Definition<'state'>, Fetch<Needs, Node>, Pointed<Needs, Node> {
  readonly name: Name
}
export interface Links<Name extends string, Needs>
  extends Definition<'links'>,
    Fetch<Needs, readonly Link[]>,
    Pointed<Needs, readonly Link[]> {
  readonly name: Name
}

/** One entity seen together with another: how often, first and last when (milliseconds since 1970 UTC). */
export interface Link {
  readonly key: string
  readonly events: number
  readonly firstTime: number
  readonly lastTime: number
}

interface Bounds<D extends string> {
  /** How many at most: a tree is bounded. What this leaves out is counted in the tree's `meta`. */
  readonly last: number
  /** How far back at most. */
  readonly within?: DurationText<D>
}

const checkBounds = (at: string, options: Bounds<string>): void => {
  checkCount(`${at}, last`, options.last)
  if (options.within !== undefined) checkDuration(`${at}, within`, options.within)
}

/** The one member of a source that is read field by field: its key field stands in each of its event types. */
const checkColumn = (at: string, parts: readonly Source<unknown>[], name: string): void => {
  for (const { source } of parts) if (!Object.hasOwn(source.row, name)) unknownColumn(at, name, Object.keys(source.row))
}

/**
 * All events of the kinds that make up one activity, in time order, the latest `last` of them.
 * Throws NAME_INVALID, OPTION_UNKNOWN, OPTION_INVALID, DURATION_INVALID, COLUMN_UNKNOWN.
 */
export const behaviour = <
  const Name extends string,
  const E extends readonly AnyEventType[],
  const By extends Names<E[number]['~row']>['dimension'],
  const D extends string,
>(
  name: Name,
  options: { readonly of: E; readonly by: By } & Bounds<D>,
): Behaviour<Name, { [K in By]: E[number]['~row'][K] }, readonly EventOf<E[number]>[]> => {
  const at = `behaviour '${name}'`
  checkName('a behaviour', name)
  checkOptions(at, options, ['of', 'by', 'last', 'within'])
  checkBounds(at, options as Bounds<string>)
  const { of, by } = options
  if (of.length === 0) throw new MillraceError('OPTION_INVALID', 'there is no event type', { at: `${at}, of`, hint: 'name at least one' })
  checkColumn(`${at}, by`, of, by)
  const plan: BehaviourPlan = frozenCopy({ ...options, of: of.flatMap((part) => part.source.of) })
  return fetched('behaviour', { name, plan, by: [by], uses: usedBy(...of) })
}

/** The latest event of a state-change kind before the root's time, or `null`; with `last` the latest so many, in time order. */
export const state = <
  const Name extends string,
  E extends EventType<string, Schema, 'state'>,
  const By extends Names<E['~row']>['dimension'],
  const L extends number = never,
>(
  name: Name,
  options: { readonly of: E; readonly by: By; readonly last?: L },
): State<Name, { [K in By]: E['~row'][K] }, [L] extends [never] ? E['~root'] | null : readonly E['~root'][]> => {
  const { of, by, last = 1 } = options
  const at = `state '${name}'`
  checkName('a state', name)
  checkOptions(at, options, ['of', 'by', 'last'])
  if (options.last !== undefined) checkLast(at, options.last)
  checkColumn(`${at}, by`, [of], by)
  if (of.plan.kind === 'state')
    return fetched('state', { name, plan: frozenCopy({ of: of.source.of[0]!, by, last }), by: [by], uses: usedBy(of) })
  throw new MillraceError('EVENT_KIND_WRONG', `event '${of.name}' sets no state`, {
    at,
    value: of.plan.kind,
    hint: "declare it with kind: 'state'",
  })
}

/** `last: 1` would be a list by its type and a single event by its plan. */
const checkLast = (at: string, last: number): void => {
  checkCount(`${at}, last`, last)
  if (last === 1)
    throw new MillraceError('OPTION_INVALID', 'one event is no list', {
      at: `${at}, last`,
      value: last,
      hint: 'leave it out for the latest event alone',
    })
}

/**
 * The entities met by way of one entity's events, most recent first: the users of a device.
 * Throws NAME_INVALID, OPTION_UNKNOWN, OPTION_INVALID, DURATION_INVALID, COLUMN_UNKNOWN.
 */
export const links = <
  const Name extends string,
  Row,
  const From extends Names<Row>['dimension'],
  const To extends Names<Row>['dimension'],
  const D extends string,
>(
  name: Name,
  options: { readonly of: Source<Row>; readonly from: From; readonly to: To } & Bounds<D>,
): Links<Name, { [K in From]: Row[K] }> => {
  const at = `links '${name}'`
  checkName('links', name)
  checkOptions(at, options, ['of', 'from', 'to', 'last', 'within'])
  checkBounds(at, options as Bounds<string>)
  const { of, from, to } = options
  checkColumn(`${at}, from`, [of], from)
  checkColumn(`${at}, to`, [of], to)
  const plan: LinksPlan = frozenCopy({ ...options, of: of.source.of })
  return fetched('links', { name, plan, by: [from], uses: usedBy(of) })
}
