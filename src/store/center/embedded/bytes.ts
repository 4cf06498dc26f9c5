/** Bytes written and read one value after another, little-endian. */

export interface ByteWriter {
  u8(value: number): void
  /** A whole number from 0 to 2^53 − 1, seven bits a byte, the lowest first; the top bit says that more follow. */
  varint(value: number): void
  /** A whole number within ±(2^53 − 1): 2n, or −2n − 1 below zero, as a varint where that fits, else the same in parts. */
  integer(value: number): void
  f64(value: number): void
  i64(value: bigint): void
  /** Length in bytes as a varint, then UTF-8. */
  text(value: string): void
  /** Everything since the last call, copied. */
  take(): Uint8Array
  length(): number
}

export const createByteWriter = (): ByteWriter => {
  let bytes = Buffer.allocUnsafe(1 << 12)
  let view = new DataView(bytes.buffer, bytes.byteOffset)
  let at = 0
  const room = (size: number): void => {
    if (at + size <= bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(at + size, bytes.length * 2))
    bytes.copy(grown, 0, 0, at)
    bytes = grown
    view = new DataView(bytes.buffer, bytes.byteOffset)
  }
  const varint = (value: number): void => {
    room(8)
    while (value > 127) {
      bytes[at++] = (value % 128) | 128
      value = Math.floor(value / 128)
    }
    bytes[at++] = value
  }
  return {
    varint,
    u8: (value) => {
      room(1)
      bytes[at++] = value
    },
    integer: (value) => {
      // The sign goes into the lowest bit of the first byte, so that the rest never passes 2^53.
      const size = value < 0 ? -value - 1 : value
      room(9)
      bytes[at++] = (value < 0 ? 1 : 0) | ((size % 64) << 1) | (size > 63 ? 128 : 0)
      if (size > 63) varint(Math.floor(size / 64))
    },
    f64: (value) => {
      room(8)
      view.setFloat64(at, value, true)
      at += 8
    },
    i64: (value) => {
      room(8)
      view.setBigInt64(at, value, true)
      at += 8
    },
    text: (value) => {
      const length = Buffer.byteLength(value)
      varint(length)
      room(length)
      at += bytes.write(value, at, 'utf8')
    },
    take: () => {
      const taken = new Uint8Array(bytes.subarray(0, at))
      at = 0
      return taken
    },
    length: () => at,
  }
}

export interface ByteReader {
  /** Goes on with other bytes, from their beginning: one reader serves many records. */
  reset(from: Uint8Array): void
  u8(): number
  varint(): number
  integer(): number
  f64(): number
  i64(): bigint
  text(): string
  done(): boolean
}

export const createByteReader = (from: Uint8Array): ByteReader => {
  let bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength)
  let view = new DataView(from.buffer, from.byteOffset, from.byteLength)
  let at = 0
  let end = from.byteLength
  // The text read last: a record's texts often come twice, as its subject and the field that this is.
  let [last, lastAt, lastLength] = ['', 0, 0]

  const isLast = (length: number): boolean => {
    if (length !== lastLength) return false
    for (let i = 0; i < length; i++) if (bytes[at + i] !== bytes[lastAt + i]) return false
    return true
  }
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  return {
    reset: (other) => {
      // Records lie in one buffer mostly: what looks at all of it is made once.
      if (other.buffer !== bytes.buffer || bytes.length < other.buffer.byteLength) {
        bytes = Buffer.from(other.buffer)
        view = new DataView(other.buffer)
        ;[last, lastAt, lastLength] = ['', 0, 0]
      }
      at = other.byteOffset
      end = at + other.byteLength
    },
    varint,
    u8: () => bytes[at++]!,
    integer: () => {
      const byte = bytes[at++]!
      const size = ((byte & 127) >> 1) + (byte > 127 ? varint() * 64 : 0)
      return (byte & 1) === 1 ? -size - 1 : size
    },
    f64: () => {
      at += 8
      return view.getFloat64(at - 8, true)
    },
    i64: () => {
      at += 8
      return view.getBigInt64(at - 8, true)
    },
    text: () => {
      const length = varint()
      if (!isLast(length)) {
        last = bytes.toString('utf8', at, at + length)
        lastAt = at
        lastLength = length
      }
      at += length
      return last
    },
    done: () => at >= end,
  }
}
