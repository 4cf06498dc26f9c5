/**
 * Rows that stand behind all others of their series, which most are: put in without a search, from a buffer of many rows. What
 * cannot be put in so is refused, and goes the way of all rows (changes.ts).
 */
import { leafClass, leafRows, offsetOf, pageOf, smallestClass, takeBlock } from './arena.ts'
import { appendLeaf, grownBlock, writeRow } from './changes.ts'
import { isBehind } from './locate.ts'
import {
  blockHead,
  classSize,
  headBits,
  knownColumn,
  none,
  openSeries,
  raiseStamps,
  recordedColumn,
  type SeriesStore,
  setHead,
  sizeHead,
  timeColumn,
} from './series.ts'

/** The row of the buffer that begins at `at`; its key must have room (`reserveKey`), and the row be admitted (`admitRows`). */
export const appendRow = (store: SeriesStore, key: number, buffer: Float64Array, at: number): boolean => {
  const { heads } = store
  const head = key << headBits
  const block = heads[head + blockHead]!
  if (block < none) return false
  let rows = 0
  let cls = smallestClass
  let to = block
  if (block === none) to = takeBlock(store.arena, smallestClass)
  else {
    const size = heads[head + sizeHead]!
    cls = size >>> 8
    rows = size & (classSize - 1)
    const last = offsetOf(block) + (cls === leafClass ? rows - 1 : (rows - 1) * store.arena.width)
    if (!(pageOf(store.arena, block)[last]! < buffer[at + timeColumn]!)) return false
    if (rows === leafRows) return false
    if (rows === 1 << cls) to = grownBlock(store, block, cls++, rows)
  }
  const step = cls === leafClass ? 1 : store.arena.width
  writeRow(store, { page: pageOf(store.arena, to), at: offsetOf(to) + rows * step, cls }, buffer, at)
  setHead(store, key, to, cls * classSize + rows + 1)
  raiseStamps(store, key, buffer[at + recordedColumn]!, buffer[at + knownColumn]!)
  return true
}

/** As many rows as a leaf has, of one key and in their order, copied column by column. */
export const appendLeafRows = (store: SeriesStore, key: number, buffer: Float64Array, at: number): boolean => {
  const directory = openSeries(store, key)
  if (directory === store.short) return false
  if (directory !== undefined) {
    const last = directory.count - 1
    if (directory.rows[last]! < leafRows || !isBehind(store, directory, buffer[at + timeColumn]!)) return false
  }
  const block = appendLeaf(store, key, directory)
  const page = pageOf(store.arena, block)
  for (let column = 0; column < store.width; column++) {
    const place = store.places[column]!
    if (place < 0) continue
    const to = offsetOf(block) + place * leafRows
    for (let i = 0, from = at + column; i < leafRows; i++, from += store.width) page[to + i] = buffer[from]!
  }
  for (let i = 0, from = at; i < leafRows; i++, from += store.width)
    raiseStamps(store, key, buffer[from + recordedColumn]!, buffer[from + knownColumn]!)
  return true
}
