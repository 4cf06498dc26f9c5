/** Versions of events come in: in any order, one by one or a table at once, and again without effect. */
import { assert } from '../../base/assert.ts'
import { cellAt, valueAt } from '../../model/cell.ts'
import type { EventVersion } from '../../model/event.ts'
import type { Column, EventTable } from '../../model/table.ts'
import type { Data, Value } from '../../model/value.ts'
import type { CompiledMember } from '../compiled.ts'
import { type DefinitionRows, definitionRows, memberRow } from '../source.ts'
import { type Amended, addEntry, createAmended, type Entry, rowsHolding, unknownVersion, type VersionRow } from './amended.ts'
import type { Codec } from './codec.ts'
import {
  type Directory,
  firstCell,
  insertRow,
  knownColumn,
  locate,
  numberColumn,
  openSeries,
  originColumn,
  type RowPlace,
  raiseStamps,
  readRow,
  recordedColumn,
  removeRow,
  reserveKey,
  seqColumn,
  timeColumn,
  touchSeries,
  versionColumn,
} from './series.ts'
import { amendedKey, type RowState } from './state.ts'

export interface RowWriter {
  /** One version, whatever is known of its event. Of one commit the `moved` markers come before the `put`. */
  insert(version: EventVersion): void
  /** All versions of one event. */
  insertVersions(versions: readonly EventVersion[]): void
  /** One table for each member. */
  insertTables(tables: readonly EventTable[]): void
  /** A version as it would stand in a series, through a member; undefined where that refuses it or its key is missing. */
  rowOf(member: number, version: EventVersion): Float64Array | undefined
  /** Gives back what a stored row holds on to. */
  release(row: Float64Array): void
}

/** `accepts`: whether rows of a key are wanted at all. `addsKeys`: whether a key met first in a single version is given a code. */
export const createWriter = (state: RowState, options: { readonly addsKeys: boolean; accepts(key: number): boolean }): RowWriter => {
  const { compiled, layout, keys, ids, store, codecs } = state
  const membersOf = new Map<string, readonly number[]>()
  for (const { event } of compiled.members) {
    membersOf.set(
      event,
      compiled.members.flatMap((member, i) => (member.event === event ? [i] : [])),
    )
  }
  const place: RowPlace = { time: 0, seq: 0, origin: 0, number: 0 }
  const scratch = new Float64Array(store.arena.width)
  const names = compiled.columns.map(({ name }) => name)

  const release = (row: Float64Array): void => {
    ids.release(row[originColumn]!, row[numberColumn]!)
    for (const [i, { column }] of layout.cells.entries()) if (column >= 0) codecs[column]!.release(row[firstCell + i]!)
  }

  const keyOf = (values: readonly Value[]): number => {
    const key = compiled.dimensions.map((column) => values[column]!)
    return options.addsKeys ? keys.add(key) : keys.code(key)
  }

  const rowOf = (member: number, version: EventVersion): Float64Array | undefined => {
    const values = memberRow(compiled, compiled.members[member]!, version.data)
    return values && rowOfValues(member, version, values)
  }

  const keyedRowOf = (member: number, version: EventVersion): VersionRow | undefined => {
    const values = memberRow(compiled, compiled.members[member]!, version.data)
    return values && { key: keyOf(values), row: rowOfValues(member, version, values) }
  }

  const rowOfValues = (member: number, version: EventVersion, values: readonly Value[]): Float64Array => {
    const row = new Float64Array(store.arena.width)
    row[timeColumn] = version.time
    row[recordedColumn] = version.recordedAt
    row[knownColumn] = version.knownAt
    row[seqColumn] = version.seq
    row[versionColumn] = version.version
    ids.encode(version.id, member)
    row[originColumn] = ids.origin
    row[numberColumn] = ids.number
    setCells(row, values)
    return row
  }

  const setCells = (row: Float64Array, values: readonly Value[]): void => {
    const passing = layout.wheres.length === 0 ? undefined : passes(values)
    for (const [i, { column, where }] of layout.cells.entries()) {
      const isPassing = where < 0 || passing![where]
      row[firstCell + i] = !isPassing ? Number.NaN : column < 0 ? 1 : codecs[column]!.encode(values[column]!)
    }
  }

  const passes = (values: readonly Value[]): readonly boolean[] => {
    const data = dataOf(names, values)
    return layout.wheres.map((where) => where.test(data))
  }

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
    return true
  }

  const insert = (version: EventVersion): void => {
    const members = membersOf.get(version.type)
    if (members === undefined) return
    const known = state.amended.size === 0 ? undefined : state.amended.get(amendedKey(version.type, version.id))
    if (known === undefined && version.op === 'put' && putPlain(version, members)) return
    amend(known ?? amendedOf(version.type, version.id), version, members)
  }

  /** False where a row of another version of the event stands at one of its places. */
  const putPlain = (version: EventVersion, members: readonly number[]): boolean => {
    for (const member of members) {
      const made = keyedRowOf(member, version)
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
    const cells = cellReaders(state, rows)
    for (let i = 0; i < rows.plain; i++) {
      if (i % touchedRows === 0) touchSeries(store, rows.keys, i, Math.min(i + touchedRows, rows.plain))
      insertTableRow(rows, cells, i)
    }
    for (const versions of new Set(rows.amended.map((amended) => amended.versions))) insertVersions(versions)
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
    const amended = amendedOf(type, id)
    takeOut(amended)
    for (const version of versions) include(amended, version, members)
    settle(amended)
  }

  const insertTableRow = (rows: DefinitionRows, cells: readonly CellReader[], i: number): void => {
    const key = rows.keys[i]!
    if (!options.accepts(key)) return
    fillRow(scratch, rows, cells, i)
    const amended =
      state.amended.size === 0 ? undefined : state.amended.get(amendedKey(compiled.members[rows.member[i]!]!.event, rows.id(i)))
    if (amended === undefined) {
      if (put(key, scratch)) return
      if (isSameVersion(located(key), scratch)) {
        release(scratch)
        return
      }
    }
    includeRow(amended ?? amendedOf(compiled.members[rows.member[i]!]!.event, rows.id(i)), key, scratch.slice())
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

  const encodeId = (rows: DefinitionRows, i: number): void => {
    const member = rows.member[i]!
    const derived = rows.derivedIds?.[member]
    if (derived === undefined) ids.encode(rows.id(i), member)
    else ids.encodeDerived(derived.prefix, derived.numbers[rows.tableRow(i)]!, member)
  }

  const fillRow = (row: Float64Array, rows: DefinitionRows, cells: readonly CellReader[], i: number): void => {
    row[timeColumn] = rows.time[i]!
    row[recordedColumn] = typeof rows.recordedAt === 'number' ? rows.recordedAt : rows.recordedAt[i]!
    row[knownColumn] = typeof rows.knownAt === 'number' ? rows.knownAt : rows.knownAt[i]!
    row[seqColumn] = rows.seq[i]!
    row[versionColumn] = unknownVersion
    encodeId(rows, i)
    row[originColumn] = ids.origin
    row[numberColumn] = ids.number
    for (let c = 0; c < cells.length; c++) row[firstCell + c] = cells[c]!(i)
  }
  return { insert, insertVersions, insertTables, rowOf, release }
}

/** So many rows' series are fetched into the processor's cache at once, which costs little more than one. */
const touchedRows = 128

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

/** Values by the definition's column names as an event's data, dotted names as objects in objects. */
const dataOf = (names: readonly string[], values: readonly Value[]): Data => {
  const data: Record<string, Value> = {}
  for (const [i, name] of names.entries()) {
    const path = name.split('.')
    let at = data
    for (const part of path.slice(0, -1)) {
      at[part] = { ...(at[part] as Data | undefined) }
      at = at[part] as Record<string, Value>
    }
    at[path.at(-1)!] = values[i]!
  }
  return data
}

/** A row of the table → what its cell holds. */
type CellReader = (row: number) => number

const cellReaders = ({ compiled, layout, codecs }: RowState, rows: DefinitionRows): readonly CellReader[] => {
  const byName = Object.fromEntries(compiled.columns.map(({ name }, i) => [name, rows.columns[i]!]))
  const masks = layout.wheres.map((where) => where.mask(byName, rows.rows))
  const used = new Set(layout.cells.map(({ column }) => column))
  const encoded = codecs.map((codec, i) => (codec.holds || !used.has(i) ? undefined : codec.encodeColumn(rows.columns[i]!, rows.rows)))
  return layout.cells.map(({ column, where }): CellReader => {
    const mask = masks[where]
    const read = column < 0 ? () => 1 : valueReader(encoded[column], rows.columns[column]!, codecs[column]!)
    return mask === undefined ? read : (row) => (mask[row] === 1 ? read(row) : Number.NaN)
  })
}

const valueReader = (encoded: Float64Array | undefined, column: Column, codec: Codec): CellReader => {
  if (encoded !== undefined) return (row) => encoded[row]!
  if (column.kind === 'number') return (row) => column.values[row]!
  return (row) => codec.encode(cellAt(column, codec.field, row))
}
