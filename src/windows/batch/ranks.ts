/** A block's values by size: each row's place among the different values, ascending. */
import { assert } from '../../base/assert.ts'
import type { TypedColumn } from '../kernels/aggregation.ts'
import type { Block } from './block.ts'
import { ints } from './scratch.ts'

export interface Ranks {
  /** By row, from 0; −1 where the row does not count. */
  readonly ranks: Int32Array
  /** Rank → the value, as the column holds it. */
  readonly values: Float64Array | BigInt64Array
}

type CountedFlags = (block: Block) => Uint8Array | undefined

export const createRanks = (typed: (block: Block) => TypedColumn, counted: CountedFlags): ((block: Block) => Ranks) => {
  const ranks = ints()
  return (block) => {
    const { column } = typed(block)
    assert(column.kind === 'number' || column.kind === 'bigint', 'ranks are of numbers and times')
    const flags = counted(block)
    const into = ranks.atLeast(block.rows)
    const range = column.kind === 'number' ? wholeRange(column.values, flags, block.rows) : undefined
    if (column.kind === 'number' && range !== undefined)
      return { ranks: into, values: countedRanks(column.values, flags, { ...range, rows: block.rows }, into) }
    const values = column.kind === 'number' ? different(column.values, flags, block.rows) : different(column.values, flags, block.rows)
    for (let row = 0; row < block.rows; row++) {
      into[row] = flags === undefined || flags[row] === 1 ? rankOf(values, column.values[row]!) : -1
    }
    return { ranks: into, values }
  }
}

interface WholeRange {
  readonly low: number
  readonly high: number
}

/** Smallest and largest value that counts, where all are whole numbers in a range not much wider than they are many. */
const wholeRange = (values: Float64Array, flags: Uint8Array | undefined, rows: number): WholeRange | undefined => {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let row = 0; row < rows; row++) {
    if (flags !== undefined && flags[row] === 0) continue
    const value = values[row]!
    if (Math.floor(value) !== value) return undefined
    if (value < low) low = value
    if (value > high) high = value
  }
  return high >= low && high - low <= 4 * rows ? { low, high } : undefined
}

/** Ranks by counting: marks each value of the range that is there, then numbers the marks. Gives the values, ascending. */
const countedRanks = (
  values: Float64Array,
  flags: Uint8Array | undefined,
  { low, high, rows }: WholeRange & { readonly rows: number },
  into: Int32Array,
): Float64Array => {
  const rankAt = new Int32Array(high - low + 1).fill(-1)
  for (let row = 0; row < rows; row++) if (flags === undefined || flags[row] === 1) rankAt[values[row]! - low] = 0
  const found = new Float64Array(rankAt.length)
  let size = 0
  for (let i = 0; i < rankAt.length; i++) {
    if (rankAt[i]! < 0) continue
    rankAt[i] = size
    found[size++] = low + i
  }
  for (let row = 0; row < rows; row++) into[row] = flags === undefined || flags[row] === 1 ? rankAt[values[row]! - low]! : -1
  return found.subarray(0, size)
}

/** The different values that count, ascending. */
const different = <T extends Float64Array | BigInt64Array>(values: T, flags: Uint8Array | undefined, rows: number): T => {
  const sorted = values.slice(0, rows) as T
  let count = 0
  for (let row = 0; row < rows; row++) if (flags === undefined || flags[row] === 1) sorted[count++] = values[row]!
  sorted.subarray(0, count).sort()
  let kept = 0
  for (let i = 0; i < count; i++) if (i === 0 || sorted[i] !== sorted[kept - 1]) sorted[kept++] = sorted[i]!
  return sorted.subarray(0, kept) as T
}

const rankOf = (values: Float64Array | BigInt64Array, value: number | bigint): number => {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
