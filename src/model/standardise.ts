/** A raw record becomes a standardised event, or a refusal that says what does not fit. */
import { shown } from '../base/error.ts'
import { coerceFields, isMisfit, type Misfit, maxKeyBytes, utf8Length } from './coerce.ts'
import type { EventPlan } from './plan.ts'
import type { Data, Value } from './value.ts'

/** How far `time` may lie beyond the record's own `recordedAt`, in milliseconds: clocks of sources run ahead, but not by more. */
export const maxAheadMs = 300_000

/** What the source says beside the record itself. */
export interface RecordContext {
  /** The record's position in its source, which names it where the type declares no id: `flights-3m:17`. */
  readonly sourceId: string
  /** Row number or position in the source, for types that declare no `seq`; 0 where there is none. */
  readonly seq: number
  /** The latest `time` allowed; Infinity where nothing is judged. */
  readonly latest: number
}

/** A record as an event of its type: what `NewEvent` needs of content. */
export interface Standardised {
  readonly type: string
  readonly id: string
  readonly subject: string
  readonly time: number
  readonly seq: number
  readonly version?: number
  readonly data: Data
}

export interface Refusal {
  readonly code: Uppercase<string>
  /** Path of the field. */
  readonly at: string
  readonly value: unknown
  readonly expected: string
  readonly message: string
}

export type Outcome = { readonly event: Standardised } | { readonly refusal: Refusal }

/**
 * Standardises records of one type. Pure: the same record in the same context gives the same event, so a replay changes
 * nothing. Checked in this order: time, subject, id, then every field; fields that are not declared are refused too.
 */
export const createStandardiser = (type: string, plan: EventPlan): ((raw: unknown, context: RecordContext) => Outcome) => {
  const leading = [plan.time, plan.subject, ...(plan.id ?? []), ...(plan.seq === undefined ? [] : [plan.seq])]
  return (raw, context) => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
      return refused({ misfit: 'RECORD_INVALID', at: '', value: raw, expected: 'an object' })
    const record = plan.aliases === undefined ? (raw as RawRecord) : renamed(raw as RawRecord, plan.aliases)
    const coerced = coerceFields(plan.data, record, '', leading)
    if (isMisfit(coerced)) return refused(coerced)
    return placed(type, plan, coerced.value, context)
  }
}

type RawRecord = Readonly<Record<string, unknown>>

const placed = (type: string, plan: EventPlan, data: Data, context: RecordContext): Outcome => {
  const time = data[plan.time]
  const subject = data[plan.subject]
  if (typeof time !== 'number')
    return refused({ misfit: 'FIELD_MISSING', at: plan.time, value: undefined, expected: 'the time of the event' })
  if (typeof subject !== 'string')
    return refused({ misfit: 'FIELD_MISSING', at: plan.subject, value: undefined, expected: 'the key of the subject' })
  if (time > context.latest)
    return refused({
      misfit: 'TIME_AHEAD',
      at: plan.time,
      value: time,
      expected: `a time at or before ${context.latest}, ${maxAheadMs / 60_000} min beyond when it was recorded`,
    })
  const id = plan.id === undefined ? context.sourceId : idOf(plan.id.map((name) => data[name]!))
  if (id === '' || utf8Length(id) > maxKeyBytes)
    return refused({
      misfit: id === '' ? 'ID_EMPTY' : 'ID_TOO_LONG',
      at: (plan.id ?? ['id']).join(', '),
      value: id,
      expected: `1 to ${maxKeyBytes} bytes of UTF-8`,
    })
  const seq = plan.seq === undefined ? context.seq : Number(data[plan.seq] ?? 0)
  const version = plan.version === undefined ? {} : { version: Number(data[plan.version] ?? 0) }
  return { event: { type, id, subject, time, seq, ...version, data } }
}

/** One part is the id as it is. Several are joined by `/`, each with `%` and `/` escaped, so that no two lists give one id. */
export const idOf = (parts: readonly Value[]): string =>
  parts.length === 1 ? idText(parts[0]!) : parts.map((part) => idText(part).replaceAll('%', '%25').replaceAll('/', '%2F')).join('/')

const idText = (part: Value): string => (part === null ? '' : String(part))

const renamed = (record: RawRecord, aliases: NonNullable<EventPlan['aliases']>): RawRecord => {
  const result: Record<string, unknown> = { ...record }
  for (const [name, olds] of Object.entries(aliases)) {
    const old = olds.find((alias) => Object.hasOwn(record, alias))
    if (old === undefined || Object.hasOwn(record, name)) continue
    result[name] = result[old]
    delete result[old]
  }
  return result
}

const refused = ({ misfit, at, value, expected }: Misfit): Outcome => ({
  refusal: {
    code: misfit,
    at,
    value,
    expected,
    message: `${at === '' ? 'the record' : at}: found ${value === undefined ? 'nothing' : shown(value)}; expected ${expected}`,
  },
})
