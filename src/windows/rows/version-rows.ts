/** A version of an event as the row that it would be in a series. */
import type { EventVersion } from '../../model/event.ts'
import type { Data, Value } from '../../model/value.ts'
import { memberRow } from '../source.ts'
import type { VersionRow } from './amended.ts'
import { firstCell, knownColumn, numberColumn, originColumn, recordedColumn, seqColumn, timeColumn, versionColumn } from './series.ts'
import type { RowState } from './state.ts'

export interface VersionRows {
  /** A version as it would stand in a series, through a member; undefined where that refuses it or its key is missing. */
  rowOf(member: number, version: EventVersion): Float64Array | undefined
  /** The same with its key's code; the row is `into`, where that is given. */
  keyedRowOf(member: number, version: EventVersion, into?: Float64Array): VersionRow | undefined
  /** Gives back what a stored row holds on to. */
  release(row: Float64Array): void
}

/** `addsKeys`: whether a key that was never met is given a code, or −1. */
export const createVersionRows = (state: RowState, { addsKeys }: { readonly addsKeys: boolean }): VersionRows => {
  const { compiled, layout, keys, ids, store, codecs } = state
  const names = compiled.columns.map(({ name }) => name)

  const release = (row: Float64Array): void => {
    ids.release(row[originColumn]!, row[numberColumn]!)
    for (const [i, { column }] of layout.cells.entries()) if (column >= 0) codecs[column]!.release(row[firstCell + i]!)
  }

  const keyOf = (values: readonly Value[]): number => {
    const key = compiled.dimensions.map((column) => values[column]!)
    return addsKeys ? keys.add(key) : keys.code(key)
  }

  const rowOf = (member: number, version: EventVersion): Float64Array | undefined => {
    const values = memberRow(compiled, compiled.members[member]!, version.data)
    return values && setRow(new Float64Array(store.width), member, version, values)
  }

  const keyedRowOf = (member: number, version: EventVersion, into?: Float64Array): VersionRow | undefined => {
    const values = memberRow(compiled, compiled.members[member]!, version.data)
    return values && { key: keyOf(values), row: setRow(into ?? new Float64Array(store.width), member, version, values) }
  }

  const setRow = (row: Float64Array, member: number, version: EventVersion, values: readonly Value[]): Float64Array => {
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
    for (let i = 0; i < layout.cells.length; i++) {
      const { column, where } = layout.cells[i]!
      const isPassing = where < 0 || passing![where]
      row[firstCell + i] = !isPassing ? Number.NaN : column < 0 ? 1 : codecs[column]!.encode(values[column]!)
    }
  }

  const passes = (values: readonly Value[]): readonly boolean[] => {
    const data = dataOf(names, values)
    return layout.wheres.map((where) => where.test(data))
  }
  return { rowOf, keyedRowOf, release }
}

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
