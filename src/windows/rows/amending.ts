/** Events with more than one version: what is known of each is gathered, and the row that holds stands marked in its series. */
import { assert } from '../../base/assert.ts'
import type { EventVersion } from '../../model/event.ts'
import { type Amended, addEntry, createAmended, type Entry, rowsHolding, type VersionRow } from './amended.ts'
import type { Places } from './places.ts'
import { knownColumn, originColumn, raiseStamps, recordedColumn, reserveKey, seqColumn, timeColumn, versionColumn } from './series.ts'
import { amendedKey, type RowState } from './state.ts'
import type { VersionRows } from './version-rows.ts'

export interface Amending {
  /** Undefined where no more than one version of the event is known. */
  known(type: string, id: string): Amended | undefined
  /** Adds versions to an event, which is amended from now on; members are those of its type. */
  amend(event: { readonly type: string; readonly id: string }, versions: readonly EventVersion[], members: readonly number[]): void
  /** Takes a plain row for one more version of an event. */
  amendByRow(event: { readonly type: string; readonly id: string }, key: number, row: Float64Array): void
}

export const createAmending = (
  state: RowState,
  places: Places,
  { keyedRowOf, accepts }: Pick<VersionRows, 'keyedRowOf'> & { readonly accepts: (key: number) => boolean },
): Amending => {
  const { compiled, store } = state

  const known = (type: string, id: string): Amended | undefined =>
    state.amended.size === 0 ? undefined : state.amended.get(amendedKey(type, id))

  const amendedOf = ({ type, id }: { readonly type: string; readonly id: string }): Amended => {
    const key = amendedKey(type, id)
    const known = state.amended.get(key) ?? createAmended(type, id)
    state.amended.set(key, known)
    return known
  }

  const takeOut = (amended: Amended): void => {
    for (const { key, row } of amended.placed) {
      const isFound = places.find(key, row)
      assert(isFound, 'the row of an amended event stands where it was put')
      places.remove(key)
    }
    amended.placed = []
  }

  /** Adds a version, and whatever plain row stands at its place: it is an earlier version. */
  const include = (amended: Amended, version: EventVersion, members: readonly number[]): void => {
    const rows: VersionRow[] = []
    for (const member of members) {
      const key = places.keyOf(compiled.members[member]!, version.data)
      if (places.findVersion(key, version, member)) pull(amended, key)
      const made = version.op === 'put' ? keyedRowOf(member, version) : undefined
      if (made !== undefined && made.key >= 0 && accepts(made.key)) rows.push(made)
    }
    for (const { row } of rows) places.note(row)
    const { op, version: number, recordedAt, knownAt, time, seq } = version
    addEntry(amended, { op, version: number, recordedAt, knownAt, time, seq, rows }, isSameRow)
  }

  /** The plain row that was found. */
  const pull = (amended: Amended, key: number): void => {
    const row = places.located(key)
    places.remove(key)
    addEntry(amended, entryOf(key, row), isSameRow)
  }

  const settle = (amended: Amended): void => {
    for (const { rows } of amended.entries) for (const { key } of rows) watch(amended, key)
    for (const { key, row } of rowsHolding(amended, { as: 'corrected' })) {
      const marked = row.slice()
      marked[versionColumn] = Number.NaN
      marked[recordedColumn] = amended.maxRecorded
      marked[knownColumn] = amended.maxKnown
      const isPlaced = places.put(key, marked)
      assert(isPlaced, 'nothing else stands at the place of an amended event')
      amended.placed.push({ key, row: marked })
    }
  }

  const watch = (amended: Amended, key: number): void => {
    const watched = state.exceptions.get(key)
    if (watched === undefined) state.exceptions.set(key, new Set([amended]))
    else watched.add(amended)
    reserveKey(store, key)
    raiseStamps(store, key, amended.maxRecorded, amended.maxKnown)
  }

  return {
    known,
    amend: (event, versions, members) => {
      const amended = amendedOf(event)
      takeOut(amended)
      for (const version of versions) include(amended, version, members)
      settle(amended)
    },
    amendByRow: (event, key, row) => {
      const amended = amendedOf(event)
      takeOut(amended)
      if (places.find(key, row)) pull(amended, key)
      places.note(row)
      addEntry(amended, entryOf(key, row), isSameRow)
      settle(amended)
    },
  }
}

const isSameRow = (a: VersionRow, b: VersionRow): boolean => a.key === b.key && a.row[originColumn] === b.row[originColumn]

const entryOf = (key: number, row: Float64Array): Entry => ({
  op: 'put',
  version: row[versionColumn]!,
  recordedAt: row[recordedColumn]!,
  knownAt: row[knownColumn]!,
  time: row[timeColumn]!,
  seq: row[seqColumn]!,
  rows: [{ key, row }],
})
