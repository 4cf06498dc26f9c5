/** Versions of events come in: in any order, one by one or a table at once, and again without effect. */
import type { EventVersion } from '../../model/event.ts'
import type { EventTable } from '../../model/table.ts'
import { type DefinitionRows, definitionRows } from '../source.ts'
import { unknownVersion } from './amended.ts'
import { createAmending } from './amending.ts'
import { createPlaces } from './places.ts'
import { recordedColumn, reserveKey, versionColumn } from './series.ts'
import type { RowState } from './state.ts'
import { createTableWriter } from './table-writer.ts'
import type { VersionRows } from './version-rows.ts'

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

export const createWriter = (state: RowState, versionRows: VersionRows, options: WriterOptions): RowWriter => {
  const { compiled, keys, store } = state
  const { keyedRowOf, release } = versionRows
  const members = new Map<string, readonly number[]>()
  for (const { event } of compiled.members) {
    members.set(
      event,
      compiled.members.flatMap((member, i) => (member.event === event ? [i] : [])),
    )
  }
  const scratch = new Float64Array(store.width)
  const grownKeys: number[] = []
  const places = createPlaces(state, (key) => {
    if (options.grown !== undefined) grownKeys.push(key)
  })
  const amending = createAmending(state, places, { keyedRowOf, accepts: options.accepts })

  /** Runs an insertion, and then tells of the keys that have got rows by it. */
  const telling =
    <Input>(run: (input: Input) => void) =>
    (input: Input): void => {
      run(input)
      for (const key of grownKeys.splice(0)) options.grown!(key)
    }

  const insert = (version: EventVersion): void => {
    const { type, id } = version
    const of = members.get(type)
    if (of === undefined) return
    announce(version, of)
    if (version.op === 'put' && amending.known(type, id) === undefined && putPlain(version, of)) return
    amending.amend(version, [version], of)
  }

  const announce = ({ data, time }: EventVersion, of: readonly number[]): void => {
    if (options.arrives === undefined) return
    for (const member of of) options.arrives(places.keyOf(compiled.members[member]!, data), time)
  }

  /** False where a row of another version of the event stands at one of its places. */
  const putPlain = (version: EventVersion, of: readonly number[]): boolean => {
    for (const member of of) {
      const made = keyedRowOf(member, version, scratch)
      if (made === undefined) {
        // Perhaps a row stands there that the member does not let this version take.
        if (places.findVersion(places.keyOf(compiled.members[member]!, version.data), version, member)) return false
      } else if (made.key < 0 || !options.accepts(made.key)) release(made.row)
      else if (!places.put(made.key, made.row)) {
        const isSame = isSameVersion(places.located(made.key), made.row)
        release(made.row)
        if (!isSame) return false
      }
    }
    return true
  }

  const insertVersions = (versions: readonly EventVersion[]): void => {
    const [first] = versions
    const of = first && members.get(first.type)
    if (first === undefined || of === undefined) return
    if (versions.length === 1 && first.op === 'put') {
      insert(first)
      return
    }
    for (const version of versions) announce(version, of)
    amending.amend(first, versions, of)
  }

  /** The row in `scratch`. */
  const insertTableRow = (rows: DefinitionRows, row: number): void => {
    const key = rows.keys[row]!
    const { event: type } = compiled.members[rows.member[row]!]!
    if (state.amended.size === 0 || amending.known(type, rows.id(row)) === undefined) {
      if (places.put(key, scratch)) return
      if (isSameVersion(places.located(key), scratch)) {
        release(scratch)
        return
      }
    }
    amending.amendByRow({ type, id: rows.id(row) }, key, scratch.slice())
  }

  const insertRows = createTableWriter(state, {
    scratch,
    insertRow: insertTableRow,
    grown: options.grown && ((key) => void grownKeys.push(key)),
  })

  const insertTables = (tables: readonly EventTable[]): void => {
    const rows = definitionRows(compiled, tables, keys)
    reserveKey(store, keys.size() - 1)
    if (options.arrives !== undefined) for (let i = 0; i < rows.plain; i++) options.arrives(rows.keys[i]!, rows.time[i]!)
    insertRows(rows, wantedRows(rows, options.accepts))
    for (const versions of new Set(rows.amended.map((amended) => amended.versions))) insertVersions(versions)
  }

  return options.grown === undefined
    ? { insert, insertVersions, insertTables }
    : { insert: telling(insert), insertVersions: telling(insertVersions), insertTables: telling(insertTables) }
}

const wantedRows = ({ plain, keys: of }: DefinitionRows, accepts: WriterOptions['accepts']): Int32Array => {
  const wanted = new Int32Array(plain)
  let count = 0
  for (let row = 0; row < plain; row++) if (accepts(of[row]!)) wanted[count++] = row
  return count === plain ? wanted : wanted.slice(0, count)
}

/** Rows of one event at one place, of which one at least is plain: one commit never gives an event two versions unless it is amended. */
const isSameVersion = (a: Float64Array, b: Float64Array): boolean => {
  const [x, y] = [a[versionColumn]!, b[versionColumn]!]
  return a[recordedColumn] === b[recordedColumn] && (x === y || x === unknownVersion || y === unknownVersion)
}
