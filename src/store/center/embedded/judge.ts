/** What becomes of an event that is offered under an id: docs/semantics.md, "Versions". */
import { valueAt } from '../../../model/cell.ts'
import type { EventVersion } from '../../../model/event.ts'
import type { EventPlan } from '../../../model/plan.ts'
import type { Data, Value } from '../../../model/value.ts'
import type { NewEvent, Place } from '../port.ts'
import { indexedPaths } from './live.ts'

/** A version to be recorded, without what the log gives. */
export type Offered = Omit<EventVersion, 'recordedAt' | 'knownAt' | 'version'> & {
  readonly version?: number | undefined
  readonly knownAt?: number | undefined
}

export type Judgement =
  | { readonly verdict: 'duplicate' }
  | { readonly verdict: 'refused'; readonly code: Uppercase<string>; readonly reason: string }
  /** The version, and the marker of the place it leaves, where it does. */
  | { readonly verdict: 'stored'; readonly version: Offered; readonly moved?: Offered }

const duplicate: Judgement = { verdict: 'duplicate' }
const refused = (code: Uppercase<string>, reason: string): Judgement => ({ verdict: 'refused', code, reason })

/** `known`: all versions of the id so far, in their order. */
export const judge = (offer: NewEvent, known: readonly EventVersion[], plan: EventPlan): Judgement => {
  const event = offer.isSeqDerived === true ? withKnownSeq(offer, known) : offer
  if (event.op === 'delete') return judgeDeletion(event, known)
  if (event.correction === true) return judgeCorrection(event, known, plan)
  if (known.length === 0 || comesLate(event, known)) return { verdict: 'stored', version: offered(event) }
  if (known.some((version) => version.op === 'put' && isSameEvent(version, event))) return duplicate
  return refused('ID_CONFLICT', 'the id is known with other content, and this does not say that it is a correction')
}

/** Where a type declares no `seq`, an event keeps the one that it came with first. */
const withKnownSeq = (event: NewEvent, known: readonly EventVersion[]): NewEvent => {
  const first = known.find(({ op }) => op === 'put')
  if (first === undefined) return event
  const { seq } = first
  return { ...event, seq, ...(event.previous !== undefined && { previous: { ...event.previous, seq } }) }
}

/** Where the source orders versions, they may come in any order: the first one may follow what repaired it. */
const comesLate = ({ version }: NewEvent, known: readonly EventVersion[]): boolean =>
  version !== undefined &&
  known.every((other) => other.op !== 'put' || other.version > version) &&
  !known.some((other) => other.version === version)

const unknownTarget = (what: string): Judgement => refused('CORRECTION_TARGET_UNKNOWN', what)

const judgeDeletion = (event: NewEvent, known: readonly EventVersion[]): Judgement => {
  const target = known.findLast(({ op }) => op === 'put')
  if (target === undefined && event.version === undefined) return unknownTarget('no event of this id is known that could be deleted')
  const same = sameVersion(event, known)
  if (same !== undefined)
    return same.op === 'delete' ? duplicate : refused('ID_CONFLICT', `version ${event.version} is known and is no deletion`)
  if (event.version === undefined && known.findLast(({ op }) => op !== 'moved')?.op === 'delete') return duplicate
  // A deletion stands where the event stood, whatever little the source still says about it.
  const { subject, time, seq, data } = target ?? event
  return { verdict: 'stored', version: { ...offered(event), subject, time, seq, data } }
}

const judgeCorrection = (event: NewEvent, known: readonly EventVersion[], plan: EventPlan): Judgement => {
  const puts = known.filter(({ op }) => op === 'put')
  if (puts.length === 0)
    return event.version === undefined
      ? unknownTarget('no event of this id is known that could be corrected')
      : { verdict: 'stored', version: offered(event) }
  const same = sameVersion(event, known)
  if (same !== undefined) {
    return same.op === 'put' && isSameEvent(same, event)
      ? duplicate
      : refused('ID_CONFLICT', `version ${event.version} is known with other content`)
  }
  const latest = known.findLast(({ op }) => op !== 'moved')!
  if (event.version === undefined && latest.op === 'put' && isSameEvent(latest, event)) return duplicate
  const paths = indexedPaths(plan)
  const { previous } = event
  if (previous !== undefined && !puts.some((put) => stoodAt(put, previous, paths))) {
    return unknownTarget('no version of the event stood at the place that is named as previous')
  }
  const before = puts.findLast(({ version }) => version < (event.version ?? Number.POSITIVE_INFINITY)) ?? puts[0]!
  const isMoved = !isSamePlace(before, event, paths)
  if (isMoved && previous === undefined && !puts.some((put) => isSamePlace(put, event, paths))) {
    return refused('CORRECTION_PLACE_MISSING', 'the correction moves the event and does not name its previous place')
  }
  const version = offered(event)
  if (!isMoved) return { verdict: 'stored', version }
  const { subject, time, seq, data } = before
  return { verdict: 'stored', version, moved: { ...version, op: 'moved', subject, time, seq, data } }
}

const sameVersion = (event: NewEvent, known: readonly EventVersion[]): EventVersion | undefined =>
  event.version === undefined ? undefined : known.find(({ op, version }) => op !== 'moved' && version === event.version)

const offered = ({ type, id, subject, time, seq, op, data, version, knownAt }: NewEvent): Offered => ({
  type,
  id,
  subject,
  time,
  seq,
  op,
  data,
  version,
  knownAt,
})

type Placed = Pick<EventVersion, 'time' | 'seq' | 'subject' | 'data'>

export const isSameEvent = (a: Placed, b: Placed): boolean =>
  a.time === b.time && a.seq === b.seq && a.subject === b.subject && isSameValue(a.data, b.data)

const isSamePlace = (a: Placed, b: Placed, links: readonly string[]): boolean =>
  a.time === b.time && a.seq === b.seq && a.subject === b.subject && links.every((path) => valueAt(a.data, path) === valueAt(b.data, path))

/** Links that the place does not state are not asked for. */
const stoodAt = (version: EventVersion, place: Place, links: readonly string[]): boolean =>
  version.time === place.time &&
  version.seq === place.seq &&
  version.subject === place.subject &&
  links.every((path) => valueAt(place.data, path) === null || valueAt(version.data, path) === valueAt(place.data, path))

/** A field left out is null. */
export const isSameValue = (a: Value | undefined, b: Value | undefined): boolean => {
  if (a === b) return true
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? null) === (b ?? null)
  if (typeof a !== 'object' || typeof b !== 'object' || Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a))
    return a.length === (b as readonly Value[]).length && a.every((part, i) => isSameValue(part, (b as readonly Value[])[i]))
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => isSameValue((a as Data)[name], (b as Data)[name]))
}
