/** For tests: judges a double against an exact rational by its two neighbours, sharing nothing with the code under test. */
const view = new DataView(new ArrayBuffer(8))

/** A finite double as `whole · 2^-1074`. */
export const wholeOf = (x: number): bigint => {
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const exponent = (bits >> 52n) & 0x7ffn
  const fraction = bits & 0xfffffffffffffn
  const size = exponent === 0n ? fraction : (fraction | (1n << 52n)) << (exponent - 1n)
  return bits >> 63n === 1n ? -size : size
}

const fromBits = (bits: bigint): number => {
  view.setBigUint64(0, bits)
  return view.getFloat64(0)
}

/** The double nearest to numerator / denominator (denominator > 0), ties to even, found by bisection over the bit patterns. */
export const nearest = (numerator: bigint, denominator: bigint): number => {
  const size = (numerator < 0n ? -numerator : numerator) << 1074n
  let below = 0n
  let above = 0x7ff0000000000000n
  // 2^1024 stands for infinity: what lies at or beyond half a unit from it rounds there.
  const sizeOf = (bits: bigint) => (bits === 0x7ff0000000000000n ? 1n << (1024n + 1074n) : wholeOf(fromBits(bits)))
  if (size >= sizeOf(above) * denominator) below = above
  while (above - below > 1n) {
    const middle = (above + below) >> 1n
    if (sizeOf(middle) * denominator <= size) below = middle
    else above = middle
  }
  const toBelow = size - sizeOf(below) * denominator
  const toAbove = sizeOf(above) * denominator - size
  const bits = below === above || toBelow < toAbove || (toBelow === toAbove && below % 2n === 0n) ? below : above
  const found = fromBits(bits)
  return numerator < 0n && found !== 0 ? -found : found
}
