/**
 * The file of dead letters, append-only (docs/formats.md, "Dead letters"), little-endian: a header of 16 bytes ("MRDEAD", zeroes, u32 format, u32 CRC of the 12 bytes
 * before it), synced before anything else; then records at multiples of 8 bytes:
 *
 *   0  u32  magic "MRd1"
 *   4  u32  CRC-32 of bytes 8 to the end of the payload
 *   8  u32  length of the payload
 *  12  u32  0
 *  16  payload: JSON in UTF-8, then zero bytes up to a multiple of 8
 *
 * A payload is `{ letter }`, `{ replayed: number }`, `{ dropped: import id }`, `{ mapping: { importId, plan } }`,
 * `{ conflicts: { importId, sought } }` or `{ erased: ranges of numbers, last: number }`. Unknown members are passed over. What has a
 * number that is no whole one is damage.
 *
 * Format 1 had single numbers in place of ranges: such a file is read and gone on with as it is, and is of format 2 once it is
 * written anew, which alone writes `erased`.
 */
import { MillraceError } from '../base/error.ts'
import type { MappingPlan } from '../model/mapping.ts'
import { crc32 } from '../store/disk/crc.ts'
import type { Disk, DiskFile } from '../store/disk/port.ts'
import type { StoredLetter } from './letter.ts'
import { parseExact, rawJson } from './readers/json/exact.ts'

const magic = 0x3164524d
const headerBytes = 16
export const recordHeaderBytes = headerBytes
export const lettersFile = 'letters'
export const fileHeaderBytes = 16
const fileFormat = 2

export interface Payload {
  readonly letter?: StoredLetter
  readonly replayed?: number
  readonly dropped?: string
  /** Of an import whose mapping no project declares. */
  readonly mapping?: { readonly importId: string; readonly plan: MappingPlan }
  /** So many rows in conflict of a committed import were looked for in the whole of its file: nothing is left to be found. */
  readonly conflicts?: { readonly importId: string; readonly sought: number }
  /** Numbers of letters that were erased with their subject or given up with their import: `[first, last]`; in format 1 one alone. */
  readonly erased?: readonly (number | readonly [number, number])[]
  /** The highest number that any letter ever had: the letter itself may be lost to damage. */
  readonly last?: number
}

export const numbersOf = ({ erased = [] }: Payload): readonly number[] =>
  erased.flatMap((part) => {
    const [first, last] = typeof part === 'number' ? [part, part] : part
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })

/** Numbers, each once and in any order, as ranges. */
export const rangesOf = (numbers: readonly number[]): readonly (readonly [number, number])[] => {
  const ranges: [number, number][] = []
  for (const number of Float64Array.from(numbers).sort()) {
    const range = ranges.at(-1)
    if (range?.[1] === number - 1) range[1] = number
    else ranges.push([number, number])
  }
  return ranges
}

export const fileHeader = (): Uint8Array => {
  const bytes = new Uint8Array(fileHeaderBytes)
  bytes.set(Buffer.from('MRDEAD'))
  const view = new DataView(bytes.buffer)
  view.setUint32(8, fileFormat, true)
  view.setUint32(12, crc32(bytes.subarray(0, 12)), true)
  return bytes
}

export const begin = async (disk: Disk, folder: string, file: DiskFile): Promise<void> => {
  file.truncate(0)
  file.write(fileHeader(), 0)
  await file.sync()
  await disk.syncFolder(folder)
}

/** Letters are checked one by one: a damaged header costs none. Throws FORMAT_TOO_NEW. */
export const isHeaderDamaged = (file: DiskFile): boolean => {
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
  const path = `${folder}/${lettersFile}`
  if (!disk.exists(path)) return undefined
  const file = disk.open(path, 'read')
  try {
    const numbers = new Set<number>()
    let told = 0
    const header = isHeaderDamaged(file) ? [0] : []
    const { damaged } = scan(file, (payload) => {
      told = Math.max(told, payload.last ?? 0)
      for (const number of payload.letter === undefined ? numbersOf(payload) : [payload.letter.number]) numbers.add(number)
    })
    // As arguments of one call, a million numbers are too many.
    const last = [...numbers].reduce((most, number) => Math.max(most, number), told)
    const lost = Array.from({ length: last }, (_, i) => i + 1).filter((number) => !numbers.has(number))
    return { path, bytes: file.size(), damaged: [...header, ...damaged], lost }
  } finally {
    file.close()
  }
}

/** JSON that keeps the digits of bigints and long numbers; NaN and infinities, which JSON lacks, become text. */
export const frame = (payload: Payload): Uint8Array => {
  const json = Buffer.from(JSON.stringify(payload, (_, value: unknown) => jsonable(value)))
  const bytes = new Uint8Array((headerBytes + json.length + 7) & ~7)
  bytes.set(json, headerBytes)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, magic, true)
  view.setUint32(8, json.length, true)
  view.setUint32(4, crc32(bytes.subarray(8, headerBytes + json.length)), true)
  return bytes
}

/** As JSON takes it. */
export const jsonable = (value: unknown): unknown => {
  if (typeof value === 'bigint') return rawJson(`${value}`)
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

export const payloadAt = (bytes: Uint8Array, at: number): { readonly payload: Payload; readonly size: number } | undefined => {
  if (at + headerBytes > bytes.length) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at)
  if (view.getUint32(0, true) !== magic) return undefined
  const end = headerBytes + view.getUint32(8, true)
  if (end > view.byteLength || view.getUint32(4, true) !== crc32(bytes.subarray(at + 8, at + end))) return undefined
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + at + headerBytes, end - headerBytes).toString('utf8')
  // Written by `frame`: the letter's own members stand around a record that may be as deep as records go.
  const payload = parseExact(text, Number.POSITIVE_INFINITY) as Payload
  return hasWholeNumbers(payload) ? { payload, size: (end + 7) & ~7 } : undefined
}

/** An earlier Millrace that took ranges for numbers gave letters the number NaN: to go on from one would give them all the same. */
const hasWholeNumbers = ({ letter, erased = [], last = 1 }: Payload): boolean =>
  [...(letter === undefined ? [] : [letter.number]), ...erased.flat(), last].every((number) => Number.isSafeInteger(number) && number > 0)

/**
 * Every whole record from a byte on where one begins. What follows the last one is a torn end, unless it has a record's whole length;
 * that, and gaps before it, are damage.
 */
export const scan = (file: DiskFile, apply: (payload: Payload, at: number, length: number) => unknown, from = fileHeaderBytes) => {
  const bytes = new Uint8Array(Math.max(0, file.size() - from))
  file.read(bytes, from)
  const damaged: number[] = []
  let end = 0
  for (let at = 0; at < bytes.length; ) {
    const found = payloadAt(bytes, at)
    if (found === undefined) {
      at += 8
      continue
    }
    if (at > end) damaged.push(from + end)
    apply(found.payload, from + at, found.size)
    at += found.size
    end = at
  }
  const whole = wholeLength(bytes, end)
  if (whole > 0) damaged.push(from + end)
  return { end: from + end + whole, damaged }
}

/** Of a damaged record at the end that was written whole, as far as its header tells; 0 where the write itself was cut off. */
const wholeLength = (bytes: Uint8Array, at: number): number => {
  if (at + headerBytes > bytes.length) return 0
  const view = new DataView(bytes.buffer, bytes.byteOffset + at)
  const length = (headerBytes + view.getUint32(8, true) + 7) & ~7
  if (length === bytes.length - at) return length
  return view.getUint32(0, true) === magic && length < bytes.length - at ? length : 0
}
