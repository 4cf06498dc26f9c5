/** The parts of an IEEE 754 double, without allocation. */
const double = new Float64Array(1)
const words = new Uint32Array(double.buffer)
/** Index of the word with sign and exponent: 1 where the machine is little-endian. */
const high = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0
const low = 1 - high

/** The exponent of the lowest bit set in a finite double: x is an odd multiple of 2^lowestBit(x). Not for zero. */
export const lowestBit = (x: number): number => {
  double[0] = x
  const top = words[high]!
  const exponent = (top >>> 20) & 0x7ff
  const bottom = words[low]!
  const unit = exponent === 0 ? -1074 : exponent - 1075
  if (bottom !== 0) return unit + trailingZeros(bottom)
  const fraction = (top & 0xfffff) | (exponent === 0 ? 0 : 0x100000)
  return unit + 32 + trailingZeros(fraction)
}

const trailingZeros = (bits: number): number => 31 - Math.clz32(bits & -bits)

/** floor(log2 |x|) of a finite double. Not for zero. */
export const highestBit = (x: number): number => {
  double[0] = x
  const exponent = (words[high]! >>> 20) & 0x7ff
  if (exponent !== 0) return exponent - 1023
  const fraction = words[high]! & 0xfffff
  return fraction !== 0 ? -1042 + 31 - Math.clz32(fraction) : -1074 + 31 - Math.clz32(words[low]!)
}

/** 2^exponent for −1074 ≤ exponent ≤ 1023, exact. */
export const powerOfTwo = (exponent: number): number => {
  if (exponent >= -1022) {
    words[high] = (exponent + 1023) << 20
    words[low] = 0
  } else {
    const bit = exponent + 1074
    words[high] = bit >= 32 ? 1 << (bit - 32) : 0
    words[low] = bit >= 32 ? 0 : 1 << bit
  }
  return double[0]!
}

/** x · 2^exponent where that is representable; else infinite, or rounded once or twice below the subnormal numbers. */
export const scaleByPower = (x: number, exponent: number): number => {
  let rest = exponent
  while (rest > 1023) {
    x *= 2 ** 1023
    rest -= 1023
    if (rest > 4200) return x * Number.POSITIVE_INFINITY
  }
  while (rest < -1022) {
    x *= 2 ** -1022
    rest += 1022
    if (rest < -4200) return x * 0
  }
  return x * powerOfTwo(rest)
}

/** Splits a finite double into words without allocation: a whole number `fraction` · 2^`exponent`, signed by `negative`. */
export interface Words {
  low: number
  high: number
  exponent: number
  negative: boolean
}

/** Writes the parts of x into `out`: |x| = (high · 2^32 + low) · 2^exponent with high below 2^21. */
export const wordsOf = (x: number, out: Words): void => {
  double[0] = x
  const top = words[high]!
  const exponent = (top >>> 20) & 0x7ff
  out.low = words[low]!
  out.high = (top & 0xfffff) | (exponent === 0 ? 0 : 0x100000)
  out.exponent = exponent === 0 ? -1074 : exponent - 1075
  out.negative = top >>> 31 === 1
}
