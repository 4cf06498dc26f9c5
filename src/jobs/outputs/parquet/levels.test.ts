import fc from 'fast-check'
import { expect, it } from 'vitest'
import { packed } from './levels.ts'

it('packs values of every width, bit by bit', () => {
  const drawn = fc
    .integer({ min: 1, max: 24 })
    .chain((width) => fc.tuple(fc.constant(width), fc.array(fc.nat(2 ** width - 1), { maxLength: 70 })))
  fc.assert(
    fc.property(drawn, ([width, values]) => {
      const bytes = packed(Int32Array.from(values), width)
      const bit = (i: number): number => (bytes[bytes.length - Math.ceil(values.length / 8) * width + (i >>> 3)]! >>> (i & 7)) & 1
      const plain = values.map((_, v) =>
        Array.from({ length: width }, (_, b) => bit(v * width + b) * 2 ** b).reduce((sum, one) => sum + one, 0),
      )
      expect(plain).toEqual(values)
    }),
    { numRuns: 500 },
  )
})
