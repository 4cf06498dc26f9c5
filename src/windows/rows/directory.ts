/**
 * The leaves of one series, in order. What is known of them stands in one space of a pool (pool.ts): its head, and behind it column
 * beside column, each one longer than `capacity`, the time of each leaf's first row (and, behind the last, of the last row), the
 * rows in all leaves before it (and, behind the last, in all of them), its block, its rows, and the highest stamps in it and all
 * before it. A question to a series that is not in the
 * processor's cache costs little more than the cache lines it touches: so all that is asked together stands together.
 *
 * The head: how many leaves there are; below which leaf first times, and up to and with which the rows before, are right; below which
 * the highest stamps are; and by cell the space of its sums (leaf-sums.ts), one more than its name, or 0.
 */
import { columnStep, leafClass } from './arena.ts'
import { bitsFor, freeSpace, type Pool, spaceOffset, spacePage, takeSpace } from './pool.ts'
import { bitsField, partOf, cleanField as sumsCleanField } from './sums-head.ts'

/** A series as it is looked at; one such object serves one after another. */
export interface Directory {
  key: number
  numbers: Float64Array
  /** Where its head begins in `numbers`, and its columns. */
  head: number
  base: number
  capacity: number
  count: number
  /** Class of each block: `leafClass`, save in a short series, which is one block. */
  cls: number
  /** How far one row of a block is from the next, and one column from the next. */
  rowStep: number
  columnStep: number
  readonly cells: number
}

const countField = 0
const cleanField = 1
const cleanStampsField = 2
const sumsField = 3
const columns = 6
const headSize = (cells: number): number => sumsField + cells
const spaceBits = (cells: number, capacity: number): number => bitsFor(headSize(cells) + columns * (capacity + 1))

/** One that looks at a block of its own, with room for one leaf. */
export const createDirectory = (cells: number): Directory => ({
  key: -1,
  numbers: new Float64Array(headSize(cells) + columns * 2),
  head: 0,
  base: headSize(cells),
  capacity: 1,
  count: 0,
  cls: leafClass,
  rowStep: 1,
  columnStep: columnStep(leafClass),
  cells,
})

/** A space for the leaves of a new series. */
export const takeDirectory = (pool: Pool, cells: number, capacity: number): number => takeSpace(pool, spaceBits(cells, capacity))

/** Looks at the leaves in a space. */
export const lookAt = (directory: Directory, pool: Pool, space: number, capacity: number): void => {
  directory.numbers = spacePage(pool, space)
  directory.head = spaceOffset(space)
  directory.base = directory.head + headSize(directory.cells)
  directory.capacity = capacity
  directory.count = directory.numbers[directory.head]!
}

/** Reads, for nothing but the reading, the lines in which a search begins. */
export const fetchDirectory = ({ numbers, head, base, capacity }: Directory): number =>
  numbers[base]! + numbers[head + 8]! + numbers[base + capacity]! + numbers[base + 2 * (capacity + 1)]!

/** Rows of a leaf, where the rows before it and the next are right. */
export const cleanRowsOf = ({ numbers, base, capacity }: Directory, leaf: number): number =>
  (numbers[base + capacity + 2 + leaf]! - numbers[base + capacity + 1 + leaf]!) | 0

/** Also of the leaf behind the last: the time of the last row. */
export const firstTimeOf = ({ numbers, base }: Directory, leaf: number): number => numbers[base + leaf]!
export const blockOf = ({ numbers, base, capacity }: Directory, leaf: number): number => numbers[base + 2 * (capacity + 1) + leaf]!
export const rowsOf = ({ numbers, base, capacity }: Directory, leaf: number): number => numbers[base + 3 * (capacity + 1) + leaf]! | 0
export const maxRecordedOf = ({ numbers, base, capacity }: Directory, leaf: number): number => numbers[base + 4 * (capacity + 1) + leaf]!
export const maxKnownOf = ({ numbers, base, capacity }: Directory, leaf: number): number => numbers[base + 5 * (capacity + 1) + leaf]!
/** Also of the leaf behind the last: all rows. */
export const rowsBefore = ({ numbers, base, capacity }: Directory, leaf: number): number => numbers[base + capacity + 1 + leaf]!

export const setFirstTime = ({ numbers, base }: Directory, leaf: number, time: number): void => {
  numbers[base + leaf] = time
}

export const setBlock = ({ numbers, base, capacity }: Directory, leaf: number, block: number): void => {
  numbers[base + 2 * (capacity + 1) + leaf] = block
}

export const setRows = ({ numbers, base, capacity }: Directory, leaf: number, rows: number): void => {
  numbers[base + 3 * (capacity + 1) + leaf] = rows
}

export const setMaxima = ({ numbers, base, capacity }: Directory, leaf: number, recorded: number, known: number): void => {
  numbers[base + 4 * (capacity + 1) + leaf] = recorded
  numbers[base + 5 * (capacity + 1) + leaf] = known
}

export const setRowsBefore = ({ numbers, base, capacity }: Directory, leaf: number, rows: number): void => {
  numbers[base + capacity + 1 + leaf] = rows
}

export const cleanOf = ({ numbers, head }: Directory): number => numbers[head + cleanField]!
export const setClean = ({ numbers, head }: Directory, leaves: number): void => {
  numbers[head + cleanField] = leaves
}

export const cleanStampsOf = ({ numbers, head }: Directory): number => numbers[head + cleanStampsField]!
export const setCleanStamps = ({ numbers, head }: Directory, leaves: number): void => {
  numbers[head + cleanStampsField] = leaves
}

/** The space of a cell's sums; −1 where there is none. */
export const sumsOf = ({ numbers, head }: Directory, cell: number): number => numbers[head + sumsField + cell]! - 1
export const setSums = ({ numbers, head }: Directory, cell: number, space: number): void => {
  numbers[head + sumsField + cell] = space + 1
}

/** `space` below 0: nothing. */
export const freeSums = (pool: Pool, space: number): void => {
  if (space >= 0) freeSpace(pool, space, spacePage(pool, space)[spaceOffset(space) + bitsField]!)
}

const setCount = (directory: Directory, count: number): void => {
  directory.count = count
  directory.numbers[directory.head + countField] = count
}

/** Gives a leaf, behind the one named, a block; it has no rows yet. There must be room. */
export const addLeaf = (directory: Directory, after: number, block: number): void => {
  const { numbers, base, capacity, count } = directory
  for (const from of [base + 2 * (capacity + 1), base + 3 * (capacity + 1)])
    numbers.copyWithin(from + after + 2, from + after + 1, from + count)
  setCount(directory, count + 1)
  setBlock(directory, after + 1, block)
  setRows(directory, after + 1, 0)
}

/** Moves a directory to a space of twice its room, which is returned, and looks at it there. */
export const grownDirectory = (pool: Pool, directory: Directory, space: number): number => {
  const { numbers, head, base, capacity, cells } = directory
  const wider = takeDirectory(pool, cells, 2 * capacity)
  lookAt(directory, pool, wider, 2 * capacity)
  directory.numbers.set(numbers.subarray(head, base), directory.head)
  for (let column = 0; column < columns; column++) {
    const from = base + column * (capacity + 1)
    directory.numbers.set(numbers.subarray(from, from + capacity + 1), directory.base + column * (2 * capacity + 1))
  }
  directory.count = directory.numbers[directory.head + countField]!
  freeSpace(pool, space, spaceBits(cells, capacity))
  return wider
}

export const freeDirectory = (pool: Pool, { cells, capacity }: Directory, space: number): void => {
  freeSpace(pool, space, spaceBits(cells, capacity))
}

/** Takes leaves out, whose blocks have been given back. */
export const dropLeaves = (directory: Directory, from: number, leaves: number): void => {
  const { numbers, base, capacity, count } = directory
  for (const field of [base + 2 * (capacity + 1), base + 3 * (capacity + 1)])
    numbers.copyWithin(field + from, field + from + leaves, field + count)
  setCount(directory, count - leaves)
}

/** What was derived from row `at` of a leaf and those behind it no longer stands. */
export const touch = (directory: Directory, pool: Pool, leaf: number, at: number): void => {
  if (leaf < cleanOf(directory)) setClean(directory, leaf)
  if (leaf < cleanStampsOf(directory)) setCleanStamps(directory, leaf)
  const part = partOf(leaf, at)
  for (let cell = 0; cell < directory.cells; cell++) {
    const space = sumsOf(directory, cell)
    if (space < 0) continue
    const clean = spaceOffset(space) + sumsCleanField
    const page = spacePage(pool, space)
    if (part < page[clean]!) page[clean] = part
  }
}
