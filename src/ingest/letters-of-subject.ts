/** Which dead letters are a subject's: those whose record gives its key as the subject, today or before a correction, of an event of one of these types. */
import type { MappingPlan } from '../model/mapping.ts'
import type { EventPlan, Named } from '../model/plan.ts'
import type { DeadLetter } from './letter.ts'
import { batchOf, isRowRecord, type LetterRow, type RowRecord } from './letter-row.ts'
import { createSubjectReader, type SubjectReader } from './map/subject.ts'
import { ExactNumber } from './readers/json/exact.ts'
import { memberReader } from './readers/json/reader.ts'

export interface SubjectOptions {
  readonly types: readonly string[]
  readonly subject: string
  readonly events: Named<EventPlan>
  readonly mappingOf: (origin: LetterRow['origin']) => MappingPlan | undefined
}

/** `unclear`: neither record nor mapping tells whose it is, and the key stands nowhere in it. */
export type Belonging = 'its' | 'others' | 'unclear'

/**
 * A row is mapped again by the mapping of today, as far as its subject goes. Where that comes to none, as for a record that cannot
 * be taken apart (text that is no JSON, a row under a mapping that is no longer known), it is the subject's when the key stands
 * in it anywhere: rather one too many is removed than one stays.
 */
export const createBelonging = (options: SubjectOptions): ((letter: DeadLetter) => Belonging) => {
  const { types, subject } = options
  const rowSubjects = createRowSubjects(options)
  return ({ record, origin, event, position }) => {
    if (event !== undefined && !types.includes(event)) return 'others'
    if (!isRowRecord(record)) return isIts(JSON.stringify(record ?? null).includes(JSON.stringify(subject).slice(1, -1)))
    const { keys, lacking } = origin.via === 'http' ? requestSubjects(options, record) : rowSubjects({ record, origin, position }, event)
    if (keys.includes(subject) || (lacking !== undefined && hasKey(record, subject))) return 'its'
    return lacking === 'unclear' ? 'unclear' : 'others'
  }
}

const isIts = (its: boolean): Belonging => (its ? 'its' : 'others')

interface Subjects {
  readonly keys: readonly string[]
  /** What a record that lacks one of the subjects it should have is, unless the key stands in it. */
  readonly lacking?: Exclude<Belonging, 'its'>
}

/**
 * A record names its type around its fields, beside `data`, or beside the fields themselves. A correction names the subject that its
 * event had before, too: that is no subject of its own, so that a record which names only that one lacks one still.
 */
const requestSubjects = ({ types, events }: SubjectOptions, record: RowRecord): Subjects => {
  const names = types.map((type) => {
    const { subject = '', aliases = {} } = events[type] ?? {}
    return { type, names: [subject, ...(aliases[subject] ?? [])].filter((name) => name !== '') }
  })
  const keysUnder = (places: (type: string) => readonly string[]): readonly string[] =>
    names.flatMap(({ type, names }) =>
      places(type).flatMap((place) => names.flatMap((name) => keyOf(memberReader(`${place}${name}`)(record)))),
    )
  const own = keysUnder((type) => ['', 'data.', `${type}.`, `${type}.data.`])
  const before = keysUnder((type) => ['previous.', 'data.previous.', `${type}.previous.`, `${type}.data.previous.`])
  const keys = [...own, ...before]
  return own.length > 0 ? { keys } : { keys, lacking: 'others' }
}

const keyOf = (value: unknown): readonly string[] => (isScalar(value) ? [textOf(value)] : [])

/** Of each of the types that the row would become an event of. */
const createRowSubjects = ({ types, events, mappingOf }: SubjectOptions): ((row: LetterRow, event: string | undefined) => Subjects) => {
  const known = new Map<MappingPlan, readonly TypeReader[]>()
  const readersOf = (mapping: MappingPlan): readonly TypeReader[] => {
    const made = known.get(mapping) ?? typeReaders(mapping, types, events)
    known.set(mapping, made)
    return made
  }
  return (row, event) => {
    const mapping = mappingOf(row.origin)
    const readers = mapping && readersOf(mapping).filter(({ type }) => event === undefined || type === event)
    if (readers === undefined || (readers.length === 0 && event !== undefined)) return { keys: [], lacking: 'unclear' }
    const found = readers.map(({ reader }) => ({ reader, key: reader?.read(batchOf(row, reader.columns)) }))
    const keys = found.flatMap(({ key }) => key ?? [])
    if (keys.length === found.length) return { keys }
    const isUnclear = found.some(({ reader, key }) => key === undefined && reader?.isComputed !== false)
    return { keys, lacking: isUnclear ? 'unclear' : 'others' }
  }
}

interface TypeReader {
  readonly type: string
  readonly reader: SubjectReader | undefined
}

const typeReaders = (mapping: MappingPlan, types: readonly string[], events: Named<EventPlan>): readonly TypeReader[] =>
  mapping.events
    .filter(({ event }) => types.includes(event))
    .map((into) => ({ type: into.event, reader: createSubjectReader(mapping, into, events[into.event]!) }))

const hasKey = (value: unknown, subject: string): boolean =>
  isScalar(value) ? textOf(value) === subject : Object.values(value ?? {}).some((part) => hasKey(part, subject))

const isScalar = (value: unknown): boolean =>
  value !== null && value !== undefined && (typeof value !== 'object' || value instanceof ExactNumber)

const textOf = (value: unknown): string => (value instanceof ExactNumber ? value.source : String(value))
