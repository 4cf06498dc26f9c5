/**
 * Columns that have had one value in all rows are not stored. With the first row that differs a column is: every block is then
 * written anew, once, wider by one.
 */
import { type Arena, columnStep, createArena, leafClass, offsetOf, pageOf, rowStep, takeBlock } from './arena.ts'
import { blockHead, headBits, none, type SeriesStore, sizeHead } from './series.ts'

/** Takes rows into account that stand one after another: to be called before they are stored, and before their series are opened. */
export const admitRows = (store: SeriesStore, rows: Float64Array, count: number): void => {
  const { constant, constants, width } = store
  if (!store.isStarted && count > 0) {
    store.isStarted = true
    for (const column of constant) constants[column] = rows[column]!
  }
  for (let i = 0; i < constant.length; i++) {
    const column = constant[i]!
    if (varies(rows, column, constants[column]!, { count, width })) storeColumn(store, column)
  }
}

const varies = (
  rows: Float64Array,
  column: number,
  known: number,
  { count, width }: { readonly count: number; readonly width: number },
): boolean => {
  for (let at = column, end = count * width; at < end; at += width) {
    if (rows[at] !== known && !(Number.isNaN(known) && Number.isNaN(rows[at]!))) return true
  }
  return false
}

const storeColumn = (store: SeriesStore, column: number): void => {
  const { heads, arena } = store
  const wider = createArena(arena.width + 1)
  const value = store.constants[column]!
  for (let head = 0; head < heads.length; head += 1 << headBits) {
    const block = heads[head + blockHead]!
    if (block <= none) continue
    const size = heads[head + sizeHead]!
    heads[head + blockHead] = widenBlock(arena, wider, { block, cls: size >>> 8, rows: size & 255, value })
  }
  for (const { blocks, rows, count } of store.longs.values()) {
    for (let leaf = 0; leaf < count; leaf++)
      blocks[leaf] = widenBlock(arena, wider, { block: blocks[leaf]!, cls: leafClass, rows: rows[leaf]!, value })
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
