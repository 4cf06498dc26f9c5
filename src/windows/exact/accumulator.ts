/**
 * A sum of finite doubles, or of products of whole numbers and powers of two, held whole: a fixed-point number as wide as the
 * range it is made for, in limbs of 32 bits. Adding, taking away and merging are exact and forget nothing; only `round` rounds,
 * once. After Neal 2015, "Fast exact summation using small and large superaccumulators" (the small one), with limbs in doubles,
 * so that 2^20 additions fit between carries.
 */
import { assert } from '../../base/assert.ts'
import { powerOfTwo, scaleByPower, type Words, wordsOf } from './double-bits.ts'

export interface Accumulator {
  /** Adds value · 2^exponent exactly; both within the range it was made for. */
  add(value: number, exponent?: number): void
  subtract(value: number, exponent?: number): void
  /** Adds value² (`sign` −1: takes it away). */
  addSquare(value: number, sign?: 1 | -1): void
  /** Adds the other's sum, of the same range. */
  merge(other: Accumulator): void
  clear(): void
  /** The sum · 2^exponent, rounded to the nearest double, ties to even. Infinite where the exact sum's rounding is; a zero is +0. */
  round(exponent?: number): number
  /** The sum as a whole number of 2^unit. */
  whole(): bigint
  readonly unit: number
  /** 32-bit digits, lowest first; only for `merge`. */
  readonly limbs: Float64Array
}

const limbSize = 2 ** 32
const carryEvery = 2 ** 20

/** For sums of doubles. */
export const createAccumulator = (): Accumulator => accumulatorOver(-1074, 1024)
/** For sums of squares of doubles. */
export const createSquareAccumulator = (): Accumulator => accumulatorOver(-2148, 2048)

/** For terms that are multiples of 2^low and below 2^high in size, up to 2^60 of them. */
export const accumulatorOver = (low: number, high: number): Accumulator => {
  const limbs = new Float64Array(Math.ceil((high - low + 62) / 32) + 3)
  const top = limbs.length - 1
  const parts: Words = { low: 0, high: 0, exponent: 0, negative: false }
  let pending = 0

  const carry = () => {
    let over = 0
    for (let i = 0; i < top; i++) {
      const sum = limbs[i]! + over
      over = Math.floor(sum / limbSize)
      limbs[i] = sum - over * limbSize
    }
    limbs[top]! += over
    pending = 0
  }
  /** Adds ±(high · 2^32 + low) · 2^position, high and low below 2^32. */
  const addWords = (lowWord: number, highWord: number, position: number, negative: boolean) => {
    const at = position >>> 5
    const shift = position & 31
    const a = shift === 0 ? lowWord : (lowWord << shift) >>> 0
    const b = shift === 0 ? highWord : ((highWord << shift) | (lowWord >>> (32 - shift))) >>> 0
    const c = shift === 0 ? 0 : highWord >>> (32 - shift)
    const sign = negative ? -1 : 1
    limbs[at]! += sign * a
    limbs[at + 1]! += sign * b
    limbs[at + 2]! += sign * c
    if (++pending >= carryEvery) carry()
  }
  const addSigned = (value: number, exponent: number, flip: boolean) => {
    if (value === 0) return
    wordsOf(value, parts)
    const position = parts.exponent + exponent - low
    if (position >= 0) return addWords(parts.low, parts.high, position, parts.negative !== flip)
    const fraction = (parts.high * limbSize + parts.low) / powerOfTwo(-position)
    assert(Number.isInteger(fraction), 'a term is a multiple of the unit')
    addWords(fraction % limbSize, Math.floor(fraction / limbSize), 0, parts.negative !== flip)
  }
  const addSquare = (value: number, sign: 1 | -1 = 1) => {
    wordsOf(value, parts)
    const { low: b, high: a } = parts
    const position = 2 * parts.exponent - low
    const negative = sign < 0
    // (a·2^32 + b)² with b cut in halves, so that each product stays below 2^53.
    const b1 = b >>> 16
    const b0 = b & 0xffff
    addProduct(a * a, position + 64, negative)
    addProduct(a * b1, position + 49, negative)
    addProduct(a * b0, position + 33, negative)
    addProduct(b1 * b1, position + 32, negative)
    addProduct(b1 * b0, position + 17, negative)
    addProduct(b0 * b0, position, negative)
  }
  const addProduct = (product: number, position: number, negative: boolean) =>
    addWords(product % limbSize, Math.floor(product / limbSize), position, negative)

  return {
    limbs,
    unit: low,
    add: (value, exponent = 0) => addSigned(value, exponent, false),
    subtract: (value, exponent = 0) => addSigned(value, exponent, true),
    addSquare,
    merge(other) {
      assert(other.unit === low && other.limbs.length === limbs.length, 'merged sums have one range')
      other.whole()
      carry()
      for (let i = 0; i <= top; i++) limbs[i]! += other.limbs[i]!
      carry()
    },
    clear() {
      limbs.fill(0)
      pending = 0
    },
    round(exponent = 0) {
      carry()
      const negative = limbs[top]! < 0
      if (negative) negate(limbs, carry)
      const size = roundDigits(limbs, low + exponent)
      if (negative) negate(limbs, carry)
      return negative && size !== 0 ? -size : size
    },
    whole() {
      carry()
      let whole = 0n
      for (let i = top; i >= 0; i--) whole = (whole << 32n) + BigInt(limbs[i]!)
      return whole
    },
  }
}

const negate = (limbs: Float64Array, carry: () => void): void => {
  for (let i = 0; i < limbs.length; i++) limbs[i] = -limbs[i]!
  carry()
}

/** A sum that is not negative, all its digits below 2^32, rounded to nearest. */
const roundDigits = (limbs: Float64Array, unit: number): number => {
  let top = limbs.length - 1
  while (top > 0 && limbs[top] === 0) top--
  if (limbs[top] === 0) return 0
  const first = limbs[top]!
  const second = top > 0 ? limbs[top - 1]! : 0
  const third = top > 1 ? limbs[top - 2]! : 0
  const zeros = Math.clz32(first)
  // The highest 64 bits, the first of them set.
  const a = zeros === 0 ? first : ((first << zeros) | (second >>> (32 - zeros))) >>> 0
  const b = zeros === 0 ? second : ((second << zeros) | (third >>> (32 - zeros))) >>> 0
  const rest = (b & 0x7ff) * 2 + (zeros === 0 ? (third === 0 ? 0 : 1) : (third << zeros) >>> 0 === 0 ? 0 : 1)
  const sticky = rest % 2 === 1 || anyBelow(limbs, top - 2) ? 1 : 0
  return roundFraction(a * 2 ** 21 + (b >>> 11), (rest >>> 1) * 2 + sticky, unit + 32 * top - 21 - zeros)
}

const anyBelow = (limbs: Float64Array, end: number): boolean => {
  for (let i = end - 1; i >= 0; i--) if (limbs[i] !== 0) return true
  return false
}

/** (fraction + rest / 2^12) · 2^exponent, fraction of 53 bits, the last bit of `rest` standing for anything below it. */
const roundFraction = (fraction: number, rest: number, exponent: number): number => {
  const drop = -1074 - exponent
  if (drop <= 0) {
    const up = rest > 2048 || (rest === 2048 && fraction % 2 === 1)
    return scaleByPower(up ? fraction + 1 : fraction, exponent)
  }
  if (drop > 54) return 0
  const scale = powerOfTwo(drop)
  const kept = Math.floor(fraction / scale)
  const left = fraction - kept * scale
  const half = scale / 2
  const up = left > half || (left === half && (rest > 0 || kept % 2 === 1))
  return (up ? kept + 1 : kept) * 2 ** -1074
}
