/** Finding rows of a series: by time, by number, and by their place in the total order. */
import { columnAt, type Directory, leafPage, numberColumn, originColumn, type SeriesStore, seqColumn, timeColumn } from './series.ts'

/** Sets `leaf` and `at` to the first row with a time at or after `time`; the end of the last leaf where there is none. */
export const locateTime = (store: SeriesStore, directory: Directory, time: number): void => {
  let low = 0
  let high = directory.count
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (leafPage(store, directory, middle)[columnAt(directory, middle, timeColumn)]! < time) low = middle
    else high = middle
  }
  const page = leafPage(store, directory, low)
  const from = columnAt(directory, low, timeColumn)
  let first = from
  let last = from + directory.rows[low]!
  while (first < last) {
    const middle = (first + last) >>> 1
    if (page[middle]! < time) first = middle + 1
    else last = middle
  }
  store.leaf = low
  store.at = first - from
}

/** Sets `leaf` and `at` to the row of this number, counted from 0 in the series; `before` must be in repair. */
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

const compareAt = (store: SeriesStore, page: Float64Array, at: number, cls: number, place: RowPlace): number => {
  const step = 1 << cls
  const byTime = page[at]! - place.time
  if (byTime !== 0) return byTime
  const bySeq = page[at + seqColumn * step]! - place.seq
  if (bySeq !== 0) return bySeq
  return store.ids.compare(page[at + originColumn * step]!, page[at + numberColumn * step]!, place.origin, place.number)
}

/** Sets `leaf` and `at` to the first row at or after a place; true where that row stands at the very place. */
export const locate = (store: SeriesStore, directory: Directory, place: RowPlace): boolean => {
  const { cls, count } = directory
  const lastLeaf = count - 1
  const lastPage = leafPage(store, directory, lastLeaf)
  const lastRows = directory.rows[lastLeaf]!
  const end = columnAt(directory, lastLeaf, timeColumn) + lastRows - 1
  const byLast = compareAt(store, lastPage, end, cls, place)
  if (byLast <= 0) {
    store.leaf = lastLeaf
    store.at = byLast === 0 ? lastRows - 1 : lastRows
    return byLast === 0
  }
  let low = 0
  let high = count
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (compareAt(store, leafPage(store, directory, middle), columnAt(directory, middle, timeColumn), cls, place) <= 0) low = middle
    else high = middle
  }
  const page = leafPage(store, directory, low)
  const from = columnAt(directory, low, timeColumn)
  let first = from
  let last = from + directory.rows[low]!
  while (first < last) {
    const middle = (first + last) >>> 1
    if (compareAt(store, page, middle, cls, place) < 0) first = middle + 1
    else last = middle
  }
  store.leaf = low
  store.at = first - from
  return store.at < directory.rows[low]! && compareAt(store, page, first, cls, place) === 0
}

/** Whether a time is beyond all rows: then the end of the last leaf is located. */
export const isBehind = (store: SeriesStore, directory: Directory, time: number): boolean => {
  const leaf = directory.count - 1
  const rows = directory.rows[leaf]!
  store.leaf = leaf
  store.at = rows
  return leafPage(store, directory, leaf)[columnAt(directory, leaf, timeColumn) + rows - 1]! < time
}
