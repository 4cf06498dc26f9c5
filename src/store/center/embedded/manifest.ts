/**
 * What the center consists of: `manifest-NUMBER` (12 digits), one line of JSON behind a line with its CRC and length. A new
 * one is written whole and synced before it gets its name; the one before is kept. (docs/formats.md, "Manifest")
 */
import { MillraceError } from '../../../base/error.ts'
import type { EventPlan } from '../../../model/plan.ts'
import { crc32 } from '../../disk/crc.ts'
import { type Disk, readFile, replaceFile } from '../../disk/port.ts'
import type { ImportCommit } from '../port.ts'
import type { LostRecords } from './lost.ts'
import type { RunEntry } from './run/open.ts'

export const manifestFormat = 'millrace-manifest/1'

/** A declaration that records of the log and amended events were written by; event records name it by number. */
export interface StoredSchema {
  readonly number: number
  readonly type: string
  readonly plan: EventPlan
}

export interface Manifest {
  readonly format: typeof manifestFormat
  readonly number: number
  /** Every record of the log below this offset is in what the manifest names. */
  readonly logOffset: number
  /** The log's offset of the manifest before: nothing above it is dropped, so that the one before can stand in. */
  readonly keepFrom: number
  /** The last stamp applied. */
  readonly stamp: number
  readonly schemas: readonly StoredSchema[]
  readonly runs: readonly RunEntry[]
  /** Type → file of its amended events. */
  readonly amended: { readonly [type: string]: string }
  readonly imports: readonly CommittedImport[]
  readonly erased: readonly ErasedSubject[]
  /** Records of the log below `logOffset` that could not be read when the manifest was written, and all that were given up. */
  readonly lost?: readonly LostRecords[]
}

export interface CommittedImport extends ImportCommit {
  readonly position: number
  readonly id: string
}

export interface ErasedSubject {
  readonly types: readonly string[]
  readonly subject: string
  readonly stamp: number
}

const emptyManifest: Manifest = {
  format: manifestFormat,
  number: 0,
  logOffset: 0,
  keepFrom: 0,
  stamp: 0,
  schemas: [],
  runs: [],
  amended: {},
  imports: [],
  erased: [],
}

const fileName = (number: number): string => `manifest-${String(number).padStart(12, '0')}`
const fileNumber = (name: string): number => (/^manifest-[0-9]{12}$/.test(name) ? Number(name.slice(9)) : -1)

export const writeManifest = async (disk: Disk, folder: string, manifest: Manifest): Promise<void> => {
  const body = Buffer.from(JSON.stringify(manifest))
  const head = Buffer.from(`${manifestFormat} ${crc32(body).toString(16).padStart(8, '0')} ${body.length}\n`)
  await replaceFile(disk, `${folder}/${fileName(manifest.number)}`, Buffer.concat([head, body]))
  for (const name of disk.list(folder)) {
    const number = fileNumber(name)
    if (number >= 0 && number < manifest.number - 1) disk.remove(`${folder}/${name}`)
  }
}

export interface FoundManifest {
  readonly manifest: Manifest
  /** The one before it, whose files are kept with it. */
  readonly previous: Manifest | undefined
}

/** All manifests of a folder, the newest first: what each says, undefined where it is damaged. */
export const allManifests = (disk: Disk, folder: string): readonly { readonly path: string; readonly manifest: Manifest | undefined }[] =>
  disk
    .list(folder)
    .filter((name) => fileNumber(name) >= 0)
    .sort((a, b) => fileNumber(b) - fileNumber(a))
    .map((name) => ({ path: `${folder}/${name}`, manifest: parse(readFile(disk, `${folder}/${name}`), name) }))

/**
 * The newest manifest. When that one is damaged, the one before stands in, since the log still has everything after it.
 * Throws MANIFEST_DAMAGED when there are manifests and none is whole, FORMAT_TOO_NEW.
 */
export const readManifest = (disk: Disk, folder: string): FoundManifest => {
  const all = allManifests(disk, folder)
  const [newest, previous] = all.flatMap(({ manifest }) => manifest ?? [])
  if (newest !== undefined) return { manifest: newest, previous }
  if (all.length === 0) return { manifest: emptyManifest, previous: undefined }
  throw new MillraceError('MANIFEST_DAMAGED', 'the list of what the center consists of is damaged', {
    at: all[0]!.path,
    hint: 'bring back the file from a copy; nothing is read until then',
  })
}

const parse = (bytes: Uint8Array, name: string): Manifest | undefined => {
  const text = Buffer.from(bytes).toString('utf8')
  const [, format, version, crc, length] = /^(millrace-manifest)\/([0-9]+) ([0-9a-f]{8}) ([0-9]+)\n/.exec(text) ?? []
  if (format === undefined || version === undefined) return undefined
  if (Number(version) > 1) {
    throw new MillraceError('FORMAT_TOO_NEW', 'the center was written by a newer Millrace', {
      at: name,
      value: `${format}/${version}`,
      expected: manifestFormat,
    })
  }
  const body = bytes.subarray(bytes.indexOf(10) + 1)
  return body.length === Number(length) && crc32(body) === Number.parseInt(crc!, 16)
    ? (JSON.parse(Buffer.from(body).toString('utf8')) as Manifest)
    : undefined
}
