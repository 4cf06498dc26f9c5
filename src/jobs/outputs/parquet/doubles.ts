/** Doubles of which few are different: a mean over a short window, what a tree of decisions answers. */
import type { Dictionary } from './dictionary.ts'
import { bitsOf } from './levels.ts'
import type { ChunkRoom } from './room.ts'

/** So many different ones are looked at in any case; of the others at most each fourth may be new. */
const freely = 1536
/** Places have at most 16 bits. */
const mostDifferent = 1 << 16

/**
 * Told apart by their bits, so that −0 stays what it is. Undefined where a dictionary and its places would take more than half of
 * what the values take, found after few of them where most are different. Valid until the next ones in the same room.
 */
export const fewDoubles = (values: Float64Array, room: ChunkRoom): Dictionary<Float64Array> | undefined => {
  const count = values.length
  const most = Math.min(mostDifferent, count, freely + (count >>> 2))
  // At most half full.
  const slotBits = bitsOf(2 * most)
  const placeOf = room.placeOf.atLeast(1 << slotBits).fill(-1, 0, 1 << slotBits)
  const slots = room.slots.atLeast(count).subarray(0, count)
  const used = room.used.atLeast(most)
  const size = placed(values, { placeOf, slotBits, slots, used, most })
  if (size === undefined || size * 64 + count * bitsOf(Math.max(0, size - 1)) >= count * 32) return undefined
  return { values: used.subarray(0, size), size, slots, placeOf }
}

interface Table {
  /** By slot; −1 where it is free. */
  readonly placeOf: Int32Array
  readonly slotBits: number
  readonly slots: Int32Array
  readonly used: Float64Array
  readonly most: number
}

/** How many there are; undefined where they are too many. */
const placed = (values: Float64Array, { placeOf, slotBits, slots, used, most }: Table): number | undefined => {
  const words = wordsOf(values)
  const usedWords = wordsOf(used)
  const [mask, shift] = [(1 << slotBits) - 1, 32 - slotBits]
  let size = 0
  for (let i = 0; i < values.length; i++) {
    const low = words[2 * i]!
    const high = words[2 * i + 1]!
    let slot = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b) >>> shift
    let place = placeOf[slot]!
    while (place >= 0 && (usedWords[2 * place] !== low || usedWords[2 * place + 1] !== high)) {
      slot = (slot + 1) & mask
      place = placeOf[slot]!
    }
    if (place < 0) {
      if (size >= most || size >= freely + (i >>> 2)) return undefined
      used[size] = values[i]!
      placeOf[slot] = size++
    }
    slots[i] = slot
  }
  return size
}

const wordsOf = ({ buffer, byteOffset, length }: Float64Array): Int32Array => new Int32Array(buffer, byteOffset, 2 * length)
