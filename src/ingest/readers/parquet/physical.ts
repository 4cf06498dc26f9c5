/** Values of a page as numbers, one double each; and, for what no double holds, as the library reads them. */
import type { DecodedArray, Encoding } from 'hyparquet'
import { deltaBinaryUnpack, deltaByteArray, deltaLengthByteArray } from 'hyparquet/src/delta.js'
import { byteStreamSplit } from 'hyparquet/src/encoding.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { readHybrid } from './hybrid.ts'
import type { Leaf } from './leaf.ts'

export interface Encoded {
  readonly encoding: Encoding
  readonly bytes: Uint8Array
  readonly at: number
  readonly count: number
}

/** Thrown where a 64-bit number fits no double: the chunk is then read as bigints. */
export class TooWide extends Error {}

/** Throws TooWide. */
export const numbersOf = (encoded: Encoded, leaf: Leaf): Float64Array => {
  const { encoding, count } = encoded
  const isUnsigned = leaf.form.as === 'numbers' && leaf.form.isUnsigned === true
  if (count === 0) return new Float64Array(0)
  if (leaf.element.type === 'BOOLEAN') return booleansOf(encoded)
  if (encoding === 'PLAIN') return plainNumbers(encoded, leaf.element.type, isUnsigned)
  return Float64Array.from(decodedOf(encoded, leaf) as Iterable<number | bigint>, (value) => doubleOf(value, isUnsigned))
}

const doubleOf = (value: number | bigint, isUnsigned: boolean): number => {
  if (typeof value === 'number') return isUnsigned ? value >>> 0 : value
  const number = Number(isUnsigned ? BigInt.asUintN(64, value) : value)
  if (!Number.isSafeInteger(number)) throw new TooWide()
  return number
}

const booleansOf = ({ encoding, bytes, at, count }: Encoded): Float64Array => {
  const values = new Float64Array(count)
  if (encoding === 'RLE') {
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at, true)
    const bits = new Int32Array(count)
    readHybrid({ bytes, from: at + 4, to: Math.min(bytes.length, at + 4 + length), width: 1 }, bits)
    values.set(bits)
    return values
  }
  if (encoding !== 'PLAIN') throw new Error(`values are encoded by ${encoding}, which is not known`)
  if (at + Math.ceil(count / 8) > bytes.length) throw new Error('a page ends before its values')
  for (let i = 0; i < count; i++) values[i] = (bytes[at + (i >>> 3)]! >>> (i & 7)) & 1
  return values
}

const widths: { readonly [type: string]: number } = { INT32: 4, INT64: 8, FLOAT: 4, DOUBLE: 8 }

const plainNumbers = ({ bytes, at, count }: Encoded, type: string | undefined, isUnsigned: boolean): Float64Array => {
  const width = widths[type ?? ''] ?? 0
  if (width === 0) throw new Error(`a column of ${type} holds no numbers`)
  const length = count * width
  if (at + length > bytes.length) throw new Error('a page ends before its values')
  const aligned = new Uint8Array(length)
  aligned.set(bytes.subarray(at, at + length))
  switch (type) {
    case 'INT32':
      return Float64Array.from(isUnsigned ? new Uint32Array(aligned.buffer) : new Int32Array(aligned.buffer))
    case 'FLOAT':
      return Float64Array.from(new Float32Array(aligned.buffer))
    case 'DOUBLE':
      return new Float64Array(aligned.buffer)
    default:
      return wholeNumbers(aligned.buffer, count, isUnsigned)
  }
}

const high = 2 ** 21

/** 64-bit whole numbers in place: both halves of each are read before the double is written over them. */
const wholeNumbers = (buffer: ArrayBuffer, count: number, isUnsigned: boolean): Float64Array => {
  const values = new Float64Array(buffer)
  const lows = new Uint32Array(buffer)
  const highs = isUnsigned ? lows : new Int32Array(buffer)
  for (let i = 0; i < count; i++) {
    const top = highs[2 * i + 1]!
    const value = top * 4294967296 + lows[2 * i]!
    if (top >= high || top < -high || value === -9007199254740992) throw new TooWide()
    values[i] = value
  }
  return values
}

/** By the library, in whichever array it chooses: for encodings and types that are seldom met. */
export const decodedOf = ({ encoding, bytes, at, count }: Encoded, { element }: Leaf): DecodedArray => {
  if (count === 0) return []
  const type = element.type!
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: at }
  switch (encoding) {
    case 'PLAIN':
      return readPlain(reader, type, count, element.type_length)
    case 'DELTA_BINARY_PACKED': {
      const output = type === 'INT32' ? new Int32Array(count) : new BigInt64Array(count)
      deltaBinaryUnpack(reader, count, output)
      return output
    }
    case 'DELTA_LENGTH_BYTE_ARRAY':
    case 'DELTA_BYTE_ARRAY': {
      const output = new Array<Uint8Array>(count)
      ;(encoding === 'DELTA_BYTE_ARRAY' ? deltaByteArray : deltaLengthByteArray)(reader, count, output)
      return output
    }
    case 'BYTE_STREAM_SPLIT':
      return byteStreamSplit(reader, count, type, element.type_length)
    default:
      throw new Error(`values are encoded by ${encoding}, which is not known`)
  }
}
