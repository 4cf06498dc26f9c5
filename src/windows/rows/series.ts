/**
 * The rows of every key, in the total order: each a place and its cells.
 *
 * A short series is one block and a few numbers by key. Past 128 rows it is leaves of up to 128 under a directory, which knows for
 * each leaf how many rows stand before it and the highest stamps up to it; these are repaired from the first changed leaf on, when
 * next asked for. So a late row costs one leaf, and rows are found by time or by number in a search of the directory and one leaf.
 */
import { type Arena, createArena, freeBlock, leafClass, leafRows, offsetOf, pageOf, smallestClass, takeBlock } from './arena.ts'
import type { Ids } from './ids.ts'

/** Columns of a stored row; the layout's cells follow from `firstCell` on. */
export const timeColumn = 0
export const recordedColumn = 1
export const knownColumn = 2
export const seqColumn = 3
/** The version's number; NaN marks the row of an amended event, whose stamps are the highest of all its versions. */
export const versionColumn = 4
/** Which event: see `ids.ts`. */
export const originColumn = 5
export const numberColumn = 6
export const firstCell = 7

/** The leaves of one series, in order. Arrays may be longer than `count`. */
export interface Directory {
  count: number
  blocks: Int32Array
  /** Power of two of each block's rows: `leafClass`, save in a short series, which is one block. */
  cls: number
  rows: Int32Array
  /** Rows in the leaves before each leaf, and last of all. Right up to and with entry `clean`. */
  before: Float64Array
  /** The highest stamps in each leaf and all before it. Right below entry `clean`. */
  maxRecorded: Float64Array
  maxKnown: Float64Array
  clean: number
  /** By cell: what is known of each leaf's values. */
  readonly sums: (Derived | undefined)[]
}

/** Something made of rows that still stands for leaves below `clean`. */
export interface Derived {
  clean: number
}

export interface SeriesStore {
  readonly arena: Arena
  readonly ids: Ids
  /**
   * By key code four numbers, side by side since each write needs them all: the block of a short series (or `none`, or `long`),
   * its size (256 times its class, and its rows), and at least the highest stamps of anything that was ever put into the series.
   */
  heads: Float64Array
  readonly longs: Map<number, Directory>
  /** Stands for a short series while it is looked at. */
  readonly short: Directory
  /** Where `locate` and `insertRow` found a place. */
  leaf: number
  at: number
  /** Keeps `touchSeries` from being optimised away. */
  touched: number
}

const none = -1
const long = -2

const headBits = 2
const blockHead = 0
const sizeHead = 1
const recordedHead = 2
const knownHead = 3
const classSize = 256

const emptyHeads = (keys: number): Float64Array => {
  const heads = new Float64Array(keys << headBits).fill(Number.NEGATIVE_INFINITY)
  for (let key = 0; key < keys; key++) heads[key << headBits] = none
  return heads
}

/** `cells`: how many cells each row has. */
export const createSeriesStore = (cells: number, ids: Ids): SeriesStore => ({
  arena: createArena(firstCell + cells),
  ids,
  heads: emptyHeads(16),
  longs: new Map(),
  short: createDirectory(1),
  leaf: 0,
  at: 0,
  touched: 0,
})

const createDirectory = (leaves: number): Directory => ({
  count: 0,
  blocks: new Int32Array(leaves),
  cls: leafClass,
  rows: new Int32Array(leaves),
  before: new Float64Array(leaves + 1),
  maxRecorded: new Float64Array(leaves),
  maxKnown: new Float64Array(leaves),
  clean: 0,
  sums: [],
})

/** Makes room for a key code. */
export const reserveKey = (store: SeriesStore, key: number): void => {
  const keys = store.heads.length >> headBits
  if (key >= keys) store.heads = widened(store.heads, emptyHeads(Math.max(2 * keys, key + 1)))
}

/** The highest stamp that a key's series ever saw; −Infinity where it saw none. */
export const highestStamp = (store: SeriesStore, key: number, isRecorded: boolean): number =>
  store.heads[(key << headBits) + (isRecorded ? recordedHead : knownHead)] ?? Number.NEGATIVE_INFINITY

/** Forgets what stamps a key's series saw. */
export const clearStamps = (store: SeriesStore, key: number): void => {
  store.heads[(key << headBits) + recordedHead] = Number.NEGATIVE_INFINITY
  store.heads[(key << headBits) + knownHead] = Number.NEGATIVE_INFINITY
}

const widened = <T extends Int32Array | Uint8Array | Float64Array>(values: T, into: T): T => {
  into.set(values)
  return into
}

/** The leaves of a key's series; undefined where it has no row. Good until the next call. */
export const openSeries = (store: SeriesStore, key: number): Directory | undefined => {
  const head = key << headBits
  const block = key >= 0 && head < store.heads.length ? store.heads[head]! : none
  if (block === none) return undefined
  if (block === long) return store.longs.get(key)
  const { short } = store
  short.count = 1
  short.blocks[0] = block
  const size = store.heads[head + sizeHead]!
  short.cls = size >>> 8
  short.rows[0] = size & 255
  short.clean = 0
  return short
}

/** Brings `before` and the highest stamps up to date. */
export const repair = (store: SeriesStore, directory: Directory): void => {
  const { count, before, maxRecorded, maxKnown } = directory
  for (let leaf = directory.clean; leaf < count; leaf++) {
    before[leaf + 1] = before[leaf]! + directory.rows[leaf]!
    maxRecorded[leaf] = Math.max(
      leaf === 0 ? Number.NEGATIVE_INFINITY : maxRecorded[leaf - 1]!,
      leafMax(store, directory, leaf, recordedColumn),
    )
    maxKnown[leaf] = Math.max(leaf === 0 ? Number.NEGATIVE_INFINITY : maxKnown[leaf - 1]!, leafMax(store, directory, leaf, knownColumn))
  }
  directory.clean = count
}

const leafMax = (store: SeriesStore, directory: Directory, leaf: number, column: number): number => {
  const page = leafPage(store, directory, leaf)
  const from = columnAt(directory, leaf, column)
  let max = Number.NEGATIVE_INFINITY
  for (let i = from; i < from + directory.rows[leaf]!; i++) if (page[i]! > max) max = page[i]!
  return max
}

export const leafPage = (store: SeriesStore, directory: Directory, leaf: number): Float64Array =>
  pageOf(store.arena, directory.blocks[leaf]!)

/** Where a column of a leaf begins in its page. */
export const columnAt = (directory: Directory, leaf: number, column: number): number =>
  offsetOf(directory.blocks[leaf]!) + (column << directory.cls)

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

/**
 * Puts a row into a key's series at its place. `row` has all columns. Where a row stands at that very place already, nothing
 * changes: false, with that row located.
 */
export const insertRow = (store: SeriesStore, key: number, row: Float64Array, place: RowPlace): boolean => {
  reserveKey(store, key)
  const directory = openSeries(store, key)
  if (directory !== undefined && !isBehind(store, directory, place.time) && locate(store, directory, place)) return false
  raiseStamps(store, key, row[recordedColumn]!, row[knownColumn]!)
  if (directory === undefined) {
    const block = takeBlock(store.arena, smallestClass)
    setHead(store, key, block, smallestClass * classSize + 1)
    writeRow(pageOf(store.arena, block), offsetOf(block), smallestClass, row)
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
    const last = offsetOf(block) + (size & 255) - 1
    const page = pageOf(arena, block)
    for (let column = 0; column < arena.width; column++) touched += page[last + (column << cls)]!
  }
  store.touched = touched
}

/** Whether a time is beyond all rows: then the end of the last leaf is located. */
const isBehind = (store: SeriesStore, directory: Directory, time: number): boolean => {
  const leaf = directory.count - 1
  const rows = directory.rows[leaf]!
  store.leaf = leaf
  store.at = rows
  return leafPage(store, directory, leaf)[columnAt(directory, leaf, timeColumn) + rows - 1]! < time
}

const setHead = (store: SeriesStore, key: number, block: number, size: number): void => {
  store.heads[(key << headBits) + blockHead] = block
  store.heads[(key << headBits) + sizeHead] = size
}

/** A series has seen these stamps. */
export const raiseStamps = (store: SeriesStore, key: number, recordedAt: number, knownAt: number): void => {
  const head = key << headBits
  if (recordedAt > store.heads[head + recordedHead]!) store.heads[head + recordedHead] = recordedAt
  if (knownAt > store.heads[head + knownHead]!) store.heads[head + knownHead] = knownAt
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
  openGap(store, page, offsetOf(block), short.cls, store.at, rows)
  writeRow(page, offsetOf(block) + store.at, short.cls, row)
  setHead(store, key, block, short.cls * classSize + rows + 1)
}

const directoryOfOne = (short: Directory): Directory => {
  const directory = createDirectory(4)
  directory.count = 1
  directory.blocks[0] = short.blocks[0]!
  directory.rows[0] = leafRows
  return directory
}

const growBlock = ({ arena }: SeriesStore, short: Directory): void => {
  const [old, cls] = [short.blocks[0]!, short.cls]
  const block = takeBlock(arena, cls + 1)
  copyRows(arena, { block: old, cls, from: 0 }, { block, cls: cls + 1 }, short.rows[0]!)
  freeBlock(arena, old, cls)
  short.blocks[0] = block
  short.cls = cls + 1
}

/** Copies rows of one block to the start of another. */
const copyRows = (
  arena: Arena,
  source: { readonly block: number; readonly cls: number; readonly from: number },
  target: { readonly block: number; readonly cls: number },
  rows: number,
): void => {
  const [page, into] = [pageOf(arena, source.block), pageOf(arena, target.block)]
  for (let column = 0; column < arena.width; column++) {
    const from = offsetOf(source.block) + (column << source.cls) + source.from
    const to = offsetOf(target.block) + (column << target.cls)
    for (let i = 0; i < rows; i++) into[to + i] = page[from + i]!
  }
}

const writeRow = (page: Float64Array, at: number, cls: number, row: Float64Array): void => {
  for (let column = 0; column < row.length; column++) page[at + (column << cls)] = row[column]!
}

/** Moves the rows from `at` on up by one. */
const openGap = (store: SeriesStore, page: Float64Array, offset: number, cls: number, at: number, rows: number): void => {
  if (at === rows) return
  for (let column = 0; column < store.arena.width; column++) {
    const from = offset + (column << cls)
    page.copyWithin(from + at + 1, from + at, from + rows)
  }
}

const insertLong = (store: SeriesStore, directory: Directory, row: Float64Array): void => {
  if (directory.rows[store.leaf] === leafRows) {
    const isAppend = store.leaf === directory.count - 1 && store.at === leafRows
    splitLeaf(store, directory, isAppend ? leafRows : leafRows / 2)
  }
  const { leaf, at } = store
  const page = leafPage(store, directory, leaf)
  const offset = offsetOf(directory.blocks[leaf]!)
  openGap(store, page, offset, leafClass, at, directory.rows[leaf]!)
  writeRow(page, offset + at, leafClass, row)
  directory.rows[leaf]!++
  touch(directory, leaf)
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
  directory.maxRecorded = widened(directory.maxRecorded, new Float64Array(size))
  directory.maxKnown = widened(directory.maxKnown, new Float64Array(size))
}

/** Takes the located row out of a key's series. */
export const removeRow = (store: SeriesStore, key: number, directory: Directory): void => {
  const { leaf, at } = store
  const page = leafPage(store, directory, leaf)
  const rows = directory.rows[leaf]!
  for (let column = 0; column < store.arena.width; column++) {
    const from = columnAt(directory, leaf, column)
    page.copyWithin(from + at, from + at + 1, from + rows)
  }
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

/** Copies the located row out, all its columns. */
export const readRow = (store: SeriesStore, directory: Directory, leaf: number, at: number): Float64Array => {
  const page = leafPage(store, directory, leaf)
  return Float64Array.from({ length: store.arena.width }, (_, column) => page[columnAt(directory, leaf, column) + at]!)
}

/** Forgets all rows of a key; what stamps it saw stays known. */
export const dropSeries = (store: SeriesStore, key: number): void => {
  const directory = openSeries(store, key)
  if (directory === undefined) return
  for (let leaf = 0; leaf < directory.count; leaf++) freeBlock(store.arena, directory.blocks[leaf]!, directory.cls)
  store.longs.delete(key)
  setHead(store, key, none, 0)
}
