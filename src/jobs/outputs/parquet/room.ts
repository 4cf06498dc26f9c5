/** Arrays that are used again for every column chunk: a chunk's own would be garbage at once, of many times a slice's size. */
import { bytes, doubles, ints, type Scratch } from '../../../windows/batch/scratch.ts'

export interface ChunkRoom {
  /** Which rows have a value. */
  readonly bits: Scratch<Uint8Array>
  readonly kept: Scratch<Float64Array>
  /** Of the rows that have a value. */
  readonly slots: Scratch<Int32Array>
  readonly placeOf: Scratch<Int32Array>
  /** All 0 between uses. */
  readonly seen: Scratch<Uint8Array>
  readonly used: Scratch<Float64Array>
  readonly page: Scratch<Uint8Array>
}

export const createChunkRoom = (): ChunkRoom => ({
  bits: bytes(),
  kept: doubles(),
  slots: ints(),
  placeOf: ints(),
  seen: bytes(),
  used: doubles(),
  page: bytes(),
})
