/** What the center writes to its log, and reads back when it is opened. */
import { MillraceError } from '../../../base/error.ts'
import type { EventVersion } from '../../../model/event.ts'
import type { LogRecord, NewRecord } from '../../log/port.ts'
import type { EraseRequest } from '../port.ts'
import { readAmended } from './amended-file.ts'
import { createByteReader, createByteWriter } from './bytes.ts'
import { type DecodedEvent, decodeEvent, encodeEvent } from './codec.ts'
import { checkPlaces, type Evolution, evolve, evolveData } from './evolution.ts'
import type { Offered } from './judge.ts'
import type { CommittedImport, StoredSchema } from './manifest.ts'
import type { RunEntry } from './run/open.ts'
import type { State } from './state.ts'

export const recordKinds = { event: 1, import: 2, erase: 3 } as const

/** Made once and used for one record after another. */
const writer = createByteWriter()

export interface OfferedRecord {
  readonly version: Offered
  readonly further: boolean
  /** How many records before this one the record is whose version it shares. */
  readonly versionBack: number
}

export const eventRecord = ({ version, further, versionBack }: OfferedRecord, schema: StoredSchema): NewRecord => {
  encodeEvent(writer, { schema: schema.number, further, versionBack, event: version }, schema.plan.data)
  return { kind: recordKinds.event, bytes: writer.take() }
}

export interface ImportRecord {
  readonly committed: Omit<CommittedImport, 'stamp'>
  /** Without their commit, which is that of the record. */
  readonly runs: readonly RunEntry[]
}

export const jsonRecord = (kind: number, value: ImportRecord | EraseRequest): NewRecord => ({
  kind,
  bytes: new TextEncoder().encode(JSON.stringify({ format: 1, ...value })),
})

export const parseJsonRecord = <T>({ bytes, offset }: LogRecord): T => {
  const value = JSON.parse(new TextDecoder().decode(bytes)) as T & { format: number }
  if (value.format <= 1) return value
  throw new MillraceError('FORMAT_TOO_NEW', 'a record of the log was written by a newer Millrace', {
    at: `offset ${offset}`,
    value: value.format,
    expected: 'at most 1',
  })
}

/** Reads events as they are declared now, whatever they were declared as when they were written. */
export const createEventDecoder = (state: State) => {
  const schemas = new Map(state.schemas.map((schema) => [schema.number, schema]))
  const evolutions = new Map<number, Evolution>()
  const schemaOf = (number: number) => {
    const schema = schemas.get(number)
    if (schema === undefined) throw new MillraceError('DATA_DAMAGED', 'an event names a declaration that is not stored', { value: number })
    return { type: schema.type, fields: schema.plan.data }
  }
  const current = ({ version, schema: number }: DecodedEvent): EventVersion => {
    const of = state.types.get(version.type)!
    if (number === of.schema.number) return version
    const { plan } = schemas.get(number)!
    if (!evolutions.has(number)) checkPlaces(version.type, plan, of.plan)
    const evolution = evolutions.get(number) ?? evolve(version.type, { schema: plan.data, subject: plan.subject }, of.plan)
    evolutions.set(number, evolution)
    return { ...version, data: evolveData(version.data, evolution, of.plan.data) }
  }
  const reader = createByteReader(new Uint8Array(0))
  return {
    ofLog: (record: Pick<LogRecord, 'offset' | 'stamp' | 'bytes'>): { readonly version: EventVersion; readonly further: boolean } => {
      reader.reset(record.bytes)
      const decoded = decodeEvent(reader, schemaOf, record)
      return { further: decoded.further, version: current(decoded) }
    },
    ofFile: (path: string) => readAmended(state.disk, path, schemaOf, current),
  }
}
