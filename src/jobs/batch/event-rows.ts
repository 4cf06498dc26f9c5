/**
 * States, behaviours and links of many roots: the events of each key lie together in the total order, so that a root finds its
 * own by one binary search. The same answers as `tree/event-nodes.ts`, which asks the center root by root.
 */
import { valueAt } from '../../model/cell.ts'
import type { EventVersion } from '../../model/event.ts'
import { compareEvents, holding, isVisible } from '../../model/order.ts'
import type { EventPlan, Named } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import { rowVersion } from '../../model/table-slice.ts'
import type { Value } from '../../model/value.ts'
import type { CenterReader, EventsRequest } from '../../store/center/port.ts'

/** One type's events by the values of one field. */
interface KeyedTable {
  readonly table: EventTable
  readonly event: EventPlan
  /** Key → its rows are `rows[starts[code]] … rows[starts[code + 1] − 1]`, in the total order. */
  readonly codes: ReadonlyMap<Value, number>
  readonly starts: Int32Array
  readonly rows: Int32Array
  readonly amended: ReadonlyMap<Value, readonly (readonly EventVersion[])[]>
}

/**
 * A center's reader over tables at hand, holding every field of their types under its name: what batch hands to the nodes that
 * read whole events. Only `events` with a single field as key is answered; batch asks for nothing else.
 */
export const createTableReader = (tables: ReadonlyMap<string, EventTable>, events: Named<EventPlan>): Pick<CenterReader, 'events'> => {
  const keyed = new Map<string, KeyedTable>()
  const tableFor = (type: string, path: string): KeyedTable => {
    const name = `${type}\0${path}`
    const known = keyed.get(name)
    if (known !== undefined) return known
    const made = keyTable(tables.get(type)!, path, events[type]!)
    keyed.set(name, made)
    return made
  }
  return {
    events: (request) => {
      const [[path, key]] = Object.entries(request.key) as [[string, Value]]
      const parts = request.types.map((type) => eventsOf(tableFor(type, path), key, request))
      const all = parts.length === 1 ? parts[0]! : parts.flat().sort(compareEvents)
      return request.last === undefined ? all : all.slice(-request.last)
    },
  }
}

const keyTable = (table: EventTable, path: string, event: EventPlan): KeyedTable => {
  const codes = new Map<Value, number>()
  const rowCodes = codeRows(table, path, codes)
  const starts = new Int32Array(codes.size + 1)
  for (const code of rowCodes) if (code >= 0) starts[code + 1]!++
  for (let code = 0; code < codes.size; code++) starts[code + 1]! += starts[code]!
  const next = starts.slice()
  const rows = new Int32Array(starts[codes.size]!)
  for (let row = 0; row < table.rows; row++) if (rowCodes[row]! >= 0) rows[next[rowCodes[row]!]!++] = row
  return { table, event, codes, starts, rows, amended: amendedByKey(table, path) }
}

const codeRows = (table: EventTable, path: string, codes: Map<Value, number>): Int32Array => {
  const column = table.columns[path]!
  const rowCodes = new Int32Array(table.rows)
  const codeOf = (value: Value): number => {
    if (value === null) return -1
    const code = codes.get(value) ?? codes.size
    codes.set(value, code)
    return code
  }
  if (column.kind === 'code') {
    const byText = column.dictionary.map((text) => codeOf(text))
    for (let row = 0; row < table.rows; row++) rowCodes[row] = column.codes[row]! < 0 ? -1 : byText[column.codes[row]!]!
    return rowCodes
  }
  for (let row = 0; row < table.rows; row++) rowCodes[row] = codeOf(keyValue(column, row))
  return rowCodes
}

const keyValue = (column: Exclude<EventTable['columns'][string], { kind: 'code' }>, row: number): Value => {
  const value = column.kind === 'bigint' && column.nulls?.[row] === 1 ? null : (column.values[row] as Value)
  return Number.isNaN(value) ? null : value
}

const amendedByKey = (table: EventTable, path: string): ReadonlyMap<Value, readonly (readonly EventVersion[])[]> => {
  const byKey = new Map<Value, (readonly EventVersion[])[]>()
  for (const versions of table.amended) {
    for (const key of new Set(versions.map((version) => valueAt(version.data, path)))) {
      const known = byKey.get(key)
      if (known === undefined) byKey.set(key, [versions])
      else known.push(versions)
    }
  }
  return byKey
}

const eventsOf = (keyed: KeyedTable, key: Value, request: EventsRequest): readonly EventVersion[] => {
  const plain = plainEvents(keyed, key, request)
  const amended = amendedEvents(keyed, key, request)
  if (amended.length === 0) return plain
  const all = [...plain, ...amended].sort(compareEvents)
  return request.last === undefined ? all : all.slice(-request.last)
}

const plainEvents = ({ table, event, codes, starts, rows }: KeyedTable, key: Value, request: EventsRequest): readonly EventVersion[] => {
  const code = codes.get(key)
  if (code === undefined) return []
  const begin = starts[code]!
  const found: EventVersion[] = []
  for (let i = lowerBound(table.time, rows, begin, starts[code + 1]!, request.to) - 1; i >= begin; i--) {
    const row = rows[i]!
    if (table.time[row]! < request.from || found.length === request.last) break
    const version = rowVersion(table, row, event.data, event.subject)
    if (isVisible(version, request.read) && (request.accept?.(version) ?? true)) found.push(version)
  }
  return found.reverse()
}

const amendedEvents = (
  { amended }: KeyedTable,
  key: Value,
  { read, from, to, accept, key: asked }: EventsRequest,
): readonly EventVersion[] => {
  const [path] = Object.keys(asked)
  const held = (amended.get(key) ?? []).map((versions) => holding(versions, read)).filter((version) => version !== undefined)
  return held.filter(
    (version) => valueAt(version.data, path!) === key && version.time >= from && version.time < to && (accept?.(version) ?? true),
  )
}

/** The first of a key's rows whose time is at or after `time`. */
const lowerBound = (times: Float64Array, rows: Int32Array, low: number, high: number, time: number): number => {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (times[rows[middle]!]! < time) low = middle + 1
    else high = middle
  }
  return low
}
