/**
 * The leaves of one series, in order. What is known of them stands in one array of numbers, column beside column, each `capacity`
 * long: first the time of each leaf's first row, its block, its rows, the rows in all leaves before it (and, behind the last, in all
 * of them), and the highest stamps in it and all before it. One array, since a question to a series that is not in the cache
 * costs little more than the cache lines it touches.
 */
import { columnStep, leafClass } from './arena.ts'

export interface Directory {
  count: number
  capacity: number
  /** Class of each block: `leafClass`, save in a short series, which is one block. */
  cls: number
  /** How far one row of a block is from the next, and one column from the next. */
  rowStep: number
  columnStep: number
  numbers: Float64Array
  /** Leaves below have their first time, and up to and with this one the rows before it. */
  clean: number
  /** Leaves below have their highest stamps. */
  cleanStamps: number
  /** By cell: what is known of each leaf's values. */
  readonly sums: (Derived | undefined)[]
}

/** Something made of rows that still stands for leaves below `clean`. */
export interface Derived {
  clean: number
}

const fields = 6
const sizeOf = (capacity: number): number => fields * capacity + 1

export const createDirectory = (capacity: number): Directory => ({
  count: 0,
  capacity,
  cls: leafClass,
  rowStep: 1,
  columnStep: columnStep(leafClass),
  numbers: new Float64Array(sizeOf(capacity)),
  clean: 0,
  cleanStamps: 0,
  sums: [],
})

export const firstTimeOf = ({ numbers }: Directory, leaf: number): number => numbers[leaf]!
export const blockOf = ({ numbers, capacity }: Directory, leaf: number): number => numbers[capacity + leaf]!
export const rowsOf = ({ numbers, capacity }: Directory, leaf: number): number => numbers[2 * capacity + leaf]!
export const maxRecordedOf = ({ numbers, capacity }: Directory, leaf: number): number => numbers[3 * capacity + leaf]!
export const maxKnownOf = ({ numbers, capacity }: Directory, leaf: number): number => numbers[4 * capacity + leaf]!
/** Also of the leaf behind the last: all rows. */
export const rowsBefore = ({ numbers, capacity }: Directory, leaf: number): number => numbers[5 * capacity + leaf]!

export const setBlock = ({ numbers, capacity }: Directory, leaf: number, block: number): void => {
  numbers[capacity + leaf] = block
}

export const setRows = ({ numbers, capacity }: Directory, leaf: number, rows: number): void => {
  numbers[2 * capacity + leaf] = rows
}

export const setFirstTime = ({ numbers }: Directory, leaf: number, time: number): void => {
  numbers[leaf] = time
}

export const setMaxima = ({ numbers, capacity }: Directory, leaf: number, recorded: number, known: number): void => {
  numbers[3 * capacity + leaf] = recorded
  numbers[4 * capacity + leaf] = known
}

export const setRowsBefore = ({ numbers, capacity }: Directory, leaf: number, rows: number): void => {
  numbers[5 * capacity + leaf] = rows
}

/** Makes room for a leaf behind the one named and gives it a block; it has no rows yet. */
export const addLeaf = (directory: Directory, after: number, block: number): void => {
  if (directory.count === directory.capacity) grow(directory)
  const { numbers, capacity, count } = directory
  for (const from of [capacity, 2 * capacity]) numbers.copyWithin(from + after + 2, from + after + 1, from + count)
  directory.count++
  setBlock(directory, after + 1, block)
  setRows(directory, after + 1, 0)
}

const grow = (directory: Directory): void => {
  const { numbers, capacity } = directory
  const wider = new Float64Array(sizeOf(2 * capacity))
  for (let field = 0; field < fields; field++) {
    const end = field === fields - 1 ? numbers.length : (field + 1) * capacity
    wider.set(numbers.subarray(field * capacity, end), field * 2 * capacity)
  }
  directory.numbers = wider
  directory.capacity = 2 * capacity
}

/** Takes leaves out, whose blocks have been given back. */
export const dropLeaves = (directory: Directory, from: number, leaves: number): void => {
  const { numbers, capacity, count } = directory
  for (const field of [capacity, 2 * capacity]) numbers.copyWithin(field + from, field + from + leaves, field + count)
  directory.count -= leaves
}

/** What was derived from this leaf and those behind it no longer stands. */
export const touch = (directory: Directory, leaf: number): void => {
  if (leaf < directory.clean) directory.clean = leaf
  if (leaf < directory.cleanStamps) directory.cleanStamps = leaf
  for (let i = 0; i < directory.sums.length; i++) {
    const derived = directory.sums[i]
    if (derived !== undefined && leaf < derived.clean) derived.clean = leaf
  }
}
