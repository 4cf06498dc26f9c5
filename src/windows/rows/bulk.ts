/**
 * Many rows at once, those of each key behind all that its series has: which most are. The rows of each key are counted first, so
 * that every series gets room for them once and no row is moved twice. They are then written in the order in which they come, a few
 * hundred at a time and column by column, so that the processor waits for the memory of many series at once.
 */
import { classFor, leafClass, leafRows, pageBits, pageMask, rowStep, takeBlock } from './arena.ts'
import { lengthen, movedBlock } from './changes.ts'
import { addLeaf, blockOf, type Directory, rowsOf, setRows, touch } from './directory.ts'
import { isBehind } from './locate.ts'
import {
  addLong,
  blockHead,
  classSize,
  headBits,
  knownColumn,
  none,
  openSeries,
  raiseStamps,
  recordedColumn,
  reserveLeaf,
  type SeriesStore,
  setHead,
  sizeHead,
} from './series.ts'
import type { TableRows } from './table-rows.ts'

export interface BulkRows {
  /** By row of the table; each key has room (`reserveKey`). */
  readonly keys: Int32Array
  readonly time: Float64Array
}

export interface Bulk {
  /** Of rows in the total order those of keys whose series end before them, and the others. */
  split(rows: BulkRows, wanted: Int32Array): { readonly behind: Int32Array; readonly others: Int32Array }
  /** Stores rows that stand behind all others of their series; what their columns hold must have been admitted (widening.ts). */
  append(rows: BulkRows, wanted: Int32Array, table: TableRows): void
}

/** So many rows are written at once: their series' cache lines and one column of them stay in the processor's first cache. */
const chunkRows = 256

/** `note`: told of each column's values as they are written. */
export const createBulk = (store: SeriesStore, note: (column: number, values: Float64Array, count: number) => void): Bulk => {
  /** By key two numbers, zero between calls: how many rows come; then where the next is written, and how many more its leaf takes. */
  let cursors = new Int32Array(0)
  /** The keys that have rows, in the order of the first, and that one. */
  let touched = new Int32Array(0)
  let firsts = new Int32Array(0)
  let keysTouched = 0
  const pages = new Int32Array(chunkRows)
  const places = new Int32Array(chunkRows)
  const steps = new Int32Array(chunkRows)
  const values = new Float64Array(chunkRows)

  const count = ({ keys }: BulkRows, wanted: Int32Array): void => {
    const room = store.heads.length >> headBits
    if (cursors.length < 2 * room) {
      cursors = new Int32Array(2 * room)
      touched = new Int32Array(room)
      firsts = new Int32Array(room)
    }
    keysTouched = 0
    for (let i = 0; i < wanted.length; i++) {
      const row = wanted[i]!
      const key = keys[row]!
      if (cursors[2 * key]!++ > 0) continue
      touched[keysTouched] = key
      firsts[keysTouched++] = row
    }
  }

  const forget = (): void => {
    for (let i = 0; i < keysTouched; i++) cursors[2 * touched[i]!] = 0
  }

  const isAppended = (key: number, time: number): boolean => {
    const directory = openSeries(store, key)
    return directory === undefined || isBehind(store, directory, time)
  }

  const split: Bulk['split'] = (rows, wanted) => {
    count(rows, wanted)
    let others = 0
    for (let i = 0; i < keysTouched; i++) {
      const key = touched[i]!
      if (isAppended(key, rows.time[firsts[i]!]!)) continue
      others += cursors[2 * key]!
      cursors[2 * key] = -1
    }
    const isOther = (row: number): boolean => cursors[2 * rows.keys[row]!] === -1
    const parts =
      others === 0
        ? { behind: wanted, others: new Int32Array(0) }
        : { behind: wanted.filter((row) => !isOther(row)), others: wanted.filter(isOther) }
    forget()
    return parts
  }

  /** Room for all rows that come to a key, as far as one block can give it, and the cursor at its start. */
  const reserve = (key: number): void => {
    const { heads, arena } = store
    const more = cursors[2 * key]!
    const head = key << headBits
    const block = heads[head + blockHead]!
    const size = heads[head + sizeHead]!
    const rows = block > none ? size & (classSize - 1) : 0
    if (block < none || rows + more > leafRows) {
      setLongCursor(key, longOf(key, block, size))
      return
    }
    const cls = classFor(rows + more)
    const from = size >>> 8
    const to = block === none ? takeBlock(arena, cls) : cls > from ? movedBlock(store, block, { from, to: cls, rows }) : block
    const held = block === none ? cls : Math.max(cls, from)
    setHead(store, key, to, held * classSize + rows + more)
    cursors[2 * key] = to + rows * rowStep(arena, held)
    cursors[2 * key + 1] = held === leafClass ? leafRows : endless
  }

  const longOf = (key: number, block: number, size: number): Directory => {
    if (block < none) return openSeries(store, key)!
    if (block === none) return addLong(store, key)
    const [from, rows] = [size >>> 8, size & (classSize - 1)]
    const leaf = from === leafClass ? block : movedBlock(store, block, { from, to: leafClass, rows })
    return lengthen(store, key, leaf, rows)
  }

  /** The last leaf is taken for full, as it is once more rows come than it has room for: else `settle` puts that right. */
  const setLongCursor = (key: number, directory: Directory): void => {
    const last = directory.count - 1
    const rows = last < 0 ? leafRows : rowsOf(directory, last)
    cursors[2 * key] = last < 0 ? 0 : blockOf(directory, last) + rows
    cursors[2 * key + 1] = leafRows - rows
    if (last < 0) return
    touch(directory, store.pool, last, 0)
    setRows(directory, last, leafRows)
  }

  const nextLeaf = (key: number): number => {
    const directory = openSeries(store, key)!
    const block = takeBlock(store.arena, leafClass)
    reserveLeaf(store, directory)
    addLeaf(directory, directory.count - 1, block)
    touch(directory, store.pool, directory.count - 1, 0)
    setRows(directory, directory.count - 1, leafRows)
    return block
  }

  /** Sets where the chunk's rows are written, and moves the cursors on. */
  const place = ({ keys }: BulkRows, wanted: Int32Array, from: number, to: number): void => {
    const { width } = store.arena
    for (let i = from, at = 0; i < to; i++, at++) {
      const cursor = 2 * keys[wanted[i]!]!
      let position = cursors[cursor]!
      const left = cursors[cursor + 1]!
      if (left === endless) {
        steps[at] = 1
        cursors[cursor] = position + width
      } else {
        if (left === 0) position = nextLeaf(cursor >> 1)
        cursors[cursor + 1] = (left === 0 ? leafRows : left) - 1
        cursors[cursor] = position + 1
        steps[at] = leafRows
      }
      pages[at] = position >>> pageBits
      places[at] = position & pageMask
    }
  }

  const write = (column: number, rows: number): void => {
    const arenaPages = store.arena.pages
    const at = store.places[column]!
    for (let i = 0; i < rows; i++) arenaPages[pages[i]!]![places[i]! + at * steps[i]!] = values[i]!
  }

  const raise = ({ keys }: BulkRows, wanted: Int32Array, table: TableRows): void => {
    const [recorded, known] = [table.valuesOf(recordedColumn), table.valuesOf(knownColumn)]
    if (typeof recorded === 'number' && typeof known === 'number') {
      for (let i = 0; i < keysTouched; i++) raiseStamps(store, touched[i]!, recorded, known)
      return
    }
    for (let i = 0; i < wanted.length; i++) {
      const row = wanted[i]!
      const stamp = (of: number | Float64Array): number => (typeof of === 'number' ? of : of[row]!)
      raiseStamps(store, keys[row]!, stamp(recorded), stamp(known))
    }
  }

  const settle = (): void => {
    for (let i = 0; i < keysTouched; i++) {
      const key = touched[i]!
      const directory = openSeries(store, key)!
      if (directory !== store.short) setRows(directory, directory.count - 1, leafRows - cursors[2 * key + 1]!)
    }
  }

  const append: Bulk['append'] = (rows, wanted, table) => {
    count(rows, wanted)
    for (let i = 0; i < keysTouched; i++) reserve(touched[i]!)
    for (let from = 0; from < wanted.length; from += chunkRows) {
      const to = Math.min(from + chunkRows, wanted.length)
      place(rows, wanted, from, to)
      for (let column = 0; column < store.width; column++) {
        if (store.places[column]! < 0) continue
        table.fill(column, values, wanted, from, to)
        note(column, values, to - from)
        write(column, to - from)
      }
    }
    raise(rows, wanted, table)
    settle()
    forget()
  }
  return { split, append }
}

/** A block that takes all rows that come. */
const endless = -1
