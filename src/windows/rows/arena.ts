/**
 * Blocks of doubles for the rows of many series: a block holds 4, 6, 8, 12 … 128 rows. The largest stand column by column, so that a
 * scan of one column reads memory in order; smaller ones row by row, so that a write touches one or two cache lines. Blocks are cut
 * from pages and go back to a free list of their size.
 */
import { assert } from '../../base/assert.ts'

/** Doubles in a cache line. */
export const lineRows = 8

/** Rows of a block, by its class. */
const capacities = Int32Array.of(4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)
export const smallestClass = 0
export const leafClass = capacities.length - 1
/** Rows of the largest block. */
export const leafRows = capacities[leafClass]!

const classes = Uint8Array.from({ length: leafRows + 1 }, (_, rows) => capacities.findIndex((capacity) => capacity >= rows))

export const capacityOf = (cls: number): number => capacities[cls]!
/** The smallest class for so many rows, `leafRows` at most. */
export const classFor = (rows: number): number => classes[rows]!

export const pageBits = 18
export const pageMask = 2 ** pageBits - 1

/** A block is named by a whole number: its page, and where it begins in it. */
export interface Arena {
  readonly pages: Float64Array[]
  /** Doubles in a row. */
  readonly width: number
  readonly free: number[][]
  top: number
  /** Doubles in blocks that are held. */
  held: number
}

export const createArena = (width: number): Arena => {
  assert(width * leafRows <= pageMask, 'a row has too many columns')
  return { pages: [], width, free: Array.from({ length: leafClass + 1 }, () => []), top: pageMask + 1, held: 0 }
}

/** A block of a class, its content undefined. */
export const takeBlock = (arena: Arena, cls: number): number => {
  const size = arena.width * capacities[cls]!
  arena.held += size
  const free = arena.free[cls]!.pop()
  if (free !== undefined) return free
  if (arena.top + size > pageMask + 1) {
    arena.pages.push(new Float64Array(pageMask + 1))
    arena.top = 0
  }
  const block = (arena.pages.length - 1) * (pageMask + 1) + arena.top
  assert(block <= 0x7fffffff, 'the row store is full: 2^31 values')
  arena.top += size
  return block
}

export const freeBlock = (arena: Arena, block: number, cls: number): void => {
  arena.held -= arena.width * capacities[cls]!
  arena.free[cls]!.push(block)
}

export const pageOf = (arena: Arena, block: number): Float64Array => arena.pages[block >>> pageBits]!

export const offsetOf = (block: number): number => block & pageMask

/** How far one row of a block is from the next, and one column from the next. */
export const rowStep = (arena: Arena, cls: number): number => (cls === leafClass ? 1 : arena.width)
export const columnStep = (cls: number): number => (cls === leafClass ? leafRows : 1)
