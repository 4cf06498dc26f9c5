import { MillraceError } from '../base/error.ts'
import type { SchemaPlan } from '../model/field.ts'
import type { TriggerPlan } from '../model/plan.ts'
import { checkDuration, checkMembers, checkOptions, unknownField } from './check.ts'
import { type Uses, usedBy } from './definition.ts'
import type { Event } from './event-value.ts'
import type { Columns, DataOf, Entity, InputOf, Schema } from './fields.ts'
import { frozenCopy } from './frozen.ts'
import type { DurationText } from './window-text.ts'

/**
 * What starts a job. This version runs on `event`, `anyOf` and `request`; one on another is declared, checked, and refused with
 * TRIGGER_NOT_AVAILABLE where it is run. `Root` is `tree.root`; `Row` its columns, by which fetches find their keys; `Input` what a caller sends.
 */
export interface Trigger<Root, Row, Input = never> extends Uses {
  readonly '~root': Root
  readonly '~row': Row
  readonly '~input': Input
  readonly trigger: TriggerPlan
}

type AnyTrigger = Trigger<unknown, unknown, unknown>
type Of<T extends AnyTrigger, Part extends 'root' | 'row' | 'input'> = T[`~${Part}`]

const trigger = <T>(plan: TriggerPlan, ...parts: readonly Uses[]): T =>
  Object.freeze({ trigger: frozenCopy(plan), uses: usedBy(...parts) }) as T

/** Any of several. The root is one of theirs; tell them apart by `root.type`. */
export const anyOf = <const T extends readonly AnyTrigger[]>(
  ...parts: T
): Trigger<Of<T[number], 'root'>, Of<T[number], 'row'>, Of<T[number], 'input'>> => {
  if (parts.length > 0) return trigger({ on: 'anyOf', parts: parts.map((part) => part.trigger) }, ...parts)
  throw new MillraceError('OPTION_INVALID', 'there is no trigger', { at: 'anyOf', expected: 'at least one' })
}

/** Some time after each event, with the world as it is then: `delay(order, '30m')`. */
export const delay = <const D extends string, Root, Row, Input>(
  of: Trigger<Root, Row, Input>,
  by: DurationText<D>,
): Trigger<Root, Row, Input> => trigger({ on: 'delay', by: checkDuration('delay', by), of: of.trigger }, of)

/** When nothing like `of` follows `after` in time. The root is the event that waited. */
export const absence = <Root, Row, Input, Followed, const By extends keyof Row & keyof Followed & string, const D extends string>(
  of: Trigger<unknown, Followed, unknown>,
  options: { readonly after: Trigger<Root, Row, Input>; readonly by: By; readonly within: DurationText<D> },
): Trigger<Root, Row, Input> => {
  checkOptions('absence', options, ['after', 'by', 'within'])
  const { after, by, within } = options
  return trigger({ on: 'absence', of: of.trigger, after: after.trigger, by, within: checkDuration('absence, within', within) }, of, after)
}

type Last<T extends readonly AnyTrigger[]> = T extends readonly [...unknown[], infer L extends AnyTrigger] ? L : never

/** One after the other, for the same key, in time. The root is the last; the ones before are `root.steps`. */
export const sequence = <
  const T extends readonly [AnyTrigger, AnyTrigger, ...AnyTrigger[]],
  const By extends keyof Of<T[number], 'row'> & string,
  const D extends string,
>(
  steps: T,
  options: { readonly by: By; readonly within: DurationText<D> },
): Trigger<
  Of<Last<T>, 'root'> & { readonly steps: { readonly [I in keyof T]: T[I] extends AnyTrigger ? Of<T[I], 'root'> : never } },
  Of<Last<T>, 'row'>
> => {
  checkOptions('sequence', options, ['by', 'within'])
  const { by, within } = options
  return trigger(
    { on: 'sequence', steps: steps.map((step) => step.trigger), by, within: checkDuration('sequence, within', within) },
    ...steps,
  )
}

/** At set times, for each known entity: `schedule('0 6 * * *', { zone: 'Europe/London', each: user })`. */
export const schedule = <const Name extends string>(
  cron: string,
  options: { readonly zone: string; readonly each: Entity<Name> },
): Trigger<Event<'schedule', { readonly [K in Name]: string }>, { readonly [K in Name]: Entity<Name>['~column'] }> => {
  checkOptions('schedule', options, ['zone', 'each'])
  if (cron.trim().split(/\s+/).length === 5) return trigger({ on: 'schedule', cron, zone: options.zone, each: options.each.name })
  throw new MillraceError('SCHEDULE_INVALID', 'not a schedule', {
    at: 'schedule',
    value: cron,
    expected: "five parts: minute, hour, day, month, weekday, such as '0 6 * * *'",
  })
}

/** When someone asks. What they send is the root's data. */
export const request = <const S extends Schema>(
  data: S,
  options: { readonly subject?: keyof S & string } = {},
): Trigger<Event<'request', DataOf<S>>, Columns<S>, InputOf<S>> => {
  checkMembers('request', data)
  checkOptions('request', options, ['subject'])
  const { subject } = options
  if (subject !== undefined && !Object.hasOwn(data, subject)) unknownField('request, subject', subject, Object.keys(data))
  return trigger({ on: 'request', ...(subject !== undefined && { subject }), data: data as unknown as SchemaPlan })
}
