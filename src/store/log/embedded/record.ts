/**
 * A record in a segment, little-endian, at a multiple of 8 bytes (docs/formats.md, "Log segment"):
 *
 *   0  u32  magic "MRr1"
 *   4  u32  CRC-32 of bytes 8 to the end of the payload
 *   8  u32  length of the payload
 *  12  u32  records of the same commit that still follow
 *  16  f64  offset
 *  24  f64  stamp
 *  32  f64  every offset below this one was durable when this record was written
 *  40  u16  kind
 *  42  6 zero bytes
 *  48  payload, then zero bytes up to a multiple of 8
 */
import { crc32 } from '../../disk/crc.ts'
import type { LogRecord } from '../port.ts'

export const recordHeaderBytes = 48
const recordMagic = 0x3172524d

export interface StoredRecord extends LogRecord {
  readonly left: number
  readonly durable: number
  /** Bytes that it takes, padding included. */
  readonly size: number
}

export const recordSize = (payload: number): number => (recordHeaderBytes + payload + 7) & ~7

export interface RecordFrame {
  readonly offset: number
  readonly stamp: number
  readonly left: number
  readonly durable: number
  readonly kind: number
  readonly bytes: Uint8Array
}

/** Writes a record at `at`, which has room for it and holds zeroes; gives the position after it. */
export const putRecord = (into: Uint8Array, view: DataView, at: number, record: RecordFrame): number => {
  const payload = record.bytes
  view.setUint32(at, recordMagic, true)
  view.setUint32(at + 8, payload.length, true)
  view.setUint32(at + 12, record.left, true)
  view.setFloat64(at + 16, record.offset, true)
  view.setFloat64(at + 24, record.stamp, true)
  view.setFloat64(at + 32, record.durable, true)
  view.setUint16(at + 40, record.kind, true)
  into.set(payload, at + recordHeaderBytes)
  view.setUint32(at + 4, crc32(into.subarray(at + 8, at + recordHeaderBytes + payload.length)), true)
  return at + recordSize(payload.length)
}

/** Bytes that the record at `at` claims to take, or undefined where no record begins. Needs a header's worth of bytes. */
export const claimedSize = (view: DataView, at: number): number | undefined =>
  view.getUint32(at, true) === recordMagic ? recordSize(view.getUint32(at + 8, true)) : undefined

/** The record at `at`, or undefined when it is not whole and right there. Its bytes are a view. */
export const getRecord = (from: Uint8Array, view: DataView, at: number): StoredRecord | undefined => {
  if (at + recordHeaderBytes > from.length) return undefined
  const size = claimedSize(view, at)
  if (size === undefined || at + size > from.length) return undefined
  const length = view.getUint32(at + 8, true)
  const end = at + recordHeaderBytes + length
  if (view.getUint32(at + 4, true) !== crc32(from.subarray(at + 8, end))) return undefined
  return {
    left: view.getUint32(at + 12, true),
    offset: view.getFloat64(at + 16, true),
    stamp: view.getFloat64(at + 24, true),
    durable: view.getFloat64(at + 32, true),
    kind: view.getUint16(at + 40, true),
    bytes: from.subarray(at + recordHeaderBytes, end),
    size,
  }
}
