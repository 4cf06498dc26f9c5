/**
 * For one cell of a long series: how many values stand before each part of 32 rows of a leaf and their exact sums in limbs, and,
 * where they are asked for, the least and greatest value of each part, of each 64 parts, of each 64 times 64 and so on. Repaired
 * from the first changed part on, as far as it is asked for.
 *
 * All of it is one space of the series' pool. Behind its head (sums-head.ts) stand for each part `stride` numbers about the parts
 * before it (their values, the limbs of their sum, those of their squares' sum); then level by level (extremes.ts) the least values, and
 * the greatest.
 */
import { addSquareToLimbs, addToLimbs, type LimbShape, oneLimb } from '../exact/limbs.ts'
import type { Known } from './answer.ts'
import type { CellPlan } from './cell-plan.ts'
import { cleanRowsOf, type Directory, freeSums, rowsBefore, rowsOf, setSums, sumsOf } from './directory.ts'
import type { Extents } from './extents.ts'
import { createLevels, type Levels, levelsSize, repairLevels, setLevels } from './extremes.ts'
import { bitsFor, type Pool, spaceOffset, spacePage, takeSpace } from './pool.ts'
import { columnAt, firstCell, leafPage, type SeriesStore } from './series.ts'
import {
  bitsField,
  capacityField,
  cleanField,
  epochField,
  extremesField,
  headSize,
  leafParts,
  mostField,
  partOf,
  partRows,
  squaresField,
  termsField,
} from './sums-head.ts'

/** The sums as they are looked at; good until the next are opened. */
export interface LeafSums {
  directory: Directory
  cell: number
  numbers: Float64Array
  head: number
  /** Where the numbers by part begin, and how many there are for each. */
  base: number
  stride: number
  shape: LimbShape
  squareShape: LimbShape
  hasSquares: boolean
  hasExtremes: boolean
  readonly levels: Levels
  /** How many parts they are right of. */
  clean: number
  /** What `settle` found: a part, and rows of the leaf that are added to (`sign` −1: taken out of) the sums before it. */
  part: number
  from: number
  to: number
  sign: 1 | -1
}

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

/** Gives the sums of a plan's cell, repaired up to and with `leaf`; undefined where limbs cannot hold them. */
export const createLeafSums = (store: SeriesStore, extents: Extents) => {
  const { pool } = store
  const sums: LeafSums = {
    directory: store.opened,
    cell: 0,
    numbers: new Float64Array(0),
    head: 0,
    base: 0,
    stride: 0,
    shape: oneLimb,
    squareShape: oneLimb,
    hasSquares: false,
    hasExtremes: false,
    levels: createLevels(),
    clean: 0,
    part: 0,
    from: 0,
    to: 0,
    sign: 1,
  }

  const lookAt = (directory: Directory, space: number, cell: number): void => {
    const numbers = spacePage(pool, space)
    const head = spaceOffset(space)
    const terms = numbers[head + termsField]!
    sums.directory = directory
    sums.cell = cell
    sums.numbers = numbers
    sums.head = head
    sums.base = head + headSize
    sums.hasSquares = numbers[head + squaresField] === 1
    sums.hasExtremes = numbers[head + extremesField] === 1
    sums.shape = extents.shape(cell, terms, false)!
    sums.squareShape = sums.hasSquares ? extents.shape(cell, terms, true)! : sums.shape
    sums.stride = 1 + sums.shape.limbs + (sums.hasSquares ? sums.squareShape.limbs : 0)
    sums.clean = numbers[head + cleanField]!
    if (!sums.hasExtremes) return
    const parts = numbers[head + capacityField]! * leafParts
    setLevels(sums.levels, sums.base + (parts + 1) * sums.stride, parts)
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
    const parts = capacity * leafParts
    const stride = 1 + shape.limbs + (squares ? squareShape.limbs : 0)
    const bits = bitsFor(headSize + (parts + 1) * stride + (extremes ? levelsSize(parts) : 0))
    const space = takeSpace(pool, bits)
    const [numbers, head] = [spacePage(pool, space), spaceOffset(space)]
    numbers[head + epochField] = extents.epoch(cell)
    numbers[head + termsField] = terms
    numbers[head + mostField] = 2 ** terms - 1
    numbers[head + capacityField] = capacity
    numbers[head + squaresField] = Number(squares)
    numbers[head + extremesField] = Number(extremes)
    numbers[head + bitsField] = bits
    setSums(directory, cell, space)
    return true
  }

  const repairUpTo = (parts: number): void => {
    const { clean } = sums
    for (let part = clean; part < parts; part++) repairPart(store, sums, part)
    if (sums.hasExtremes) repairLevels(sums.numbers, sums.levels, clean, parts)
    sums.clean = parts
    sums.numbers[sums.head + cleanField] = parts
  }

  return (directory: Directory, plan: CellPlan, leaf: number): LeafSums | undefined => {
    const space = sumsOf(directory, plan.cell)
    if ((space < 0 || !isFit(directory, space, plan)) && !make(directory, plan)) return undefined
    lookAt(directory, sumsOf(directory, plan.cell), plan.cell)
    const parts = partOf(leaf + 1, 0)
    if (parts > sums.clean) repairUpTo(parts)
    return sums
  }
}

const repairPart = (store: SeriesStore, sums: LeafSums, part: number): void => {
  const { directory, cell, numbers, base, stride, shape, squareShape, hasSquares, hasExtremes, levels } = sums
  const leaf = Math.floor(part / leafParts)
  const page = leafPage(store, directory, leaf)
  const first = columnAt(store, directory, leaf, firstCell + cell)
  const rows = rowsOf(directory, leaf)
  const from = (part % leafParts) * partRows
  const to = Math.min(rows, from + partRows)
  const at = base + (part + 1) * stride
  for (let i = 0; i < stride; i++) numbers[at + i] = numbers[at - stride + i]!
  let count = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = first + from; i < first + to; i++) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count++
    if (value < min) min = value
    if (value > max) max = value
    addToLimbs(numbers, at + 1, shape, value)
    if (hasSquares) addSquareToLimbs(numbers, at + 1 + shape.limbs, squareShape, value)
  }
  numbers[at]! += count
  if (!hasExtremes) return
  numbers[levels.mins[0]! + part] = min
  numbers[levels.maxs[0]! + part] = max
}

/** Adds (`sign` −1: takes out) count and sums of all values before a part, up to which sums must be repaired. */
export const addPrefix = (sums: LeafSums, part: number, known: Known, sign: 1 | -1): void => {
  const { numbers, base, stride, shape, squareShape, hasSquares } = sums
  const at = base + part * stride
  known.count += sign * numbers[at]!
  for (let j = 0; j < shape.limbs; j++) known.sums.sums[j]! += sign * numbers[at + 1 + j]!
  if (hasSquares) for (let j = 0; j < squareShape.limbs; j++) known.squares.sums[j]! += sign * numbers[at + 1 + shape.limbs + j]!
}

/** Finds the part to whose sums the fewest rows are to be added, or taken out, for those of all rows before row `at` of a leaf. */
export const settle = (sums: LeafSums, leaf: number, at: number): void => {
  const part = partOf(leaf, at)
  const first = at & -partRows
  const end = Math.min(first + partRows, cleanRowsOf(sums.directory, leaf))
  const isNearEnd = end - at < at - first
  sums.part = isNearEnd ? part + 1 : part
  sums.from = isNearEnd ? at : first
  sums.to = isNearEnd ? end : at
  sums.sign = isNearEnd ? -1 : 1
}
