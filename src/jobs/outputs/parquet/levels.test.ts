import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytes } from '../../../windows/batch/scratch.ts'
import { packed } from './levels.ts'

/** With what was in it before. */
const scratchOf = (values: number) => {
  const room = bytes()
  room.atLeast(4 * values + 64).fill(0xff)
  return room
}

it('packs values of every width, bit by bit', () => {
  const drawn = fc
    .integer({ min: 1, max: 24 })
    .chain((width) => fc.tuple(fc.constant(width), fc.array(fc.nat(2 ** width - 1), { maxLength: 70 })))
  fc.assert(
    fc.property(drawn, ([width, values]) => {
      const used = scratchOf(values.length)
      const packedBytes = packed(Int32Array.from(values), width, used)
      const bit = (i: number): number =>
        (packedBytes[packedBytes.length - Math.ceil(values.length / 8) * width + (i >>> 3)]! >>> (i & 7)) & 1
      const plain = values.map((_, v) =>
        Array.from({ length: width }, (_, b) => bit(v * width + b) * 2 ** b).reduce((sum, one) => sum + one, 0),
      )
      expect(plain).toEqual(values)
      const beyond = packedBytes.length * 8 - Math.ceil(values.length / 8) * 8 * width
      expect(
        Array.from({ length: Math.ceil(values.length / 8) * 8 * width - values.length * width }, (_, i) => {
          const at = beyond + values.length * width + i
          return (packedBytes[at >>> 3]! >>> (at & 7)) & 1
        }).every((one) => one === 0),
      ).toBe(true)
    }),
    { numRuns: 500 },
  )
})
