/**
 * A type's amended events on disk, whole, in one file; and which rows of runs they have taken the place of.
 *
 *   "MRAMD\0\0\0", u32 format, u32 CRC of all that follows, f64 length of all that follows
 *   runs:    varint count; each: text file, varint count of rows, the rows ascending as varint distances
 *   events:  varint count of versions; each an event record with all its stamps (docs/formats.md, "Event record")
 */
import { MillraceError } from '../../../base/error.ts'
import type { EventVersion } from '../../../model/event.ts'
import type { SchemaPlan } from '../../../model/field.ts'
import { crc32 } from '../../disk/crc.ts'
import { type Disk, readFile, replaceFile } from '../../disk/port.ts'
import { type Breath, inSlices } from './breath.ts'
import { createByteReader, createByteWriter } from './bytes.ts'
import { type DecodedEvent, decodeEvent, encodeEvent } from './codec.ts'
import type { StoredSchema } from './manifest.ts'

const amendedFormat = 1
const headerBytes = 24

export interface AmendedFile {
  /** Run's file → its hidden rows. */
  readonly hidden: ReadonlyMap<string, readonly number[]>
  readonly versions: readonly EventVersion[]
}

export interface AmendedPlace {
  readonly disk: Disk
  readonly path: string
  readonly schema: StoredSchema
  readonly breathe: Breath
}

/** In steps. */
export const writeAmended = async ({ disk, path, schema, breathe }: AmendedPlace, { hidden, versions }: AmendedFile): Promise<void> => {
  const to = createByteWriter()
  to.varint(hidden.size)
  for (const [file, rows] of hidden) {
    to.text(file)
    to.varint(rows.length)
    let before = 0
    for (const row of rows.toSorted((a, b) => a - b)) {
      to.varint(row - before)
      before = row
    }
  }
  to.varint(versions.length)
  await inSlices(breathe, versions.length, (from, until) => {
    for (let i = from; i < until; i++) {
      encodeEvent(to, { schema: schema.number, further: false, versionBack: 0, event: versions[i]! }, schema.plan.data)
    }
  })
  const body = to.take()
  const bytes = new Uint8Array(headerBytes + body.length)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode('MRAMD'))
  view.setUint32(8, amendedFormat, true)
  view.setUint32(12, crc32(body), true)
  view.setFloat64(16, body.length, true)
  bytes.set(body, headerBytes)
  await replaceFile(disk, path, bytes)
}

export const amendedDamaged = (path: string): MillraceError =>
  new MillraceError('DATA_DAMAGED', 'corrected and deleted events are damaged', {
    at: path,
    expected: 'bytes as they were written',
    hint: 'bring back the file from a copy; until then events of this type are neither read nor written, since nobody can tell which of them still hold',
  })

/** What stands behind the header, checked. Throws DATA_DAMAGED, FILE_MISSING, FORMAT_TOO_NEW. */
export const amendedBody = (disk: Disk, path: string): Uint8Array => {
  const bytes = readFile(disk, path)
  const damaged = () => amendedDamaged(path)
  if (bytes.length < headerBytes || new TextDecoder().decode(bytes.subarray(0, 5)) !== 'MRAMD') throw damaged()
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const format = view.getUint32(8, true)
  if (format > amendedFormat) {
    throw new MillraceError('FORMAT_TOO_NEW', 'the file was written by a newer Millrace', {
      at: path,
      value: format,
      expected: `at most ${amendedFormat}`,
    })
  }
  const body = bytes.subarray(headerBytes)
  if (body.length !== view.getFloat64(16, true) || crc32(body) !== view.getUint32(12, true)) throw damaged()
  return body
}

/** Throws as `amendedBody` does. */
export const readAmended = (
  disk: Disk,
  path: string,
  schemaOf: (number: number) => { readonly type: string; readonly fields: SchemaPlan },
  versionOf: (decoded: DecodedEvent) => EventVersion,
): AmendedFile => {
  const from = createByteReader(amendedBody(disk, path))
  const hidden = new Map<string, number[]>()
  for (let runs = from.varint(); runs > 0; runs--) {
    const file = from.text()
    let row = 0
    hidden.set(
      file,
      Array.from({ length: from.varint() }, () => (row += from.varint())),
    )
  }
  return { hidden, versions: Array.from({ length: from.varint() }, () => versionOf(decodeEvent(from, schemaOf))) }
}
