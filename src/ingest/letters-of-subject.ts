/** Which dead letters are a subject's: those whose record has its key where the subject of one of these types comes from. */
import type { MappingPlan, SourcedValue } from '../model/mapping.ts'
import type { EventPlan, Named } from '../model/plan.ts'
import type { DeadLetter } from './dead-letters.ts'
import { ExactNumber } from './readers/json/exact.ts'
import { memberReader } from './readers/json/reader.ts'

export interface SubjectOptions {
  readonly types: readonly string[]
  readonly subject: string
  readonly events: Named<EventPlan>
  readonly mappingOf: (origin: DeadLetter['origin'] & { via: 'import' }) => MappingPlan | undefined
}

/**
 * A record that cannot be taken apart (text that is no JSON, a row under a mapping that is no longer known) is the subject's
 * where the key stands in it anywhere: rather one too many is removed than one stays.
 */
export const isLetterOfSubject = (options: SubjectOptions): ((letter: DeadLetter) => boolean) => {
  const { types, subject, mappingOf } = options
  const isKey = (value: unknown): boolean => value !== null && value !== undefined && textOf(value) === subject
  return ({ record, origin, event }) => {
    if (event !== undefined && !types.includes(event)) return false
    if (!isObject(record)) return JSON.stringify(record ?? null).includes(JSON.stringify(subject).slice(1, -1))
    const paths = origin.via === 'http' ? requestPaths(options) : mappedColumns(options, mappingOf(origin), event)
    return paths === undefined ? hasKey(record, isKey) : paths.some((path) => isKey(memberReader(path)(record)))
  }
}

const textOf = (value: unknown): string => (value instanceof ExactNumber ? value.source : String(value))

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A record names its type around its fields, beside `data`, or beside the fields themselves. */
const requestPaths = ({ types, events }: SubjectOptions): readonly string[] =>
  types.flatMap((type) => {
    const { subject = '', aliases = {} } = events[type] ?? {}
    const names = [subject, ...(aliases[subject] ?? [])].filter((name) => name !== '')
    return names.flatMap((name) => [name, `data.${name}`, `${type}.${name}`, `${type}.data.${name}`])
  })

/** Columns of the source that a subject is made of; undefined where nothing tells. */
const mappedColumns = (
  { types, events }: SubjectOptions,
  mapping: MappingPlan | undefined,
  event: string | undefined,
): readonly string[] | undefined => {
  if (mapping === undefined) return undefined
  const made = mapping.events.filter((one) => types.includes(one.event) && (event === undefined || one.event === event))
  return made.flatMap((one) => columnsOf(one.fields[events[one.event]?.subject ?? ''])).flatMap((name) => mapping.columns[name]?.name ?? [])
}

const columnsOf = (from: SourcedValue | undefined): readonly string[] =>
  from === undefined || 'value' in from ? [] : 'column' in from ? [from.column] : from.of

const hasKey = (value: unknown, isKey: (value: unknown) => boolean): boolean =>
  typeof value === 'object' && value !== null ? Object.values(value).some((part) => hasKey(part, isKey)) : isKey(value)
