/** Seeded data: keys drawn evenly or by Zipf's law, and the names they stand for. */
import { createPrng } from '../../src/base/prng.ts'

export type KeyShape = 'uniform' | 'zipf'

/**
 * Draws key numbers below `count`. Zipf with exponent 1; which key is frequent is shuffled by `seed`, so that two draws with
 * one `seed` agree on it.
 */
export const createKeyDraw = (shape: KeyShape, count: number, seed: number, drawSeed = seed): (() => number) => {
  const random = createPrng(drawSeed)
  if (shape === 'uniform') return () => Math.floor(random() * count)
  const sums = new Float64Array(count)
  for (let rank = 0, sum = 0; rank < count; rank++) {
    sum += 1 / (rank + 1)
    sums[rank] = sum
  }
  const keyOf = shuffled(count, createPrng(seed))
  return () => keyOf[firstAbove(sums, random() * sums[count - 1]!)]!
}

/** Fisher and Yates. */
const shuffled = (count: number, random: () => number): Int32Array => {
  const order = Int32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const held = order[i]!
    order[i] = order[other]!
    order[other] = held
  }
  return order
}

const firstAbove = (sums: Float64Array, value: number): number => {
  let low = 0
  let high = sums.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sums[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** Names of keys: `user-00000042`. */
export const keyNames = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `user-${String(i).padStart(8, '0')}`)

/** A waiting time with this mean. */
export const exponential = (random: () => number, mean: number): number => -Math.log(1 - random()) * mean
