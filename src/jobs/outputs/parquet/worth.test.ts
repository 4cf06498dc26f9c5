import { zstdCompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import { isDoublesWorth, isPlacesWorth } from './worth.ts'

const size = 40_000

/** Bytes from 0 up to `limit`. */
const drawn = (limit: number, length = size): Uint8Array => {
  const random = createPrng(limit)
  return Uint8Array.from({ length }, () => Math.floor(random() * limit))
}
const share = (bytes: Uint8Array): number => 1 - zstdCompressSync(bytes).length / bytes.length

it('finds worth compressing what shrinks by more than it asks for, and nothing that does not shrink', () => {
  const [rising, noise, few] = [Uint8Array.from({ length: size }, (_, i) => i / 200), drawn(256), drawn(12)]
  expect([rising, noise, few].map((bytes) => share(bytes) > 0.3)).toEqual([true, false, true])
  expect([rising, noise, few].map((bytes) => isPlacesWorth([bytes]))).toEqual([true, false, true])
  const again = new Uint8Array(size)
  for (let at = 0; at < size; at += 250) again.set(noise.subarray(0, 250), at)
  expect([share(again) > 0.9, isPlacesWorth([again])]).toEqual([true, true])
})

it('weighs a dictionary by its size beside the places', () => {
  const [noise, few] = [drawn(256), drawn(4)]
  expect(isPlacesWorth([few.subarray(0, 4_000), noise])).toBe(false)
  expect(isPlacesWorth([few, noise.subarray(0, 4_000)])).toBe(true)
})

it('leaves what is empty, and doubles that have nothing in common', () => {
  expect([isPlacesWorth([]), isPlacesWorth([new Uint8Array(0)]), isDoublesWorth(new Uint8Array(0))]).toEqual([false, false, false])
  expect(isDoublesWorth(drawn(256))).toBe(false)
  expect(isDoublesWorth(new Uint8Array(new Float64Array(4_000).map((_, i) => Math.sqrt(i % 90)).buffer))).toBe(true)
})
