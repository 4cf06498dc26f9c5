/**
 * A definition's rows out of its members' tables: filtered, columns renamed and brought to one form, a union merged in the total
 * order, keys as codes. What is made of a hundred million rows and of three goes the same way.
 */
import { assert } from '../base/assert.ts'
import { compareUtf8 } from '../base/utf8.ts'
import { columnOf, valueAt } from '../model/cell.ts'
import type { EventVersion } from '../model/event.ts'
import type { Column, EventTable, Ids } from '../model/table.ts'
import type { Data, Value } from '../model/value.ts'
import type { CompiledMember, CompiledWindows } from './compiled.ts'
import { gatherColumn, type Order } from './gather.ts'
import { createKeys, type Keys } from './keys.ts'

/**
 * Rows 0 … plain − 1 are plain events in the total order, each in a series. Rows from `plain` on belong to amended events, one
 * for each version that would stand in a series; which of them do, if any, is for a root's read to say (see `amended`).
 */
export interface DefinitionRows {
  readonly plain: number
  /** All of them. */
  readonly rows: number
  readonly time: Float64Array
  readonly seq: Float64Array
  /** Index into the definition's members. */
  readonly member: Uint16Array
  /** One stamp for all rows, or one each. */
  readonly recordedAt: number | Float64Array
  readonly knownAt: number | Float64Array
  /** By index into the definition's columns. */
  readonly columns: readonly Column[]
  /** Codes of `Keys`, never −1. */
  readonly keys: Int32Array
  readonly amended: readonly AmendedEvent[]
  id(row: number): string
  /** By member, how its table's ids are made, where they are all made so; and the row there of a plain row. */
  readonly derivedIds?: readonly (Ids['derived'] | undefined)[]
  tableRow(row: number): number
  /** Whether the plain rows are all rows of one table, in its order. */
  readonly isWhole?: boolean
}

export interface AmendedEvent {
  /** All versions, in their order. */
  readonly versions: readonly EventVersion[]
  /** For each version its row; −1 where it would stand in no series: a deletion, a marker, filtered out, or without a key. */
  readonly rows: Int32Array
  /** Index into the definition's members. An event type that is two members gives two of these. */
  readonly member: number
}

export const keysOf = (compiled: CompiledWindows): Keys => createKeys(compiled.dimensions.map((column) => compiled.columns[column]!.field))

/** `tables`: one for each member, in their order, holding at least the member's `paths`. Keys are added to `keys`. */
export const definitionRows = (compiled: CompiledWindows, tables: readonly EventTable[], keys: Keys): DefinitionRows => {
  assert(tables.length === compiled.members.length, 'a definition reads one table for each member')
  const parts = compiled.members.map((member, i) => selectRows(compiled, member, tables[i]!))
  const extras = compiled.members.flatMap((member, i) => amendedVersions(compiled, member, i, tables[i]!))
  const order = mergeOrder(compiled, parts)
  const plain = order.rows.length
  const puts = extras.flatMap((extra) => extra.puts)
  const columns = compiled.columns.map((column, i) => {
    const sources = parts.map(({ table, member }) => table.columns[member.sources[i]!]!)
    return gatherColumn(
      column.field,
      sources,
      order,
      puts.length === 0
        ? undefined
        : columnOf(
            column.field,
            puts.map((put) => put.values[i]!),
          ),
    )
  })
  const stamp = (name: 'recordedAt' | 'knownAt') => stampColumn(parts, order, name, puts)
  const ids = (row: number): string =>
    row < plain ? parts[order.parts[row]!]!.table.ids.at(order.rows[row]!) : puts[row - plain]!.version.id
  return {
    plain,
    rows: plain + puts.length,
    time: numbers(
      parts,
      order,
      (table) => table.time,
      puts.map((put) => put.version.time),
    ),
    seq: numbers(
      parts,
      order,
      (table) => table.seq,
      puts.map((put) => put.version.seq),
    ),
    member: membersOf(order, puts),
    recordedAt: stamp('recordedAt'),
    knownAt: stamp('knownAt'),
    columns,
    keys: keys.encode(
      compiled.dimensions.map((column) => columns[column]!),
      plain + puts.length,
    ),
    amended: numbered(extras, plain),
    id: ids,
    derivedIds: parts.map(({ table }) => table.ids.derived),
    tableRow: (row) => order.rows[row]!,
    isWhole: order.isWhole === true,
  }
}

/** The total order of a definition's rows: time, seq, type, id, and for one event in two members the members' order. */
export const compareRows = (compiled: CompiledWindows, rows: DefinitionRows, a: number, b: number): number => {
  const [x, y] = [rows.member[a]!, rows.member[b]!]
  return (
    rows.time[a]! - rows.time[b]! ||
    rows.seq[a]! - rows.seq[b]! ||
    compiled.members[x]!.typeRank - compiled.members[y]!.typeRank ||
    compareUtf8(rows.id(a), rows.id(b)) ||
    x - y
  )
}

/**
 * One event's values by the definition's columns, or undefined where it stands in no series of this member: its filter refuses
 * it, or a part of its key is missing.
 */
export const memberRow = (compiled: CompiledWindows, member: CompiledMember, data: Data): readonly Value[] | undefined => {
  if (member.where !== undefined && !member.where.test(data)) return undefined
  for (const column of compiled.dimensions) if (valueAt(data, member.sources[column]!) === null) return undefined
  return member.sources.map((path) => valueAt(data, path))
}

interface Part {
  readonly member: CompiledMember
  readonly table: EventTable
  /** Rows that pass. */
  readonly rows: Int32Array
}

const selectRows = (compiled: CompiledWindows, member: CompiledMember, table: EventTable): Part => {
  assert(table.type === member.event, `the table of '${table.type}' stands for '${member.event}'`)
  const mask = member.where?.mask(table.columns, table.rows) ?? new Uint8Array(table.rows).fill(1)
  for (const column of compiled.dimensions) clearNulls(table.columns[member.sources[column]!]!, mask)
  let count = 0
  for (let row = 0; row < table.rows; row++) count += mask[row]!
  const rows = new Int32Array(count)
  for (let row = 0, i = 0; row < table.rows; row++) if (mask[row] === 1) rows[i++] = row
  return { member, table, rows }
}

const clearNulls = (column: Column, mask: Uint8Array): void => {
  if (column.kind === 'number') for (let i = 0; i < mask.length; i++) if (Number.isNaN(column.values[i]!)) mask[i] = 0
  if (column.kind === 'code') for (let i = 0; i < mask.length; i++) if (column.codes[i]! < 0) mask[i] = 0
  if (column.kind === 'bigint' && column.nulls !== undefined) for (let i = 0; i < mask.length; i++) if (column.nulls[i] === 1) mask[i] = 0
}

const mergeOrder = (compiled: CompiledWindows, parts: readonly Part[]): Order => {
  const total = parts.reduce((sum, part) => sum + part.rows.length, 0)
  if (parts.length === 1) return { parts: new Uint16Array(total), rows: parts[0]!.rows, isWhole: total === parts[0]!.table.rows }
  const order: Order = { parts: new Uint16Array(total), rows: new Int32Array(total), isWhole: false }
  const next = new Int32Array(parts.length)
  for (let i = 0; i < total; i++) {
    let first = -1
    for (let part = 0; part < parts.length; part++) {
      if (next[part] === parts[part]!.rows.length) continue
      if (first < 0 || isBefore(compiled, parts, next, part, first)) first = part
    }
    order.parts[i] = first
    order.rows[i] = parts[first]!.rows[next[first]!++]!
  }
  return order
}

const isBefore = (compiled: CompiledWindows, parts: readonly Part[], next: Int32Array, a: number, b: number): boolean => {
  const [x, y] = [parts[a]!, parts[b]!]
  const [i, j] = [x.rows[next[a]!]!, y.rows[next[b]!]!]
  const byPlace = x.table.time[i]! - y.table.time[j]! || x.table.seq[i]! - y.table.seq[j]!
  if (byPlace !== 0) return byPlace < 0
  const byType = compiled.members[a]!.typeRank - compiled.members[b]!.typeRank
  return byType !== 0 ? byType < 0 : (compareUtf8(x.table.ids.at(i), y.table.ids.at(j)) || a - b) < 0
}

interface Put {
  readonly version: EventVersion
  readonly member: number
  readonly values: readonly Value[]
}

interface Extra {
  readonly versions: readonly EventVersion[]
  readonly member: number
  /** For each version its place among `puts`, or −1. */
  readonly places: readonly number[]
  readonly puts: readonly Put[]
}

const amendedVersions = (compiled: CompiledWindows, member: CompiledMember, index: number, table: EventTable): readonly Extra[] =>
  table.amended.map((versions) => {
    const puts: Put[] = []
    const places = versions.map((version) => {
      const values = version.op === 'put' ? memberRow(compiled, member, version.data) : undefined
      return values === undefined ? -1 : puts.push({ version, member: index, values }) - 1
    })
    return { versions, member: index, places, puts }
  })

const numbered = (extras: readonly Extra[], plain: number): readonly AmendedEvent[] => {
  let from = plain
  return extras.map(({ versions, member, places, puts }) => {
    const rows = Int32Array.from(places, (place) => (place < 0 ? -1 : from + place))
    from += puts.length
    return { versions, member, rows }
  })
}

const membersOf = (order: Order, puts: readonly Put[]): Uint16Array => {
  if (puts.length === 0) return order.parts
  const members = new Uint16Array(order.rows.length + puts.length)
  members.set(order.parts)
  for (const [i, put] of puts.entries()) members[order.rows.length + i] = put.member
  return members
}

const numbers = (parts: readonly Part[], order: Order, of: (table: EventTable) => Float64Array, more: readonly number[]): Float64Array => {
  const plain = order.rows.length
  const sources = parts.map(({ table }) => of(table))
  const [only] = sources
  if (order.isWhole === true && more.length === 0) return only!
  const values = new Float64Array(plain + more.length)
  if (order.isWhole === true) values.set(only!)
  else if (sources.length === 1) for (let i = 0; i < plain; i++) values[i] = only![order.rows[i]!]!
  else for (let i = 0; i < plain; i++) values[i] = sources[order.parts[i]!]![order.rows[i]!]!
  values.set(more, plain)
  return values
}

const stampColumn = (parts: readonly Part[], order: Order, name: 'recordedAt' | 'knownAt', puts: readonly Put[]): number | Float64Array => {
  const stamps = parts.map(({ table }) => table[name])
  const [first] = stamps
  if (puts.length === 0 && typeof first === 'number' && stamps.every((stamp) => stamp === first)) return first
  const columns = parts.map(({ table }) => (typeof table[name] === 'number' ? new Float64Array(table.rows).fill(table[name]) : table[name]))
  const byTable = new Map(parts.map(({ table }, i) => [table, columns[i]!]))
  return numbers(
    parts,
    order,
    (table) => byTable.get(table)!,
    puts.map((put) => put.version[name]),
  )
}
