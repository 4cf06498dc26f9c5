/** Arrays that are used again for every column chunk: a chunk's own would be garbage at once, of many times a slice's size. */
import { bytes, doubles, ints, type Scratch } from '../../../windows/batch/scratch.ts'

export interface ChunkRoom {
  readonly mask: Scratch<Uint8Array>
  readonly kept: Scratch<Float64Array>
  /** Of the rows that have a value. */
  readonly places: Scratch<Int32Array>
  readonly placeOf: Scratch<Int32Array>
  readonly used: Scratch<Float64Array>
  readonly levels: Scratch<Uint8Array>
  readonly packed: Scratch<Uint8Array>
  readonly page: Scratch<Uint8Array>
}

export const createChunkRoom = (): ChunkRoom => ({
  mask: bytes(),
  kept: doubles(),
  places: ints(),
  placeOf: ints(),
  used: doubles(),
  levels: bytes(),
  packed: bytes(),
  page: bytes(),
})
