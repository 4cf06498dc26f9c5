/**
 * Sums that never lose a bit, as a few doubles each (limbs), made for prefix differences.
 *
 * When all terms are multiples of 2^unit and below 2^top in size, each is cut into digits of `bits` bits, and digit j of all terms
 * is summed in a double of its own. A double holds a sum of n such digits exactly as long as n · 2^bits ≤ 2^53; so prefix sums,
 * their differences, and terms added and taken away again are all exact, in any order, with no carries. Integers of ordinary
 * size need one limb, two-decimal doubles two or three. Digits are cut by adding and subtracting a large constant
 * (Rump, Ogita, Oishi 2008, "Accurate floating-point summation", ExtractScalar), which costs no branch.
 */
import { highestBit, lowestBit, powerOfTwo } from './double-bits.ts'

export interface LimbShape {
  readonly limbs: number
  /** Every term is a multiple of 2^unit. */
  readonly unit: number
  readonly bits: number
  /** For limb j ≥ 1: 1.5 · 2^52 · 2^(unit + j·bits). Limb 0 takes what is left. */
  readonly cutters: Float64Array
}

/** The largest whole number below which all are doubles. */
export const safe = 2 ** 53

/** One double holds the sum: of whole numbers up to 2^53. */
export const oneLimb: LimbShape = { limbs: 1, unit: 0, bits: 50, cutters: new Float64Array(1) }

/** Which bits the terms of a sum may use: multiples of 2^low, below 2^high in size. `low > high`: no term but zero. */
export interface Extent {
  low: number
  high: number
}

/** Beyond so many limbs an accumulator (accumulator.ts) is the better form. */
export const mostLimbs = 8

export const emptyExtent = (): Extent => ({ low: 1024, high: -1100 })

/** Widens an extent by one finite value. */
export const widen = (extent: Extent, value: number): void => {
  if (value === 0) return
  const low = lowestBit(value)
  if (low < extent.low) extent.low = low
  const high = highestBit(value) + 1
  if (high > extent.high) extent.high = high
}

/** The extent of the squares of values of an extent. */
export const squaredExtent = ({ low, high }: Extent): Extent => (low > high ? emptyExtent() : { low: 2 * low, high: 2 * high })

/**
 * The shape that holds any sum of at most `terms` terms within `extent`, or undefined when it would take more than `mostLimbs`
 * limbs or come near the ends of the double range (a weight must be a normal number, its cutter finite).
 */
export const limbShape = ({ low, high }: Extent, terms: number): LimbShape | undefined => {
  if (low > high) return oneLimb
  const growth = Math.ceil(Math.log2(terms + 1)) + 1
  if (low < -1000 || high > 900) return undefined
  if (high - low + growth <= 53) return { limbs: 1, unit: low, bits: 50, cutters: new Float64Array(1) }
  const bits = Math.min(50, 53 - growth)
  const limbs = Math.ceil((high - low + 1) / bits)
  if (limbs > mostLimbs || low + bits * limbs + 53 > 1000) return undefined
  const cutters = Float64Array.from({ length: limbs }, (_, j) => 1.5 * 2 ** 52 * powerOfTwo(low + bits * j))
  return { limbs, unit: low, bits, cutters }
}

/** Adds a value within the shape's extent to the limbs at `at`. */
export const addToLimbs = (sums: Float64Array, at: number, shape: LimbShape, value: number): void => {
  for (let j = shape.limbs - 1; j > 0; j--) {
    const cutter = shape.cutters[j]!
    const digit = value + cutter - cutter
    sums[at + j]! += digit
    value -= digit
  }
  sums[at]! += value
}

/** Adds the exact square of a value, or takes it away (`sign` −1). The square's bits must lie within the shape's extent. */
export const addSquareToLimbs = (sums: Float64Array, at: number, shape: LimbShape, value: number, sign: 1 | -1 = 1): void => {
  const product = value * value
  addToLimbs(sums, at, shape, sign * product)
  if (shape.limbs > 1) addToLimbs(sums, at, shape, sign * productError(value, value, product))
}

/** So many digits of one limb may one 64-bit whole number, or its square, add: multiply a shape's `terms` by it. */
export const wholeTerms = 8

/** Adds the 64-bit whole number high · 2^32 + low (low unsigned) to the limbs at `at`; `sign` −1 takes it away. */
export const addWholeToLimbs = (sums: Float64Array, at: number, shape: LimbShape, high: number, low: number, sign: 1 | -1 = 1): void => {
  addToLimbs(sums, at, shape, sign * high * 2 ** 32)
  addToLimbs(sums, at, shape, sign * low)
}

/** Adds the square of a 64-bit whole number: high² · 2^64 + 2 · high · low · 2^32 + low². */
export const addWholeSquareToLimbs = (
  sums: Float64Array,
  at: number,
  shape: LimbShape,
  high: number,
  low: number,
  sign: 1 | -1 = 1,
): void => {
  addSquareToLimbs(sums, at, shape, high * 2 ** 32, sign)
  addSquareToLimbs(sums, at, shape, low, sign)
  const product = high * low
  addToLimbs(sums, at, shape, sign * product * 2 ** 33)
  addToLimbs(sums, at, shape, sign * productError(high, low, product) * 2 ** 33)
}

/** 2^27 + 1: cuts a double into two of 26 bits (Veltkamp 1968). */
const halves = 134217729

/** a·b − product exactly, where nothing over- or underflows (Dekker 1971). */
export const productError = (a: number, b: number, product: number): number => {
  const scaledA = halves * a
  const a1 = scaledA - (scaledA - a)
  const a2 = a - a1
  const scaledB = halves * b
  const b1 = scaledB - (scaledB - b)
  const b2 = b - b1
  return a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2)
}

const partials = new Float64Array(mostLimbs + 1)

/**
 * The sum of `limbs` doubles from `at`, rounded once to nearest, ties to even; a zero is +0. More than two: the partial sums of
 * Shewchuk 1997 ("Adaptive precision floating-point arithmetic"), and the tie rule of Python's `math.fsum`.
 */
export const roundLimbs = (sums: Float64Array, at: number, limbs: number): number => {
  if (limbs === 1) return sums[at]! + 0
  if (limbs === 2) return sums[at + 1]! + sums[at]! + 0
  let used = 0
  for (let j = 0; j < limbs; j++) used = growPartials(used, sums[at + j]!)
  return roundPartials(used)
}

const growPartials = (used: number, value: number): number => {
  let kept = 0
  for (let i = 0; i < used; i++) {
    const part = partials[i]!
    const sum = value + part
    const error = Math.abs(value) < Math.abs(part) ? value - (sum - part) : part - (sum - value)
    if (error !== 0) partials[kept++] = error
    value = sum
  }
  partials[kept++] = value
  return kept
}

const roundPartials = (used: number): number => {
  let sum = partials[used - 1]!
  let error = 0
  let i = used - 2
  for (; i >= 0 && error === 0; i--) {
    const part = partials[i]!
    const before = sum
    sum = before + part
    error = part - (sum - before)
  }
  // A tie was rounded to even, but what lies below decides it: away when it points the same way as the error.
  if (i >= 0 && error !== 0 && error < 0 === partials[i]! < 0) {
    const twice = error * 2
    const other = sum + twice
    if (twice === other - sum) return other
  }
  return sum + 0
}

/** The exact sum as a whole number of 2^unit. */
export const limbsToWhole = (sums: Float64Array, at: number, shape: LimbShape): bigint => {
  let whole = 0n
  for (let j = shape.limbs - 1; j >= 0; j--) {
    whole += BigInt(sums[at + j]! / powerOfTwo(shape.unit + shape.bits * j)) << BigInt(shape.bits * j)
  }
  return whole
}
