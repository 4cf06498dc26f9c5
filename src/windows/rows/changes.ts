/** Changing the rows of a series: one put in at its place, one taken out, whatever the size of the series. */
import { type Arena, columnStep, freeBlock, leafClass, leafRows, offsetOf, pageOf, rowStep, smallestClass, takeBlock } from './arena.ts'
import { isBehind, locate, type RowPlace } from './locate.ts'
import {
  classSize,
  createDirectory,
  type Directory,
  dropSeries,
  headBits,
  knownColumn,
  leafPage,
  long,
  none,
  openSeries,
  raiseStamps,
  recordedColumn,
  reserveKey,
  type SeriesStore,
  setHead,
  sizeHead,
  valueAt,
  widened,
} from './series.ts'
import { admitRows } from './widening.ts'

/**
 * Puts a row into a key's series at its place. `row` has all columns. Where a row stands at that very place already, nothing
 * changes: false, with that row located.
 */
export const insertRow = (store: SeriesStore, key: number, row: Float64Array, place: RowPlace): boolean => {
  reserveKey(store, key)
  admitRows(store, row, 1)
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

/**
 * Reads what the next writes to these keys will need, so that their cache misses overlap: one after another they are most of what
 * a write to a random key costs.
 */
export const touchSeries = (store: SeriesStore, keys: Int32Array, from: number, to: number): void => {
  const { heads, arena } = store
  let touched = 0
  for (let i = from; i < to; i++) touched += heads[keys[i]! << headBits] ?? 0
  for (let i = from; i < to; i++) {
    const head = keys[i]! << headBits
    const block = heads[head] ?? none
    if (block < 0) continue
    const size = heads[head + sizeHead]!
    const cls = size >>> 8
    const page = pageOf(arena, block)
    const last = offsetOf(block) + ((size & 255) - 1) * rowStep(arena, cls)
    if (cls === leafClass) for (let column = 0; column < arena.width; column++) touched += page[last + column * leafRows]!
    else touched += page[last]! + (page[last + 2 * arena.width - 1] ?? 0)
  }
  store.touched = touched
}

/** `short` is the key's series, and a place in it located. */
const insertShort = (store: SeriesStore, key: number, short: Directory, row: Float64Array): void => {
  const rows = short.rows[0]!
  if (rows === leafRows) {
    const directory = directoryOfOne(short)
    store.longs.set(key, directory)
    setHead(store, key, long, 0)
    insertLong(store, directory, row)
    return
  }
  if (rows === 1 << short.cls) growBlock(store, short)
  const block = short.blocks[0]!
  const page = pageOf(store.arena, block)
  openGap(store, page, { offset: offsetOf(block), cls: short.cls, at: store.at, rows })
  writeRow(store, { page, at: offsetOf(block) + store.at * rowStep(store.arena, short.cls), cls: short.cls }, row, 0)
  setHead(store, key, block, short.cls * classSize + rows + 1)
}

const directoryOfOne = (short: Directory): Directory => {
  const directory = createDirectory(4)
  directory.count = 1
  directory.blocks[0] = short.blocks[0]!
  directory.rows[0] = leafRows
  return directory
}

const growBlock = (store: SeriesStore, short: Directory): void => {
  short.blocks[0] = grownBlock(store, short.blocks[0]!, short.cls, short.rows[0]!)
  short.cls++
}

/** A block of the next class with the rows of this one, which is given back. */
export const grownBlock = ({ arena }: SeriesStore, old: number, cls: number, rows: number): number => {
  const block = takeBlock(arena, cls + 1)
  copyRows(arena, { block: old, cls, from: 0 }, { block, cls: cls + 1 }, rows)
  freeBlock(arena, old, cls)
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
  if (directory.rows[store.leaf] === leafRows) {
    const isAppend = store.leaf === directory.count - 1 && store.at === leafRows
    splitLeaf(store, directory, isAppend ? leafRows : leafRows / 2)
  }
  const { leaf, at } = store
  const page = leafPage(store, directory, leaf)
  const offset = offsetOf(directory.blocks[leaf]!)
  openGap(store, page, { offset, cls: leafClass, at, rows: directory.rows[leaf]! })
  writeRow(store, { page, at: offset + at, cls: leafClass }, row, 0)
  directory.rows[leaf]!++
  touch(directory, leaf)
}

/** A full leaf behind all others of a series that is long or empty: its block, to be written. */
export const appendLeaf = (store: SeriesStore, key: number, existing: Directory | undefined): number => {
  const directory = existing ?? createDirectory(4)
  if (existing === undefined) {
    store.longs.set(key, directory)
    setHead(store, key, long, 0)
  }
  if (directory.count === directory.blocks.length) growDirectory(directory)
  const block = takeBlock(store.arena, leafClass)
  directory.blocks[directory.count] = block
  directory.rows[directory.count] = leafRows
  touch(directory, directory.count++)
  return block
}

const touch = (directory: Directory, leaf: number): void => {
  if (leaf < directory.clean) directory.clean = leaf
  for (const derived of directory.sums) if (derived !== undefined && leaf < derived.clean) derived.clean = leaf
}

/** Splits the located leaf: rows from `kept` on go to a new one behind it; `leaf` and `at` follow their place. */
const splitLeaf = (store: SeriesStore, directory: Directory, kept: number): void => {
  const { leaf } = store
  if (directory.count === directory.blocks.length) growDirectory(directory)
  directory.blocks.copyWithin(leaf + 2, leaf + 1, directory.count)
  directory.rows.copyWithin(leaf + 2, leaf + 1, directory.count)
  const block = takeBlock(store.arena, leafClass)
  copyRows(store.arena, { block: directory.blocks[leaf]!, cls: leafClass, from: kept }, { block, cls: leafClass }, leafRows - kept)
  directory.blocks[leaf + 1] = block
  directory.rows[leaf + 1] = leafRows - kept
  directory.rows[leaf] = kept
  directory.count++
  touch(directory, leaf)
  if (store.at < kept) return
  store.leaf = leaf + 1
  store.at -= kept
}

const growDirectory = (directory: Directory): void => {
  const size = 2 * directory.blocks.length
  directory.blocks = widened(directory.blocks, new Int32Array(size))
  directory.rows = widened(directory.rows, new Int32Array(size))
  directory.before = widened(directory.before, new Float64Array(size + 1))
  directory.firstTime = widened(directory.firstTime, new Float64Array(size))
  directory.maxRecorded = widened(directory.maxRecorded, new Float64Array(size))
  directory.maxKnown = widened(directory.maxKnown, new Float64Array(size))
}

/** Takes the located row out of a key's series. */
export const removeRow = (store: SeriesStore, key: number, directory: Directory): void => {
  const { leaf, at } = store
  const page = leafPage(store, directory, leaf)
  const rows = directory.rows[leaf]!
  closeGap(store, page, { offset: offsetOf(directory.blocks[leaf]!), cls: directory.cls, at, rows })
  if (directory === store.short) {
    setHead(store, key, directory.blocks[0]!, directory.cls * classSize + rows - 1)
    if (rows === 1) dropSeries(store, key)
    return
  }
  directory.rows[leaf] = rows - 1
  touch(directory, leaf)
  if (rows === 1) removeLeaf(store, key, directory)
}

const removeLeaf = (store: SeriesStore, key: number, directory: Directory): void => {
  const { leaf } = store
  freeBlock(store.arena, directory.blocks[leaf]!, leafClass)
  directory.blocks.copyWithin(leaf, leaf + 1, directory.count)
  directory.rows.copyWithin(leaf, leaf + 1, directory.count)
  directory.count--
  if (directory.count > 0) return
  store.longs.delete(key)
  setHead(store, key, none, 0)
}

/** Takes out all rows of a long series that stand before a place in it; some must be left. */
export const removeFirst = (store: SeriesStore, directory: Directory, leaf: number, at: number): void => {
  const isWhole = at === directory.rows[leaf]!
  const leaves = isWhole ? leaf + 1 : leaf
  for (let i = 0; i < leaves; i++) freeBlock(store.arena, directory.blocks[i]!, leafClass)
  directory.blocks.copyWithin(0, leaves, directory.count)
  directory.rows.copyWithin(0, leaves, directory.count)
  directory.count -= leaves
  if (!isWhole && at > 0) {
    const from = offsetOf(directory.blocks[0]!)
    const page = leafPage(store, directory, 0)
    for (let column = 0, first = from; column < store.arena.width; column++, first += leafRows)
      page.copyWithin(first, first + at, first + directory.rows[0]!)
    directory.rows[0]! -= at
  }
  touch(directory, 0)
}

/** Copies a row out, all its columns. */
export const readRow = (store: SeriesStore, directory: Directory, leaf: number, at: number): Float64Array => {
  const row = new Float64Array(store.width)
  copyRow(store, directory, leaf, at, row)
  return row
}

export const copyRow = (store: SeriesStore, directory: Directory, leaf: number, at: number, row: Float64Array): void => {
  const page = leafPage(store, directory, leaf)
  const from = offsetOf(directory.blocks[leaf]!) + at * directory.rowStep
  for (let column = 0; column < row.length; column++) row[column] = valueAt(store, page, from, column, directory.columnStep)
}
