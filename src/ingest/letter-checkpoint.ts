/**
 * What is known of dead letters up to a place in their file, so that opening reads only what stands behind it (docs/formats.md, "Dead
 * letters"). Written after that much of the file was synced, and removed before the file is written anew; where it does not fit
 * the file it is passed over, and all letters are read.
 */
import { crc32 } from '../store/disk/crc.ts'
import { type Disk, type DiskFile, readFile, replaceFile } from '../store/disk/port.ts'
import { jsonable, recordHeaderBytes } from './dead-letters-file.ts'
import type { IndexSnapshot } from './letter-index.ts'
import { parseExact } from './readers/json/exact.ts'

/** Of the checkpoint. */
export const checkpointPath = (folder: string): string => `${folder}/letters.index`

export interface LetterCheckpoint {
  /** Everything below this byte of the file is in the snapshot. */
  readonly end: number
  /** Places below `end` that are damaged. */
  readonly damaged: readonly number[]
  readonly snapshot: IndexSnapshot
}

interface Head {
  readonly end: number
  readonly damaged: readonly number[]
  /** The latest letter's record, and the bytes of its header as text: of another file they would differ. */
  readonly latest: { readonly at: number; readonly header: string } | null
}

/** The text of a checkpoint as things stand: to be given to `writeCheckpoint` once the file is synced. */
export const checkpointOf = (file: DiskFile, { end, damaged, snapshot }: LetterCheckpoint): Uint8Array => {
  const { mappings, ...others } = snapshot
  const at = snapshot.entries.at(-1)?.[1]
  const latest = at === undefined ? null : { at, header: headerAt(file, at) }
  const head: Head = { end, damaged, latest }
  const lines = [JSON.stringify(head), JSON.stringify(mappings, (_, value: unknown) => jsonable(value)), JSON.stringify(others)]
  const body = Buffer.from(lines.join('\n'))
  return Buffer.concat([Buffer.from(firstLine(body)), body])
}

const headerAt = (file: DiskFile, at: number): string => {
  const bytes = new Uint8Array(recordHeaderBytes)
  file.read(bytes, at)
  return Buffer.from(bytes).toString('hex')
}

export const writeCheckpoint = (disk: Disk, folder: string, checkpoint: Uint8Array): Promise<void> =>
  replaceFile(disk, checkpointPath(folder), checkpoint)

/** Durable when it resolves. */
export const removeCheckpoint = async (disk: Disk, folder: string): Promise<void> => {
  if (!disk.exists(checkpointPath(folder))) return
  disk.remove(checkpointPath(folder))
  await disk.syncFolder(folder)
}

/** Undefined where there is none, or it does not fit the file: torn, damaged, of another format, or of a file that is no more. */
export const readCheckpoint = (disk: Disk, folder: string, file: DiskFile): LetterCheckpoint | undefined => {
  if (!disk.exists(checkpointPath(folder))) return undefined
  const bytes = Buffer.from(readFile(disk, checkpointPath(folder)))
  const body = bytes.subarray(bytes.indexOf(newline) + 1)
  if (bytes.toString('utf8', 0, bytes.length - body.length) !== firstLine(body)) return undefined
  const headEnd = body.indexOf(newline)
  const mappingsEnd = body.indexOf(newline, headEnd + 1)
  const { end, damaged, latest } = JSON.parse(body.toString('utf8', 0, headEnd)) as Head
  if (end > file.size() || (latest !== null && headerAt(file, latest.at) !== latest.header)) return undefined
  const mappings = parseExact(body.toString('utf8', headEnd + 1, mappingsEnd), Number.POSITIVE_INFINITY) as IndexSnapshot['mappings']
  const others = JSON.parse(body.toString('utf8', mappingsEnd + 1)) as Omit<IndexSnapshot, 'mappings'>
  return { end, damaged, snapshot: { ...others, mappings } }
}

const newline = 10
const firstLine = (body: Uint8Array): string => `millrace-letters/1 ${crc32(body).toString(16).padStart(8, '0')}\n`
