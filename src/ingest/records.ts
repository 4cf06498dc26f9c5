/** Records as a request brings them: one object, an array, or lines; each naming its event type. */
import { didYouMean } from '../base/suggest.ts'
import type { EventPlan, Named } from '../model/plan.ts'
import { createStandardiser, type Outcome, type Refusal } from '../model/standardise.ts'
import type { NewEvent, Place } from '../store/center/port.ts'
import { maxRecordBytes } from './readers/block.ts'
import { exactRecord, parseExact } from './readers/json/exact.ts'

export interface RecordsOptions {
  readonly events: Named<EventPlan>
  /** Names the request: ids of events that declare none are `SOURCE:PLACE`. Different for every request, the same for its retry. */
  readonly source: string
  /** The latest time that an event may have. */
  readonly latest: number
  /** Every record is the data of an event of this type; left out: each names its own. */
  readonly type?: string
}

export type RecordOutcome =
  | { readonly event: NewEvent }
  | {
      readonly refusal: Refusal
      readonly type: string | undefined
      readonly record: unknown
      readonly sourceId: string
      readonly seq: number
    }

/**
 * What each record of a body becomes, in order. A record is `{ "payment": { … } }`, or `{ "type": "payment", "data": { … } }`,
 * or `{ "type": "payment", … }` with the fields beside it. `op` (`put`, `delete`), `correction`, `version`, `knownAt` and
 * `previous` (the old place, as data) may stand beside `data`. A body is one JSON value, or one on each line.
 */
export const readRecords = (body: string, options: RecordsOptions): readonly RecordOutcome[] => {
  const read = createRecordReader(options)
  return bodyRecords(body).map((record, place) => read(record, place))
}

/** The same for one record that was parsed before (by `parseExact`), at its place in its source. */
export const createRecordReader = ({
  events,
  source,
  latest,
  type: only,
}: RecordsOptions): ((record: unknown, place: number) => RecordOutcome) => {
  const standardisers = new Map(Object.entries(events).map(([type, plan]) => [type, createStandardiser(type, plan)]))
  return (record, place) => {
    const sourceId = `${source}:${place}`
    const refused = (refusal: Refusal, type?: string): RecordOutcome => ({ refusal, type, record, sourceId, seq: 0 })
    if (record instanceof Unparsed) return { ...refused(record.refusal), record: record.text } as RecordOutcome
    const named = only === undefined ? nameOf(record, events) : known({ type: only, data: record, about: {} }, events)
    if ('code' in named) return refused(named)
    const { type, data, about } = named
    const plan = events[type]!
    const standardise = (raw: unknown): Outcome =>
      standardisers.get(type)!(isRecord(raw) ? exactRecord(withAliases(plan), raw) : raw, { sourceId, seq: 0, latest })
    const outcome = standardise(data)
    if ('refusal' in outcome) return refused(outcome.refusal, type)
    const told = toldOf(about, standardise)
    return 'code' in told
      ? refused(told, type)
      : { event: { ...outcome.event, ...(plan.seq === undefined && { isSeqDerived: true }), op: 'put', ...told } }
  }
}

const withAliases = ({ data, aliases = {} }: EventPlan): EventPlan['data'] => ({
  ...Object.fromEntries(Object.entries(aliases).flatMap(([name, olds]) => olds.map((old) => [old, data[name]!]))),
  ...data,
})

class Unparsed {
  readonly refusal: Refusal
  readonly text: string

  constructor(text: string, refusal: Refusal) {
    this.text = text
    this.refusal = refusal
  }
}

const bodyRecords = (body: string): readonly unknown[] => {
  const text = body.charCodeAt(0) === 0xfeff ? body.slice(1) : body
  try {
    const value = parseExact(text)
    return Array.isArray(value) ? value : [value]
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    if (lines.length < 2) return [new Unparsed(text.slice(0, shownCharacters), invalid((error as Error).message))]
    return lines.map(lineRecord)
  }
}

const shownCharacters = 4096

const lineRecord = (line: string): unknown => {
  if (line.length > maxRecordBytes) {
    return new Unparsed(
      line.slice(0, shownCharacters),
      refusal('RECORD_TOO_LARGE', { at: '', expected: `at most ${maxRecordBytes} characters`, message: 'the record is too large' }),
    )
  }
  try {
    return parseExact(line)
  } catch (error) {
    return new Unparsed(line.slice(0, shownCharacters), invalid((error as Error).message))
  }
}

const refusal = (code: Refusal['code'], parts: Omit<Refusal, 'code' | 'value'> & { readonly value?: unknown }): Refusal => ({
  code,
  value: undefined,
  ...parts,
})
const invalid = (reason: string): Refusal => refusal('JSON_INVALID', { at: '', expected: 'JSON', message: reason })

type Fields = Readonly<Record<string, unknown>>
const isRecord = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

interface NamedRecord {
  readonly type: string
  readonly data: unknown
  /** What stands beside the data. */
  readonly about: Fields
}

const nameOf = (record: unknown, events: Named<EventPlan>): NamedRecord | Refusal => {
  if (!isRecord(record))
    return refusal('RECORD_INVALID', {
      at: '',
      value: record,
      expected: 'an object that names its event type',
      message: 'the record is not an object',
    })
  const names = Object.keys(record)
  const [only] = names
  if (names.length === 1 && only !== 'type') return known({ type: only!, data: record[only!], about: {} }, events)
  const { type, data, ...rest } = record
  if (typeof type !== 'string') {
    return refusal('TYPE_MISSING', {
      at: 'type',
      value: type,
      expected: '{ "payment": { … } }, or a member "type"',
      message: 'the record does not name its event type',
    })
  }
  return known('data' in record ? { type, data, about: rest } : { type, data: rest, about: {} }, events)
}

const known = (named: NamedRecord, events: Named<EventPlan>): NamedRecord | Refusal => {
  if (Object.hasOwn(events, named.type)) return named
  const hint = didYouMean(named.type, Object.keys(events))
  return refusal('EVENT_UNKNOWN', { at: 'type', value: named.type, expected: hint, message: `there is no event '${named.type}'; ${hint}` })
}

type Told = Partial<Pick<NewEvent, 'op' | 'correction' | 'version' | 'knownAt' | 'previous'>>

const aboutNames = ['op', 'correction', 'version', 'knownAt', 'previous'] as const

const toldOf = (about: Fields, standardise: (raw: unknown) => Outcome): Told | Refusal => {
  const unknown = Object.keys(about).find((name) => !(aboutNames as readonly string[]).includes(name))
  if (unknown !== undefined)
    return refusal('FIELD_UNKNOWN', {
      at: unknown,
      expected: didYouMean(unknown, aboutNames),
      message: `nothing named '${unknown}' stands beside data`,
    })
  const { op, correction, version, knownAt, previous } = about
  const wrong =
    (op !== undefined &&
      op !== 'put' &&
      op !== 'delete' &&
      refusal('TYPE_MISMATCH', { at: 'op', value: op, expected: "'put' or 'delete'", message: 'op is neither put nor delete' })) ||
    (correction !== undefined &&
      typeof correction !== 'boolean' &&
      refusal('TYPE_MISMATCH', {
        at: 'correction',
        value: correction,
        expected: 'true or false',
        message: 'correction is neither true nor false',
      })) ||
    (version !== undefined &&
      !Number.isSafeInteger(version) &&
      refusal('TYPE_MISMATCH', { at: 'version', value: version, expected: 'a whole number', message: 'version is no whole number' })) ||
    (knownAt !== undefined &&
      !Number.isSafeInteger(knownAt) &&
      refusal('TIME_INVALID', {
        at: 'knownAt',
        value: knownAt,
        expected: 'whole milliseconds since 1970 UTC',
        message: 'knownAt is no time',
      }))
  if (wrong !== false) return wrong
  const place = previous === undefined ? undefined : placeOf(standardise(previous))
  if (place !== undefined && 'code' in place) return place
  return {
    ...(op !== undefined && { op: op as 'put' | 'delete' }),
    ...(correction !== undefined && { correction: correction as boolean }),
    ...(version !== undefined && { version: version as number }),
    ...(knownAt !== undefined && { knownAt: knownAt as number }),
    ...(place !== undefined && { previous: place }),
  }
}

const placeOf = (outcome: Outcome): Place | Refusal => {
  if ('refusal' in outcome) return { ...outcome.refusal, at: `previous.${outcome.refusal.at}` }
  const { time, seq, subject, data } = outcome.event
  return { time, seq, subject, data }
}
