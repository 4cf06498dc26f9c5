/** Whether a read leaves rows out: then they cannot be answered by sums over all of them. */
import type { Read } from '../../model/event.ts'
import { type Directory, maxKnownOf, maxRecordedOf, rowsBefore, rowsOf } from './directory.ts'
import { locateRank } from './locate.ts'
import type { Ranges } from './ranges.ts'
import { columnAt, highestStamp, knownColumn, leafPage, recordedColumn, repairStamps } from './series.ts'
import type { RowState } from './state.ts'

/** For one key's series, of which `ranges` are asked for. */
export type Hides = (key: number, directory: Directory | undefined, read: Read) => boolean

export const createHides = (state: RowState, ranges: Ranges): Hides => {
  const { store } = state

  const hidesInRange = (directory: Directory, cutoff: number, isRecorded: boolean): boolean => {
    repairStamps(store, directory)
    locateRank(store, directory, ranges.high)
    const highestOf = isRecorded ? maxRecordedOf : maxKnownOf
    if (store.leaf > 0 && highestOf(directory, store.leaf - 1) > cutoff) return hidesFrom(directory, cutoff, isRecorded)
    return hidesInLeaf(directory, store.leaf, { from: 0, to: store.at, cutoff, isRecorded })
  }

  /** Leaf by leaf, from the last row of the ranges back to their first. */
  const hidesFrom = (directory: Directory, cutoff: number, isRecorded: boolean): boolean => {
    let [leaf, at] = [store.leaf, store.at]
    for (;;) {
      const start = Math.max(0, ranges.low - rowsBefore(directory, leaf))
      if (hidesInLeaf(directory, leaf, { from: start, to: at, cutoff, isRecorded })) return true
      if (leaf === 0 || rowsBefore(directory, leaf) <= ranges.low) return false
      leaf--
      at = rowsOf(directory, leaf)
    }
  }

  const hidesInLeaf = (
    directory: Directory,
    leaf: number,
    part: { readonly from: number; readonly to: number; readonly cutoff: number; readonly isRecorded: boolean },
  ): boolean => {
    const column = part.isRecorded ? recordedColumn : knownColumn
    if (store.places[column]! < 0) return part.from < part.to && store.constants[column]! > part.cutoff
    const page = leafPage(store, directory, leaf)
    const step = directory.rowStep
    const base = columnAt(store, directory, leaf, column)
    for (let i = base + part.from * step; i < base + part.to * step; i += step) if (page[i]! > part.cutoff) return true
    return false
  }

  /** Whether the read leaves out any row of the ranges, or any amended event asks to be looked at. */
  return (key, directory, read) => {
    if (read.as === 'corrected' || key < 0) return false
    const isRecorded = read.as === 'recorded'
    if (highestStamp(store, key, isRecorded) <= read.cutoff) return false
    for (const amended of state.exceptions.get(key) ?? []) {
      if ((isRecorded ? amended.maxRecorded : amended.maxKnown) > read.cutoff) return true
    }
    return directory !== undefined && ranges.high > 0 && hidesInRange(directory, read.cutoff, isRecorded)
  }
}
