/**
 * Columns that have had one value in all rows are not stored. With the first row that differs a column is: every block is then
 * written anew, once, wider by one.
 */
import { type Arena, columnStep, createArena, offsetOf, pageOf, rowStep, takeBlock } from './arena.ts'
import { blockOf, rowsOf, setBlock } from './directory.ts'
import { blockHead, headBits, openSeries, type SeriesStore } from './series.ts'

/** Takes a row into account: to be called before it is stored, and before its series is opened. */
export const admitRow = (store: SeriesStore, row: Float64Array): void => {
  const { constant, constants } = store
  if (!store.isStarted) {
    store.isStarted = true
    for (const column of constant) constants[column] = row[column]!
  }
  for (let i = 0; i < constant.length; i++) {
    const column = constant[i]!
    if (!isSame(row[column]!, constants[column]!)) storeColumn(store, column)
  }
}

/** The same for many rows, of which one at least is stored. `valuesOf`: a column's, or the one value that all have. */
export const admitColumns = (store: SeriesStore, valuesOf: (column: number) => number | Float64Array, wanted: Int32Array): void => {
  const { constant, constants } = store
  for (let i = 0; i < constant.length; i++) {
    const column = constant[i]!
    const values = valuesOf(column)
    if (!store.isStarted) constants[column] = typeof values === 'number' ? values : values[wanted[0]!]!
    if (varies(values, constants[column]!, wanted)) storeColumn(store, column)
  }
  store.isStarted = true
}

const isSame = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b))

const varies = (values: number | Float64Array, known: number, wanted: Int32Array): boolean => {
  if (typeof values === 'number') return !isSame(values, known)
  for (let i = 0; i < wanted.length; i++) if (!isSame(values[wanted[i]!]!, known)) return true
  return false
}

const storeColumn = (store: SeriesStore, column: number): void => {
  const { heads, arena } = store
  const wider = createArena(arena.width + 1)
  const value = store.constants[column]!
  for (let key = 0; key < heads.length >> headBits; key++) {
    const directory = openSeries(store, key)
    for (let leaf = 0; leaf < (directory?.count ?? 0); leaf++) {
      const { cls } = directory!
      const block = widenBlock(arena, wider, { block: blockOf(directory!, leaf), cls, rows: rowsOf(directory!, leaf), value })
      if (directory === store.short) heads[(key << headBits) + blockHead] = block
      else setBlock(directory!, leaf, block)
    }
  }
  store.places[column] = arena.width
  store.constant = store.constant.filter((other) => other !== column)
  store.arena = wider
}

/** A copy of a block with one column more, all of one value. */
const widenBlock = (
  arena: Arena,
  wider: Arena,
  { block, cls, rows, value }: { readonly block: number; readonly cls: number; readonly rows: number; readonly value: number },
): number => {
  const made = takeBlock(wider, cls)
  const [page, into, step] = [pageOf(arena, block), pageOf(wider, made), columnStep(cls)]
  let [from, to] = [offsetOf(block), offsetOf(made)]
  for (let row = 0; row < rows; row++, from += rowStep(arena, cls), to += rowStep(wider, cls)) {
    for (let place = 0; place < arena.width; place++) into[to + place * step] = page[from + place * step]!
    into[to + arena.width * step] = value
  }
  return made
}
