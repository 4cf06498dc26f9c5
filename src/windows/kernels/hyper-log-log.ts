/**
 * distinctCount by sketch: HyperLogLog with 2^14 registers (Flajolet, Fusy, Gandouet, Meunier 2007) and the estimator of
 * O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6: no tables of bias, no switch
 * between ranges, and only + − × ÷ and square roots, so the same bits everywhere. docs/sketches.md states hash and registers.
 */
import { cellAt } from '../../model/cell.ts'
import { canonical, toJson } from '../../model/json.ts'
import type { Column } from '../../model/table.ts'
import type { TypedColumn, ValuesKernel } from './aggregation.ts'
import { sha256 } from './sha-256.ts'

const encoder = new TextEncoder()

const precision = 14
const registers = 2 ** precision
/** The largest rank: one more than the bits left after the register's number. */
const mostRank = 64 - precision + 1
/** 1 / (2 · ln 2), the nearest double. */
const limitFactor = 0.7213475204444817

export const sketchedCountKernel = (typed: TypedColumn): ValuesKernel => {
  const codeOf = sketchCodes(typed)
  const ranks = new Uint8Array(registers)
  return (rows, from, to) => {
    const counts = new Float64Array(mostRank + 1)
    counts[0] = registers
    for (let i = from; i < to; i++) {
      const code = codeOf(rows[i]!)
      const rank = code & 63
      const before = ranks[code >>> 6]!
      if (rank <= before) continue
      ranks[code >>> 6] = rank
      counts[before]!--
      counts[rank]!++
    }
    for (let i = from; i < to; i++) ranks[codeOf(rows[i]!) >>> 6] = 0
    return Math.floor(estimate(counts) + 0.5)
  }
}

/** Row → register · 64 + rank of its value; each value of a dictionary, else each row, is hashed once. */
const sketchCodes = (typed: TypedColumn): ((row: number) => number) => {
  const { column, field } = typed
  const entryOf = column.kind === 'code' ? (row: number) => column.codes[row]! : (row: number) => row
  const known = new Int32Array(column.kind === 'code' ? column.dictionary.length : lengthOf(column))
  return (row) => {
    const entry = entryOf(row)
    if (known[entry] === 0) known[entry] = sketchCode(canonical(toJson(cellAt(column, field, row), field)))
    return known[entry]!
  }
}

const lengthOf = (column: Column): number => (column.kind === 'code' ? column.codes.length : column.values.length)

/** Register (the hash's first 14 bits) · 64 + rank (zeros before the first one bit of the other 50, plus one) of a value's text. */
export const sketchCode = (text: string): number => {
  const digest = sha256(encoder.encode(text))
  const first = digest[0]! >>> 0
  const second = digest[1]! >>> 0
  const rest = first & (2 ** (32 - precision) - 1)
  const zeros = rest !== 0 ? Math.clz32(rest) - precision : 32 - precision + Math.clz32(second)
  return (first >>> (32 - precision)) * 64 + Math.min(zeros + 1, mostRank)
}

/** counts[r]: registers with rank r; r from 0 to 51. */
export const estimate = (counts: Float64Array): number => {
  let z = registers * tau(1 - counts[mostRank]! / registers)
  for (let rank = mostRank - 1; rank >= 1; rank--) z = (z + counts[rank]!) / 2
  z += registers * sigma(counts[0]! / registers)
  return (limitFactor * registers * registers) / z
}

/** x + Σ x^(2^k) · 2^(k − 1), k from 1. */
const sigma = (x: number): number => {
  if (x === 1) return Number.POSITIVE_INFINITY
  let factor = 1
  let sum = x
  for (;;) {
    x *= x
    const before = sum
    sum += x * factor
    factor += factor
    if (sum === before) return sum
  }
}

/** (1 − x − Σ (1 − x^(2^−k))² · 2^−k) / 3, k from 1. */
const tau = (x: number): number => {
  if (x === 0 || x === 1) return 0
  let factor = 1
  let sum = 1 - x
  for (;;) {
    x = Math.sqrt(x)
    const before = sum
    factor /= 2
    sum -= (1 - x) ** 2 * factor
    if (sum === before) return sum / 3
  }
}
