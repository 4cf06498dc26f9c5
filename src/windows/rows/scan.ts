/** Plain scans of one cell over rows of one leaf: the inner loops of every answer. */
import { addSquareToLimbs, addToLimbs } from '../exact/limbs.ts'
import type { Known } from './answer.ts'

/** Adds the values `page[from]` … `page[to − 1]` to count, extremes and single doubles as sums; exact only as `isExact` finds. */
export const scanWhole = (page: Float64Array, from: number, to: number, known: Known): void => {
  let { count, min, max } = known
  let sum = known.sums.sums[0]!
  let square = known.squares.sums[0]!
  for (let i = to - 1; i >= from; i--) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count++
    sum += value
    square += value * value
    if (value < min) min = value
    if (value > max) max = value
  }
  known.count = count
  known.min = min
  known.max = max
  known.sums.sums[0] = sum
  known.squares.sums[0] = square
}

const safe = 2 ** 53

/** Whether every partial sum of these whole numbers was below 2^53, and so no bit was lost. */
export const isExact = ({ count, min, max }: Known, squares: boolean): boolean => {
  if (count === 0) return true
  const size = Math.max(Math.abs(min), Math.abs(max))
  return count * size <= safe && (!squares || count * size * size <= safe)
}

/** The same with the sums in limbs, which must be of shapes that hold them; without `squares` these are left out. */
export const scanLimbs = (page: Float64Array, from: number, to: number, known: Known, squares: boolean): void => {
  const { sums, squares: squareSums } = known
  let { count, min, max } = known
  for (let i = to - 1; i >= from; i--) {
    const value = page[i]!
    if (Number.isNaN(value)) continue
    count++
    if (value < min) min = value
    if (value > max) max = value
    addToLimbs(sums.sums, 0, sums.shape, value)
    if (squares) addSquareToLimbs(squareSums.sums, 0, squareSums.shape, value)
  }
  known.count = count
  known.min = min
  known.max = max
}

/** The first value that is not null, or NaN. */
export const firstValue = (page: Float64Array, from: number, to: number): number => {
  for (let i = from; i < to; i++) if (!Number.isNaN(page[i]!)) return page[i]!
  return Number.NaN
}

export const lastValue = (page: Float64Array, from: number, to: number): number => {
  for (let i = to - 1; i >= from; i--) if (!Number.isNaN(page[i]!)) return page[i]!
  return Number.NaN
}
