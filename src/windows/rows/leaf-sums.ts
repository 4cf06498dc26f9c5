/**
 * For one cell of a long series: how many values stand in the leaves before each leaf, their exact sums in limbs, and the least and
 * greatest value of each leaf and of each 64 leaves. Repaired from the first changed leaf on, as far as it is asked for.
 */
import { addSquareToLimbs, addToLimbs, type LimbShape } from '../exact/limbs.ts'
import type { Known } from './answer.ts'
import type { Extents } from './extents.ts'
import { columnAt, type Derived, type Directory, firstCell, leafPage, type SeriesStore } from './series.ts'

export interface LeafSums extends Derived {
  readonly epoch: number
  /** The shapes hold sums of up to 2^terms values. */
  readonly terms: number
  readonly shape: LimbShape
  readonly squareShape: LimbShape
  /** Prefixes, one entry more than leaves. */
  counts: Float64Array
  sums: Float64Array
  squares: Float64Array
  /** By leaf. */
  min: Float64Array
  max: Float64Array
  /** By 64 leaves; right where all of them are below `clean`. */
  blockMin: Float64Array
  blockMax: Float64Array
}

const blockBits = 6

/** The sums of a cell, repaired up to `leaf` (exclusive); undefined where limbs cannot hold them. */
export const leafSumsOf = (
  store: SeriesStore,
  directory: Directory,
  cell: number,
  { extents, leaf, squares }: { readonly extents: Extents; readonly leaf: number; readonly squares: boolean },
): LeafSums | undefined => {
  const terms = termsFor(directory.before[directory.count]!)
  let sums = directory.sums[cell] as LeafSums | undefined
  const isFit = sums !== undefined && sums.epoch === extents.epoch(cell) && sums.terms >= terms && (!squares || sums.squares.length > 0)
  if (!isFit) {
    sums = createLeafSums(extents, cell, terms, squares)
    directory.sums[cell] = sums
  }
  if (sums === undefined) return undefined
  if (sums.counts.length <= directory.count) grow(sums, directory.blocks.length)
  for (let i = sums.clean; i < leaf; i++) repairLeaf(store, directory, cell, sums, i)
  repairBlocks(sums, leaf)
  if (sums.clean < leaf) sums.clean = leaf
  return sums
}

/** Twice the values there are, so that shapes are not made anew for each. */
const termsFor = (values: number): number => Math.ceil(Math.log2(values + 1)) + 1

const createLeafSums = (extents: Extents, cell: number, terms: number, squares: boolean): LeafSums | undefined => {
  const shape = extents.shape(cell, terms, false)
  const squareShape = squares ? extents.shape(cell, terms, true) : shape
  if (shape === undefined || squareShape === undefined) return undefined
  return {
    clean: 0,
    epoch: extents.epoch(cell),
    terms,
    shape,
    squareShape,
    counts: new Float64Array(1),
    sums: new Float64Array(shape.limbs),
    squares: new Float64Array(squares ? squareShape.limbs : 0),
    min: new Float64Array(0),
    max: new Float64Array(0),
    blockMin: new Float64Array(0),
    blockMax: new Float64Array(0),
  }
}

const grow = (sums: LeafSums, leaves: number): void => {
  const wider = (values: Float64Array, length: number): Float64Array => {
    const made = new Float64Array(length)
    made.set(values)
    return made
  }
  sums.counts = wider(sums.counts, leaves + 1)
  sums.sums = wider(sums.sums, (leaves + 1) * sums.shape.limbs)
  if (sums.squares.length > 0) sums.squares = wider(sums.squares, (leaves + 1) * sums.squareShape.limbs)
  sums.min = wider(sums.min, leaves)
  sums.max = wider(sums.max, leaves)
  sums.blockMin = wider(sums.blockMin, (leaves >> blockBits) + 1)
  sums.blockMax = wider(sums.blockMax, (leaves >> blockBits) + 1)
}

const repairLeaf = (store: SeriesStore, directory: Directory, cell: number, sums: LeafSums, leaf: number): void => {
  const page = leafPage(store, directory, leaf)
  const from = columnAt(store, directory, leaf, firstCell + cell)
  const [{ limbs }, squareLimbs] = [sums.shape, sums.squareShape.limbs]
  const [at, squareAt] = [(leaf + 1) * limbs, (leaf + 1) * squareLimbs]
  const hasSquares = sums.squares.length > 0
  sums.sums.copyWithin(at, at - limbs, at)
  if (hasSquares) sums.squares.copyWithin(squareAt, squareAt - squareLimbs, squareAt)
  let count = 0
  let min = Number.POSITIVE_INFINITY
  let max = Number.NEGATIVE_INFINITY
  for (let i = from; i < from + directory.rows[leaf]!; i++) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count++
    if (value < min) min = value
    if (value > max) max = value
    addToLimbs(sums.sums, at, sums.shape, value)
    if (hasSquares) addSquareToLimbs(sums.squares, squareAt, sums.squareShape, value)
  }
  sums.counts[leaf + 1] = sums.counts[leaf]! + count
  sums.min[leaf] = min
  sums.max[leaf] = max
}

/** Blocks that are whole below `leaf` and were not, or hold a leaf repaired now. */
const repairBlocks = (sums: LeafSums, leaf: number): void => {
  for (let block = sums.clean >> blockBits; (block + 1) << blockBits <= leaf; block++) {
    let min = Number.POSITIVE_INFINITY
    let max = Number.NEGATIVE_INFINITY
    for (let i = block << blockBits; i < (block + 1) << blockBits; i++) {
      if (sums.min[i]! < min) min = sums.min[i]!
      if (sums.max[i]! > max) max = sums.max[i]!
    }
    sums.blockMin[block] = min
    sums.blockMax[block] = max
  }
}

/** Adds what stands in whole leaves from `from` to below `to`; sums must be repaired up to there. */
export const addLeaves = (sums: LeafSums, from: number, to: number, known: Known): void => {
  if (from >= to) return
  known.count += sums.counts[to]! - sums.counts[from]!
  const { limbs } = sums.shape
  for (let j = 0; j < limbs; j++) known.sums.sums[j]! += sums.sums[to * limbs + j]! - sums.sums[from * limbs + j]!
  if (sums.squares.length > 0) {
    const squareLimbs = sums.squareShape.limbs
    for (let j = 0; j < squareLimbs; j++)
      known.squares.sums[j]! += sums.squares[to * squareLimbs + j]! - sums.squares[from * squareLimbs + j]!
  }
  addExtremes(sums, from, to, known)
}

const addExtremes = (sums: LeafSums, from: number, to: number, known: Known): void => {
  let { min, max } = known
  for (let leaf = from; leaf < to; ) {
    const isBlock = (leaf & ((1 << blockBits) - 1)) === 0 && leaf + (1 << blockBits) <= to
    const low = isBlock ? sums.blockMin[leaf >> blockBits]! : sums.min[leaf]!
    const high = isBlock ? sums.blockMax[leaf >> blockBits]! : sums.max[leaf]!
    if (low < min) min = low
    if (high > max) max = high
    leaf += isBlock ? 1 << blockBits : 1
  }
  known.min = min
  known.max = max
}
