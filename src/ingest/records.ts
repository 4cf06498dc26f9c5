/** Records as a request brings them: one object, an array, or lines; each naming its event type. */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { EventPlan, Named } from '../model/plan.ts'
import { createStandardiser, type Outcome, type Refusal } from '../model/standardise.ts'
import type { NewEvent, Place } from '../store/center/port.ts'
import { maxRecordBytes } from './readers/block.ts'
import { deepestJson, exactRecord, parseExact } from './readers/json/exact.ts'
import { divide, type RecordTexts, type Steps } from './record-texts.ts'

/** Records of one request, at most: a body of 16 MB passes where they have 84 bytes each. */
export const maxRequestRecords = 200_000

/** Records of one request that do not fit, at most. */
export const maxRequestRefused = 1_000

export interface RecordsOptions {
  readonly events: Named<EventPlan>
  /** Names the request: ids of events that declare none are `SOURCE:PLACE`. Different for every request, the same for its retry. */
  readonly source: string
  /** The latest time that an event may have. */
  readonly latest: number
  /** Every record is the data of an event of this type; left out: each names its own. */
  readonly type?: string
}

export interface RequestOptions extends RecordsOptions {
  /** Left out: `maxRequestRecords`. */
  readonly maxRecords?: number
  /** Left out: `maxRequestRefused`. */
  readonly maxRefused?: number
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
 * `previous` (the old place, as data) may stand beside `data`. A body is one JSON value, an array of them, or one on each line; an
 * array that is not JSON throughout is one refusal. Throws TOO_MANY_RECORDS before a record is read; TOO_MANY_REFUSED.
 * In steps of about one record.
 */
export function* readInSteps(body: string, options: RequestOptions): Steps<readonly RecordOutcome[]> {
  const { maxRecords = maxRequestRecords, maxRefused = maxRequestRefused } = options
  const text = body.charCodeAt(0) === 0xfeff ? body.slice(1) : body
  const read = createRecordReader(options)
  const invalidBody = (reason: string) => [read(new Unparsed(text.slice(0, shownCharacters), invalid(reason)), 0)]
  const texts = yield* divide(text, maxRecords)
  if ('problem' in texts) return invalidBody(texts.problem)
  if (texts.count > maxRecords) throw tooManyRecords(texts.count, maxRecords)
  const outcomes: RecordOutcome[] = []
  let refused = 0
  for (let place = 0; place < texts.count; place++) {
    const record = recordAt(texts, place)
    if (texts.isArray && record instanceof Unparsed && record.refusal.code === 'JSON_INVALID')
      return invalidBody(`record ${place} of the array: ${record.refusal.message}`)
    const outcome = read(record, place)
    outcomes.push(outcome)
    if ('refusal' in outcome && ++refused > maxRefused) throw tooManyRefused(outcomes, texts.count, maxRefused)
    yield
  }
  return outcomes
}

const tooManyRecords = (count: number, most: number): MillraceError =>
  new MillraceError('TOO_MANY_RECORDS', `the request has ${count} records`, {
    expected: `at most ${most} in one request`,
    hint: 'nothing of it was recorded: send it in parts, or import it as a file',
  })

const shownReasons = 3

const tooManyRefused = (outcomes: readonly RecordOutcome[], count: number, most: number): MillraceError => {
  const reasons = outcomes
    .flatMap((outcome, place) => ('refusal' in outcome ? [`record ${place}: ${outcome.refusal.code}, ${outcome.refusal.message}`] : []))
    .slice(0, shownReasons)
  return new MillraceError(
    'TOO_MANY_REFUSED',
    `more than ${most} of the first ${outcomes.length} records of ${count} do not fit (${reasons.join('; ')}; …)`,
    {
      expected: `at most ${most} that do not fit in one request`,
      hint: 'nothing of it was recorded or kept: correct them, send fewer at a time, or import them as a file',
    },
  )
}

/** What one record becomes that was parsed before (by `parseExact`), at its place in its source. */
export const createRecordReader = ({
  events,
  source,
  latest,
  type: only,
}: RecordsOptions): ((record: unknown, place: number) => RecordOutcome) => {
  const readers = new Map(
    Object.entries(events).map(([type, plan]) => [type, { fields: withAliases(plan), standardise: createStandardiser(type, plan) }]),
  )
  return (record, place) => {
    const sourceId = `${source}:${place}`
    const refused = (refusal: Refusal, type?: string): RecordOutcome => ({ refusal, type, record, sourceId, seq: 0 })
    if (record instanceof Unparsed) return { ...refused(record.refusal), record: record.text } as RecordOutcome
    const named = only === undefined ? nameOf(record, events) : known({ type: only, data: record, about: {} }, events)
    if ('code' in named) return refused(named)
    const { type, data, about } = named
    const plan = events[type]!
    const { fields, standardise: standardised } = readers.get(type)!
    const standardise = (raw: unknown): Outcome =>
      standardised(isRecord(raw) ? exactRecord(fields, raw) : raw, { sourceId, seq: 0, latest })
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

const shownCharacters = 4096

const recordAt = (texts: RecordTexts, place: number): unknown => {
  const text = texts.at(place)
  if (text.length > maxRecordBytes) {
    return new Unparsed(
      text.slice(0, shownCharacters),
      refusal('RECORD_TOO_LARGE', { at: '', expected: `at most ${maxRecordBytes} characters`, message: 'the record is too large' }),
    )
  }
  try {
    return parseExact(text, texts.isArray ? deepestJson - 1 : deepestJson)
  } catch (error) {
    return new Unparsed(text.slice(0, shownCharacters), invalid((error as Error).message))
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
