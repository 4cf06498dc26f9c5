/**
 * One feature's view of a block: which rows count for it, and their values in the forms that evaluators need. Features over the
 * same column with the same filter share one, and so share prefix sums, ranks and codes.
 */
import { assert } from '../../base/assert.ts'
import type { CompiledFeature, CompiledWindows } from '../compiled.ts'
import type { Aggregation, TypedColumn } from '../kernels/aggregation.ts'
import { nullTest } from '../kernels/kernel.ts'
import { type Block, perBlock } from './block.ts'
import { type Codes, createCodes } from './codes.ts'
import { createRanks, type Ranks } from './ranks.ts'
import { bytes, doubles, ints } from './scratch.ts'
import { createSums, type Sums } from './sums.ts'

/** Where a column's rows, and of these the ones that pass a filter, have values. */
export interface CountedRows {
  /** Undefined: in every row of the block. */
  counted(block: Block): Uint8Array | undefined
  /** By row of the series, how many counted rows stand before it; one more for the end. Undefined as above. */
  countsBefore(block: Block): Int32Array | undefined
  /** The column's numbers, NaN where the row does not count. */
  numbers(block: Block): Float64Array
  typed(block: Block): TypedColumn
  readonly sums: Sums
  codes(block: Block): Codes
  ranks(block: Block): Ranks
}

export interface FeatureRows {
  readonly feature: CompiledFeature
  readonly rows: CountedRows
  /** With `groupBy`: the rows that have a group. */
  readonly groups: CountedRows | undefined
  /** What a kernel over the block's rows needs. */
  aggregation(block: Block): Aggregation
}

/** `mask`: index of the block's mask of the feature's filter. */
export const createCountedRows = (compiled: CompiledWindows, column: number | undefined, mask: number | undefined): CountedRows => {
  const flags = bytes()
  const prefixes = ints()
  const values = doubles()
  const typed = (block: Block): TypedColumn => {
    assert(column !== undefined, 'a feature without a column has no values')
    return { column: block.column(column), field: compiled.columns[column]!.field }
  }
  const counted = perBlock((block) => {
    const passes = mask === undefined ? undefined : block.mask(mask)
    if (column === undefined) return passes
    const into = flags.atLeast(block.rows)
    const of = block.column(column)
    if (of.kind === 'number') flagNumbers(of.values, block.rows, into)
    else if (of.kind === 'code') for (let i = 0; i < block.rows; i++) into[i] = of.codes[i]! < 0 ? 0 : 1
    else {
      const isNull = nullTest(of)
      if (isNull === undefined) return passes
      for (let i = 0; i < block.rows; i++) into[i] = isNull(i) ? 0 : 1
    }
    if (passes !== undefined) for (let i = 0; i < block.rows; i++) into[i]! &= passes[i]!
    return into.subarray(0, block.rows).includes(0) ? into : undefined
  })
  const countsBefore = perBlock((block) => {
    const flag = counted(block)
    if (flag === undefined) return undefined
    const into = prefixes.atLeast(block.base + 1)
    into[0] = 0
    for (let i = 0; i < block.base; i++) into[i + 1] = into[i]! + flag[i]!
    return into
  })
  const numbers = perBlock((block) => {
    const of = typed(block).column
    assert(of.kind === 'number', 'the column holds numbers')
    if (mask === undefined) return of.values
    const flag = counted(block)
    if (flag === undefined) return of.values
    const into = values.atLeast(block.rows)
    for (let i = 0; i < block.rows; i++) into[i] = flag[i] === 1 ? of.values[i]! : Number.NaN
    return into
  })
  return {
    counted,
    countsBefore,
    numbers,
    typed,
    sums: createSums(typed, counted),
    codes: perBlock(createCodes(typed, counted)),
    ranks: perBlock(createRanks(typed, counted)),
  }
}

const flagNumbers = (values: Float64Array, rows: number, into: Uint8Array): void => {
  for (let i = 0; i < rows; i++) into[i] = Number.isNaN(values[i]!) ? 0 : 1
}

export const createFeatureRows = (
  compiled: CompiledWindows,
  feature: CompiledFeature,
  { rows, groups, mask }: { rows: CountedRows; groups: CountedRows | undefined; mask: number | undefined },
): FeatureRows => {
  const typed = (block: Block, index: number): TypedColumn => ({ column: block.column(index), field: compiled.columns[index]!.field })
  return {
    feature,
    rows,
    groups,
    aggregation: (block) => ({
      aggregate: feature.aggregate,
      options: feature.options,
      fallback: feature.fallback,
      time: block.time,
      ...(feature.column !== undefined && { column: typed(block, feature.column) }),
      ...(mask !== undefined && { mask: block.mask(mask) }),
      ...(feature.groupBy !== undefined && { group: typed(block, feature.groupBy) }),
    }),
  }
}
