import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createByteReader, createByteWriter } from './bytes.ts'

const part = fc.oneof(
  fc.record({ as: fc.constant('u8' as const), value: fc.nat({ max: 255 }) }),
  fc.record({
    as: fc.constant('varint' as const),
    value: fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 127, 128, Number.MAX_SAFE_INTEGER)),
  }),
  fc.record({
    as: fc.constant('integer' as const),
    value: fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.constantFrom(0, -1, 63, 64, -64, -65, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER),
    ),
  }),
  fc.record({ as: fc.constant('f64' as const), value: fc.double() }),
  fc.record({ as: fc.constant('i64' as const), value: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) }),
  fc.record({
    as: fc.constant('text' as const),
    value: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('ü'.repeat(5000)), fc.constantFrom('', 'same', 'some')),
  }),
)

describe('bytes', () => {
  it('are read as they were written', () => {
    const to = createByteWriter()
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        for (const { as, value } of parts) to[as](value as never)
        const from = createByteReader(to.take())
        for (const { as, value } of parts) expect(from[as]()).toBe(value)
        expect(from.done()).toBe(true)
      }),
    )
  })
})
