/**
 * The frame of a run file: a header, sections in pages that each have a CRC, a footer in JSON, a trailer (docs/formats.md).
 *
 *   header   "MRRUN\0\0\0", u32 format, u32 zero
 *   section  its bytes, then zero bytes up to a multiple of 8
 *   sums     u32 for each page of each section, in the order of the sections
 *   footer   JSON
 *   trailer  u32 length of sums, u32 CRC of sums, u32 length of footer, u32 CRC of footer, u32 format,
 *            u32 CRC of the 20 bytes before, "MRRUNEND"; a trailer stays like this in every format
 */
import { MillraceError } from '../../../../base/error.ts'
import { crc32 } from '../../../disk/crc.ts'
import type { Disk, DiskFile } from '../../../disk/port.ts'
import type { Breath } from '../breath.ts'

const runFormat = 1
const headerBytes = 16
const trailerBytes = 32
const encoder = new TextEncoder()

/** Where a section stands: its first byte, its length, bytes in a page, and the number of its first page in the file. */
export interface Section {
  readonly at: number
  readonly length: number
  readonly page: number
  readonly first: number
}

/** Rows in a page of a column: so a row's page is computed and never looked up. */
export const pageRows = 1024
/** Page of what is not laid out by rows. */
export const blockBytes = 4096

export interface RunFileWriter {
  /** `page`: bytes in a page. */
  add(bytes: Uint8Array, page: number): Promise<Section>
  /** Writes footer and trailer and makes the file last; the folder is the caller's to sync. Gives the file's length. */
  finish(footer: object): Promise<number>
  /** Leaves the file as it is, for the caller to remove. */
  abandon(): void
}

/** Bytes written in one step, about. */
const stepBytes = 1 << 20

export const createRunFile = (disk: Disk, path: string, breathe: Breath): RunFileWriter => {
  const file = disk.open(path, 'create')
  file.truncate(0)
  const sums: number[] = []
  let at = headerBytes
  const put = (bytes: Uint8Array): void => {
    file.write(bytes, at)
    at += bytes.length
  }
  const add = async (bytes: Uint8Array, page: number): Promise<Section> => {
    const section = { at, length: bytes.length, page, first: sums.length }
    const stepPages = Math.ceil(stepBytes / page) * page
    for (let start = 0; start < bytes.length; start += stepPages) {
      const step = bytes.subarray(start, start + stepPages)
      for (let from = 0; from < step.length; from += page) sums.push(crc32(step.subarray(from, Math.min(step.length, from + page))))
      put(step)
      await breathe()
    }
    at = (at + 7) & ~7
    return section
  }
  const finish = async (footer: object): Promise<number> => {
    const sumBytes = new Uint8Array(Uint32Array.from(sums).buffer)
    const footerBytes = encoder.encode(JSON.stringify(footer))
    put(sumBytes)
    put(footerBytes)
    put(trailer(sumBytes, footerBytes))
    file.write(header(), 0)
    await file.sync()
    file.close()
    return at
  }
  return { add, finish, abandon: () => file.close() }
}

const header = (): Uint8Array => {
  const bytes = new Uint8Array(headerBytes)
  bytes.set(encoder.encode('MRRUN'))
  new DataView(bytes.buffer).setUint32(8, runFormat, true)
  return bytes
}

const trailer = (sums: Uint8Array, footer: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(trailerBytes)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of [sums.length, crc32(sums), footer.length, crc32(footer), runFormat].entries()) view.setUint32(i * 4, value, true)
  view.setUint32(20, crc32(bytes.subarray(0, 20)), true)
  bytes.set(encoder.encode('MRRUNEND'), 24)
  return bytes
}

export interface OpenedRun<Footer> {
  readonly file: DiskFile
  readonly footer: Footer
  readonly sums: Uint32Array
}

/** Throws FORMAT_TOO_NEW, and DATA_DAMAGED when footer or trailer are not what was written. */
export const openRunFile = <Footer>(disk: Disk, path: string): OpenedRun<Footer> => {
  const file = disk.open(path, 'read')
  const size = file.size()
  const damaged = (): MillraceError => dataDamaged(path, 'the footer', { from: 0, to: 0 })
  const end = new Uint8Array(trailerBytes)
  if (size < headerBytes + trailerBytes || file.read(end, size - trailerBytes) < trailerBytes) throw damaged()
  const view = new DataView(end.buffer)
  const [sumsLength, sumsCrc, footerLength, footerCrc, format] = [0, 4, 8, 12, 16].map((i) => view.getUint32(i, true)) as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (new TextDecoder().decode(end.subarray(24)) !== 'MRRUNEND' || view.getUint32(20, true) !== crc32(end.subarray(0, 20))) throw damaged()
  if (format > runFormat) {
    throw new MillraceError('FORMAT_TOO_NEW', 'the run was written by a newer Millrace', {
      at: path,
      value: format,
      expected: `at most ${runFormat}`,
    })
  }
  const start = size - trailerBytes - footerLength - sumsLength
  if (start < headerBytes) throw damaged()
  const sums = new Uint8Array(sumsLength)
  const footer = new Uint8Array(footerLength)
  file.read(sums, start)
  file.read(footer, start + sumsLength)
  if (crc32(sums) !== sumsCrc || crc32(footer) !== footerCrc) throw damaged()
  return { file, sums: new Uint32Array(sums.buffer), footer: JSON.parse(new TextDecoder().decode(footer)) as Footer }
}

/** Whether a file, or a part of one, is damaged or gone: the rest of the center is still to be read. */
export const isDamage = (error: unknown): error is MillraceError =>
  error instanceof MillraceError && (error.code === 'DATA_DAMAGED' || error.code === 'FILE_MISSING')

export const dataDamaged = (path: string, part: string, rows: { readonly from: number; readonly to: number }): MillraceError =>
  new MillraceError('DATA_DAMAGED', `${part} is damaged`, {
    at: path,
    value: { part, rows: [rows.from, rows.to] },
    expected: 'bytes as they were written',
    hint: 'bring back the file from a copy; these rows are withheld until then, all others can be read',
  })
