/**
 * A segment file: `OFFSET.log` (20 digits, the offset of its first record), a header of 64 bytes, then records.
 *
 *   0  8 bytes  "MRLOG\0\0\0"
 *   8  u32      format, 1
 *  12  u32      CRC-32 of bytes 16 to 64
 *  16  f64      offset of the first record
 *  24  f64      stamp of the last record before it
 *  32  32 zero bytes
 */
import { MillraceError } from '../../../base/error.ts'
import { crc32 } from '../../disk/crc.ts'
import type { DiskFile } from '../../disk/port.ts'
import { claimedSize, getRecord, recordHeaderBytes, type StoredRecord } from './record.ts'

const segmentFormat = 1
export const segmentHeaderBytes = 64
const magic = Uint8Array.from('MRLOG\0\0\0', (letter) => letter.charCodeAt(0))

export const segmentName = (offset: number): string => `${String(offset).padStart(20, '0')}.log`
export const isSegmentName = (name: string): boolean => /^[0-9]{20}\.log$/.test(name)

export const segmentHeader = (offset: number, stamp: number): Uint8Array => {
  const bytes = new Uint8Array(segmentHeaderBytes)
  const view = new DataView(bytes.buffer)
  bytes.set(magic)
  view.setUint32(8, segmentFormat, true)
  view.setFloat64(16, offset, true)
  view.setFloat64(24, stamp, true)
  view.setUint32(12, crc32(bytes.subarray(16)), true)
  return bytes
}

/** Offset and stamp a segment begins at; undefined when the header is not whole and right. Throws FORMAT_TOO_NEW. */
export const readSegmentHeader = (file: DiskFile): { readonly offset: number; readonly stamp: number } | undefined => {
  const bytes = new Uint8Array(segmentHeaderBytes)
  if (file.read(bytes, 0) < segmentHeaderBytes || !magic.every((byte, i) => bytes[i] === byte)) return undefined
  const view = new DataView(bytes.buffer)
  const format = view.getUint32(8, true)
  if (format > segmentFormat) {
    throw new MillraceError('FORMAT_TOO_NEW', 'the log was written by a newer Millrace', {
      at: file.path,
      value: format,
      expected: `at most ${segmentFormat}`,
    })
  }
  if (view.getUint32(12, true) !== crc32(bytes.subarray(16))) return undefined
  return { offset: view.getFloat64(16, true), stamp: view.getFloat64(24, true) }
}

const chunkBytes = 1 << 20

export interface RecordReader {
  /** Where the next record would stand. */
  position(): number
  /** The record at the position; undefined where none stands that is whole and right, and the position stays. */
  next(): StoredRecord | undefined
  /** The first whole and right record after the position, wherever it is: what lies beyond damage. */
  resync(): StoredRecord | undefined
}

/** Reads a file's records up to byte `end`, through a buffer that is replaced, never overwritten: records are views of it. */
export const createRecordReader = (file: DiskFile, from: number, end: number): RecordReader => {
  let buffer = new Uint8Array(0)
  let view = new DataView(buffer.buffer)
  let [start, position] = [from, from]

  /** Makes the bytes [position, position + size) present; false when the file ends before. */
  const fill = (size: number): boolean => {
    if (position + size > end) return false
    if (position + size <= start + buffer.length) return true
    const fresh = new Uint8Array(Math.min(Math.max(size, chunkBytes), end - position))
    buffer = fresh.subarray(0, file.read(fresh, position))
    view = new DataView(buffer.buffer)
    start = position
    return size <= buffer.length
  }

  const next = (): StoredRecord | undefined => {
    if (!fill(recordHeaderBytes)) return undefined
    const size = claimedSize(view, position - start)
    if (size === undefined || !fill(size)) return undefined
    const record = getRecord(buffer, view, position - start)
    if (record !== undefined) position += record.size
    return record
  }

  const resync = (): StoredRecord | undefined => {
    while (position + 8 + recordHeaderBytes <= end) {
      position += 8
      const record = next()
      if (record !== undefined) return record
    }
    return undefined
  }

  return { position: () => position, next, resync }
}
