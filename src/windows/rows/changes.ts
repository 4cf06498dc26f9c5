/** Changing the rows of a series: one put in at its place, one taken out, whatever the size of the series. */
import {
  type Arena,
  capacityOf,
  columnStep,
  freeBlock,
  leafClass,
  leafRows,
  offsetOf,
  pageOf,
  rowStep,
  smallestClass,
  takeBlock,
} from './arena.ts'
import { addLeaf, blockOf, type Directory, dropLeaves, rowsOf, setRows, touch } from './directory.ts'
import { isBehind, locate, type RowPlace } from './locate.ts'
import {
  addLong,
  classSize,
  dropHead,
  dropSeries,
  knownColumn,
  leafPage,
  openSeries,
  raiseStamps,
  recordedColumn,
  reserveKey,
  reserveLeaf,
  type SeriesStore,
  setHead,
  valueAt,
} from './series.ts'
import { admitRow } from './widening.ts'

/**
 * Puts a row into a key's series at its place. `row` has all columns. Where a row stands at that very place already, nothing
 * changes: false, with that row located.
 */
export const insertRow = (store: SeriesStore, key: number, row: Float64Array, place: RowPlace): boolean => {
  reserveKey(store, key)
  admitRow(store, row)
  const directory = openSeries(store, key)
  if (directory !== undefined && !isBehind(store, directory, place.time) && locate(store, directory, place)) return false
  raiseStamps(store, key, row[recordedColumn]!, row[knownColumn]!)
  if (directory === undefined) {
    const block = takeBlock(store.arena, smallestClass)
    setHead(store, key, block, smallestClass * classSize + 1)
    writeRow(store, { page: pageOf(store.arena, block), at: offsetOf(block), cls: smallestClass }, row, 0)
  } else if (directory === store.short) insertShort(store, key, directory, row)
  else insertLong(store, directory, row)
  return true
}

/** `short` is the key's series, and a place in it located. */
const insertShort = (store: SeriesStore, key: number, short: Directory, row: Float64Array): void => {
  const rows = rowsOf(short, 0)
  if (rows === leafRows) {
    insertLong(store, lengthen(store, key, blockOf(short, 0), rows), row)
    return
  }
  const isFull = rows === capacityOf(short.cls)
  const cls = isFull ? short.cls + 1 : short.cls
  const block = isFull ? movedBlock(store, blockOf(short, 0), { from: short.cls, to: cls, rows }) : blockOf(short, 0)
  const page = pageOf(store.arena, block)
  openGap(store, page, { offset: offsetOf(block), cls, at: store.at, rows })
  writeRow(store, { page, at: offsetOf(block) + store.at * rowStep(store.arena, cls), cls }, row, 0)
  setHead(store, key, block, cls * classSize + rows + 1)
}

/** Makes a long series of a key, of one leaf that is in a block already. */
export const lengthen = (store: SeriesStore, key: number, block: number, rows: number): Directory => {
  const directory = addLong(store, key)
  addLeaf(directory, -1, block)
  setRows(directory, 0, rows)
  return directory
}

/** A block of a larger class with the rows of this one, which is given back. */
export const movedBlock = (
  { arena }: SeriesStore,
  old: number,
  { from, to, rows }: { readonly from: number; readonly to: number; readonly rows: number },
): number => {
  const block = takeBlock(arena, to)
  copyRows(arena, { block: old, cls: from, from: 0 }, { block, cls: to }, rows)
  freeBlock(arena, old, from)
  return block
}

/** Copies rows of one block to the start of another. */
const copyRows = (
  arena: Arena,
  source: { readonly block: number; readonly cls: number; readonly from: number },
  target: { readonly block: number; readonly cls: number },
  rows: number,
): void => {
  const [page, into] = [pageOf(arena, source.block), pageOf(arena, target.block)]
  const [sourceRow, sourceColumn] = [rowStep(arena, source.cls), columnStep(source.cls)]
  const [targetRow, targetColumn] = [rowStep(arena, target.cls), columnStep(target.cls)]
  const [from, to] = [offsetOf(source.block) + source.from * sourceRow, offsetOf(target.block)]
  if (sourceRow === targetRow && sourceRow === arena.width) {
    for (let i = 0; i < rows * sourceRow; i++) into[to + i] = page[from + i]!
    return
  }
  for (let column = 0; column < arena.width; column++) {
    let [read, write] = [from + column * sourceColumn, to + column * targetColumn]
    for (let i = 0; i < rows; i++, read += sourceRow, write += targetRow) into[write] = page[read]!
  }
}

/** Writes the row that stands in `rows` from `from` on. */
export const writeRow = (
  { places, width }: SeriesStore,
  { page, at, cls }: { readonly page: Float64Array; readonly at: number; readonly cls: number },
  rows: Float64Array,
  from: number,
): void => {
  const step = columnStep(cls)
  for (let column = 0; column < width; column++) {
    const place = places[column]!
    if (place >= 0) page[at + place * step] = rows[from + column]!
  }
}

interface Part {
  readonly offset: number
  readonly cls: number
  readonly at: number
  readonly rows: number
}

/** Moves the rows from `at` on up by one. */
const openGap = ({ arena }: SeriesStore, page: Float64Array, { offset, cls, at, rows }: Part): void => {
  if (at === rows) return
  const { width } = arena
  if (cls < leafClass) {
    page.copyWithin(offset + (at + 1) * width, offset + at * width, offset + rows * width)
    return
  }
  for (let column = 0, from = offset; column < width; column++, from += leafRows) page.copyWithin(from + at + 1, from + at, from + rows)
}

/** Moves the rows behind `at` down by one. */
const closeGap = ({ arena }: SeriesStore, page: Float64Array, { offset, cls, at, rows }: Part): void => {
  const { width } = arena
  if (cls < leafClass) {
    page.copyWithin(offset + at * width, offset + (at + 1) * width, offset + rows * width)
    return
  }
  for (let column = 0, from = offset; column < width; column++, from += leafRows) page.copyWithin(from + at, from + at + 1, from + rows)
}

const insertLong = (store: SeriesStore, directory: Directory, row: Float64Array): void => {
  if (rowsOf(directory, store.leaf) === leafRows) {
    const isAppend = store.leaf === directory.count - 1 && store.at === leafRows
    splitLeaf(store, directory, isAppend ? leafRows : leafRows / 2)
  }
  const { leaf, at } = store
  const page = leafPage(store, directory, leaf)
  const offset = offsetOf(blockOf(directory, leaf))
  const rows = rowsOf(directory, leaf)
  openGap(store, page, { offset, cls: leafClass, at, rows })
  writeRow(store, { page, at: offset + at, cls: leafClass }, row, 0)
  setRows(directory, leaf, rows + 1)
  touch(directory, store.pool, leaf, at)
}

/** Splits the located leaf: rows from `kept` on go to a new one behind it; `leaf` and `at` follow their place. */
const splitLeaf = (store: SeriesStore, directory: Directory, kept: number): void => {
  const { leaf } = store
  const block = takeBlock(store.arena, leafClass)
  copyRows(store.arena, { block: blockOf(directory, leaf), cls: leafClass, from: kept }, { block, cls: leafClass }, leafRows - kept)
  reserveLeaf(store, directory)
  addLeaf(directory, leaf, block)
  setRows(directory, leaf + 1, leafRows - kept)
  setRows(directory, leaf, kept)
  touch(directory, store.pool, leaf, kept)
  if (store.at < kept) return
  store.leaf = leaf + 1
  store.at -= kept
}

/** Takes the located row out of a key's series. */
export const removeRow = (store: SeriesStore, key: number, directory: Directory): void => {
  const { leaf, at } = store
  const page = leafPage(store, directory, leaf)
  const rows = rowsOf(directory, leaf)
  closeGap(store, page, { offset: offsetOf(blockOf(directory, leaf)), cls: directory.cls, at, rows })
  if (directory === store.short) {
    setHead(store, key, blockOf(directory, 0), directory.cls * classSize + rows - 1)
    if (rows === 1) dropSeries(store, key)
    return
  }
  setRows(directory, leaf, rows - 1)
  touch(directory, store.pool, leaf, at)
  if (rows === 1) removeLeaf(store, key, directory)
}

const removeLeaf = (store: SeriesStore, key: number, directory: Directory): void => {
  freeBlock(store.arena, blockOf(directory, store.leaf), leafClass)
  dropLeaves(directory, store.leaf, 1)
  if (directory.count === 0) dropHead(store, key)
}

/** Takes out all rows that stand before a place in a series; some must be left. */
export const removeFirst = (store: SeriesStore, directory: Directory, leaf: number, at: number): void => {
  if (directory === store.short) {
    const left = rowsOf(directory, 0) - at
    dropRows(store, directory, at)
    setHead(store, directory.key, blockOf(directory, 0), directory.cls * classSize + left)
    return
  }
  const isWhole = at === rowsOf(directory, leaf)
  const leaves = isWhole ? leaf + 1 : leaf
  for (let i = 0; i < leaves; i++) freeBlock(store.arena, blockOf(directory, i), leafClass)
  dropLeaves(directory, 0, leaves)
  if (!isWhole && at > 0) {
    const rows = rowsOf(directory, 0)
    dropRows(store, directory, at)
    setRows(directory, 0, rows - at)
  }
  touch(directory, store.pool, 0, 0)
}

/** Moves the rows of the first leaf that stand at `at` and behind to its start. */
const dropRows = (store: SeriesStore, directory: Directory, at: number): void => {
  const page = leafPage(store, directory, 0)
  const from = offsetOf(blockOf(directory, 0))
  const rows = rowsOf(directory, 0)
  const { width } = store.arena
  if (directory.cls < leafClass) page.copyWithin(from, from + at * width, from + rows * width)
  else for (let column = 0, first = from; column < width; column++, first += leafRows) page.copyWithin(first, first + at, first + rows)
}

/** Copies a row out, all its columns. */
export const readRow = (store: SeriesStore, directory: Directory, leaf: number, at: number): Float64Array => {
  const row = new Float64Array(store.width)
  copyRow(store, directory, leaf, at, row)
  return row
}

export const copyRow = (store: SeriesStore, directory: Directory, leaf: number, at: number, row: Float64Array): void => {
  const page = leafPage(store, directory, leaf)
  const from = offsetOf(blockOf(directory, leaf)) + at * directory.rowStep
  for (let column = 0; column < row.length; column++) row[column] = valueAt(store, page, from, column, directory.columnStep)
}
