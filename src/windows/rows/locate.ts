/** Finding rows of a series: by time, by number, and by their place in the total order. */
import { offsetOf } from './arena.ts'
import { blockOf, cleanRowsOf, type Directory, firstTimeOf, rowsBefore, rowsOf } from './directory.ts'
import { leafPage, numberColumn, originColumn, type SeriesStore, seqColumn, valueAt } from './series.ts'

/** Sets `leaf` and `at` to the first row with a time at or after `time`; the end of the last leaf where there is none. The directory must be in repair. */
export const locateTime = (store: SeriesStore, directory: Directory, time: number): void => {
  guessTime(store, directory, time)
  store.at = settleTime(store, directory, store.at, time)
}

/**
 * Sets `leaf` to where `locateTime` finds it, and `at` to about there, and reads that row's time without waiting for it: who needs
 * several rows guesses them all first, so that the processor fetches them at once.
 */
export const guessTime = (store: SeriesStore, directory: Directory, time: number): void => {
  const low = leafOf(directory, time)
  const rows = cleanRowsOf(directory, low)
  const start = firstTimeOf(directory, low)
  const end = firstTimeOf(directory, low + 1)
  store.leaf = low
  if (time <= start) store.at = 0
  else if (time > end) store.at = rows
  else {
    store.at = Math.min(rows - 1, (1 + ((time - start) / (end - start)) * (rows - 1)) | 0)
    store.fetched += leafPage(store, directory, low)[offsetOf(blockOf(directory, low)) + store.at * directory.rowStep]!
  }
}

/** The last leaf that begins before a time, or the first: where times rise evenly, it is where it would be, or the next. */
const leafOf = ({ numbers, base, count }: Directory, time: number): number => {
  const start = numbers[base]!
  const end = numbers[base + count]!
  if (count === 1 || time <= start) return 0
  if (time > end) return count - 1
  let low = 0
  let high = count
  const guess = Math.min(count - 1, (((time - start) / (end - start)) * count) | 0)
  if (numbers[base + guess]! < time) {
    low = guess
    if (low + 1 < high && numbers[base + low + 1]! < time) low++
    else return low
    if (low + 1 === high || numbers[base + low + 1]! >= time) return low
  } else {
    high = guess
    if (numbers[base + high - 1]! < time) return high - 1
  }
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (numbers[base + middle]! < time) low = middle
    else high = middle
  }
  return low
}

/**
 * Of the leaf at `leaf` the first row with a time at or after `time`, or its number of rows. Times rise about evenly, so that the guess and a few
 * rows beside it are all that is read; where they do not, it is a search from there on.
 */
export const settleTime = (store: SeriesStore, directory: Directory, guess: number, time: number): number => {
  const { leaf } = store
  const rows = cleanRowsOf(directory, leaf)
  if (time <= firstTimeOf(directory, leaf)) return 0
  if (leaf + 1 === directory.count && time > firstTimeOf(directory, leaf + 1)) return rows
  const page = leafPage(store, directory, leaf)
  const from = offsetOf(blockOf(directory, leaf))
  const step = directory.rowStep
  let at = Math.max(1, guess)
  if (at < rows && page[from + at * step]! < time) {
    const last = Math.min(rows, at + nearRows)
    do at++
    while (at < last && page[from + at * step]! < time)
    return at < last || at === rows ? at : searchTime(page, { from, step, first: at, last: rows }, time)
  }
  const first = Math.max(1, at - nearRows)
  while (at > first && page[from + (at - 1) * step]! >= time) at--
  return at > first || at === 1 ? at : searchTime(page, { from, step, first: 1, last: at }, time)
}

/** Rows that are looked at one by one before they are searched. */
const nearRows = 12

/** The first of some rows at or after a time, or `last`. */
const searchTime = (
  page: Float64Array,
  { from, step, first, last }: { readonly from: number; readonly step: number; readonly first: number; readonly last: number },
  time: number,
): number => {
  let [low, high] = [first, last]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (page[from + middle * step]! < time) low = middle + 1
    else high = middle
  }
  return low
}

/** Sets `leaf` and `at` to the row of this number, counted from 0 in the series; the directory must be in repair. */
export const locateRank = (store: SeriesStore, directory: Directory, rank: number): void => {
  let low = 0
  let high = directory.count
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (rowsBefore(directory, middle) <= rank) low = middle
    else high = middle
  }
  store.leaf = low
  store.at = rank - rowsBefore(directory, low)
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
  const lastRows = rowsOf(directory, lastLeaf)
  const end = offsetOf(blockOf(directory, lastLeaf)) + (lastRows - 1) * rowStep
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
    if (compareAt(store, leafPage(store, directory, middle), offsetOf(blockOf(directory, middle)), columnStep, place) <= 0) low = middle
    else high = middle
  }
  const page = leafPage(store, directory, low)
  const from = offsetOf(blockOf(directory, low))
  let first = 0
  let last = rowsOf(directory, low)
  while (first < last) {
    const middle = (first + last) >>> 1
    if (compareAt(store, page, from + middle * rowStep, columnStep, place) < 0) first = middle + 1
    else last = middle
  }
  store.leaf = low
  store.at = first
  return first < rowsOf(directory, low) && compareAt(store, page, from + first * rowStep, columnStep, place) === 0
}

/** Whether a time is beyond all rows: then the end of the last leaf is located. */
export const isBehind = (store: SeriesStore, directory: Directory, time: number): boolean => {
  const leaf = directory.count - 1
  const rows = rowsOf(directory, leaf)
  store.leaf = leaf
  store.at = rows
  return leafPage(store, directory, leaf)[offsetOf(blockOf(directory, leaf)) + (rows - 1) * directory.rowStep]! < time
}
