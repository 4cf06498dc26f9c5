/**
 * Records that did not fit, kept with the reason and where they came from until a fix lets them in. One append-only file
 * (docs/formats.md, "Dead letters"), little-endian: a header of 16 bytes ("MRDEAD", zeroes, u32 format, u32 CRC of the 12 bytes
 * before it), synced before anything else; then records at multiples of 8 bytes:
 *
 *   0  u32  magic "MRd1"
 *   4  u32  CRC-32 of bytes 8 to the end of the payload
 *   8  u32  length of the payload
 *  12  u32  0
 *  16  payload: JSON in UTF-8, then zero bytes up to a multiple of 8
 *
 * A payload is `{ letter }`, `{ replayed: number }` or `{ dropped: import id }`. Unknown members are passed over.
 */
import { MillraceError } from '../base/error.ts'
import type { TimeUnit } from '../model/mapping.ts'
import { crc32 } from '../store/disk/crc.ts'
import type { Disk, DiskFile } from '../store/disk/port.ts'
import type { KnownAtDefault } from './map/known-at.ts'
import { parseExact, rawJson } from './readers/json/exact.ts'

/** How it came, and so how it is tried again. */
export type Origin =
  | {
      readonly via: 'import'
      readonly importId: string
      readonly mapping: string
      readonly file: string
      /** What derived ids begin with. */
      readonly source: string
      readonly knownAt?: KnownAtDefault
      /** The file has texts only. */
      readonly isUntyped?: true
      /** Units of time that the file itself states. */
      readonly units?: { readonly [column: string]: TimeUnit }
      /** Which event of the mapping did not fit; left out when the row itself did not. */
      readonly eventIndex?: number
    }
  | { readonly via: 'http'; readonly sourceId: string; readonly seq: number }

export interface NewDeadLetter {
  /** Names it among all: the same key is never kept twice. */
  readonly key: string
  readonly code: Uppercase<string>
  readonly reason: string
  /** Path of the field. */
  readonly at: string
  /** Type of the event, where it is known. */
  readonly event?: string
  /** Row number in its file, or place in its request, from 0. */
  readonly position: number
  readonly origin: Origin
  /** As it came: numbers with all their digits. */
  readonly record: unknown
  /** When it was refused: milliseconds since 1970 UTC. */
  readonly refusedAt: number
}

export interface DeadLetter extends NewDeadLetter {
  /** Counted from 1 in the order of refusal. */
  readonly number: number
  readonly isReplayed: boolean
}

export interface LetterFilter {
  readonly code?: string
  readonly event?: string
  /** The mapping of an import, or `http`. */
  readonly source?: string
  readonly importId?: string
  /** Those that a replay let in too. */
  readonly withReplayed?: boolean
}

export interface DeadLetterStore {
  /** Gives how many of them were not kept before. On disk, but lasting only after `sync`. */
  append(letters: readonly NewDeadLetter[]): number
  /** The earliest first. */
  list(filter?: LetterFilter, limit?: number): readonly DeadLetter[]
  counts(filter?: LetterFilter): { readonly [code: string]: number }
  markReplayed(number: number): void
  /** Forgets those of an import that was given up. */
  dropImport(importId: string): void
  /** Places in the file that are damaged: what stood there is lost, and named here. */
  readonly damaged: readonly string[]
  sync(): Promise<void>
  close(): void
}

interface Entry {
  readonly number: number
  readonly at: number
  readonly length: number
  readonly key: string
  readonly code: string
  readonly event: string | undefined
  readonly source: string
  readonly importId: string | undefined
  isReplayed: boolean
}

const magic = 0x3164524d
const headerBytes = 16
const fileName = 'letters'
const fileHeaderBytes = 16
const fileFormat = 1

/** Opens the store in a folder of the disk, made when missing. A torn end is cut off. */
export const openDeadLetters = async (disk: Disk, folder: string): Promise<DeadLetterStore> => {
  disk.makeFolder(folder)
  const path = `${folder}/${fileName}`
  const file = disk.open(path, 'create')
  if (file.size() < fileHeaderBytes) await begin(disk, folder, file)
  const damagedHeader = isHeaderDamaged(file) ? [0] : []
  const entries = new Map<string, Entry>()
  const byNumber = new Map<number, Entry>()
  let last = 0
  const apply = (payload: Payload, at: number, length: number): void => {
    if (payload.letter !== undefined) {
      const entry = entryOf(payload.letter, at, length)
      entries.set(entry.key, entry)
      byNumber.set(entry.number, entry)
      last = Math.max(last, entry.number)
    }
    const replayed = payload.replayed === undefined ? undefined : byNumber.get(payload.replayed)
    if (replayed !== undefined) replayed.isReplayed = true
    if (payload.dropped === undefined) return
    for (const entry of entries.values()) {
      if (entry.importId !== payload.dropped) continue
      entries.delete(entry.key)
      byNumber.delete(entry.number)
    }
  }
  const found = scan(file, apply)
  let end = found.end
  if (end < file.size()) file.truncate(end)
  const put = (payload: Payload): void => {
    const bytes = frame(payload)
    file.write(bytes, end)
    apply(payload, end, bytes.length)
    end += bytes.length
  }
  const chosen = (filter: LetterFilter = {}): Entry[] => [...entries.values()].filter((entry) => passes(entry, filter))
  return {
    damaged: [...damagedHeader, ...found.damaged].map((at) => `${path}, byte ${at}`),
    append: (letters) => {
      const before = last
      for (const letter of letters) if (!entries.has(letter.key)) put({ letter: { ...letter, number: last + 1 } })
      return last - before
    },
    list: (filter, limit = Number.POSITIVE_INFINITY) =>
      chosen(filter)
        .slice(0, limit)
        .map((entry) => ({ ...readLetter(file, entry), isReplayed: entry.isReplayed })),
    counts: (filter) => counted(chosen(filter)),
    markReplayed: (number) => {
      if (byNumber.get(number)?.isReplayed === false) put({ replayed: number })
    },
    dropImport: (importId) => put({ dropped: importId }),
    sync: () => file.sync(),
    close: file.close,
  }
}

const fileHeader = (): Uint8Array => {
  const bytes = new Uint8Array(fileHeaderBytes)
  bytes.set(Buffer.from('MRDEAD'))
  const view = new DataView(bytes.buffer)
  view.setUint32(8, fileFormat, true)
  view.setUint32(12, crc32(bytes.subarray(0, 12)), true)
  return bytes
}

const begin = async (disk: Disk, folder: string, file: DiskFile): Promise<void> => {
  file.truncate(0)
  file.write(fileHeader(), 0)
  await file.sync()
  await disk.syncFolder(folder)
}

/** Letters are checked one by one: a damaged header costs none. Throws FORMAT_TOO_NEW. */
const isHeaderDamaged = (file: DiskFile): boolean => {
  const bytes = new Uint8Array(fileHeaderBytes)
  file.read(bytes, 0)
  const view = new DataView(bytes.buffer)
  if (view.getUint32(12, true) !== crc32(bytes.subarray(0, 12))) return true
  const format = view.getUint32(8, true)
  if (format > fileFormat) {
    throw new MillraceError('FORMAT_TOO_NEW', 'the dead letters were written by a newer Millrace', {
      at: file.path,
      value: format,
      expected: `at most ${fileFormat}`,
    })
  }
  return false
}

export interface ExaminedLetters {
  readonly path: string
  readonly bytes: number
  /** Bytes of the file from which on something is damaged. */
  readonly damaged: readonly number[]
  /** Numbers of letters that stood there. */
  readonly lost: readonly number[]
}

/** Reads every letter and changes nothing; undefined where there are none. Throws FORMAT_TOO_NEW. */
export const examineDeadLetters = (disk: Disk, folder: string): ExaminedLetters | undefined => {
  const path = `${folder}/${fileName}`
  if (!disk.exists(path)) return undefined
  const file = disk.open(path, 'read')
  try {
    const numbers = new Set<number>()
    const header = isHeaderDamaged(file) ? [0] : []
    const { damaged } = scan(file, ({ letter }) => letter !== undefined && numbers.add(letter.number))
    const last = Math.max(0, ...numbers)
    const lost = Array.from({ length: last }, (_, i) => i + 1).filter((number) => !numbers.has(number))
    return { path, bytes: file.size(), damaged: [...header, ...damaged], lost }
  } finally {
    file.close()
  }
}

interface Payload {
  readonly letter?: NewDeadLetter & { readonly number: number }
  readonly replayed?: number
  readonly dropped?: string
}

const entryOf = ({ number, key, code, event, origin }: NewDeadLetter & { readonly number: number }, at: number, length: number): Entry => ({
  number,
  at,
  length,
  key,
  code,
  event,
  source: origin.via === 'http' ? 'http' : origin.mapping,
  importId: origin.via === 'http' ? undefined : origin.importId,
  isReplayed: false,
})

const passes = (entry: Entry, { code, event, source, importId, withReplayed = false }: LetterFilter): boolean =>
  (withReplayed || !entry.isReplayed) &&
  (code === undefined || entry.code === code) &&
  (event === undefined || entry.event === event) &&
  (source === undefined || entry.source === source) &&
  (importId === undefined || entry.importId === importId)

const counted = (entries: readonly Entry[]): { readonly [code: string]: number } => {
  const counts: Record<string, number> = {}
  for (const { code } of entries) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

/** JSON that keeps the digits of bigints and long numbers; NaN and infinities, which JSON lacks, become text. */
const frame = (payload: Payload): Uint8Array => {
  const json = Buffer.from(JSON.stringify(payload, (_, value: unknown) => jsonable(value)))
  const bytes = new Uint8Array((headerBytes + json.length + 7) & ~7)
  bytes.set(json, headerBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(8, json.length, true)
  view.setUint32(4, crc32(bytes.subarray(8, headerBytes + json.length)), true)
  return bytes
}

const jsonable = (value: unknown): unknown => {
  if (typeof value === 'bigint') return rawJson(`${value}`)
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

const payloadAt = (bytes: Uint8Array, at: number): { readonly payload: Payload; readonly size: number } | undefined => {
  if (at + headerBytes > bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at)
  if (view.getUint32(0, true) !== magic) return undefined
  const end = headerBytes + view.getUint32(8, true)
  if (end > view.byteLength || view.getUint32(4, true) !== crc32(bytes.subarray(at + 8, at + end))) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at + headerBytes, end - headerBytes).toString('utf8')
  // Written by `frame`: the letter's own members stand around a record that may be as deep as records go.
  return { payload: parseExact(text, Number.POSITIVE_INFINITY) as Payload, size: (end + 7) & ~7 }
}

const readLetter = (file: DiskFile, { at, length }: Entry): NewDeadLetter & { readonly number: number } => {
  const bytes = new Uint8Array(length)
  file.read(bytes, at)
  const letter = payloadAt(bytes, 0)?.payload.letter
  if (letter !== undefined) return letter
  throw new MillraceError('DATA_DAMAGED', 'a dead letter can no longer be read', { at: `${file.path}, byte ${at}` })
}

/** Every whole record. What follows the last one is a torn end; gaps before it are damage. */
const scan = (file: DiskFile, apply: (payload: Payload, at: number, length: number) => unknown) => {
  const bytes = new Uint8Array(file.size())
  file.read(bytes, 0)
  const damaged: number[] = []
  let end = fileHeaderBytes
  for (let at = end; at < bytes.length; ) {
    const found = payloadAt(bytes, at)
    if (found === undefined) {
      at += 8
      continue
    }
    if (at > end) damaged.push(end)
    apply(found.payload, at, found.size)
    at += found.size
    end = at
  }
  return { end, damaged }
}
