/**
 * The RLE and bit-packing hybrid of Parquet (parquet-format, Encodings.md): levels, and places in a dictionary.
 */
export interface HybridInput {
  readonly bytes: Uint8Array
  /** The encoded runs lie in bytes `from` to `to`. */
  readonly from: number
  readonly to: number
  /** Bits of a value, 0 to 32. */
  readonly width: number
}

const ended = (): Error => new Error('a page ends within a run of values')

/** Fills `out` with as many values as it holds. */
export const readHybrid = ({ bytes, from, to, width }: HybridInput, out: Int32Array): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, to)
  let at = from
  for (let done = 0; done < out.length; ) {
    let header = 0
    for (let shift = 0; ; shift += 7) {
      if (at >= to || shift > 28) throw ended()
      const byte = bytes[at++]!
      header |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    if ((header & 1) === 1) {
      const groups = header >>> 1
      const count = Math.min(groups * 8, out.length - done)
      if (at + Math.ceil((count * width) / 8) > to) throw ended()
      unpack(view, at, width, out.subarray(done, done + count))
      at += groups * width
      done += count
    } else {
      const count = Math.min(header >>> 1, out.length - done)
      const value = repeated(view, at, width)
      at += (width + 7) >>> 3
      out.fill(value, done, done + count)
      done += count
    }
  }
}

const repeated = (view: DataView, at: number, width: number): number => {
  let value = 0
  for (let i = 0; i < width; i += 8) value |= view.getUint8(at + (i >>> 3)) << i
  return value
}

/** Values of up to 25 bits come out of one load of four bytes, from whichever bit they begin at. */
const unpack = (view: DataView, at: number, width: number, out: Int32Array): void => {
  if (width === 0) {
    out.fill(0)
    return
  }
  const fast = width > 25 ? 0 : Math.max(0, Math.min(out.length, Math.floor(((view.byteLength - at - 4) * 8) / width)))
  const mask = 2 ** width - 1
  let bit = at * 8
  for (let i = 0; i < fast; i++, bit += width) out[i] = (view.getUint32(bit >>> 3, true) >>> (bit & 7)) & mask
  for (let i = fast; i < out.length; i++, bit += width) out[i] = slowly(view, bit, width)
}

const slowly = (view: DataView, bit: number, width: number): number => {
  let value = 0
  for (let i = 0; i < width; i++, bit++) value |= ((view.getUint8(bit >>> 3) >>> (bit & 7)) & 1) << i
  return value
}

/** Whether the runs begin with one that says `value` for all `count` values: the usual case of a column without nulls. */
export const isOneRun = ({ bytes, from, to, width }: HybridInput, value: number, count: number): boolean => {
  let header = 0
  let at = from
  for (let shift = 0; ; shift += 7) {
    if (at >= to || shift > 28) return false
    const byte = bytes[at++]!
    header |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  return (header & 1) === 0 && header >>> 1 >= count && width <= 8 && bytes[at] === value
}
