/** Exact fractions of big integers, and the one rounding by which a fraction becomes a double. Slow and plain on purpose. */
import { assert } from '../base/assert.ts'

/** `over / under`; `under` is above 0. Not reduced. */
export interface Fraction {
  readonly over: bigint
  readonly under: bigint
}

export const fraction = (over: bigint, under = 1n): Fraction => {
  assert(under !== 0n, 'a fraction over zero')
  return under < 0n ? { over: -over, under: -under } : { over, under }
}

export const zero = fraction(0n)

/** Over the greater of the two `under` where the other divides it: over their product, a sum of n doubles would have n times their digits. */
export const plus = (a: Fraction, b: Fraction): Fraction => {
  if (a.under % b.under === 0n) return fraction(a.over + b.over * (a.under / b.under), a.under)
  if (b.under % a.under === 0n) return plus(b, a)
  return fraction(a.over * b.under + b.over * a.under, a.under * b.under)
}
export const minus = (a: Fraction, b: Fraction): Fraction => plus(a, fraction(-b.over, b.under))
export const times = (a: Fraction, b: Fraction): Fraction => fraction(a.over * b.over, a.under * b.under)
export const dividedBy = (a: Fraction, b: Fraction): Fraction => fraction(a.over * b.under, a.under * b.over)

/** Below 0, 0 or above 0, as a is below, equal to or above b. */
export const compared = (a: Fraction, b: Fraction): number => {
  const difference = a.over * b.under - b.over * a.under
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

const fractionBits = 52n
const bias = 1075n // a normal double is its 53-bit whole number times 2^(exponent field − 1075)
const smallestPower = -1074n // of the subnormals' last bit
const largestField = 2046n

/** The fraction that a finite double is. */
export const ofDouble = (value: number): Fraction => {
  assert(Number.isFinite(value), 'a double without a fraction')
  const bits = new BigUint64Array(Float64Array.of(value).buffer)[0]!
  const field = (bits >> fractionBits) & 0x7ffn
  const low = bits & ((1n << fractionBits) - 1n)
  const whole = field === 0n ? low : low | (1n << fractionBits)
  const magnitude = scaled(whole, field === 0n ? smallestPower : field - bias)
  return value < 0 ? fraction(-magnitude.over, magnitude.under) : magnitude
}

/** `whole · 2^power`. */
export const scaled = (whole: bigint, power: bigint): Fraction => (power < 0n ? fraction(whole, 1n << -power) : fraction(whole << power))

/** The fraction that a decimal text is: `'-1.50'`, `'1e3'`, and what JavaScript prints for a number. */
export const ofDecimalText = (text: string): Fraction | undefined => {
  const found = /^([+-]?)(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d{1,5}))?$/.exec(text)
  if (found === null) return undefined
  const [, sign, whole = '', digits = '', exponent = '0'] = found
  const over = BigInt(whole + digits) * (sign === '-' ? -1n : 1n)
  const power = BigInt(exponent) - BigInt(digits.length)
  return power < 0n ? fraction(over, 10n ** -power) : fraction(over * 10n ** power)
}

/** The nearest double, ties to the even one; ±Infinity where that lies beyond the largest. Zero is +0. */
export const nearestDouble = ({ over, under }: Fraction): number => {
  const magnitude = over < 0n ? -over : over
  if (magnitude === 0n) return 0
  const power = lastBitPower(magnitude, under)
  const [top, bottom] = power < 0n ? [magnitude << -power, under] : [magnitude, under << power]
  const double = assembled(rounded(top, bottom), power)
  return over < 0n ? 0 - double : double // never -0
}

/** The power of two of the last bit that the double nearest to `over / under` has room for. */
const lastBitPower = (over: bigint, under: bigint): bigint => {
  const estimate = BigInt(bitLength(over) - bitLength(under)) - 53n // quotient is in (2^(estimate + 52), 2^(estimate + 54))
  const fits = estimate < 0n ? over << -estimate < under << 53n : over < under << (53n + estimate)
  const power = fits ? estimate : estimate + 1n
  return power < smallestPower ? smallestPower : power
}

const bitLength = (value: bigint): number => value.toString(2).length

/** `top / bottom` as the nearest whole number, ties to the even one. */
const rounded = (top: bigint, bottom: bigint): bigint => {
  const whole = top / bottom
  const twice = 2n * (top - whole * bottom)
  return twice > bottom || (twice === bottom && whole % 2n === 1n) ? whole + 1n : whole
}

/** The double `whole · 2^power`, which is one: whole ≤ 2^53, power ≥ −1074. */
const assembled = (whole: bigint, power: bigint): number => {
  const isCarried = whole === 1n << 53n
  const mantissa = isCarried ? 1n << fractionBits : whole
  const exponent = isCarried ? power + 1n : power
  const field = mantissa < 1n << fractionBits ? 0n : exponent + bias
  if (field > largestField) return Number.POSITIVE_INFINITY
  const bits = (field << fractionBits) | (mantissa & ((1n << fractionBits) - 1n))
  return new Float64Array(BigUint64Array.of(bits).buffer)[0]!
}
