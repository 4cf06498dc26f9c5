/**
 * The rows of every key, in the total order: each a place and its cells.
 *
 * A short series is one block and a few numbers by key. Past 128 rows it is leaves of up to 128 under a directory, which knows for
 * each leaf how many rows stand before it and the highest stamps up to it; these are repaired from the first changed leaf on, when
 * next asked for. So a late row costs one leaf, and rows are found by time or by number in a search of the directory and one leaf.
 */
import { type Arena, columnStep, createArena, freeBlock, offsetOf, pageOf, rowStep } from './arena.ts'
import {
  blockOf,
  cleanOf,
  cleanStampsOf,
  createDirectory,
  type Directory,
  freeDirectory,
  freeSums,
  grownDirectory,
  lookAt,
  maxKnownOf,
  maxRecordedOf,
  rowsBefore,
  rowsOf,
  setBlock,
  setClean,
  setCleanStamps,
  setFirstTime,
  setMaxima,
  setRows,
  setRowsBefore,
  sumsOf,
  takeDirectory,
} from './directory.ts'
import type { Ids } from './ids.ts'
import { createPool, type Pool } from './pool.ts'

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

export interface SeriesStore {
  /** Its width is that of the stored columns. */
  arena: Arena
  /** All columns of a row. */
  readonly width: number
  /** By column its place in blocks; −1: it is not stored, since all rows have had the same value, which `constants` tells. */
  readonly places: Int32Array
  readonly constants: Float64Array
  /** Columns that are not stored. */
  constant: readonly number[]
  /** Whether there has been a row. */
  isStarted: boolean
  readonly ids: Ids
  /**
   * By key code four numbers, side by side since each write needs them all: the block of a short series, or `none`, or of a long
   * one `long` less the bits of its directory's capacity; its size (256 times its class, and its rows), of a long one its
   * directory's space; and at least the highest stamps of anything that was ever put into the series.
   */
  heads: Float64Array
  /** What is known of long series: directories, and sums. */
  readonly pool: Pool
  /** Stands for a short series while it is looked at. */
  readonly short: Directory
  /** Stands for a long one. */
  readonly opened: Directory
  /** Where `locate` and `insertRow` found a place. */
  leaf: number
  at: number
  /** Keeps reads that only fetch from being optimised away. */
  fetched: number
}

export const none = -1
export const long = -2

export const headBits = 2
export const blockHead = 0
export const sizeHead = 1
const recordedHead = 2
const knownHead = 3
export const classSize = 256

const emptyHeads = (keys: number): Float64Array => {
  const heads = new Float64Array(keys << headBits).fill(Number.NEGATIVE_INFINITY)
  for (let key = 0; key < keys; key++) heads[key << headBits] = none
  return heads
}

/** Columns that many definitions never vary: stored once some row differs. */
const mayBeConstant = [recordedColumn, knownColumn, seqColumn, versionColumn, originColumn]

/** Times and the first values, which are read together, stand together. */
const firstPlace = (column: number, cells: number): number => {
  if (column === timeColumn) return 0
  if (mayBeConstant.includes(column)) return -1
  return column === numberColumn ? cells + 1 : column - firstCell + 1
}

/** `cells`: how many cells each row has. */
export const createSeriesStore = (cells: number, ids: Ids): SeriesStore => ({
  arena: createArena(firstCell + cells - mayBeConstant.length),
  width: firstCell + cells,
  places: Int32Array.from({ length: firstCell + cells }, (_, column) => firstPlace(column, cells)),
  constants: new Float64Array(firstCell + cells).fill(Number.NaN),
  constant: mayBeConstant,
  isStarted: false,
  ids,
  heads: emptyHeads(16),
  pool: createPool(),
  short: createDirectory(cells),
  opened: createDirectory(cells),
  leaf: 0,
  at: 0,
  fetched: 0,
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

export const widened = <T extends Int32Array | Uint8Array | Float64Array>(values: T, into: T): T => {
  into.set(values)
  return into
}

/** The leaves of a key's series; undefined where it has no row. Good until the next call. */
export const openSeries = (store: SeriesStore, key: number): Directory | undefined => {
  const head = key << headBits
  const block = key >= 0 && head < store.heads.length ? store.heads[head]! : none
  if (block === none) return undefined
  const size = store.heads[head + sizeHead]!
  if (block < none) {
    const { opened } = store
    opened.key = key
    lookAt(opened, store.pool, size, 1 << (long - block))
    return opened
  }
  const { short } = store
  short.key = key
  short.count = 1
  short.cls = size >>> 8
  short.rowStep = rowStep(store.arena, short.cls)
  short.columnStep = columnStep(short.cls)
  setBlock(short, 0, block)
  setRows(short, 0, size & 255)
  setClean(short, 0)
  setCleanStamps(short, 0)
  return short
}

const firstCapacityBits = 2

/** Makes a long series of a key, without leaves yet, and opens it. */
export const addLong = (store: SeriesStore, key: number): Directory => {
  setHead(store, key, long - firstCapacityBits, takeDirectory(store.pool, store.opened.cells, 1 << firstCapacityBits))
  return openSeries(store, key)!
}

/** Makes room for one more leaf of the series that is open. */
export const reserveLeaf = (store: SeriesStore, directory: Directory): void => {
  if (directory.count < directory.capacity) return
  const head = directory.key << headBits
  const space = grownDirectory(store.pool, directory, store.heads[head + sizeHead]!)
  setHead(store, directory.key, store.heads[head + blockHead]! - 1, space)
}

/** Brings times and numbers of rows up to date. */
export const repair = (store: SeriesStore, directory: Directory): void => {
  const { count } = directory
  const clean = cleanOf(directory)
  if (clean === count) return
  for (let leaf = clean; leaf < count; leaf++) {
    setRowsBefore(directory, leaf + 1, rowsBefore(directory, leaf) + rowsOf(directory, leaf))
    setFirstTime(directory, leaf, timeAt(store, directory, leaf, 0))
  }
  setFirstTime(directory, count, timeAt(store, directory, count - 1, rowsOf(directory, count - 1) - 1))
  setClean(directory, count)
}

const timeAt = (store: SeriesStore, directory: Directory, leaf: number, at: number): number =>
  leafPage(store, directory, leaf)[offsetOf(blockOf(directory, leaf)) + at * directory.rowStep]!

/** Brings the highest stamps up to date. */
export const repairStamps = (store: SeriesStore, directory: Directory): void => {
  for (let leaf = cleanStampsOf(directory); leaf < directory.count; leaf++) {
    const recorded = leafMax(store, directory, leaf, recordedColumn)
    const known = leafMax(store, directory, leaf, knownColumn)
    if (leaf === 0) setMaxima(directory, leaf, recorded, known)
    else
      setMaxima(directory, leaf, Math.max(recorded, maxRecordedOf(directory, leaf - 1)), Math.max(known, maxKnownOf(directory, leaf - 1)))
  }
  setCleanStamps(directory, directory.count)
}

const leafMax = (store: SeriesStore, directory: Directory, leaf: number, column: number): number => {
  if (store.places[column]! < 0) return store.constants[column]!
  const page = leafPage(store, directory, leaf)
  const from = columnAt(store, directory, leaf, column)
  const step = directory.rowStep
  let max = Number.NEGATIVE_INFINITY
  for (let i = 0, at = from; i < rowsOf(directory, leaf); i++, at += step) if (page[at]! > max) max = page[at]!
  return max
}

export const leafPage = (store: SeriesStore, directory: Directory, leaf: number): Float64Array =>
  pageOf(store.arena, blockOf(directory, leaf))

/** Where a stored column of a leaf begins in its page. */
export const columnAt = (store: SeriesStore, directory: Directory, leaf: number, column: number): number =>
  offsetOf(blockOf(directory, leaf)) + store.places[column]! * directory.columnStep

/** The value of a column, stored or not, in the row that begins (with its time) at `at`. */
export const valueAt = (store: SeriesStore, page: Float64Array, at: number, column: number, step: number): number => {
  const place = store.places[column]!
  return place < 0 ? store.constants[column]! : page[at + place * step]!
}

export const setHead = (store: SeriesStore, key: number, block: number, size: number): void => {
  store.heads[(key << headBits) + blockHead] = block
  store.heads[(key << headBits) + sizeHead] = size
}

/** A series has seen these stamps. */
export const raiseStamps = (store: SeriesStore, key: number, recordedAt: number, knownAt: number): void => {
  const head = key << headBits
  if (recordedAt > store.heads[head + recordedHead]!) store.heads[head + recordedHead] = recordedAt
  if (knownAt > store.heads[head + knownHead]!) store.heads[head + knownHead] = knownAt
}

/** Forgets all rows of a key; what stamps it saw stays known. */
export const dropSeries = (store: SeriesStore, key: number): void => {
  const directory = openSeries(store, key)
  if (directory === undefined) return
  for (let leaf = 0; leaf < directory.count; leaf++) freeBlock(store.arena, blockOf(directory, leaf), directory.cls)
  dropHead(store, key)
}

/** The same where no block is held. */
export const dropHead = (store: SeriesStore, key: number): void => {
  const directory = openSeries(store, key)
  if (directory === store.opened) {
    for (let cell = 0; cell < directory.cells; cell++) freeSums(store.pool, sumsOf(directory, cell))
    freeDirectory(store.pool, directory, store.heads[(key << headBits) + sizeHead]!)
  }
  setHead(store, key, none, 0)
}
