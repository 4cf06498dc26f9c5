import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exp, log, log2, log10, pow } from './math.ts'

/** How many doubles lie between two of one sign. */
const apart = (a: number, b: number): bigint => {
  const bits = new BigInt64Array(new Float64Array([a, b]).buffer)
  return bits[0]! > bits[1]! ? bits[0]! - bits[1]! : bits[1]! - bits[0]!
}

const near = (a: number, b: number): void =>
  expect(Object.is(a, b) || (a - b === 0 && a === 0) || apart(a, b) <= 1n, `${a} and ${b}`).toBe(true)

/** e^x by its series in 400-bit fixed point, rounded to the nearest double by way of BigInt. */
const expByBigInt = (x: number): number => {
  const one = 1n << 400n
  const [numerator, shift] = fraction(x)
  const fixed = (numerator << 400n) >> shift
  const halvings = 30n
  const small = fixed >> halvings
  let term = one
  let sum = one
  for (let n = 1n; term !== 0n; n++) {
    term = (term * small) / (n * one)
    sum += term
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) / one
  return Number(sum >> 200n) / 2 ** 200
}

const fraction = (x: number): [bigint, bigint] => {
  let shift = 0n
  while (!Number.isInteger(x)) {
    x *= 2
    shift++
  }
  return [BigInt(x), shift]
}

describe('math', () => {
  it('exp is the nearest double', () => {
    fc.assert(
      fc.property(fc.double({ min: -20, max: 20, noNaN: true }), (x) => {
        expect(exp(x)).toBe(expByBigInt(x))
      }),
      { numRuns: 300 },
    )
  })
  it('is within one unit of the last place of the runtime’s own', () => {
    const any = fc.double({ min: -800, max: 800, noNaN: true })
    const positive = fc.double({ min: 5e-324, max: 1.7e308, noNaN: true })
    fc.assert(
      fc.property(any, positive, fc.double({ min: -30, max: 30, noNaN: true }), (x, p, y) => {
        near(exp(x), Math.exp(x))
        near(log(p), Math.log(p))
        near(log2(p), Math.log2(p))
        near(log10(p), Math.log10(p))
        near(pow(p, y), p ** y)
      }),
      { numRuns: 3000 },
    )
  })
  it('is exact where the result is a double', () => {
    for (let n = -1074; n < 1024; n++) {
      expect(pow(2, n)).toBe(2 ** n)
      expect(log2(2 ** n)).toBe(n)
    }
    for (let n = 0; n <= 22; n++) expect([pow(10, n), log10(10 ** n)]).toEqual([10 ** n, n])
    expect([exp(0), log(1), pow(-3, 3), pow(-2, -2)]).toEqual([1, 0, -27, 0.25])
  })
  it('follows the standard in special values', () => {
    const values = [
      0,
      -0,
      1,
      -1,
      2,
      -2,
      3,
      0.5,
      -0.5,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.NaN,
      5e-324,
      1.7976931348623157e308,
    ]
    for (const x of values) {
      for (const y of values) near(pow(x, y), x ** y)
      near(exp(x), Math.exp(x))
      near(log(x), Math.log(x))
    }
  })
})
