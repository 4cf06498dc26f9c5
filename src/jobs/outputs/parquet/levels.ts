/** Levels and places in a dictionary, in Parquet's RLE and bit-packing hybrid (parquet-format, Encodings.md). */

/** Bits needed to write `value`. */
export const bitsOf = (value: number): number => 32 - Math.clz32(value)

const varInt = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varInt(value >>> 7)])

/** `count` times the same value of one bit. */
export const oneRun = (value: number, count: number): Uint8Array => Uint8Array.from([...varInt((count << 1) >>> 0), value])

/** What stands before a bit-packed run. */
export const packedHeader = (count: number): Uint8Array => Uint8Array.from(varInt((Math.ceil(count / 8) << 1) | 1))

/** Bytes of a bit-packed run of values of `width` bits, after its header. */
export const packedSize = (count: number, width: number): number => Math.ceil(count / 8) * width

/** So many bytes beyond a run may be written over: words are written whole. */
export const packedSlack = 4

export interface Packed {
  /** Of the values, in their order. */
  readonly slots: Int32Array
  /** The value of a slot, of `width` bits (1 to 31). */
  readonly placeOf: Int32Array
  readonly width: number
}

/** Writes a bit-packed run, without its header, into `bytes` from `at` on. */
export const pack = (run: Packed, bytes: Uint8Array, at: number): void => {
  const end = at + packedSize(run.slots.length, run.width)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const begun = run.width <= 16 ? packPairs(run, view, at) : { done: 0, at, held: 0, bits: 0 }
  const rest = packSingly(run, view, begun)
  // Values that fill the last group up are zeros.
  bytes.fill(0, rest.at, end)
  if (rest.bits > 0) view.setInt32(rest.at, rest.held, true)
}

/** `done` values are packed; the last `bits` bits of them stand in `held`, and go to `at`. */
interface Progress {
  readonly done: number
  readonly at: number
  readonly held: number
  readonly bits: number
}

/** Two values at a time, of up to 16 bits. */
const packPairs = ({ slots, placeOf, width }: Packed, view: DataView, from: number): Progress => {
  const both = 2 * width
  const done = slots.length & ~1
  let [at, held, bits] = [from, 0, 0]
  for (let i = 0; i < done; i += 2) {
    const pair = placeOf[slots[i]!]! | (placeOf[slots[i + 1]!]! << width)
    held |= pair << bits
    bits += both
    if (bits >= 32) {
      view.setInt32(at, held, true)
      at += 4
      bits -= 32
      held = bits === 0 ? 0 : pair >>> (both - bits)
    }
  }
  return { done, at, held, bits }
}

const packSingly = ({ slots, placeOf, width }: Packed, view: DataView, begun: Progress): Progress => {
  let { at, held, bits } = begun
  for (let i = begun.done; i < slots.length; i++) {
    const value = placeOf[slots[i]!]!
    held |= value << bits
    bits += width
    if (bits >= 32) {
      view.setInt32(at, held, true)
      at += 4
      bits -= 32
      held = bits === 0 ? 0 : value >>> (width - bits)
    }
  }
  return { done: slots.length, at, held, bits }
}
