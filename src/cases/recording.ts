/**
 * A case's events, recorded one after the other as a log does: standardised, judged against what is held under the same id
 * (docs/semantics.md, "Versions"), and given stamps and versions.
 */
import { MillraceError } from '../base/error.ts'
import { coerce, isMisfit } from '../model/coerce.ts'
import type { EventVersion } from '../model/event.ts'
import { type FieldPlan, required, type SchemaPlan } from '../model/field.ts'
import { canonical, dataToJson } from '../model/json.ts'
import type { EventPlan, ProjectPlan } from '../model/plan.ts'
import { stampMs } from '../model/stamp.ts'
import { createStandardiser, idOf, maxAheadMs, type Standardised } from '../model/standardise.ts'
import type { Offered } from './engine.ts'
import { given, invalid, isMapping, type Part, partOf, stampOf, textOf } from './shape.ts'

export interface Recording {
  readonly offered: readonly Offered[]
  readonly versions: readonly EventVersion[]
  /** What went otherwise than the case says: refused where nothing is said, accepted where a refusal is, or another code. */
  readonly surprises: readonly Surprise[]
}

export interface Surprise {
  readonly event: string
  readonly expected: string
  readonly got: string
}

type Judged = { readonly code: string; readonly why: string } | { readonly stored: boolean }

export const recorded = (events: readonly unknown[], plan: ProjectPlan, path: string): Recording => {
  const log = createLog(plan)
  const surprises: Surprise[] = []
  events.forEach((value, i) => {
    const entry = entryOf(value, i, plan, `${path}[${i}]`)
    const judged = log.take(entry)
    const got = 'code' in judged ? judged.code : 'accepted'
    const expected = entry.refused ?? 'accepted'
    if (got !== expected) surprises.push({ event: entry.at, expected, got: 'code' in judged ? `${got} (${judged.why})` : got })
  })
  return { offered: log.offered, versions: log.versions, surprises }
}

/** One entry of `events`. */
interface Entry {
  readonly at: string
  /** Counted from 1. */
  readonly number: number
  readonly op: 'put' | 'correct' | 'delete'
  readonly type: string
  readonly record: unknown
  readonly previous?: unknown
  /** The id of an event whose type declares none: the running number of the entry that it came with. */
  readonly id?: string
  readonly recordedAt: number
  readonly isStamped: boolean
  readonly knownAt: number
  readonly refused?: string
}

const entryKeys = ['recordedAt', 'knownAt', 'refused', 'correct', 'delete']

const entryOf = (value: unknown, i: number, plan: ProjectPlan, path: string): Entry => {
  const types = Object.keys(plan.events)
  const part = partOf(value, path, [...types, ...entryKeys])
  const recordedAt = stampOf(given(part, 'recordedAt') ?? i + 1, `${path}.recordedAt`)
  const refused = given(part, 'refused')
  return {
    at: path,
    number: i + 1,
    ...contentOf(part, types),
    recordedAt,
    isStamped: given(part, 'recordedAt') !== undefined || refused === 'TIME_AHEAD',
    knownAt: stampOf(given(part, 'knownAt') ?? recordedAt, `${path}.knownAt`),
    ...(refused !== undefined && { refused: textOf(refused, `${path}.refused`) }),
  }
}

const contentOf = (part: Part, types: readonly string[]): Pick<Entry, 'op' | 'type' | 'record' | 'previous' | 'id'> => {
  const repairs = (['correct', 'delete'] as const).filter((key) => given(part, key) !== undefined)
  const repair = repairs[0]
  const holder = repair === undefined ? part : partOf(given(part, repair), `${part.at}.${repair}`, [...types, 'previous', 'id'])
  const named = types.filter((type) => given(holder, type) !== undefined)
  if (named.length !== 1 || repairs.length > 1) throw invalid(holder.at, 'not one record', part.values, `one of ${types.join(', ')}`)
  const id = repair === undefined ? undefined : given(holder, 'id')
  const previous = repair === undefined ? undefined : given(holder, 'previous')
  return {
    op: repair ?? 'put',
    type: named[0]!,
    record: given(holder, named[0]!),
    ...(id !== undefined && { id: String(id) }),
    ...(previous !== undefined && { previous }),
  }
}

const createLog = (plan: ProjectPlan) => {
  const versions: EventVersion[] = []
  const offered: Offered[] = []
  const standardisers = Object.fromEntries(Object.entries(plan.events).map(([type, event]) => [type, createStandardiser(type, event)]))

  const heldOf = (type: string, id: string) => versions.filter((one) => one.type === type && one.id === id && one.op !== 'moved')

  const store = (entry: Entry, event: Standardised, op: 'put' | 'delete'): Judged => {
    const { recordedAt, knownAt } = entry
    const version = event.version ?? versions.length + 1
    const place = { type: event.type, id: event.id, subject: event.subject, time: event.time, seq: event.seq, data: event.data }
    const held = heldOf(event.type, event.id).filter((one) => one.op === 'put')
    const old = held.reduce<EventVersion | undefined>(
      (last, one) => (last === undefined || one.version > last.version ? one : last),
      undefined,
    )
    const previous =
      old !== undefined && isMoved(old, event, plan.events[event.type]!)
        ? { time: old.time, seq: old.seq, subject: old.subject, data: old.data }
        : undefined
    if (previous !== undefined) versions.push({ ...place, ...previous, op: 'moved', version, recordedAt, knownAt })
    versions.push({ ...place, op, version, recordedAt, knownAt })
    const offer = { ...place, op, ...(entry.op !== 'put' && { correction: true }), ...(event.version !== undefined && { version }) }
    offered.push({ event: { ...offer, knownAt, ...(previous !== undefined && { previous }) }, recordedAt, knownAt })
    return { stored: true }
  }

  const putOrCorrect = (entry: Entry): Judged => {
    const standardised = standardisers[entry.type]!(written(entry.record, plan.events[entry.type]!.data), contextOf(entry))
    if ('refusal' in standardised) return { code: standardised.refusal.code, why: standardised.refusal.message }
    const { event } = standardised
    const held = heldOf(event.type, event.id)
    if (entry.op === 'put' && held.length > 0) {
      if (held.some((one) => one.op === 'put' && isSameContent(one, event, plan.events[event.type]!))) return { stored: false }
      return { code: 'ID_CONFLICT', why: 'other content under a known id, and not said to be a correction' }
    }
    if (entry.op === 'correct') {
      if (held.length === 0) return { code: 'CORRECTION_TARGET_UNKNOWN', why: `no ${event.type} has the id '${event.id}'` }
      const sameVersion = event.version === undefined ? held.at(-1)! : held.find((one) => one.version === event.version)
      if (sameVersion?.op === 'put' && isSameContent(sameVersion, event, plan.events[event.type]!)) return { stored: false }
      if (sameVersion !== undefined && event.version !== undefined)
        return { code: 'ID_CONFLICT', why: 'other content under a known version' }
    }
    return store(entry, event, 'put')
  }

  const remove = (entry: Entry): Judged => {
    const event = plan.events[entry.type]!
    const id = deletedId(entry, event)
    const held = heldOf(entry.type, id)
    const last = held.reduce<EventVersion | undefined>(
      (best, one) => (best === undefined || one.version > best.version ? one : best),
      undefined,
    )
    if (last === undefined) return { code: 'CORRECTION_TARGET_UNKNOWN', why: `no ${entry.type} has the id '${id}'` }
    if (last.op === 'delete') return { stored: false }
    const { version: highest, type, subject, time, seq, data } = last
    const content = { type, id, subject, time, seq, data }
    if (event.version === undefined) return store(entry, content, 'delete')
    const stated = isMapping(entry.record) ? entry.record[event.version] : undefined
    return store(entry, { ...content, version: stated === undefined ? highest + 1 : Number(stated) }, 'delete')
  }

  return { versions, offered, take: (entry: Entry): Judged => (entry.op === 'delete' ? remove(entry) : putOrCorrect(entry)) }
}

/** Whole numbers of a file are exact; where a double is declared they are the doubles that JSON would read. */
const written = (value: unknown, schema: SchemaPlan): unknown =>
  isMapping(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, part]) => [name, Object.hasOwn(schema, name) ? writtenField(part, schema[name]!) : part]),
      )
    : value

const writtenField = (value: unknown, field: FieldPlan): unknown => {
  const plain = required(field)
  if (plain.kind === 'double' && typeof value === 'bigint') return Number(value)
  if (plain.kind === 'list' && Array.isArray(value)) return value.map((part) => writtenField(part, plain.of))
  return plain.kind === 'object' ? written(value, plain.fields) : value
}

/** Events with a stamp of their own are judged by it; the others are history, whose import says nothing of when it ran. */
const contextOf = (entry: Entry) => ({
  sourceId: entry.id ?? String(entry.number),
  seq: 0,
  latest: entry.isStamped ? stampMs(entry.recordedAt) + maxAheadMs : Number.POSITIVE_INFINITY,
})

/** Another time, seq, subject or link. */
const isMoved = (old: EventVersion, event: Standardised, plan: EventPlan): boolean =>
  old.time !== event.time ||
  old.seq !== event.seq ||
  old.subject !== event.subject ||
  Object.entries(plan.data).some(([name, field]) => required(field).kind === 'entity' && old.data[name] !== event.data[name])

const isSameContent = (held: EventVersion, event: Standardised, plan: EventPlan): boolean =>
  !isMoved(held, event, plan) && canonical(dataToJson(held.data, plan.data)) === canonical(dataToJson(event.data, plan.data))

/** The id that a deletion names: by its fields, or as text. */
const deletedId = ({ record, id, type, at }: Entry, event: EventPlan): string => {
  if (id !== undefined) return id
  if (!isMapping(record)) return String(record)
  if (event.id === undefined)
    throw invalid(at, 'the event is not named', type, "the running number of the event's entry: { delete: { TYPE: NUMBER } }")
  const parts = event.id.map((name) => {
    const coerced = coerce(event.data[name]!, record[name], name)
    if (!isMisfit(coerced)) return coerced.value
    throw new MillraceError('CASE_INVALID', 'the event is not named', {
      at: `${at}.${name}`,
      value: coerced.value,
      expected: coerced.expected,
    })
  })
  return idOf(parts)
}
