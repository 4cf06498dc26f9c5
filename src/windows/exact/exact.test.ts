import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAccumulator, createSquareAccumulator } from './accumulator.ts'
import { highestBit, lowestBit, powerOfTwo, scaleByPower } from './double-bits.ts'
import {
  addSquareToLimbs,
  addToLimbs,
  addWholeSquareToLimbs,
  addWholeToLimbs,
  emptyExtent,
  limbShape,
  limbsToWhole,
  roundLimbs,
  squaredExtent,
  wholeTerms,
  widen,
} from './limbs.ts'
import { roundMean, roundSum, roundVariance, varianceOfWholes } from './moments.ts'
import { nearest, wholeOf } from './nearest.testing.ts'
import { roundRatio, roundWhole } from './ratio.ts'

const unit = 1n << 1074n
const doubles = fc.double({ noNaN: true, noDefaultInfinity: true })
const scaled = (most: number) =>
  fc.tuple(fc.integer({ min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }), fc.integer({ min: -most, max: most })).map(([m, e]) => scaleByPower(m, e))
const money = fc.integer({ min: -1e9, max: 1e9 }).map((cents) => cents / 100)
const whole = fc.oneof(fc.integer({ min: -50, max: 50 }), fc.maxSafeInteger())
/** Lists in which values cancel, repeat, sit half a unit apart, and differ in size. */
const lists = fc.oneof(
  fc.array(doubles, { minLength: 1, maxLength: 30 }),
  fc.array(scaled(950), { minLength: 1, maxLength: 30 }),
  fc.array(scaled(30), { minLength: 1, maxLength: 30 }),
  fc.array(money, { minLength: 1, maxLength: 30 }),
  fc.array(whole, { minLength: 1, maxLength: 30 }),
  fc.array(fc.constantFrom(1, -1, 2 ** 53, -(2 ** 53), 2 ** -53, 2 ** -54, 2 ** 106, -(2 ** 106), 0.1, -0, Number.MIN_VALUE), {
    minLength: 1,
    maxLength: 30,
  }),
  fc.array(fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 2 ** 970, -(2 ** 970), 2 ** 969, 1), { minLength: 1, maxLength: 12 }),
)
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + wholeOf(value), 0n)
const squaresOf = (values: readonly number[]) => values.reduce((sum, value) => sum + wholeOf(value) ** 2n, 0n)

describe('parts of a double', () => {
  it('finds the lowest and highest bit', () => {
    fc.assert(
      fc.property(fc.oneof(doubles, scaled(1000)), (x) => {
        fc.pre(x !== 0)
        const size = wholeOf(Math.abs(x)).toString(2)
        expect(highestBit(x)).toBe(size.length - 1 - 1074)
        expect(lowestBit(x)).toBe(size.length - 1 - size.lastIndexOf('1') - 1074)
      }),
    )
  })
  it('makes every power of two', () => {
    for (let e = -1074; e <= 1023; e++) expect(wholeOf(powerOfTwo(e))).toBe(1n << BigInt(e + 1074))
  })
})

describe('rationals', () => {
  it('round to the nearest double', () => {
    const big = fc.bigInt({ min: -(2n ** 400n), max: 2n ** 400n })
    fc.assert(
      fc.property(big, fc.bigInt({ min: 1n, max: 2n ** 300n }), (a, b) => {
        expect(roundRatio(a, b)).toBe(nearest(a, b))
      }),
    )
  })
  it('round at the ends of the range and half-way', () => {
    const parts = fc.tuple(fc.bigInt({ min: -(2n ** 60n), max: 2n ** 60n }), fc.integer({ min: -1200, max: 1100 }))
    fc.assert(
      fc.property(parts, ([m, e]) => {
        const expected = nearest(e > 0 ? m << BigInt(e) : m, e < 0 ? 1n << BigInt(-e) : 1n)
        expect(roundWhole(m, e)).toBe(expected)
        expect(roundRatio(m, 1n, e)).toBe(expected)
      }),
      { numRuns: 500 },
    )
  })
})

describe('accumulator', () => {
  it('rounds any sum once', () => {
    fc.assert(
      fc.property(lists, (values) => {
        const sum = createAccumulator()
        for (const value of values) sum.add(value)
        expect(sum.round()).toBe(nearest(sumOf(values), unit))
        expect(sum.whole()).toBe(sumOf(values))
      }),
      { numRuns: 1000 },
    )
  })
  it('forgets what is taken away, merges, and scales', () => {
    fc.assert(
      fc.property(lists, lists, fc.integer({ min: -1100, max: 900 }), (kept, gone, exponent) => {
        const sum = createAccumulator()
        const other = createAccumulator()
        for (const value of gone) sum.add(value)
        for (const value of kept) other.add(value)
        for (const value of gone) sum.subtract(value)
        expect(Object.is(sum.round(), 0)).toBe(true)
        sum.merge(other)
        const up = exponent > 0 ? sumOf(kept) << BigInt(exponent) : sumOf(kept)
        expect(sum.round(exponent)).toBe(nearest(up, exponent < 0 ? unit << BigInt(-exponent) : unit))
        other.clear()
        expect(other.whole()).toBe(0n)
      }),
    )
  })
  it('sums squares of any double', () => {
    fc.assert(
      fc.property(lists, lists, (values, gone) => {
        const squares = createSquareAccumulator()
        for (const value of [...values, ...gone]) squares.addSquare(value)
        for (const value of gone) squares.addSquare(value, -1)
        expect(squares.whole()).toBe(squaresOf(values))
      }),
    )
  })
  it('carries in time', () => {
    const sum = createAccumulator()
    const many = 2 ** 20 + 5
    for (let i = 0; i < many; i++) sum.add(Number.MAX_SAFE_INTEGER)
    expect(sum.whole()).toBe(BigInt(many) * BigInt(Number.MAX_SAFE_INTEGER) * unit)
  })
})

const extentOf = (values: readonly number[]) => {
  const extent = emptyExtent()
  for (const value of values) widen(extent, value)
  return extent
}

describe('limbs', () => {
  it('hold prefix sums whose differences round once', () => {
    let held = 0
    fc.assert(
      fc.property(lists, fc.nat(), fc.nat(), (values, a, b) => {
        const shape = limbShape(extentOf(values), values.length)
        if (shape === undefined) return
        held++
        const { limbs } = shape
        const prefix = new Float64Array((values.length + 1) * limbs)
        values.forEach((value, i) => {
          prefix.copyWithin((i + 1) * limbs, i * limbs, (i + 1) * limbs)
          addToLimbs(prefix, (i + 1) * limbs, shape, value)
        })
        const [from, to] = [a % (values.length + 1), b % (values.length + 1)].sort((x, y) => x - y) as [number, number]
        const difference = new Float64Array(limbs)
        for (let j = 0; j < limbs; j++) difference[j] = prefix[to * limbs + j]! - prefix[from * limbs + j]!
        const sum = sumOf(values.slice(from, to))
        expect(roundLimbs(difference, 0, limbs)).toBe(nearest(sum, unit))
        expect(Object.is(roundLimbs(difference, 0, limbs), -0)).toBe(false)
        expect(limbsToWhole(difference, 0, shape) << BigInt(shape.unit + 1074)).toBe(sum)
        expect(roundSum({ sums: difference, at: 0, shape }, 3)).toBe(nearest(sum, unit * 1000n))
      }),
      { numRuns: 1500 },
    )
    expect(held).toBeGreaterThan(500)
  })
})

describe('64-bit whole numbers in limbs', () => {
  it('keep sums and squares exact', () => {
    const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(-(2n ** 63n), 2n ** 63n - 1n, -1n, 0n))
    fc.assert(
      fc.property(fc.array(int64, { minLength: 1, maxLength: 30 }), (values) => {
        const shape = limbShape({ low: 0, high: 64 }, values.length * wholeTerms)!
        const squareShape = limbShape({ low: 0, high: 127 }, values.length * wholeTerms)!
        const sum = new Float64Array(shape.limbs)
        const squares = new Float64Array(squareShape.limbs)
        for (const value of values) {
          addWholeToLimbs(sum, 0, shape, Number(value >> 32n), Number(value & 0xffffffffn))
          addWholeSquareToLimbs(squares, 0, squareShape, Number(value >> 32n), Number(value & 0xffffffffn))
        }
        const total = values.reduce((a, b) => a + b)
        expect(limbsToWhole(sum, 0, shape)).toBe(total)
        expect(roundLimbs(sum, 0, shape.limbs)).toBe(nearest(total, 1n))
        expect(limbsToWhole(squares, 0, squareShape)).toBe(values.reduce((a, b) => a + b * b, 0n))
      }),
    )
  })
})

describe('mean and variance', () => {
  const variance = (values: readonly number[], population: boolean, decimals: number) => {
    const n = BigInt(values.length)
    const over = population ? n * n : n * (n - 1n)
    return nearest(n * squaresOf(values) - sumOf(values) ** 2n, unit * unit * over * 10n ** BigInt(2 * decimals))
  }
  it('are rounded once', () => {
    let held = 0
    fc.assert(
      fc.property(lists, fc.integer({ min: 0, max: 18 }), (values, digits) => {
        const decimals = values.every(Number.isInteger) ? digits : 0
        const shape = limbShape(extentOf(values), values.length)
        const squareShape = limbShape(squaredExtent(extentOf(values)), values.length)
        const n = values.length
        if (shape === undefined || squareShape === undefined) {
          const wholes = { unit: -1074, squareUnit: -2148, divisor: BigInt(n) * BigInt(n) }
          expect(varianceOfWholes(n, sumOf(values), squaresOf(values), wholes)).toBe(variance(values, true, 0))
          return
        }
        held++
        const sum = { sums: new Float64Array(shape.limbs), at: 0, shape }
        const squares = { sums: new Float64Array(squareShape.limbs), at: 0, shape: squareShape }
        for (const value of values) {
          addToLimbs(sum.sums, 0, shape, value)
          addSquareToLimbs(squares.sums, 0, squareShape, value)
        }
        expect(roundMean(n, sum, decimals)).toBe(nearest(sumOf(values), unit * BigInt(n) * 10n ** BigInt(decimals)))
        expect(roundVariance(n, sum, squares, { population: true, decimals })).toBe(variance(values, true, decimals))
        if (n > 1) expect(roundVariance(n, sum, squares, { decimals })).toBe(variance(values, false, decimals))
      }),
      { numRuns: 2000 },
    )
    expect(held).toBeGreaterThan(700)
  })
})
