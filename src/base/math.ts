/**
 * exp, log, log2, log10 and pow with the same bits on every machine and every version of the runtime (Math's own differ:
 * between Node 22 and 24 one `pow` in ten). Computed in double-double arithmetic, about 100 bits, and rounded once, so the
 * result is the nearest double in all but one of some 2^40 cases.
 *
 * Double-double arithmetic: T. J. Dekker, "A floating-point technique for extending the available precision" (1971);
 * D. E. Knuth, TAOCP 2, 4.2.2 (two-sum). The exponential's reduction (by ln 2, then by 2^9, and nine squarings of e^r − 1)
 * is that of Y. Hida, X. S. Li, D. H. Bailey, "Library for double-double and quad-double arithmetic" (2007).
 */
type Double2 = readonly [hi: number, lo: number]

const splitter = 134_217_729 // 2^27 + 1
const ln2: Double2 = [Math.LN2, 2.3190468138462996e-17]
const ln10: Double2 = [Math.LN10, -2.1707562233822494e-16]

const twoSum = (a: number, b: number): Double2 => {
  const sum = a + b
  const part = sum - a
  return [sum, a - (sum - part) + (b - part)]
}

const quickSum = (a: number, b: number): Double2 => {
  const sum = a + b
  return [sum, b - (sum - a)]
}

const twoProduct = (a: number, b: number): Double2 => {
  const product = a * b
  const aBig = splitter * a
  const aHi = aBig - (aBig - a)
  const bBig = splitter * b
  const bHi = bBig - (bBig - b)
  const aLo = a - aHi
  const bLo = b - bHi
  return [product, aHi * bHi - product + aHi * bLo + aLo * bHi + aLo * bLo]
}

const add = (a: Double2, b: Double2): Double2 => {
  const [hi, lo] = twoSum(a[0], b[0])
  return quickSum(hi, lo + a[1] + b[1])
}

const multiply = (a: Double2, b: Double2): Double2 => {
  const [hi, lo] = twoProduct(a[0], b[0])
  return quickSum(hi, lo + a[0] * b[1] + a[1] * b[0])
}

const divide = (a: Double2, b: Double2): Double2 => {
  const first = a[0] / b[0]
  const rest = add(a, multiply(b, [-first, 0]))
  const second = rest[0] / b[0]
  const left = add(rest, multiply(b, [-second, 0]))
  const [hi, lo] = quickSum(first, second)
  return quickSum(hi, lo + left[0] / b[0])
}

/** 1/2! … 1/9!, as double-doubles. */
const inverseFactorials: readonly Double2[] = (() => {
  const result: Double2[] = []
  let factorial = 1
  for (let n = 2; n <= 9; n++) {
    factorial *= n
    result.push(divide([1, 0], [factorial, 0]))
  }
  return result
})()

/** e^x as m · 2^k with m near 1, so that scaling can be left to the end. */
const expScaled = (x: Double2): { readonly m: Double2; readonly k: number } => {
  const k = Math.round(x[0] / ln2[0])
  const reduced = add(x, multiply(ln2, [-k, 0]))
  const r: Double2 = [reduced[0] / 512, reduced[1] / 512]
  let power = multiply(r, r)
  let s = r
  for (const inverse of inverseFactorials) {
    s = add(s, multiply(power, inverse))
    power = multiply(power, r)
  }
  for (let i = 0; i < 9; i++) s = add([2 * s[0], 2 * s[1]], multiply(s, s))
  return { m: add(s, [1, 0]), k }
}

/** m · 2^k rounded once: below the normal range the sum of both parts is rounded by the last multiplication only. */
const scaled = ({ m, k }: { readonly m: Double2; readonly k: number }): number => {
  if (k > 1100) return Number.POSITIVE_INFINITY
  if (k < -1200) return 0
  if (k >= -1020) return (m[0] * powerOfTwo(Math.ceil(k / 2)) + m[1] * powerOfTwo(Math.ceil(k / 2))) * powerOfTwo(Math.floor(k / 2))
  return roundedDown(m, k)
}

/** Into the subnormals: the bits below 2^-1074 are cut by adding a number whose last bit stands there, both parts at once. */
const roundedDown = (m: Double2, k: number): number => {
  const lift = powerOfTwo(k + 1074)
  const units = add([m[0] * lift, m[1] * lift], [0, 0])
  const whole = Math.floor(units[0])
  const rest = units[0] - whole + units[1]
  const rounded = rest > 0.5 || (rest === 0.5 && whole % 2 === 1) ? whole + 1 : whole
  return rounded * 5e-324
}

/** 2^n exactly, −1074 ≤ n ≤ 1023. */
const powerOfTwo = (n: number): number => {
  let result = 1
  for (let base = n < 0 ? 0.5 : 2, left = Math.abs(n); left > 0; left >>= 1, base *= base) if ((left & 1) === 1) result *= base
  return result
}

/** ln x of a positive finite x: one Newton step on e^y = x from the double nearest to the start. */
const logPair = (x: number): Double2 => {
  const exponent = exponentOf(x)
  const mantissa = exponent >= -1022 ? x / powerOfTwo(exponent) : (x * 2 ** 60) / powerOfTwo(exponent + 60)
  const start = estimate(mantissa)
  const { m, k } = expScaled([-start, 0])
  const correction = add(multiply([mantissa * powerOfTwo(k), 0], m), [-1, 0])
  const square = multiply(correction, correction)
  const local = add(add([start, 0], correction), [-square[0] / 2, 0])
  return add(multiply(ln2, [exponent, 0]), local)
}

/** ln of a number in [1, 2) to about 30 bits: ln m = 2 artanh((m − 1)/(m + 1)), by its series. */
const estimate = (m: number): number => {
  const z = (m - 1) / (m + 1)
  const square = z * z
  let sum = 0
  for (let n = 19; n >= 1; n -= 2) sum = sum * square + 1 / n
  return 2 * z * sum
}

const exponentOf = (x: number): number => {
  let exponent = 0
  for (let step = 1024; step >= 1; step >>= 1) {
    while (x >= 2 ** Math.min(step, 1023)) {
      x /= 2 ** Math.min(step, 1023)
      exponent += Math.min(step, 1023)
    }
    while (x < 2 ** -(Math.min(step, 1023) - 1)) {
      x *= 2 ** Math.min(step, 1023)
      exponent -= Math.min(step, 1023)
    }
  }
  return exponent
}

const sumOf = ([hi, lo]: Double2): number => hi + lo + 0

/** e^x. */
export const exp = (x: number): number => {
  if (Number.isNaN(x) || x === Number.POSITIVE_INFINITY) return x
  if (x > 710) return Number.POSITIVE_INFINITY
  return x < -746 ? 0 : x === 0 ? 1 : scaled(expScaled([x, 0]))
}

const logOf = (x: number, base: Double2 | undefined): number => {
  if (Number.isNaN(x) || x < 0) return Number.NaN
  if (x === 0) return Number.NEGATIVE_INFINITY
  if (x === Number.POSITIVE_INFINITY) return x
  return x === 1 ? 0 : sumOf(base === undefined ? logPair(x) : divide(logPair(x), base))
}

/** The natural logarithm. */
export const log = (x: number): number => logOf(x, undefined)
export const log2 = (x: number): number => logOf(x, ln2)
export const log10 = (x: number): number => logOf(x, ln10)

/** x^y by ECMAScript's rules for special values. */
export const pow = (x: number, y: number): number => {
  if (y === 0) return 1
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  if (y === 1) return x
  if (!Number.isFinite(y)) return infinitePower(Math.abs(x), y > 0)
  const isOdd = Number.isInteger(y) && Math.abs(y) < 2 ** 53 && Math.abs(y % 2) === 1
  if (x === 0 || !Number.isFinite(x)) return specialBase(x, y, isOdd)
  if (x < 0 && !Number.isInteger(y)) return Number.NaN
  const size = positivePower(Math.abs(x), y)
  return x < 0 && isOdd ? -size : size
}

const infinitePower = (size: number, up: boolean): number => (size === 1 ? Number.NaN : size > 1 === up ? Number.POSITIVE_INFINITY : 0)

const specialBase = (x: number, y: number, isOdd: boolean): number => {
  const size = (x === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY
  return isOdd && (x < 0 || Object.is(x, -0)) ? -size : size
}

const positivePower = (x: number, y: number): number => {
  if (x === 1) return 1
  if (y === 0.5) return Math.sqrt(x)
  const rough = y * sumOf(logPair(x))
  if (rough > 710) return Number.POSITIVE_INFINITY
  if (rough < -746) return 0
  return scaled(expScaled(multiply(logPair(x), [y, 0])))
}
