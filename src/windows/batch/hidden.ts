/** Whether cut-offs hide anything at all. Facts known when they happen, asked for as of then, are all in sight: the plain path answers. */
import type { BatchRoots, BatchRows } from './input.ts'

/** False: every root with a cut-off sees what it would see without. True where it may not, or where that is not found out cheaply (roots out of order). */
export const hidesRows = ({ stamps, extras, plain, time }: BatchRows, { cutoff, time: rootTime, count }: BatchRoots): boolean => {
  if (cutoff === undefined || (stamps === undefined && extras === undefined)) return false
  if (extras !== undefined || !isAscending(rootTime, count)) return true
  if (typeof stamps !== 'object') return lowestOf(cutoff, count) < (stamps ?? Number.NEGATIVE_INFINITY)
  // From the latest root back: `lowest` is the smallest cut-off of those after the row.
  let lowest = Number.POSITIVE_INFINITY
  let root = count - 1
  for (let row = plain - 1; row >= 0; row--) {
    for (; root >= 0 && rootTime[root]! > time[row]!; root--) if (cutoff[root]! < lowest) lowest = cutoff[root]!
    if (stamps[row]! > lowest) return true
  }
  return false
}

/** Every cut-off is at least so much after its root's time, and so after the time of any row that the root could see. */
export const cutoffsLag = (cutoffs: Float64Array, times: Float64Array, count: number): number => {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < count; i++) if (cutoffs[i]! - times[i]! < least) least = cutoffs[i]! - times[i]!
  return least
}

export const lowestOf = (cutoffs: Float64Array, count: number): number => {
  let lowest = Number.POSITIVE_INFINITY
  for (let i = 0; i < count; i++) if (cutoffs[i]! < lowest) lowest = cutoffs[i]!
  return lowest
}

const isAscending = (times: Float64Array, count: number): boolean => {
  for (let i = 1; i < count; i++) if (times[i]! < times[i - 1]!) return false
  return true
}
