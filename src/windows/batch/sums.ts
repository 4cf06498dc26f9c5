/** Prefix sums of a block's values and squares, in limbs: the exact sum of any range is a difference. */
import { assert } from '../../base/assert.ts'
import { required } from '../../model/field.ts'
import {
  addSquareToLimbs,
  addToLimbs,
  addWholeSquareToLimbs,
  addWholeToLimbs,
  type Extent,
  emptyExtent,
  type LimbShape,
  limbShape,
  squaredExtent,
  wholeTerms,
  widen,
} from '../exact/limbs.ts'
import type { TypedColumn } from '../kernels/aggregation.ts'
import { type Block, perBlock } from './block.ts'
import { doubles, type Scratch } from './scratch.ts'

export interface PrefixSums {
  readonly shape: LimbShape
  /** The sum of rows 0 … i − 1 is in limbs at i · shape.limbs. */
  readonly prefix: Float64Array
  /** Adds a row's term to limbs at `at`; `sign` −1 takes it away. Only rows that count. */
  add(sums: Float64Array, at: number, row: number, sign: 1 | -1): void
}

export interface Sums {
  /** Digits after the point of the column's units. */
  decimals(block: Block): number
  /** Undefined where the values' sizes differ so much that limbs cannot hold them: see wide-sums.ts. */
  values(block: Block): PrefixSums | undefined
  squares(block: Block): PrefixSums | undefined
}

type CountedFlags = (block: Block) => Uint8Array | undefined

export const createSums = (typed: (block: Block) => TypedColumn, counted: CountedFlags): Sums => {
  const [values, squares] = [doubles(), doubles()]
  const extent = perBlock((block) => extentOf(typed(block), counted(block), block.rows))
  return {
    decimals: (block) => {
      const field = required(typed(block).field)
      return field.kind === 'decimal' ? field.scale : 0
    },
    values: perBlock((block) =>
      prefixOf(block, { typed: typed(block), counted: counted(block), extent: extent(block), into: values }, false),
    ),
    squares: perBlock((block) =>
      prefixOf(block, { typed: typed(block), counted: counted(block), extent: extent(block), into: squares }, true),
    ),
  }
}

/** Columns of whole numbers need not be looked at bit by bit. */
const extentOf = ({ column, field }: TypedColumn, counted: Uint8Array | undefined, rows: number): Extent => {
  if (column.kind === 'bigint') return { low: 0, high: 64 }
  assert(column.kind === 'number', 'sums are of numbers')
  const { values } = column
  const extent = emptyExtent()
  if (required(field).kind === 'double') {
    for (let i = 0; i < rows; i++) if (counted === undefined || counted[i] === 1) widen(extent, values[i]!)
    return extent
  }
  let most = 0
  for (let i = 0; i < rows; i++) {
    const size = Math.abs(values[i]!)
    if (size > most && (counted === undefined || counted[i] === 1)) most = size
  }
  if (most === 0) return extent
  widen(extent, most)
  return { low: 0, high: extent.high }
}

interface PrefixScope {
  readonly typed: TypedColumn
  readonly counted: Uint8Array | undefined
  readonly extent: Extent
  readonly into: Scratch<Float64Array>
}

const prefixOf = ({ base, rows }: Block, { typed, counted, extent, into }: PrefixScope, isSquare: boolean): PrefixSums | undefined => {
  const { column } = typed
  const perValue = column.kind === 'bigint' ? wholeTerms : 1
  const shape = limbShape(isSquare ? squaredExtent(extent) : extent, rows * perValue)
  if (shape === undefined) return undefined
  const { limbs } = shape
  const prefix = into.atLeast((base + 1) * limbs)
  const add = adder(typed, shape, isSquare)
  prefix.fill(0, 0, limbs)
  if (limbs === 1 && column.kind === 'number') {
    singleLimb(prefix, base, { values: column.values, counted, isSquare })
    return { shape, prefix, add }
  }
  for (let i = 0; i < base; i++) {
    const at = (i + 1) * limbs
    for (let j = 0; j < limbs; j++) prefix[at + j] = prefix[at + j - limbs]!
    if (counted === undefined || counted[i] === 1) add(prefix, at, i, 1)
  }
  return { shape, prefix, add }
}

interface Terms {
  readonly values: Float64Array
  readonly counted: Uint8Array | undefined
  readonly isSquare: boolean
}

const singleLimb = (prefix: Float64Array, base: number, { values, counted, isSquare }: Terms): void => {
  let sum = 0
  for (let i = 0; i < base; i++) {
    const value = values[i]!
    if (counted === undefined || counted[i] === 1) sum += isSquare ? value * value : value
    prefix[i + 1] = sum
  }
}

const adder = ({ column }: TypedColumn, shape: LimbShape, isSquare: boolean): PrefixSums['add'] => {
  if (column.kind === 'number') {
    const { values } = column
    if (isSquare) return (sums, at, row, sign) => addSquareToLimbs(sums, at, shape, values[row]!, sign)
    return (sums, at, row, sign) => addToLimbs(sums, at, shape, sign * values[row]!)
  }
  assert(column.kind === 'bigint', 'sums are of numbers')
  const words = new Int32Array(column.values.buffer, column.values.byteOffset, 2 * column.values.length)
  const add = isSquare ? addWholeSquareToLimbs : addWholeToLimbs
  return (sums, at, row, sign) => add(sums, at, shape, words[2 * row + 1]!, words[2 * row]! >>> 0, sign)
}
