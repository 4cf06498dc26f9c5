/**
 * Numbers in as few bytes as hold them exactly: `value = (base + step · u) / scale` with an unsigned `u` of 0, 1, 2 or 4 bytes
 * (frame of reference), or the double itself in 8. With nulls, `u = 0` is null and the others begin at 1; raw doubles have NaN.
 */
export interface NumberCode {
  readonly width: 0 | 1 | 2 | 4 | 8
  readonly base: number
  readonly step: number
  readonly scale: number
  readonly nulls: boolean
}

/** Scales tried: whole numbers; stamps (1,024 commits in a millisecond); amounts with a few digits. */
export const wholeScales: readonly number[] = [1]
export const stampScales: readonly number[] = [1, 1024]
export const doubleScales: readonly number[] = [1, 10, 100, 1000, 10_000]

const raw: NumberCode = { width: 8, base: 0, step: 1, scale: 1, nulls: false }

/** NaN is null. The bytes hold `values.length` elements of the code's width. */
export const encodeNumbers = (
  values: Float64Array,
  scales: readonly number[],
): { readonly code: NumberCode; readonly bytes: Uint8Array } => {
  for (const scale of scales) {
    const code = frameOf(values, scale)
    if (code !== undefined) return { code, bytes: pack(values, code) }
  }
  return { code: raw, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
}

/** The frame that holds all values as whole numbers at this scale, or undefined. */
const frameOf = (values: Float64Array, scale: number): NumberCode | undefined => {
  let [min, max, nulls] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, false]
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) {
      nulls = true
      continue
    }
    const whole = scale === 1 ? value : Math.round(value * scale)
    if (!(scale === 1 ? Number.isSafeInteger(whole) : Number.isSafeInteger(whole) && whole / scale === value)) return undefined
    if (whole < min) min = whole
    if (whole > max) max = whole
  }
  if (max < min) return { width: 0, base: 0, step: 1, scale, nulls }
  if (!Number.isSafeInteger(max - min)) return undefined
  const step = max === min ? 1 : stepOf(values, scale, min)
  const width = unsignedWidth((max - min) / step + (nulls ? 1 : 0))
  return width === undefined ? undefined : { width, base: min, step, scale, nulls }
}

/** The greatest common divisor of all distances from `min`: minutes stored as milliseconds need no milliseconds. */
const stepOf = (values: Float64Array, scale: number, min: number): number => {
  let step = 0
  for (let i = 0; i < values.length && step !== 1; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    let [a, b] = [step, (scale === 1 ? value : Math.round(value * scale)) - min]
    // Exact for whole numbers below 2^53, and many times faster than the remainder of doubles.
    if (a !== 0 && Math.floor(b / a) * a === b) continue
    while (b !== 0) [a, b] = [b, a % b]
    step = a
  }
  return step
}

/** Bytes that hold 0 to `largest`; undefined beyond 32 bits. */
export const unsignedWidth = (largest: number): 0 | 1 | 2 | 4 | undefined =>
  largest === 0 ? 0 : largest < 256 ? 1 : largest < 65_536 ? 2 : largest < 4_294_967_296 ? 4 : undefined

const pack = (values: Float64Array, { width, base, step, scale, nulls }: NumberCode): Uint8Array => {
  const bytes = new Uint8Array(values.length * width)
  const units = elementsOf(bytes, width)
  if (width === 0) return bytes
  const first = nulls ? 1 : 0
  if (scale === 1 && step === 1 && !nulls) for (let i = 0; i < values.length; i++) units[i] = values[i]! - base
  else if (scale === 1 && !nulls) for (let i = 0; i < values.length; i++) units[i] = (values[i]! - base) / step
  else {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!
      units[i] = Number.isNaN(value) ? 0 : ((scale === 1 ? value : Math.round(value * scale)) - base) / step + first
    }
  }
  return bytes
}

export type Elements = Uint8Array | Uint16Array | Uint32Array | Float64Array

/** Bytes at a multiple of their width as elements of that width; those of width 0 are none. */
export const elementsOf = (bytes: Uint8Array, width: 0 | 1 | 2 | 4 | 8): Elements => {
  const { buffer, byteOffset, length } = bytes
  if (width === 2) return new Uint16Array(buffer, byteOffset, length / 2)
  if (width === 4) return new Uint32Array(buffer, byteOffset, length / 4)
  return width === 8 ? new Float64Array(buffer, byteOffset, length / 8) : bytes
}

/** The value of one element; NaN is null. */
export const decodeNumber = (code: NumberCode, unit: number): number => {
  if (code.width === 8) return unit
  if (!code.nulls) return (code.base + code.step * unit) / code.scale
  return unit === 0 ? Number.NaN : (code.base + code.step * (unit - 1)) / code.scale
}

/** Elements [from, to) as numbers. Elements of width 0 are not looked at. */
export const decodeNumbers = (code: NumberCode, units: Elements, from: number, to: number): Float64Array => {
  const { width, base, step, scale, nulls } = code
  if (width === 8) return (units as Float64Array).slice(from, to)
  const values = new Float64Array(to - from)
  if (width === 0) return values.fill(decodeNumber(code, 0))
  // Made doubles by the engine first: then the loops are of one kind of array. For a few that takes longer than they do.
  if (values.length > fewElements) values.set(units.subarray(from, to))
  else for (let i = 0; i < values.length; i++) values[i] = units[from + i]!
  if (nulls) spreadNulls(values)
  // Taken from the unit: a base less a step may be beyond 2^53.
  const first = nulls ? 1 : 0
  if (scale !== 1) for (let i = 0; i < values.length; i++) values[i] = (base + step * (values[i]! - first)) / scale
  else if (step !== 1) for (let i = 0; i < values.length; i++) values[i] = base + step * (values[i]! - first)
  else if (base !== first) for (let i = 0; i < values.length; i++) values[i]! += base - first
  return values
}

const fewElements = 64

const spreadNulls = (values: Float64Array): void => {
  for (let i = 0; i < values.length; i++) if (values[i] === 0) values[i] = Number.NaN
}
