/** Event versions as bytes: in the log's records and in the file of amended events (docs/formats.md, "Event record"). */
import { assert, unreachable } from '../../../base/assert.ts'
import { MillraceError } from '../../../base/error.ts'
import type { EventVersion } from '../../../model/event.ts'
import { type FieldPlan, required, type SchemaPlan } from '../../../model/field.ts'
import type { Data, Value } from '../../../model/value.ts'
import type { ByteReader, ByteWriter } from './bytes.ts'

const eventFormat = 1
const ops = ['put', 'delete', 'moved'] as const
const furtherBit = 4
const versionBit = 8
const knownBit = 16
const recordedBit = 32

/** What a record says; stamps and version that are left out are those of its place in the log. */
export interface EventRecord {
  readonly schema: number
  /** Whether the event had versions before this one. */
  readonly further: boolean
  /** With `versionBack` in place of `version`: the log's offset of the record so many before this one. */
  readonly versionBack: number
  readonly event: Omit<EventVersion, 'version' | 'recordedAt' | 'knownAt'> & {
    readonly version?: number | undefined
    readonly recordedAt?: number | undefined
    readonly knownAt?: number | undefined
  }
}

export const encodeEvent = (to: ByteWriter, { schema, further, versionBack, event }: EventRecord, fields: SchemaPlan): void => {
  const { version, recordedAt, knownAt } = event
  to.u8(eventFormat)
  to.u8(
    ops.indexOf(event.op) |
      (further ? furtherBit : 0) |
      (version === undefined ? 0 : versionBit) |
      (knownAt === undefined ? 0 : knownBit) |
      (recordedAt === undefined ? 0 : recordedBit),
  )
  to.varint(schema)
  to.text(event.id)
  to.text(event.subject)
  to.f64(event.time)
  to.f64(event.seq)
  if (version === undefined) to.varint(versionBack)
  else to.f64(version)
  if (knownAt !== undefined) to.f64(knownAt)
  if (recordedAt !== undefined) to.f64(recordedAt)
  encodeData(to, event.data, fields)
}

export interface DecodedEvent extends Pick<EventRecord, 'schema' | 'further'> {
  readonly version: EventVersion
}

const stated = versionBit | knownBit | recordedBit

/** `schemaOf` gives the type and fields of a schema's number; `place` is where a record of the log stands, left out for one of a file. */
export const decodeEvent = (
  from: ByteReader,
  schemaOf: (number: number) => { readonly type: string; readonly fields: SchemaPlan },
  place?: { readonly offset: number; readonly stamp: number },
): DecodedEvent => {
  const format = from.u8()
  if (format > eventFormat) {
    throw new MillraceError('FORMAT_TOO_NEW', 'an event was written by a newer Millrace', {
      value: format,
      expected: `at most ${eventFormat}`,
    })
  }
  const flags = from.u8()
  if (place === undefined) assert((flags & stated) === stated, 'a version in a file has its stamps')
  else assert((flags & recordedBit) === 0, "a record of the log has the log's stamp")
  const schema = from.varint()
  const { type, fields } = schemaOf(schema)
  const [id, subject] = [from.text(), from.text()]
  const [time, seq] = [from.f64(), from.f64()]
  const version = (flags & versionBit) === 0 ? place!.offset - from.varint() : from.f64()
  const knownAt = (flags & knownBit) === 0 ? place!.stamp : from.f64()
  const recordedAt = place === undefined ? from.f64() : place.stamp
  const op = ops[flags & 3]!
  const data = decodeData(from, fields)
  return { schema, further: (flags & furtherBit) !== 0, version: { type, id, subject, time, seq, op, version, recordedAt, knownAt, data } }
}

/** Where in a record its id and its subject stand; filled anew for one record after another. */
export interface RecordNames {
  schema: number
  idAt: number
  idEnd: number
  subjectAt: number
  subjectEnd: number
}

/** Finds the names in a record of the log, where it is the first version of an event, and a put; false where it is anything else. */
export const findNames = (bytes: Uint8Array, names: RecordNames): boolean => {
  const flags = bytes[1]!
  if (bytes[0] !== eventFormat || ops[flags & 3] !== 'put' || (flags & furtherBit) !== 0) return false
  let at = 2
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  names.schema = varint()
  const idLength = varint()
  names.idAt = at
  names.idEnd = at += idLength
  const subjectLength = varint()
  names.subjectAt = at
  names.subjectEnd = at + subjectLength
  return true
}

const encodeData = (to: ByteWriter, data: Data, fields: SchemaPlan): void => {
  const entries = Object.entries(fields)
  for (let i = 0; i < entries.length; i += 8) {
    to.u8(entries.slice(i, i + 8).reduce((bits, [name], bit) => bits | ((data[name] ?? null) === null ? 1 << bit : 0), 0))
  }
  for (const [name, field] of entries) {
    const value = data[name] ?? null
    if (value !== null) encodeValue(to, value, required(field))
  }
}

interface DecodedFields {
  readonly names: readonly string[]
  readonly fields: readonly Required[]
}

const none: readonly number[] = []

/** Found once for each schema: a log is replayed record by record. */
const decoded = new WeakMap<SchemaPlan, DecodedFields>()

const decodedFields = (schema: SchemaPlan): DecodedFields => {
  const names = Object.keys(schema)
  const fields = decoded.get(schema) ?? {
    names,
    fields: names.map((name) => required(schema[name]!)),
  }
  decoded.set(schema, fields)
  return fields
}

const decodeData = (from: ByteReader, schema: SchemaPlan): Data => {
  const { names, fields } = decoded.get(schema) ?? decodedFields(schema)
  // Most have no more than eight fields: no array is made for their bits.
  const first = names.length === 0 ? 0 : from.u8()
  const more = names.length <= 8 ? none : Array.from({ length: Math.ceil(names.length / 8) - 1 }, () => from.u8())
  const data: { [name: string]: Value } = {}
  for (let i = 0; i < names.length; i++) {
    const bits = i < 8 ? first : more[(i >> 3) - 1]!
    data[names[i]!] = ((bits >> (i & 7)) & 1) === 1 ? null : decodeValue(from, fields[i]!)
  }
  return data
}

type Required = Exclude<FieldPlan, { kind: 'optional' }>

const encodeValue = (to: ByteWriter, value: Exclude<Value, null>, field: Required): void => {
  switch (field.kind) {
    case 'int':
    case 'time':
      to.integer(value as number)
      break
    case 'double':
      to.f64(value as number)
      break
    case 'boolean':
      to.u8(value === true ? 1 : 0)
      break
    case 'int64':
    case 'decimal':
      to.i64(value as bigint)
      break
    case 'string':
    case 'enum':
    case 'entity':
      to.text(value as string)
      break
    case 'list':
      encodeList(to, value as readonly Value[], field.of)
      break
    case 'object':
      encodeData(to, value as Data, field.fields)
      break
    default:
      unreachable(field)
  }
}

const encodeList = (to: ByteWriter, values: readonly Value[], of: FieldPlan): void => {
  to.varint(values.length)
  for (const value of values) {
    to.u8(value === null ? 0 : 1)
    if (value !== null) encodeValue(to, value, required(of))
  }
}

const decodeValue = (from: ByteReader, field: Required): Value => {
  switch (field.kind) {
    case 'int':
    case 'time':
      return from.integer()
    case 'double':
      return from.f64()
    case 'boolean':
      return from.u8() === 1
    case 'int64':
    case 'decimal':
      return from.i64()
    case 'string':
    case 'enum':
    case 'entity':
      return from.text()
    case 'list':
      return Array.from({ length: from.varint() }, () => (from.u8() === 0 ? null : decodeValue(from, required(field.of))))
    case 'object':
      return decodeData(from, field.fields)
    default:
      return unreachable(field)
  }
}
