/** Exact rationals of whole numbers, rounded once: the path that is always right, taken where no faster one is certain. */
import { scaleByPower } from './double-bits.ts'

/** The double nearest to numerator / denominator · 2^exponent, ties to even; infinite where the rounding is. denominator > 0. A zero is +0. */
export const roundRatio = (numerator: bigint, denominator: bigint, exponent = 0): number => {
  if (numerator === 0n) return 0
  const negative = numerator < 0n
  const size = negative ? -numerator : numerator
  // The quotient's highest bit is within one of this estimate; 66 bits of quotient leave at least 12 below the last kept.
  const shift = 66 - (bitLength(size) - bitLength(denominator))
  const [up, down] = shift >= 0 ? [size << BigInt(shift), denominator] : [size, denominator << BigInt(-shift)]
  const quotient = up / down
  const rounded = roundBits(quotient, quotient * down !== up, exponent - shift)
  return negative && rounded !== 0 ? -rounded : rounded
}

/** The double nearest to whole · 2^exponent. */
export const roundWhole = (whole: bigint, exponent = 0): number => {
  if (whole === 0n) return 0
  const rounded = roundBits(whole < 0n ? -whole : whole, false, exponent)
  return whole < 0n && rounded !== 0 ? -rounded : rounded
}

/** (bits + something in (0, 1) where `more`) · 2^exponent, rounded to 53 bits or to the spacing of the subnormal numbers. */
const roundBits = (bits: bigint, more: boolean, exponent: number): number => {
  const drop = Math.max(bitLength(bits) - 53, -1074 - exponent)
  if (drop <= 0) return scaleByPower(Number(bits), exponent)
  const kept = bits >> BigInt(drop)
  const rest = bits - (kept << BigInt(drop))
  const half = 1n << BigInt(drop - 1)
  const up = rest > half || (rest === half && (more || (kept & 1n) === 1n))
  return scaleByPower(Number(up ? kept + 1n : kept), exponent + drop)
}

const bitLength = (positive: bigint): number => {
  const hex = positive.toString(16)
  return hex.length * 4 - Math.clz32(Number.parseInt(hex[0]!, 16)) + 28
}
