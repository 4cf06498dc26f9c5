/** The least and greatest value of a cell in some rows of a long series: of whole parts as they are known, of the rest by its rows. */
import { cleanRowsOf } from './directory.ts'
import { addExtremes, type Extremes } from './extremes.ts'
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

/** Takes the extremes of a span into account; `sums`: those of the cell, with extremes, right up to and with the span's last leaf. */
export const createRangeExtremes = (store: SeriesStore): ((sums: LeafSums, span: RowSpan, into: Extremes) => void) => {
  let known: Extremes = { min: 0, max: 0 }

  const scan = ({ directory, cell }: LeafSums, leaf: number, from: number, to: number): void => {
    const page = leafPage(store, directory, leaf)
    const base = columnAt(store, directory, leaf, firstCell + cell)
    let { min, max } = known
    for (let i = base + from; i < base + to; i++) {
      if (page[i]! < min) min = page[i]!
      if (page[i]! > max) max = page[i]!
    }
    known.min = min
    known.max = max
  }

  return (sums, { fromLeaf, fromAt, toLeaf, toAt }, into) => {
    known = into
    let first = partOf(fromLeaf, fromAt)
    const end = partOf(toLeaf, toAt)
    if (first === end) {
      // The end of a full leaf may stand for the start of the next.
      scan(sums, toLeaf, fromLeaf === toLeaf ? fromAt : 0, toAt)
      return
    }
    if ((fromAt & (partRows - 1)) > 0) {
      scan(sums, fromLeaf, fromAt, Math.min((fromAt & -partRows) + partRows, cleanRowsOf(sums.directory, fromLeaf)))
      first++
    }
    if (first < end) addExtremes(sums, first, end, into)
    if ((toAt & (partRows - 1)) > 0) scan(sums, toLeaf, toAt & -partRows, toAt)
  }
}
