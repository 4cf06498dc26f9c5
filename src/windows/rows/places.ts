/** Single rows at their places in series: put there, found there, and told of. */
import { valueAt } from '../../model/cell.ts'
import type { EventVersion } from '../../model/event.ts'
import type { Data } from '../../model/value.ts'
import type { CompiledMember } from '../compiled.ts'
import { insertRow, readRow, removeRow } from './changes.ts'
import { locate, type RowPlace } from './locate.ts'
import { firstCell, numberColumn, openSeries, originColumn, seqColumn, timeColumn } from './series.ts'
import type { RowState } from './state.ts'

export interface Places {
  /** False where its place is taken: then the row there is `located`. */
  put(key: number, row: Float64Array): boolean
  /** A copy of the row that was found last, of this key. */
  located(key: number): Float64Array
  /** Finds a row of the key at the place of another; false where there is none. */
  find(key: number, row: Float64Array): boolean
  /** Finds the row that stands where the version's row by this member stands, or would. */
  findVersion(key: number, version: EventVersion, member: number): boolean
  /** Takes out the row that was found last. */
  remove(key: number): void
  /** The key that a member gives an event's data; −1 where none is known. */
  keyOf(member: CompiledMember, data: Data): number
  /** Takes its cells into account in the shapes of sums. */
  note(row: Float64Array): void
}

/** `grown`: told of each key that got a row. */
export const createPlaces = ({ compiled, layout, keys, ids, store, extents }: RowState, grown: (key: number) => void): Places => {
  const place: RowPlace = { time: 0, seq: 0, origin: 0, number: 0 }

  const setPlaceOf = (row: Float64Array): void => {
    place.time = row[timeColumn]!
    place.seq = row[seqColumn]!
    place.origin = row[originColumn]!
    place.number = row[numberColumn]!
  }

  const note = (row: Float64Array): void => {
    for (let i = 0; i < layout.cells.length; i++) extents.note(i, row[firstCell + i]!)
  }

  const put = (key: number, row: Float64Array): boolean => {
    setPlaceOf(row)
    if (!insertRow(store, key, row, place)) return false
    note(row)
    grown(key)
    return true
  }

  return {
    put,
    note,
    located: (key) => readRow(store, openSeries(store, key)!, store.leaf, store.at),
    find: (key, row) => {
      setPlaceOf(row)
      const directory = openSeries(store, key)
      return directory !== undefined && locate(store, directory, place)
    },
    findVersion: (key, { id, time, seq }, member) => {
      const directory = openSeries(store, key)
      if (directory === undefined) return false
      ids.encode(id, member)
      Object.assign(place, { time, seq, origin: ids.origin, number: ids.number })
      const isFound = locate(store, directory, place)
      ids.release(place.origin, place.number)
      return isFound
    },
    remove: (key) => removeRow(store, key, openSeries(store, key)!),
    keyOf: ({ sources }, data) => keys.code(compiled.dimensions.map((column) => valueAt(data, sources[column]!))),
  }
}
