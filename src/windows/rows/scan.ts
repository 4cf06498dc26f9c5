/**
 * Plain scans of one cell over rows of one leaf: the inner loops of every answer. The values are `page[from]`, `page[from + step]` …
 * below `to`, and `to − from` is a multiple of `step`.
 */
import { addSquareToLimbs, addToLimbs, safe } from '../exact/limbs.ts'
import type { Known } from './answer.ts'

export interface Run {
  from: number
  to: number
  step: number
  /** −1: the values are taken out of what is known; then of extremes nothing is known. */
  sign: 1 | -1
}

/** Of some rows how many have a value, and single doubles as sums: exact where shapes of one limb are, in any order. */
export interface RowSums {
  count: number
  sum: number
  square: number
}

/**
 * Sets `into` to the sums of rows that stand beside each other; without `squares` that of squares is left open. Nulls are few: that
 * there are any is seen by the sum.
 */
export const sumRows = (page: Float64Array, { from, to }: Pick<Run, 'from' | 'to'>, squares: boolean, into: RowSums): void => {
  let sum = 0
  let square = 0
  if (squares) {
    for (let i = from; i < to; i++) {
      const value = page[i]!
      sum += value
      square += value * value
    }
  } else for (let i = from; i < to; i++) sum += page[i]!
  if (Number.isNaN(sum)) {
    sumSomeRows(page, from, to, into)
    return
  }
  into.count = to - from
  into.sum = sum
  into.square = square
}

/** The same where some are null. */
const sumSomeRows = (page: Float64Array, from: number, to: number, into: RowSums): void => {
  let count = 0
  let sum = 0
  let square = 0
  for (let i = from; i < to; i++) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count++
    sum += value
    square += value * value
  }
  into.count = count
  into.sum = sum
  into.square = square
}

const summed: RowSums = { count: 0, sum: 0, square: 0 }

/** Adds the sums of rows that stand beside each other. */
export const scanSums = (page: Float64Array, run: Run, known: Known, squares: boolean): void => {
  sumRows(page, run, squares, summed)
  known.count += run.sign * summed.count
  known.sums.sums[0]! += run.sign * summed.sum
  if (squares) known.squares.sums[0]! += run.sign * summed.square
}

/** Adds the values to count, extremes and single doubles as sums; exact only as `isExact` finds. */
export const scanWhole = (page: Float64Array, { from, to, step }: Run, known: Known): void => {
  let { min, max } = known
  let count = 0
  let sum = known.sums.sums[0]!
  let square = known.squares.sums[0]!
  for (let i = to - step; i >= from; i -= step) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count++
    sum += value
    square += value * value
    if (value < min) min = value
    if (value > max) max = value
  }
  known.count += count
  known.min = min
  known.max = max
  known.sums.sums[0] = sum
  known.squares.sums[0] = square
}

/** Whether every partial sum of these whole numbers was below 2^53, and so no bit was lost. */
export const isExact = (count: number, min: number, max: number, squares: boolean): boolean => {
  if (count === 0) return true
  const size = Math.max(Math.abs(min), Math.abs(max))
  return count * size <= safe && (!squares || count * size * size <= safe)
}

/** The same with the sums in limbs, which must be of shapes that hold them; without `squares` these are left out. */
export const scanLimbs = (page: Float64Array, { from, to, step, sign }: Run, known: Known, squares: boolean): void => {
  const { sums, squares: squareSums } = known
  let { count, min, max } = known
  for (let i = to - step; i >= from; i -= step) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count += sign
    if (value < min) min = value
    if (value > max) max = value
    addToLimbs(sums.sums, 0, sums.shape, sign * value)
    if (squares) addSquareToLimbs(squareSums.sums, 0, squareSums.shape, value, sign)
  }
  known.count = count
  known.min = min
  known.max = max
}

/** The first value that is not null, or NaN. */
export const firstValue = (page: Float64Array, { from, to, step }: Omit<Run, 'sign'>): number => {
  for (let i = from; i < to; i += step) if (!Number.isNaN(page[i]!)) return page[i]!
  return Number.NaN
}

export const lastValue = (page: Float64Array, { from, to, step }: Omit<Run, 'sign'>): number => {
  for (let i = to - step; i >= from; i -= step) if (!Number.isNaN(page[i]!)) return page[i]!
  return Number.NaN
}
