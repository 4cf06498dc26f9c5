/**
 * Mean and variance, correctly rounded, from exact sums in limbs.
 *
 * Three paths, each certain: one division of two whole numbers that doubles hold (IEEE 754 rounds it right); double-double
 * arithmetic with a bound on its error, accepted only when both ends of the error's interval round alike (Ziv 1991); rationals of
 * whole numbers for the rest.
 */
import { powerOfTwo } from './double-bits.ts'
import { type LimbShape, limbsToWhole, productError, roundLimbs, safe } from './limbs.ts'
import { roundRatio } from './ratio.ts'

/** A sum in limbs: those of `sums` from `at`. */
export interface LimbSum {
  readonly sums: Float64Array
  readonly at: number
  readonly shape: LimbShape
}

/** Powers of ten that doubles hold exactly; beyond, the divisor is too large for the fast paths anyway. */
const powersOfTen = Float64Array.of(1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15)
const tenTo = (decimals: number): number => powersOfTen[decimals] ?? Number.POSITIVE_INFINITY

/** A bound on the relative error of each double-double step below, with room to spare. */
const stepError = 2 ** -98
/** Outside of these sizes products may lose bits below the smallest double, or overflow: left to rationals. */
const smallest = 2 ** -400
const largest = 2 ** 400

/** fl(S / 10^decimals): S counts units of 10^-decimals. Infinite where the rounding is. */
export const roundSum = (sum: LimbSum, decimals = 0): number =>
  decimals === 0 ? roundLimbs(sum.sums, sum.at, sum.shape.limbs) : quotient(sum, tenTo(decimals), 1, decimals)

/** fl(S / (n · 10^decimals)); n ≥ 1. */
export const roundMean = (n: number, sum: LimbSum, decimals = 0): number => quotient(sum, n * tenTo(decimals), n, decimals)

const quotient = ({ sums, at, shape }: LimbSum, divisor: number, n: number, decimals: number): number => {
  if (divisor <= safe) {
    if (shape.limbs === 1) return sums[at]! / divisor + 0
    load(sums, at, shape.limbs)
    const size = Math.abs(high)
    if (size > smallest && size < largest) {
      const q = high / divisor
      const product = q * divisor
      const error = productError(q, divisor, product)
      const correction = (high - product - error + low) / divisor
      const bound = Math.abs(q) * stepError + (shape.limbs > 2 ? (size / divisor) * stepError : 0)
      const rounded = q + (correction - bound)
      if (rounded === q + (correction + bound)) return rounded
    }
  }
  return roundRatio(limbsToWhole(sums, at, shape), BigInt(n) * 10n ** BigInt(decimals), shape.unit)
}

/** The sum read by `load`, as an unevaluated sum of two doubles: exact up to two limbs, within `stepError` of it beyond. */
let high = 0
let low = 0

const load = (sums: Float64Array, at: number, limbs: number): void => {
  high = sums[at + limbs - 1]!
  low = 0
  for (let j = limbs - 2; j >= 0; j--) {
    const part = sums[at + j]!
    const sum = high + part
    const back = sum - high
    low += high - (sum - back) + (part - back)
    high = sum
  }
  const sum = high + low
  low -= sum - high
  high = sum
}

/**
 * fl((n·Q − S²) / divisor) of whole numbers, `sum` S and `squares` Q, by one division; NaN where doubles do not hold all that comes
 * before it.
 */
export const wholeVariance = (n: number, sum: number, squares: number, divisor: number): number => {
  const q = n * squares
  return q < safe && sum * sum < safe && divisor < safe ? (q - sum * sum) / divisor : Number.NaN
}

/**
 * fl((n·Q − S²) / (n·(n − 1) · 10^2·decimals)) of the sample, or with `population` over n²; n ≥ 2, or 1 for a population.
 * Never negative.
 */
export const roundVariance = (n: number, sum: LimbSum, squares: LimbSum, options: { population?: boolean; decimals?: number }): number => {
  const { population = false, decimals = 0 } = options
  const divisor = n * (population ? n : n - 1) * tenTo(2 * decimals)
  const fast = divisor <= safe ? fastVariance(n, sum, squares, divisor) : -1
  return fast >= 0 ? fast : exactVariance(n, sum, squares, BigInt(n) * BigInt(population ? n : n - 1) * 10n ** BigInt(2 * decimals))
}

/** The variance, or −1 where it is not certain. */
const fastVariance = (n: number, sum: LimbSum, squares: LimbSum, divisor: number): number => {
  if (sum.shape.limbs === 1 && squares.shape.limbs === 1) {
    const s = sum.sums[sum.at]!
    const a = n * squares.sums[squares.at]!
    const limit = safe * unitSize(sum.shape, squares.shape)
    if (a < limit && s * s < limit) return (a - s * s) / divisor
  }
  load(squares.sums, squares.at, squares.shape.limbs)
  const q = high
  const qLow = low
  load(sum.sums, sum.at, sum.shape.limbs)
  if (!(q > smallest && q < largest && Math.abs(high) > smallest && Math.abs(high) < largest)) return -1
  const a = q * n
  const aLow = productError(q, n, a) + qLow * n
  const b = high * high
  const bLow = productError(high, high, b) + 2 * high * low
  const difference = a - b
  const back = difference - a
  const differenceLow = a - (difference - back) - (b + back) + (aLow - bLow)
  return certain(difference, differenceLow, divisor, (a + b) * 4 * stepError)
}

/** The smallest unit both exact products are multiples of: 2^(2·unit), given that limbs' units are those of values and squares. */
const unitSize = (sum: LimbShape, squares: LimbShape): number => {
  const unit = Math.min(2 * sum.unit, squares.unit)
  return unit < -960 || unit > 900 ? 0 : powerOfTwo(unit)
}

/** (h + l ± bound) / divisor where the whole interval rounds to one double, else −1. */
const certain = (h: number, l: number, divisor: number, bound: number): number => {
  const dividend = h + l
  const rest = l - (dividend - h)
  const q = dividend / divisor
  if (!(q > smallest)) return -1
  const product = q * divisor
  const correction = (dividend - product - productError(q, divisor, product) + rest) / divisor
  const error = bound / divisor + q * stepError
  const rounded = q + (correction - error)
  return rounded === q + (correction + error) ? rounded : -1
}

const exactVariance = (n: number, sum: LimbSum, squares: LimbSum, divisor: bigint): number =>
  varianceOfWholes(n, limbsToWhole(sum.sums, sum.at, sum.shape), limbsToWhole(squares.sums, squares.at, squares.shape), {
    unit: sum.shape.unit,
    squareUnit: squares.shape.unit,
    divisor,
  })

/** fl((n·Q·2^squareUnit − (S·2^unit)²) / divisor). */
export const varianceOfWholes = (
  n: number,
  sum: bigint,
  squares: bigint,
  { unit, squareUnit, divisor }: { unit: number; squareUnit: number; divisor: bigint },
): number => {
  const common = Math.min(2 * unit, squareUnit)
  const a = (BigInt(n) * squares) << BigInt(squareUnit - common)
  const b = (sum * sum) << BigInt(2 * unit - common)
  return roundRatio(a - b, divisor, common)
}
