/** The least and greatest value of a cell in some rows of a long series: of whole parts as they are known, of the rest by its rows. */
import type { Directory } from './directory.ts'
import { cleanRowsOf } from './directory.ts'
import { addExtremes } from './extremes.ts'
import type { LeafSums } from './leaf-sums.ts'
import { columnAt, firstCell, leafPage, type SeriesStore } from './series.ts'
import { partOf, partRows } from './sums-head.ts'

/** Rows from row `fromAt` of a leaf to before row `toAt` of another, or the same. */
export interface RowSpan {
  fromLeaf: number
  fromAt: number
  toLeaf: number
  toAt: number
}

interface Extremes {
  min: number
  max: number
}

/** `sums`: the cell's, with extremes, repaired up to and with the last leaf. */
export const createRangeExtremes = (store: SeriesStore) => {
  const scan = (directory: Directory, cell: number, leaf: number, from: number, to: number, into: Extremes): void => {
    const page = leafPage(store, directory, leaf)
    const base = columnAt(store, directory, leaf, firstCell + cell)
    let { min, max } = into
    for (let i = base + from; i < base + to; i++) {
      if (page[i]! < min) min = page[i]!
      if (page[i]! > max) max = page[i]!
    }
    into.min = min
    into.max = max
  }

  return (directory: Directory, cell: number, sums: LeafSums, { fromLeaf, fromAt, toLeaf, toAt }: RowSpan, into: Extremes): void => {
    let first = partOf(fromLeaf, fromAt)
    const end = partOf(toLeaf, toAt)
    if (first === end) {
      // The end of a full leaf may stand for the start of the next.
      scan(directory, cell, toLeaf, fromLeaf === toLeaf ? fromAt : 0, toAt, into)
      return
    }
    if ((fromAt & (partRows - 1)) > 0) {
      scan(directory, cell, fromLeaf, fromAt, Math.min((fromAt & -partRows) + partRows, cleanRowsOf(directory, fromLeaf)), into)
      first++
    }
    if (first < end) addExtremes(sums.numbers, sums.levels, first, end, into)
    if ((toAt & (partRows - 1)) > 0) scan(directory, cell, toLeaf, toAt & -partRows, toAt, into)
  }
}
