/** Levels and places in a dictionary, in Parquet's RLE and bit-packing hybrid (parquet-format, Encodings.md). */

import type { Scratch } from '../../../windows/batch/scratch.ts'

/** Bits needed to write `value`. */
export const bitsOf = (value: number): number => 32 - Math.clz32(value)

const varInt = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varInt(value >>> 7)])

/** `count` times the same value of one bit. */
export const oneRun = (value: number, count: number): Uint8Array => Uint8Array.from([...varInt((count << 1) >>> 0), value])

/** Values of `width` bits (1 to 31) in one bit-packed run; valid until the next one in the same room. */
export const packed = (values: Int32Array | Uint8Array, width: number, room: Scratch<Uint8Array>): Uint8Array => {
  const groups = Math.ceil(values.length / 8)
  const header = varInt((groups << 1) | 1)
  const size = header.length + groups * width
  // Words are written whole: the last may reach beyond the run.
  const bytes = room.atLeast(size + 4)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  bytes.set(header)
  if (width === 1) {
    packBits(values, bytes, header.length)
    return bytes.subarray(0, size)
  }
  let at = header.length
  let held = 0
  let bits = 0
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    held |= value << bits
    bits += width
    if (bits >= 32) {
      view.setInt32(at, held, true)
      at += 4
      bits -= 32
      held = bits === 0 ? 0 : value >>> (width - bits)
    }
  }
  // Values that fill the last group up are zeros.
  for (let end = at; end < size; end++) bytes[end] = 0
  if (bits > 0) view.setInt32(at, held, true)
  return bytes.subarray(0, size)
}

/** Eight values a byte, the first in the lowest bit; those that fill the last byte up are zeros. */
const packBits = (values: Int32Array | Uint8Array, into: Uint8Array, from: number): void => {
  const whole = values.length & ~7
  let at = from
  for (let i = 0; i < whole; i += 8) {
    const low = values[i]! | (values[i + 1]! << 1) | (values[i + 2]! << 2) | (values[i + 3]! << 3)
    into[at++] = low | (values[i + 4]! << 4) | (values[i + 5]! << 5) | (values[i + 6]! << 6) | (values[i + 7]! << 7)
  }
  if (whole === values.length) return
  let last = 0
  for (let i = whole; i < values.length; i++) last |= values[i]! << (i - whole)
  into[at] = last
}
