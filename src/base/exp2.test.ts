import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exp2 } from './exp2.ts'

/** 2^f for f in [0, 1) by the series of e^(f·ln 2) in whole numbers of 2^-256. */
const bits = 256n
const one = 1n << bits
const ln2 = (() => {
  let sum = 0n
  for (let n = 1n; n < 300n; n++) sum += (one >> n) / n
  return sum
})()
const exactTwoTo = (x: number): { readonly value: bigint; readonly exponent: number } => {
  const exponent = Math.floor(x)
  let halvings = 0n
  for (; !Number.isInteger(x); halvings++) x *= 2
  const y = (ln2 * (BigInt(x) - (BigInt(exponent) << halvings))) >> halvings
  let [term, sum] = [one, one]
  for (let n = 1n; term > 0n; n++) {
    term = ((term * y) >> bits) / n
    sum += term
  }
  return { value: sum, exponent }
}

/** Distance of a double in [1, 2] from the exact value, in units of the last place. */
const ulpsOff = (x: number): number => {
  const { value, exponent } = exactTwoTo(x)
  const found = exp2(x) / 2 ** exponent
  return Math.abs(Number(BigInt(found * 2 ** 52) * (one >> 52n) - value)) / Number(one >> 52n)
}

describe('exp2', () => {
  it('is exact at whole numbers, whatever their size', () => {
    for (let k = -1074; k < 1024; k++) expect(exp2(k)).toBe(k < -1022 ? 2 ** -1022 * 2 ** (k + 1022) : 2 ** k)
    expect(exp2(1024)).toBe(Number.POSITIVE_INFINITY)
    expect(exp2(Number.NEGATIVE_INFINITY)).toBe(0)
    expect(exp2(-1076)).toBe(0)
    expect(exp2(Number.NaN)).toBeNaN()
  })

  it('stays within 0.52 units in the last place', () => {
    fc.assert(
      fc.property(fc.double({ min: -1, max: 1, noNaN: true }), (x) => {
        expect(ulpsOff(x)).toBeLessThan(0.52)
      }),
      { numRuns: 2_000 },
    )
    for (let i = -128; i <= 128; i++) for (const x of [i / 128, i / 128 + 1e-12, i / 128 - 1e-12]) expect(ulpsOff(x)).toBeLessThan(0.52)
  })

  it('stays so for any normal result', () => {
    fc.assert(
      fc.property(fc.double({ min: -1022, max: 1023.999, noNaN: true }), (x) => {
        expect(ulpsOff(x)).toBeLessThan(0.52)
      }),
    )
  })

  it('has pinned bits', () => {
    expect([0.5, 0.1, -0.3, 0.999, 1e-9, -1].map(exp2)).toEqual([
      Math.SQRT2,
      1.0717734625362931,
      0.8122523963562355,
      1.998614185980905,
      1.000000000693147,
      0.5,
    ])
  })
})
