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
    const values = column.kind === 'number' ? different(column.values, flags, block.rows) : different(column.values, flags, block.rows)
    for (let row = 0; row < block.rows; row++) {
      into[row] = flags === undefined || flags[row] === 1 ? rankOf(values, column.values[row]!) : -1
    }
    return { ranks: into, values }
  }
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
