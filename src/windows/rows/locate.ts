/** Finding rows of a series: by time, by number, and by their place in the total order. */
import { offsetOf } from './arena.ts'
import { type Directory, leafPage, numberColumn, originColumn, type SeriesStore, seqColumn, valueAt } from './series.ts'

/** Sets `leaf` and `at` to the first row with a time at or after `time`; the end of the last leaf where there is none. The directory must be in repair. */
export const locateTime = (store: SeriesStore, directory: Directory, time: number): void => {
  let low = 0
  let high = directory.count
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (directory.firstTime[middle]! < time) low = middle
    else high = middle
  }
  const page = leafPage(store, directory, low)
  const from = offsetOf(directory.blocks[low]!)
  const step = directory.rowStep
  let first = 0
  let last = directory.rows[low]!
  while (first < last) {
    const middle = (first + last) >>> 1
    if (page[from + middle * step]! < time) first = middle + 1
    else last = middle
  }
  store.leaf = low
  store.at = first
}

/** Sets `leaf` and `at` to the row of this number, counted from 0 in the series; the directory must be in repair. */
export const locateRank = (store: SeriesStore, directory: Directory, rank: number): void => {
  let low = 0
  let high = directory.count
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (directory.before[middle]! <= rank) low = middle
    else high = middle
  }
  store.leaf = low
  store.at = rank - directory.before[low]!
}

/** A row's place in the total order. */
export interface RowPlace {
  time: number
  seq: number
  origin: number
  number: number
}

/** The row that begins (with its time) at `at`, against a place. */
const compareAt = (store: SeriesStore, page: Float64Array, at: number, step: number, place: RowPlace): number => {
  const byTime = page[at]! - place.time
  if (byTime !== 0) return byTime
  const bySeq = valueAt(store, page, at, seqColumn, step) - place.seq
  if (bySeq !== 0) return bySeq
  const origin = valueAt(store, page, at, originColumn, step)
  return store.ids.compare(origin, valueAt(store, page, at, numberColumn, step), place.origin, place.number)
}

/** Sets `leaf` and `at` to the first row at or after a place; true where that row stands at the very place. */
export const locate = (store: SeriesStore, directory: Directory, place: RowPlace): boolean => {
  const { count, rowStep, columnStep } = directory
  const lastLeaf = count - 1
  const lastRows = directory.rows[lastLeaf]!
  const end = offsetOf(directory.blocks[lastLeaf]!) + (lastRows - 1) * rowStep
  const byLast = compareAt(store, leafPage(store, directory, lastLeaf), end, columnStep, place)
  if (byLast <= 0) {
    store.leaf = lastLeaf
    store.at = byLast === 0 ? lastRows - 1 : lastRows
    return byLast === 0
  }
  let low = 0
  let high = count
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (compareAt(store, leafPage(store, directory, middle), offsetOf(directory.blocks[middle]!), columnStep, place) <= 0) low = middle
    else high = middle
  }
  const page = leafPage(store, directory, low)
  const from = offsetOf(directory.blocks[low]!)
  let first = 0
  let last = directory.rows[low]!
  while (first < last) {
    const middle = (first + last) >>> 1
    if (compareAt(store, page, from + middle * rowStep, columnStep, place) < 0) first = middle + 1
    else last = middle
  }
  store.leaf = low
  store.at = first
  return first < directory.rows[low]! && compareAt(store, page, from + first * rowStep, columnStep, place) === 0
}

/** Whether a time is beyond all rows: then the end of the last leaf is located. */
export const isBehind = (store: SeriesStore, directory: Directory, time: number): boolean => {
  const leaf = directory.count - 1
  const rows = directory.rows[leaf]!
  store.leaf = leaf
  store.at = rows
  return leafPage(store, directory, leaf)[offsetOf(directory.blocks[leaf]!) + (rows - 1) * directory.rowStep]! < time
}
