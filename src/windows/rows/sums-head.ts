/** The parts of a leaf, and the head of a space that holds the sums of one cell of a long series by part (leaf-sums.ts). */
import { leafRows } from './arena.ts'

const partBits = 5
export const partRows = 1 << partBits
/** Parts of a leaf; of one that is not full the last ones hold no row. */
export const leafParts = leafRows >> partBits

/** The part of row `at` of a leaf, counted from the first of the series; of the row behind a full leaf the first of the next. */
export const partOf = (leaf: number, at: number): number => leaf * leafParts + (at >> partBits)

/** How many parts the sums are right of. */
export const cleanField = 0
/** The epoch of the cell's extent when they were made. */
export const epochField = 1
/** The binary logarithm of how many values the limbs hold, and how many values that are. */
export const termsField = 2
export const mostField = 3
/** Leaves there is room for. */
export const capacityField = 4
/** Whether there are sums of squares, and extremes: 1 or 0. */
export const squaresField = 5
export const extremesField = 6
/** The space's bits. */
export const bitsField = 7
export const headSize = 8
