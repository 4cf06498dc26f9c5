/** Versions of events come in: in any order, one by one or a table at once, and again without effect. */
import { assert } from '../../base/assert.ts'
import { valueAt } from '../../model/cell.ts'
import type { EventVersion } from '../../model/event.ts'
import type { EventTable } from '../../model/table.ts'
import type { Data } from '../../model/value.ts'
import type { CompiledMember } from '../compiled.ts'
import { type DefinitionRows, definitionRows } from '../source.ts'
import { type Amended, addEntry, createAmended, type Entry, rowsHolding, unknownVersion, type VersionRow } from './amended.ts'
import { createBulk } from './bulk.ts'
import { insertRow, readRow, removeRow } from './changes.ts'
import type { Directory } from './directory.ts'
import { locate, type RowPlace } from './locate.ts'
import {
  firstCell,
  knownColumn,
  numberColumn,
  openSeries,
  originColumn,
  raiseStamps,
  recordedColumn,
  reserveKey,
  seqColumn,
  timeColumn,
  versionColumn,
} from './series.ts'
import { amendedKey, type RowState } from './state.ts'
import { createTableRows, type TableRows } from './table-rows.ts'
import type { VersionRows } from './version-rows.ts'
import { admitColumns } from './widening.ts'

export interface RowWriter {
  /** One version, whatever is known of its event. Of one commit the `moved` markers come before the `put`. */
  insert(version: EventVersion): void
  /** All versions of one event. */
  insertVersions(versions: readonly EventVersion[]): void
  /** One table for each member. */
  insertTables(tables: readonly EventTable[]): void
}

interface WriterOptions {
  /** Whether rows of a key are wanted at all. */
  accepts(key: number): boolean
  /** Told, before any row is made of it, where and when something stands or stood. */
  readonly arrives?: (key: number, time: number) => void
  /** Told of keys that have got rows, once all is in. */
  readonly grown?: (key: number) => void
}

export const createWriter = (state: RowState, { keyedRowOf, release }: VersionRows, options: WriterOptions): RowWriter => {
  const { compiled, layout, keys, ids, store } = state
  const membersOf = new Map<string, readonly number[]>()
  for (const { event } of compiled.members) {
    membersOf.set(
      event,
      compiled.members.flatMap((member, i) => (member.event === event ? [i] : [])),
    )
  }
  const place: RowPlace = { time: 0, seq: 0, origin: 0, number: 0 }
  const scratch = new Float64Array(store.width)
  const cell = new Float64Array(1)
  const grownKeys: number[] = []
  const bulk = createBulk(store, (column, values, count) => {
    if (column >= firstCell) state.extents.noteAll(column - firstCell, values, count)
  })

  const setPlaceOf = (row: Float64Array): void => {
    place.time = row[timeColumn]!
    place.seq = row[seqColumn]!
    place.origin = row[originColumn]!
    place.number = row[numberColumn]!
  }

  const noteExtents = (row: Float64Array): void => {
    for (let i = 0; i < layout.cells.length; i++) state.extents.note(i, row[firstCell + i]!)
  }

  /** False where its place is taken: then the row there is located. */
  const put = (key: number, row: Float64Array): boolean => {
    setPlaceOf(row)
    if (!insertRow(store, key, row, place)) return false
    noteExtents(row)
    if (options.grown !== undefined) grownKeys.push(key)
    return true
  }

  /** Runs an insertion, and then tells of the keys that have got rows by it. */
  const telling =
    <Input>(run: (input: Input) => void) =>
    (input: Input): void => {
      run(input)
      for (const key of grownKeys.splice(0)) options.grown!(key)
    }

  const insert = (version: EventVersion): void => {
    const members = membersOf.get(version.type)
    if (members === undefined) return
    announce(version, members)
    const known = state.amended.size === 0 ? undefined : state.amended.get(amendedKey(version.type, version.id))
    if (known === undefined && version.op === 'put' && putPlain(version, members)) return
    amend(known ?? amendedOf(version.type, version.id), version, members)
  }

  const announce = ({ data, time }: EventVersion, members: readonly number[]): void => {
    if (options.arrives === undefined) return
    for (const member of members) options.arrives(placeKey(compiled.members[member]!, data), time)
  }

  /** False where a row of another version of the event stands at one of its places. */
  const putPlain = (version: EventVersion, members: readonly number[]): boolean => {
    for (const member of members) {
      const made = keyedRowOf(member, version, scratch)
      if (made === undefined) {
        if (isTaken(version, member)) return false
      } else if (!isWanted(made)) release(made.row)
      else if (!put(made.key, made.row)) {
        const isSame = isSameVersion(located(made.key), made.row)
        release(made.row)
        if (!isSame) return false
      }
    }
    return true
  }

  /** Whether a row of the event stands at the version's place, which the member does not let the version itself take. */
  const isTaken = (version: EventVersion, member: number): boolean => {
    const directory = openSeries(store, placeKey(compiled.members[member]!, version.data))
    return directory !== undefined && locateVersion(directory, version, member)
  }

  const locateVersion = (directory: Directory, { id, time, seq }: EventVersion, member: number): boolean => {
    ids.encode(id, member)
    Object.assign(place, { time, seq, origin: ids.origin, number: ids.number })
    const isFound = locate(store, directory, place)
    ids.release(place.origin, place.number)
    return isFound
  }

  const isWanted = ({ key }: VersionRow): boolean => key >= 0 && options.accepts(key)

  const located = (key: number): Float64Array => readRow(store, openSeries(store, key)!, store.leaf, store.at)

  const amendedOf = (type: string, id: string): Amended => {
    const key = amendedKey(type, id)
    const known = state.amended.get(key) ?? createAmended(type, id)
    state.amended.set(key, known)
    return known
  }

  const amend = (amended: Amended, version: EventVersion, members: readonly number[]): void => {
    takeOut(amended)
    include(amended, version, members)
    settle(amended)
  }

  const takeOut = (amended: Amended): void => {
    for (const { key, row } of amended.placed) {
      setPlaceOf(row)
      const directory = openSeries(store, key)
      assert(directory !== undefined && locate(store, directory, place), 'the row of an amended event stands where it was put')
      removeRow(store, key, directory)
    }
    amended.placed = []
  }

  /** Adds a version, and whatever plain row stands at its place: it is an earlier version. */
  const include = (amended: Amended, version: EventVersion, members: readonly number[]): void => {
    const rows: VersionRow[] = []
    for (const member of members) {
      pull(amended, version, member)
      const made = version.op === 'put' ? keyedRowOf(member, version) : undefined
      if (made !== undefined && isWanted(made)) rows.push(made)
    }
    for (const { row } of rows) noteExtents(row)
    const { op, version: number, recordedAt, knownAt, time, seq } = version
    addEntry(amended, { op, version: number, recordedAt, knownAt, time, seq, rows }, isSameRow)
  }

  const isSameRow = (a: VersionRow, b: VersionRow): boolean => a.key === b.key && a.row[originColumn] === b.row[originColumn]

  const pull = (amended: Amended, version: EventVersion, member: number): void => {
    const key = placeKey(compiled.members[member]!, version.data)
    const directory = openSeries(store, key)
    if (directory === undefined) return
    if (!locateVersion(directory, version, member)) return
    const row = readRow(store, directory, store.leaf, store.at)
    removeRow(store, key, directory)
    addEntry(amended, entryOf(key, row), isSameRow)
  }

  const placeKey = ({ sources }: CompiledMember, data: Data): number =>
    keys.code(compiled.dimensions.map((column) => valueAt(data, sources[column]!)))

  const settle = (amended: Amended): void => {
    for (const { rows } of amended.entries) for (const { key } of rows) watch(amended, key)
    for (const { key, row } of rowsHolding(amended, { as: 'corrected' })) {
      const marked = row.slice()
      marked[versionColumn] = Number.NaN
      marked[recordedColumn] = amended.maxRecorded
      marked[knownColumn] = amended.maxKnown
      const isPlaced = put(key, marked)
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

  const insertTables = (tables: readonly EventTable[]): void => {
    const rows = definitionRows(compiled, tables, keys)
    reserveKey(store, keys.size() - 1)
    if (options.arrives !== undefined) for (let i = 0; i < rows.plain; i++) options.arrives(rows.keys[i]!, rows.time[i]!)
    insertRows(rows, wantedRows(rows))
    for (const versions of new Set(rows.amended.map((amended) => amended.versions))) insertVersions(versions)
  }

  const wantedRows = ({ plain, keys: of }: DefinitionRows): Int32Array => {
    const wanted = new Int32Array(plain)
    let count = 0
    for (let row = 0; row < plain; row++) if (options.accepts(of[row]!)) wanted[count++] = row
    return count === plain ? wanted : wanted.slice(0, count)
  }

  /** Rows that must be looked for among others come first: one may turn out to be a version of an event that others belong to. */
  const insertRows = (rows: DefinitionRows, wanted: Int32Array): void => {
    if (wanted.length === 0) return
    const table = createTableRows(state, rows, wanted)
    const { behind, others } = state.amended.size > 0 ? { behind: noRows, others: wanted } : bulk.split(rows, wanted)
    insertOneByOne(rows, table, others)
    if (state.amended.size > 0) insertOneByOne(rows, table, behind)
    else if (behind.length > 0) {
      admitColumns(store, table.valuesOf, behind)
      bulk.append(rows, behind, table)
      if (options.grown !== undefined) noteGrown(rows, behind)
    }
  }

  const noteGrown = ({ keys: of }: DefinitionRows, wanted: Int32Array): void => {
    let last = -1
    for (let i = 0; i < wanted.length; i++) {
      const key = of[wanted[i]!]!
      if (key !== last) grownKeys.push(key)
      last = key
    }
  }

  const insertOneByOne = (rows: DefinitionRows, table: TableRows, wanted: Int32Array): void => {
    for (let i = 0; i < wanted.length; i++) {
      for (let column = 0; column < store.width; column++) {
        table.fill(column, cell, wanted, i, i + 1)
        scratch[column] = cell[0]!
      }
      insertTableRow(rows, wanted[i]!)
    }
  }

  const insertVersions = (versions: readonly EventVersion[]): void => {
    const [first] = versions
    if (first === undefined) return
    const { type, id } = first
    const members = membersOf.get(type)
    if (members === undefined) return
    if (versions.length === 1 && first.op === 'put') {
      insert(first)
      return
    }
    for (const version of versions) announce(version, members)
    const amended = amendedOf(type, id)
    takeOut(amended)
    for (const version of versions) include(amended, version, members)
    settle(amended)
  }

  /** The row in `scratch`. */
  const insertTableRow = (rows: DefinitionRows, row: number): void => {
    const key = rows.keys[row]!
    const { event } = compiled.members[rows.member[row]!]!
    const amended = state.amended.size === 0 ? undefined : state.amended.get(amendedKey(event, rows.id(row)))
    if (amended === undefined) {
      if (put(key, scratch)) return
      if (isSameVersion(located(key), scratch)) {
        release(scratch)
        return
      }
    }
    includeRow(amended ?? amendedOf(event, rows.id(row)), key, scratch.slice())
  }

  /** Takes a plain row for one more version of an amended event. */
  const includeRow = (amended: Amended, key: number, row: Float64Array): void => {
    takeOut(amended)
    setPlaceOf(row)
    const directory = openSeries(store, key)
    if (directory !== undefined && locate(store, directory, place)) {
      addEntry(amended, entryOf(key, readRow(store, directory, store.leaf, store.at)), isSameRow)
      removeRow(store, key, directory)
    }
    noteExtents(row)
    addEntry(amended, entryOf(key, row), isSameRow)
    settle(amended)
  }

  return options.grown === undefined
    ? { insert, insertVersions, insertTables }
    : { insert: telling(insert), insertVersions: telling(insertVersions), insertTables: telling(insertTables) }
}

const noRows = new Int32Array(0)

/** Rows of one event at one place, of which one at least is plain: one commit never gives an event two versions unless it is amended. */
const isSameVersion = (a: Float64Array, b: Float64Array): boolean => {
  const [x, y] = [a[versionColumn]!, b[versionColumn]!]
  return a[recordedColumn] === b[recordedColumn] && (x === y || x === unknownVersion || y === unknownVersion)
}

const entryOf = (key: number, row: Float64Array): Entry => ({
  op: 'put',
  version: row[versionColumn]!,
  recordedAt: row[recordedColumn]!,
  knownAt: row[knownColumn]!,
  time: row[timeColumn]!,
  seq: row[seqColumn]!,
  rows: [{ key, row }],
})
