/** sum, mean, variance and deviation over a list of rows: exact sums in limbs made for just these rows, rounded once. */
import { assert } from '../../base/assert.ts'
import { required } from '../../model/field.ts'
import { createAccumulator, createSquareAccumulator } from '../exact/accumulator.ts'
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
import { type LimbSum, roundMean, roundSum, roundVariance, varianceOfWholes } from '../exact/moments.ts'
import { roundRatio } from '../exact/ratio.ts'
import type { TypedColumn, ValuesKernel } from './aggregation.ts'

/** A numeric column's terms, whichever way it holds them. */
interface Terms {
  /** The extent of the values of these rows. */
  extent(rows: Int32Array, from: number, to: number): Extent
  /** The digits one value, or square, may add to a limb. */
  readonly perValue: number
  add(sums: Float64Array, shape: LimbShape, row: number): void
  addSquare(sums: Float64Array, shape: LimbShape, row: number): void
  readonly decimals: number
}

export const sumKernel = (column: TypedColumn): ValuesKernel => {
  const terms = termsOf(column)
  return (rows, from, to) => {
    if (from === to) return null
    const sum = limbSum(terms, rows, from, to)
    return sum === undefined ? wideSum(column, rows, from, to).round() : roundSum(sum, terms.decimals)
  }
}

export const meanKernel = (column: TypedColumn): ValuesKernel => {
  const terms = termsOf(column)
  return (rows, from, to) => {
    if (from === to) return null
    const sum = limbSum(terms, rows, from, to)
    if (sum !== undefined) return roundMean(to - from, sum, terms.decimals)
    const wide = wideSum(column, rows, from, to)
    return roundRatio(wide.whole(), BigInt(to - from), wide.unit)
  }
}

export const varianceKernel = (column: TypedColumn, { population, root }: { population: boolean; root: boolean }): ValuesKernel => {
  const terms = termsOf(column)
  return (rows, from, to) => {
    const n = to - from
    if (n < (population ? 1 : 2)) return null
    const sum = limbSum(terms, rows, from, to)
    const squares = squareSum(terms, rows, from, to)
    const variance =
      sum === undefined || squares === undefined
        ? wideVariance(column, rows, from, to, population)
        : roundVariance(n, sum, squares, { population, decimals: terms.decimals })
    return root ? Math.sqrt(variance) : variance
  }
}

const limbSum = (terms: Terms, rows: Int32Array, from: number, to: number): LimbSum | undefined => {
  const shape = limbShape(terms.extent(rows, from, to), (to - from) * terms.perValue)
  if (shape === undefined) return undefined
  const sums = new Float64Array(shape.limbs)
  for (let i = from; i < to; i++) terms.add(sums, shape, rows[i]!)
  return { sums, at: 0, shape }
}

const squareSum = (terms: Terms, rows: Int32Array, from: number, to: number): LimbSum | undefined => {
  const shape = limbShape(squaredExtent(terms.extent(rows, from, to)), (to - from) * terms.perValue)
  if (shape === undefined) return undefined
  const sums = new Float64Array(shape.limbs)
  for (let i = from; i < to; i++) terms.addSquare(sums, shape, rows[i]!)
  return { sums, at: 0, shape }
}

const termsOf = (typed: TypedColumn): Terms => {
  const field = required(typed.field)
  const decimals = field.kind === 'decimal' ? field.scale : 0
  const { column } = typed
  assert(column.kind === 'number' || column.kind === 'bigint', 'sums are of numbers')
  return column.kind === 'number' ? numberTerms(column.values, decimals) : wholeTermsOf(column.values, decimals)
}

const numberTerms = (values: Float64Array, decimals: number): Terms => ({
  decimals,
  perValue: 1,
  extent(rows, from, to) {
    const extent = emptyExtent()
    for (let i = from; i < to; i++) widen(extent, values[rows[i]!]!)
    return extent
  },
  add: (sums, shape, row) => addToLimbs(sums, 0, shape, values[row]!),
  addSquare: (sums, shape, row) => addSquareToLimbs(sums, 0, shape, values[row]!),
})

const wholeTermsOf = (values: BigInt64Array, decimals: number): Terms => {
  const words = new Int32Array(values.buffer, values.byteOffset, 2 * values.length)
  return {
    decimals,
    perValue: wholeTerms,
    extent: () => ({ low: 0, high: 64 }),
    add: (sums, shape, row) => addWholeToLimbs(sums, 0, shape, words[2 * row + 1]!, words[2 * row]! >>> 0),
    addSquare: (sums, shape, row) => addWholeSquareToLimbs(sums, 0, shape, words[2 * row + 1]!, words[2 * row]! >>> 0),
  }
}

/** Doubles of such different sizes that limbs cannot hold them (whole numbers always fit). */
const wideSum = ({ column }: TypedColumn, rows: Int32Array, from: number, to: number) => {
  assert(column.kind === 'number', 'whole numbers fit limbs')
  const sum = createAccumulator()
  for (let i = from; i < to; i++) sum.add(column.values[rows[i]!]!)
  return sum
}

const wideVariance = (typed: TypedColumn, rows: Int32Array, from: number, to: number, population: boolean): number => {
  const sum = wideSum(typed, rows, from, to)
  const squares = createSquareAccumulator()
  assert(typed.column.kind === 'number', 'whole numbers fit limbs')
  for (let i = from; i < to; i++) squares.addSquare(typed.column.values[rows[i]!]!)
  const n = to - from
  const divisor = BigInt(n) * BigInt(population ? n : n - 1)
  return varianceOfWholes(n, sum.whole(), squares.whole(), { unit: sum.unit, squareUnit: squares.unit, divisor })
}
