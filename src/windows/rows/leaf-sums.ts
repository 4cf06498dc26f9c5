/**
 * For one cell of a long series: how many values stand in the leaves before each leaf and their exact sums in limbs, and, where
 * they are asked for, the least and greatest value of each leaf and of each 64 leaves. Repaired from the first changed leaf on, as
 * far as it is asked for.
 */
import { addSquareToLimbs, addToLimbs, type LimbShape } from '../exact/limbs.ts'
import type { Known } from './answer.ts'
import { type Derived, type Directory, rowsBefore, rowsOf } from './directory.ts'
import type { Extents } from './extents.ts'
import type { CellPlan } from './plan.ts'
import { columnAt, firstCell, leafPage, type SeriesStore } from './series.ts'

export interface LeafSums extends Derived {
  readonly epoch: number
  /** Of at most so many values. */
  readonly most: number
  readonly shape: LimbShape
  readonly squareShape: LimbShape
  readonly hasSquares: boolean
  /** For each leaf `stride` numbers about the leaves before it: their values, the limbs of their sum, those of their squares' sum. */
  prefixes: Float64Array
  readonly stride: number
  readonly extremes: Extremes | undefined
}

interface Extremes {
  /** By leaf. */
  min: Float64Array
  max: Float64Array
  /** By 64 leaves; right where all of them are below `clean`. */
  blockMin: Float64Array
  blockMax: Float64Array
}

const blockBits = 6

/** Gives the sums of a plan's cell, repaired up to `leaf` (exclusive); undefined where limbs cannot hold them. */
export const createLeafSums =
  (store: SeriesStore, extents: Extents) =>
  (directory: Directory, { cell, needs }: CellPlan, leaf: number): LeafSums | undefined => {
    const known = directory.sums[cell] as LeafSums | undefined
    const sums = known !== undefined && isFit(known, directory, extents.epoch(cell), needs) ? known : make(directory, extents, cell, needs)
    if (sums !== known) directory.sums[cell] = sums
    if (sums === undefined || leaf <= sums.clean) return sums
    if (sums.prefixes.length <= directory.count * sums.stride) grow(sums, directory.capacity)
    for (let i = sums.clean; i < leaf; i++) repairLeaf(store, directory, cell, sums, i)
    if (sums.extremes !== undefined) repairBlocks(sums.extremes, sums.clean, leaf)
    sums.clean = leaf
    return sums
  }

type Needs = CellPlan['needs']

const isFit = (sums: LeafSums, directory: Directory, epoch: number, { squares, extremes }: Needs): boolean =>
  sums.epoch === epoch &&
  sums.most >= rowsBefore(directory, directory.count) &&
  (!squares || sums.hasSquares) &&
  (!extremes || sums.extremes !== undefined)

/** For twice the values there are, so that shapes are not made anew for each; and for what was asked of the cell before. */
const make = (directory: Directory, extents: Extents, cell: number, needs: Needs): LeafSums | undefined => {
  const before = directory.sums[cell] as LeafSums | undefined
  const terms = Math.ceil(Math.log2(rowsBefore(directory, directory.count) + 1)) + 1
  const hasSquares = needs.squares || before?.hasSquares === true
  const shape = extents.shape(cell, terms, false)
  const squareShape = hasSquares ? extents.shape(cell, terms, true) : shape
  if (shape === undefined || squareShape === undefined) return undefined
  const stride = 1 + shape.limbs + (hasSquares ? squareShape.limbs : 0)
  const none = (): Float64Array => new Float64Array(0)
  return {
    clean: 0,
    epoch: extents.epoch(cell),
    most: 2 ** terms - 1,
    shape,
    squareShape,
    hasSquares,
    prefixes: new Float64Array(stride),
    stride,
    extremes:
      needs.extremes || before?.extremes !== undefined ? { min: none(), max: none(), blockMin: none(), blockMax: none() } : undefined,
  }
}

const grow = (sums: LeafSums, leaves: number): void => {
  sums.prefixes = wider(sums.prefixes, (leaves + 1) * sums.stride)
  const { extremes } = sums
  if (extremes === undefined) return
  extremes.min = wider(extremes.min, leaves)
  extremes.max = wider(extremes.max, leaves)
  extremes.blockMin = wider(extremes.blockMin, (leaves >> blockBits) + 1)
  extremes.blockMax = wider(extremes.blockMax, (leaves >> blockBits) + 1)
}

const wider = (values: Float64Array, length: number): Float64Array => {
  const made = new Float64Array(length)
  made.set(values)
  return made
}

const repairLeaf = (store: SeriesStore, directory: Directory, cell: number, sums: LeafSums, leaf: number): void => {
  const page = leafPage(store, directory, leaf)
  const from = columnAt(store, directory, leaf, firstCell + cell)
  const { prefixes, stride, shape, squareShape, hasSquares, extremes } = sums
  const at = (leaf + 1) * stride
  for (let i = 0; i < stride; i++) prefixes[at + i] = prefixes[at - stride + i]!
  let count = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = from, end = from + rowsOf(directory, leaf); i < end; i++) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count++
    if (value < min) min = value
    if (value > max) max = value
    addToLimbs(prefixes, at + 1, shape, value)
    if (hasSquares) addSquareToLimbs(prefixes, at + 1 + shape.limbs, squareShape, value)
  }
  prefixes[at]! += count
  if (extremes === undefined) return
  extremes.min[leaf] = min
  extremes.max[leaf] = max
}

/** Blocks that are whole below `leaf` and were not, or hold a leaf repaired now. */
const repairBlocks = (extremes: Extremes, clean: number, leaf: number): void => {
  for (let block = clean >> blockBits; (block + 1) << blockBits <= leaf; block++) {
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    for (let i = block << blockBits; i < (block + 1) << blockBits; i++) {
      if (extremes.min[i]! < min) min = extremes.min[i]!
      if (extremes.max[i]! > max) max = extremes.max[i]!
    }
    extremes.blockMin[block] = min
    extremes.blockMax[block] = max
  }
}

/** Adds (`sign` −1: takes out) count and sums of all values before a leaf, up to which sums must be repaired. */
export const addPrefix = (
  { prefixes, stride, shape, squareShape, hasSquares }: LeafSums,
  leaf: number,
  known: Known,
  sign: 1 | -1,
): void => {
  const at = leaf * stride
  known.count += sign * prefixes[at]!
  for (let j = 0; j < shape.limbs; j++) known.sums.sums[j]! += sign * prefixes[at + 1 + j]!
  if (hasSquares) for (let j = 0; j < squareShape.limbs; j++) known.squares.sums[j]! += sign * prefixes[at + 1 + shape.limbs + j]!
}

/** The extremes of whole leaves from `from` to below `to`. */
export const addExtremes = ({ min: mins, max: maxes, blockMin, blockMax }: Extremes, from: number, to: number, known: Known): void => {
  let { min, max } = known
  for (let leaf = from; leaf < to; ) {
    const isBlock = (leaf & ((1 << blockBits) - 1)) === 0 && leaf + (1 << blockBits) <= to
    const low = isBlock ? blockMin[leaf >> blockBits]! : mins[leaf]!
    const high = isBlock ? blockMax[leaf >> blockBits]! : maxes[leaf]!
    if (low < min) min = low
    if (high > max) max = high
    leaf += isBlock ? 1 << blockBits : 1
  }
  known.min = min
  known.max = max
}
