import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compared, dividedBy, fraction, minus, nearestDouble, ofDecimalText, ofDouble, plus, times } from './fraction.ts'

const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)

it('gives a double back from its fraction', () => {
  fc.assert(fc.property(double, (value) => nearestDouble(ofDouble(value)) === value))
  for (const value of [Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, 2 ** -1022, 2 ** -1022 - Number.MIN_VALUE, 0.1, 1 / 3]) {
    expect(nearestDouble(ofDouble(value))).toBe(value)
  }
})

it('rounds as the machine does where one operation of doubles is one rounding', () => {
  fc.assert(
    fc.property(double, double, (a, b) => {
      expect(nearestDouble(plus(ofDouble(a), ofDouble(b)))).toBe(a + b + 0)
      expect(nearestDouble(minus(ofDouble(a), ofDouble(b)))).toBe(a - b + 0)
      expect(nearestDouble(times(ofDouble(a), ofDouble(b)))).toBe(a * b + 0)
      if (b !== 0) expect(nearestDouble(dividedBy(ofDouble(a), ofDouble(b)))).toBe(a / b + 0)
      expect(Math.sign(compared(ofDouble(a), ofDouble(b)))).toBe(a < b ? -1 : a > b ? 1 : 0)
    }),
    { numRuns: 500 },
  )
})

it('reads a decimal text as the machine reads the literal', () => {
  const text = fc
    .tuple(fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }), fc.integer({ min: -330, max: 300 }))
    .map(([n, e]) => `${n}e${e}`)
  fc.assert(fc.property(text, (shown) => nearestDouble(ofDecimalText(shown)!) === Number(shown) + 0))
  fc.assert(fc.property(double, (value) => nearestDouble(ofDecimalText(String(value))!) === value))
  expect(ofDecimalText('1,5')).toBeUndefined()
})

it('rounds halves to even, carries into the next power, and overflows only where rounding does', () => {
  expect(nearestDouble(fraction(2n ** 53n + 1n))).toBe(2 ** 53)
  expect(nearestDouble(fraction(2n ** 53n + 3n))).toBe(2 ** 53 + 4)
  expect(nearestDouble(fraction(2n ** 54n - 1n))).toBe(2 ** 54)
  expect(nearestDouble(fraction(1n, 2n ** 1075n))).toBe(0)
  expect(nearestDouble(fraction(3n, 2n ** 1076n))).toBe(Number.MIN_VALUE)
  const beyond = 2n ** 1024n - 2n ** 970n // halfway between the largest double and 2^1024: rounds up
  expect(nearestDouble(fraction(beyond))).toBe(Number.POSITIVE_INFINITY)
  expect(nearestDouble(fraction(beyond - 1n))).toBe(Number.MAX_VALUE)
  expect(nearestDouble(fraction(-beyond))).toBe(Number.NEGATIVE_INFINITY)
})

it('sums many doubles without growing: the whole below is never more than the greatest of theirs', () => {
  fc.assert(
    fc.property(fc.array(double, { minLength: 2, maxLength: 100 }), (values) => {
      const parts = values.map(ofDouble)
      const all = parts.reduce(plus)
      const greatest = 1n << BigInt(Math.max(...parts.map(({ under }) => under.toString(2).length - 1)))
      const over = parts.reduce((sum, part) => sum + part.over * (greatest / part.under), 0n)
      expect(all).toEqual({ over, under: greatest })
    }),
  )
})
