/** Whole numbers that lie near each other: one pass finds the different ones, their bounds, and which rows have one. */
import { assert } from '../../../base/assert.ts'
import type { Dictionary } from './dictionary.ts'
import { bitsOf } from './levels.ts'
import { type Bounds, bitsFor, type Present } from './present.ts'
import type { ChunkRoom } from './room.ts'

/** The smallest and the largest lie no further apart than this. */
const reach = (1 << 16) - 1
/** One slot for each number that may come, whichever of them is the first, which has the slot in the middle. */
const slotCount = 2 * reach + 1

export interface Wholes {
  readonly present: Present
  readonly bounds: Bounds
  /** Its values rise. */
  readonly dictionary: Dictionary<Float64Array>
}

/**
 * Of numbers that are all whole and finite, but for NaN, which is null: only the first is held to it.
 * Undefined where there are none, they lie too far apart, or a dictionary would not take far less room than they do. Valid until
 * the next ones in the same room.
 */
export const wholesIn = (values: Float64Array, rows: number, room: ChunkRoom): Wholes | undefined => {
  const first = firstOf(values, rows)
  if (first === undefined) return undefined
  assert(Number.isInteger(first), `whole numbers begin with ${first}`)
  const seen = room.seen.atLeast(slotCount)
  const slotted = slotsIn(values, rows, first, { seen, room })
  if (slotted === undefined) {
    seen.fill(0)
    return undefined
  }
  const { present, bounds } = slotted
  const ranked = rankedIn(bounds, first, { seen, room })
  if (ranked.size * 64 + present.count * bitsOf(ranked.size - 1) >= present.count * 40) return undefined
  return { present, bounds, dictionary: { ...ranked, slots: room.slots.atLeast(rows).subarray(0, present.count) } }
}

const firstOf = (values: Float64Array, rows: number): number | undefined => {
  for (let row = 0; row < rows; row++) if (!Number.isNaN(values[row]!)) return values[row]!
  return undefined
}

interface SlotRoom {
  readonly seen: Uint8Array
  readonly room: ChunkRoom
}

interface Slotted {
  readonly present: Present
  readonly bounds: Bounds
}

/** A slot for each number that is there. Differences of numbers in reach are exact, however large the numbers are. */
const slotsIn = (values: Float64Array, rows: number, first: number, { seen, room }: SlotRoom): Slotted | undefined => {
  const slots = room.slots.atLeast(rows)
  let [least, most] = [first, first]
  for (let row = 0; row < rows; row++) {
    const value = values[row]!
    if (!(value >= least && value <= most)) {
      if (Number.isNaN(value)) return someSlots(values, rows, { first, from: row, least, most }, { seen, room })
      if (value < least) least = value
      else most = value
      if (most - least > reach) return undefined
    }
    const slot = (value - first + reach) | 0
    slots[row] = slot
    seen[slot] = 1
  }
  return { present: { rows, count: rows, bits: undefined }, bounds: { least, most } }
}

interface Begun extends Bounds {
  readonly first: number
  /** The rows before all have a number, and a slot. */
  readonly from: number
}

const someSlots = (values: Float64Array, rows: number, begun: Begun, { seen, room }: SlotRoom): Slotted | undefined => {
  const slots = room.slots.atLeast(rows)
  const whole = begun.from & ~7
  const bits = bitsFor(rows, room).fill(0xff, 0, whole >>> 3)
  const { first } = begun
  let { least, most } = begun
  let count = whole
  for (let start = whole; start < rows; start += 8) {
    const end = Math.min(start + 8, rows)
    let held = 0
    for (let row = start; row < end; row++) {
      const value = values[row]!
      if (!(value >= least && value <= most)) {
        if (Number.isNaN(value)) continue
        if (value < least) least = value
        else most = value
        if (most - least > reach) return undefined
      }
      const slot = (value - first + reach) | 0
      slots[count++] = slot
      seen[slot] = 1
      held |= 1 << (row - start)
    }
    bits[start >>> 3] = held
  }
  return { present: { rows, count, bits }, bounds: { least, most } }
}

/** The numbers seen, in their order, and each slot's place among them. Makes `seen` all 0 again. */
const rankedIn = ({ least, most }: Bounds, first: number, { seen, room }: SlotRoom): Omit<Dictionary<Float64Array>, 'slots'> => {
  const [low, high] = [least - first + reach, most - first + reach]
  const used = room.used.atLeast(slotCount)
  const placeOf = room.placeOf.atLeast(slotCount)
  let size = 0
  for (let slot = low; slot <= high; slot++) {
    if (seen[slot] === 0) continue
    used[size] = slot - reach + first
    placeOf[slot] = size++
  }
  seen.fill(0, low, high + 1)
  return { values: used.subarray(0, size), size, placeOf }
}
