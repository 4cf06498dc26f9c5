/**
 * For one cell of a long series: how many values stand in the leaves before each leaf and their exact sums in limbs, and, where
 * they are asked for, the least and greatest value of each leaf and of each 64 leaves. Repaired from the first changed leaf on, as
 * far as it is asked for.
 *
 * All of it is one space of the series' pool. Its head: the leaves below which it is right, the epoch of the cell's extent, the
 * binary logarithm of how many values its limbs hold, the leaves there is room for, whether there are sums of squares, whether there
 * are extremes, the space's bits, and how many values that are. Behind it stand for each leaf `stride` numbers about the leaves before it (their values, the limbs of their
 * sum, those of their squares' sum); then by leaf the least values, and the greatest; then both by 64 leaves.
 */
import { addSquareToLimbs, addToLimbs, type LimbShape } from '../exact/limbs.ts'
import { type Known, oneLimb } from './answer.ts'
import { type Directory, freeSums, rowsBefore, rowsOf, setSums, sumsCleanField, sumsOf } from './directory.ts'
import type { Extents } from './extents.ts'
import type { CellPlan } from './plan.ts'
import { bitsFor, type Pool, spaceOffset, spacePage, takeSpace } from './pool.ts'
import { columnAt, firstCell, leafPage, type SeriesStore } from './series.ts'

/** The sums as they are looked at; good until the next are opened. */
export interface LeafSums {
  numbers: Float64Array
  head: number
  /** Where the numbers by leaf begin, and how many there are for each. */
  base: number
  stride: number
  shape: LimbShape
  squareShape: LimbShape
  hasSquares: boolean
  /** Where the extremes begin; 0: there are none. */
  extremes: number
  capacity: number
  /** Right below this leaf, sums up to and with it. */
  clean: number
}

const epochField = 1
const termsField = 2
const capacityField = 3
const squaresField = 4
const extremesField = 5
const mostField = 7
const headSize = 8

const blockBits = 6
const blocksOf = (capacity: number): number => (capacity >> blockBits) + 1

/** Reads, for nothing but the reading, the lines in which cells' sums begin. */
export const fetchSums = (pool: Pool, directory: Directory, cells: readonly number[]): number => {
  let read = 0
  for (let i = 0; i < cells.length; i++) {
    const space = sumsOf(directory, cells[i]!)
    if (space < 0) continue
    const page = spacePage(pool, space)
    const head = spaceOffset(space)
    read += page[head]! + page[head + headSize + 8]!
  }
  return read
}

/** Gives the sums of a plan's cell, repaired up to `leaf` (exclusive); undefined where limbs cannot hold them. */
export const createLeafSums = (store: SeriesStore, extents: Extents) => {
  const { pool } = store
  const sums: LeafSums = {
    numbers: new Float64Array(0),
    head: 0,
    base: 0,
    stride: 0,
    shape: oneLimb,
    squareShape: oneLimb,
    hasSquares: false,
    extremes: 0,
    capacity: 0,
    clean: 0,
  }

  const lookAt = (space: number, cell: number): void => {
    const numbers = spacePage(pool, space)
    const head = spaceOffset(space)
    const terms = numbers[head + termsField]!
    sums.numbers = numbers
    sums.head = head
    sums.base = head + headSize
    sums.hasSquares = numbers[head + squaresField] === 1
    sums.shape = extents.shape(cell, terms, false)!
    sums.squareShape = sums.hasSquares ? extents.shape(cell, terms, true)! : sums.shape
    sums.stride = 1 + sums.shape.limbs + (sums.hasSquares ? sums.squareShape.limbs : 0)
    sums.capacity = numbers[head + capacityField]!
    sums.extremes = numbers[head + extremesField] === 1 ? sums.base + (sums.capacity + 1) * sums.stride : 0
    sums.clean = numbers[head + sumsCleanField]!
  }

  const isFit = (directory: Directory, space: number, { cell, needs }: CellPlan): boolean => {
    const numbers = spacePage(pool, space)
    const head = spaceOffset(space)
    return (
      numbers[head + epochField] === extents.epoch(cell) &&
      numbers[head + mostField]! >= rowsBefore(directory, directory.count) &&
      numbers[head + capacityField]! >= directory.count &&
      (!needs.squares || numbers[head + squaresField] === 1) &&
      (!needs.extremes || numbers[head + extremesField] === 1)
    )
  }

  /** With what was asked of the cell before, and for twice the values there are, so that shapes are not made anew for each. */
  const make = (directory: Directory, { cell, needs }: CellPlan): boolean => {
    const old = sumsOf(directory, cell)
    const had = (field: number): boolean => old >= 0 && spacePage(pool, old)[spaceOffset(old) + field] === 1
    const [squares, extremes] = [needs.squares || had(squaresField), needs.extremes || had(extremesField)]
    freeSums(pool, old)
    setSums(directory, cell, -1)
    const terms = Math.ceil(Math.log2(rowsBefore(directory, directory.count) + 1)) + 1
    const shape = extents.shape(cell, terms, false)
    const squareShape = squares ? extents.shape(cell, terms, true) : oneLimb
    if (shape === undefined || squareShape === undefined) return false
    const { capacity } = directory
    const stride = 1 + shape.limbs + (squares ? squareShape.limbs : 0)
    const bits = bitsFor(headSize + (capacity + 1) * stride + (extremes ? 2 * (capacity + blocksOf(capacity)) : 0))
    const space = takeSpace(pool, bits)
    const head = [0, extents.epoch(cell), terms, capacity, Number(squares), Number(extremes), bits, 2 ** terms - 1]
    spacePage(pool, space).set(head, spaceOffset(space))
    setSums(directory, cell, space)
    return true
  }

  return (directory: Directory, plan: CellPlan, leaf: number): LeafSums | undefined => {
    const space = sumsOf(directory, plan.cell)
    if ((space < 0 || !isFit(directory, space, plan)) && !make(directory, plan)) return undefined
    lookAt(sumsOf(directory, plan.cell), plan.cell)
    if (leaf <= sums.clean) return sums
    for (let i = sums.clean; i < leaf; i++) repairLeaf(store, directory, plan.cell, sums, i)
    if (sums.extremes > 0) repairBlocks(sums, leaf)
    sums.clean = leaf
    sums.numbers[sums.head + sumsCleanField] = leaf
    return sums
  }
}

const repairLeaf = (store: SeriesStore, directory: Directory, cell: number, sums: LeafSums, leaf: number): void => {
  const page = leafPage(store, directory, leaf)
  const from = columnAt(store, directory, leaf, firstCell + cell)
  const { numbers, base, stride, shape, squareShape, hasSquares, extremes, capacity } = sums
  const at = base + (leaf + 1) * stride
  for (let i = 0; i < stride; i++) numbers[at + i] = numbers[at - stride + i]!
  let count = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = from, end = from + rowsOf(directory, leaf); i < end; i++) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count++
    if (value < min) min = value
    if (value > max) max = value
    addToLimbs(numbers, at + 1, shape, value)
    if (hasSquares) addSquareToLimbs(numbers, at + 1 + shape.limbs, squareShape, value)
  }
  numbers[at]! += count
  if (extremes === 0) return
  numbers[extremes + leaf] = min
  numbers[extremes + capacity + leaf] = max
}

/** Blocks that are whole below `leaf` and were not, or hold a leaf repaired now. */
const repairBlocks = ({ numbers, extremes, capacity, clean }: LeafSums, leaf: number): void => {
  const blocks = extremes + 2 * capacity
  for (let block = clean >> blockBits; (block + 1) << blockBits <= leaf; block++) {
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    for (let i = block << blockBits; i < (block + 1) << blockBits; i++) {
      if (numbers[extremes + i]! < min) min = numbers[extremes + i]!
      if (numbers[extremes + capacity + i]! > max) max = numbers[extremes + capacity + i]!
    }
    numbers[blocks + block] = min
    numbers[blocks + blocksOf(capacity) + block] = max
  }
}

/** Adds (`sign` −1: takes out) count and sums of all values before a leaf, up to which sums must be repaired. */
export const addPrefix = (sums: LeafSums, leaf: number, known: Known, sign: 1 | -1): void => {
  const { numbers, base, stride, shape, squareShape, hasSquares } = sums
  const at = base + leaf * stride
  known.count += sign * numbers[at]!
  for (let j = 0; j < shape.limbs; j++) known.sums.sums[j]! += sign * numbers[at + 1 + j]!
  if (hasSquares) for (let j = 0; j < squareShape.limbs; j++) known.squares.sums[j]! += sign * numbers[at + 1 + shape.limbs + j]!
}

/** The extremes of whole leaves from `from` to below `to`; sums must have them. */
export const addExtremes = ({ numbers, extremes, capacity }: LeafSums, from: number, to: number, known: Known): void => {
  const blocks = extremes + 2 * capacity
  let { min, max } = known
  for (let leaf = from; leaf < to; ) {
    const isBlock = (leaf & ((1 << blockBits) - 1)) === 0 && leaf + (1 << blockBits) <= to
    const at = isBlock ? blocks + (leaf >> blockBits) : extremes + leaf
    const low = numbers[at]!
    const high = numbers[at + (isBlock ? blocksOf(capacity) : capacity)]!
    if (low < min) min = low
    if (high > max) max = high
    leaf += isBlock ? 1 << blockBits : 1
  }
  known.min = min
  known.max = max
}
