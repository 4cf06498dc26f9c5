import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeNumber, decodeNumbers, doubleScales, elementsOf, encodeNumbers, stampScales, wholeScales } from './numbers.ts'

const value = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -300, max: 300 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 100_000 }).map((n) => n * 60_000) },
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 100),
  fc.integer({ min: 0, max: 5000 }).map((n) => 1.7e12 + n / 1024),
  fc.double({ noNaN: true }).map((x) => x + 0),
  fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 5e-324, 1e300, 0.1, 0.3, 33.33),
  fc.constant(Number.NaN),
)
/** Columns of one sort of number, which a frame may fit, and mixed ones, which none does. */
const column = fc
  .oneof(
    fc.array(value),
    fc.array(fc.integer({ min: 0, max: 90_000 })),
    fc.array(fc.oneof(fc.integer({ min: 0, max: 900 }), fc.constant(Number.NaN))),
  )
  .map((all) => Float64Array.from(all))

describe('numbers', () => {
  it('come back bit for bit, one by one and by range, whatever the scales tried', () => {
    fc.assert(
      fc.property(column, fc.constantFrom(wholeScales, stampScales, doubleScales), fc.nat(), (values, scales, cut) => {
        const { code, bytes } = encodeNumbers(values, scales)
        const units = elementsOf(bytes, code.width)
        expect(bytes.length).toBe(values.length * code.width)
        const from = cut % (values.length + 1)
        expect(decodeNumbers(code, units, from, values.length)).toEqual(values.slice(from))
        for (const [i, wanted] of values.entries()) expect(decodeNumber(code, code.width === 0 ? 0 : units[i]!)).toBe(wanted)
      }),
      { numRuns: 500 },
    )
  })

  it('come back where a frame spans nearly all whole numbers, with nulls among them', () => {
    const { MAX_SAFE_INTEGER: max, MIN_SAFE_INTEGER: min } = Number
    for (const pair of [
      [-8, max - 8],
      [-7, max - 7],
      [min, 0],
      [min, -3],
      [min + 5, 5],
    ]) {
      const values = Float64Array.of(pair[0]!, Number.NaN, pair[1]!)
      const { code, bytes } = encodeNumbers(values, wholeScales)
      expect(code.width).toBe(1)
      expect(decodeNumbers(code, elementsOf(bytes, code.width), 0, 3)).toEqual(values)
    }
  })

  it.each([
    ['one value', [7, 7, 7], 0, wholeScales],
    ['nothing but nulls', [Number.NaN, Number.NaN], 0, wholeScales],
    ['256 values', [1000, 1255], 1, wholeScales],
    ['256 values and null', [1000, 1255, Number.NaN], 1, wholeScales],
    ['257 neighbours', Array.from({ length: 257 }, (_, n) => n), 2, wholeScales],
    ['minutes of a month', Array.from({ length: 40_000 }, (_, n) => 978_307_260_000 + n * 60_000), 2, wholeScales],
    ['cents', [0.01, 0.1, 33.33, 120.5], 2, doubleScales],
    ['stamps', [1.7e12, 1.7e12 + 1 / 1024, 1.7e12 + 90], 4, stampScales],
    ['a range beyond 32 bits', [0, 1, 4_294_967_296], 8, wholeScales],
    ['no grid', [0.1, Math.PI], 8, doubleScales],
  ] as const)('%s take so many bytes', (_, values, width, scales) => {
    expect(encodeNumbers(Float64Array.from(values), scales).code.width).toBe(width)
  })
})
