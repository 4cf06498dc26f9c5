import fc from 'fast-check'
import { expect, it } from 'vitest'
import { pack, packedHeader, packedSize, packedSlack } from './levels.ts'

/** Written over what was there before, from `at` on. */
const packedAt = (values: readonly number[], width: number, at: number): Uint8Array => {
  const size = packedSize(values.length, width)
  const used = new Uint8Array(at + size + packedSlack).fill(0xff)
  const places = [...new Set(values)].toReversed()
  pack({ slots: Int32Array.from(values, (value) => places.indexOf(value)), placeOf: Int32Array.from(places), width }, used, at)
  expect([...used.subarray(0, at)]).toEqual(Array.from({ length: at }, () => 0xff))
  return used.subarray(at, at + size)
}

it('packs values of every width, bit by bit', () => {
  const drawn = fc
    .integer({ min: 1, max: 31 })
    .chain((width) => fc.tuple(fc.constant(width), fc.array(fc.nat(2 ** width - 1), { maxLength: 70 })))
  fc.assert(
    fc.property(drawn, fc.nat(9), ([width, values], at) => {
      const packedBytes = packedAt(values, width, at)
      const bit = (i: number): number => (packedBytes[i >>> 3]! >>> (i & 7)) & 1
      const plain = values.map((_, v) =>
        Array.from({ length: width }, (_, b) => bit(v * width + b) * 2 ** b).reduce((sum, one) => sum + one, 0),
      )
      expect(plain).toEqual(values)
      const filled = Array.from({ length: packedBytes.length * 8 - values.length * width }, (_, i) => bit(values.length * width + i))
      expect(filled.every((one) => one === 0)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

it('tells how many groups of eight a run has', () => {
  expect([0, 1, 8, 9, 504, 505, 8_193].map((count) => [...packedHeader(count)])).toEqual([[1], [3], [3], [5], [127], [129, 1], [131, 16]])
})
