/** distinctCount as a sketch: docs/sketches.md, line by line. */

import type { FieldPlan } from '../model/field.ts'
import { canonical, toJson } from '../model/json.ts'
import type { Value } from '../model/value.ts'

const rankBits = 50
const registers = 2 ** 14

export const sketchedCount = (values: readonly Value[], field: FieldPlan): number => {
  const held = new Map<bigint, number>()
  for (const value of values) {
    const bits = sha256(utf8(canonical(toJson(value, field)))) >> (256n - 64n)
    const register = bits >> BigInt(rankBits)
    const rest = (bits & ((1n << BigInt(rankBits)) - 1n)).toString(2).padStart(rankBits, '0')
    const first = rest.indexOf('1')
    const rank = first < 0 ? rankBits + 1 : first + 1
    held.set(register, Math.max(held.get(register) ?? 0, rank))
  }
  const holding = (rank: number): number => (rank === 0 ? registers - held.size : [...held.values()].filter((one) => one === rank).length)
  let z = registers * tau(1 - holding(rankBits + 1) / registers)
  for (let rank = rankBits; rank >= 1; rank--) z = (z + holding(rank)) / 2
  z += registers * sigma(holding(0) / registers)
  return Math.floor((0.7213475204444817 * registers * registers) / z + 0.5)
}

const sigma = (x: number): number => {
  if (x === 1) return Number.POSITIVE_INFINITY
  let sum = x
  for (let power = x, factor = 1; ; factor *= 2) {
    power *= power
    const next = sum + power * factor
    if (next === sum) return sum
    sum = next
  }
}

const tau = (x: number): number => {
  if (x === 0 || x === 1) return 0
  let sum = 1 - x
  for (let root = x, factor = 0.5; ; factor /= 2) {
    root = Math.sqrt(root)
    const next = sum - (1 - root) * (1 - root) * factor
    if (next === sum) return sum / 3
    sum = next
  }
}

/** UTF-8 of a text without lone surrogates. */
export const utf8 = (text: string): readonly number[] =>
  [...text].flatMap((character) => {
    const point = character.codePointAt(0)!
    if (point < 0x80) return [point]
    const continued = (shift: number) => 0x80 | ((point >> shift) & 0x3f)
    if (point < 0x800) return [0xc0 | (point >> 6), continued(0)]
    if (point < 0x10000) return [0xe0 | (point >> 12), continued(6), continued(0)]
    return [0xf0 | (point >> 18), continued(12), continued(6), continued(0)]
  })

const word = (1n << 32n) - 1n
const turned = (x: bigint, by: bigint): bigint => ((x >> by) | (x << (32n - by))) & word

const primes = (count: number): readonly bigint[] => {
  const found: bigint[] = []
  for (let candidate = 2n; found.length < count; candidate++) if (found.every((prime) => candidate % prime !== 0n)) found.push(candidate)
  return found
}

/** floor(prime^(1/root) · 2^32) without its whole part: the first 32 bits behind the point, by bisection of whole numbers. */
const rootBits = (prime: bigint, root: bigint): bigint => {
  const target = prime << (32n * root)
  let low = 0n
  for (let bit = 1n << 40n; bit > 0n; bit >>= 1n) if ((low + bit) ** root <= target) low += bit
  return low & word
}

const roundConstants = primes(64).map((prime) => rootBits(prime, 3n))
const initialState = primes(8).map((prime) => rootBits(prime, 2n))

/** FIPS 180-4, section 6.2, its constants computed as section 4.2.2 and 5.3.3 describe them; the digest as one whole number. */
export const sha256 = (bytes: readonly number[]): bigint => {
  const zeros = (((55 - bytes.length) % 64) + 64) % 64
  const length = BigInt(bytes.length * 8)
  const tail = Array.from({ length: 8 }, (_, i) => Number((length >> BigInt(56 - 8 * i)) & 0xffn))
  const padded = [...bytes, 0x80, ...new Array<number>(zeros).fill(0), ...tail]
  let state: readonly bigint[] = initialState
  for (let from = 0; from < padded.length; from += 64) state = compressed(state, padded.slice(from, from + 64))
  return state.reduce((digest, part) => (digest << 32n) | part, 0n)
}

const compressed = (state: readonly bigint[], block: readonly number[]): readonly bigint[] => {
  const schedule: bigint[] = []
  for (let t = 0; t < 16; t++) schedule.push(block.slice(4 * t, 4 * t + 4).reduce((part, byte) => (part << 8n) | BigInt(byte), 0n))
  for (let t = 16; t < 64; t++) {
    const [x, y] = [schedule[t - 15]!, schedule[t - 2]!]
    const small0 = turned(x, 7n) ^ turned(x, 18n) ^ (x >> 3n)
    const small1 = turned(y, 17n) ^ turned(y, 19n) ^ (y >> 10n)
    schedule.push((small1 + schedule[t - 7]! + small0 + schedule[t - 16]!) & word)
  }
  let [a, b, c, d, e, f, g, h] = state as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint]
  for (let t = 0; t < 64; t++) {
    const big1 = turned(e, 6n) ^ turned(e, 11n) ^ turned(e, 25n)
    const one = h + big1 + ((e & f) ^ (~e & word & g)) + roundConstants[t]! + schedule[t]!
    const big0 = turned(a, 2n) ^ turned(a, 13n) ^ turned(a, 22n)
    const two = big0 + ((a & b) ^ (a & c) ^ (b & c))
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & word, c, b, a, (one + two) & word]
  }
  return [a, b, c, d, e, f, g, h].map((part, i) => (part + state[i]!) & word)
}
