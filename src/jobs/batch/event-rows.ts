/**
 * States, behaviours and links of many roots: the events of each key lie together in the total order, so that a root finds its
 * own by one binary search. The same answers as `tree/event-nodes.ts`, which asks the center root by root.
 */
import { firstAtOrAfter } from '../../base/search.ts'
import { valueAt } from '../../model/cell.ts'
import type { EventVersion } from '../../model/event.ts'
import { canonical } from '../../model/json.ts'
import { compareEvents, holding, isVisible } from '../../model/order.ts'
import type { EventPlan, Named } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import { rowVersion } from '../../model/table-slice.ts'
import type { Value } from '../../model/value.ts'
import type { CenterReader, EventsRequest } from '../../store/center/port.ts'
import type { Keep } from './kept.ts'
import { type KeyedTable, keyTable } from './keyed-table.ts'
import { keyName, type OpenedRows } from './shared-rows.ts'

/**
 * A center's reader over tables at hand, holding every field of their types under its name: what batch hands to the nodes that
 * read whole events. Only `events` with a single field as key is answered; batch asks for nothing else.
 */
export const createTableReader = (keyTableFor: KeyTables): Pick<CenterReader, 'events'> => ({
  events: (request) => {
    const [[path, key]] = Object.entries(request.key) as [[string, Value]]
    const parts = request.types.map((type) => eventsOf(keyTableFor(type, path), key, request))
    const all = parts.length === 1 ? parts[0]! : parts.flat().sort(compareEvents)
    return request.last === undefined ? all : all.slice(-request.last)
  },
})

export type KeyTables = (type: string, path: string) => KeyedTable

/** Tables by type and key field, each keyed when first asked for. */
export const createKeyTables = (
  tables: ReadonlyMap<string, EventTable>,
  events: Named<EventPlan>,
  keep: Keep,
  shared?: OpenedRows,
): KeyTables => {
  const keyed = new Map<string, KeyedTable>()
  return (type, path) => {
    const name = keyName(type, path)
    const known = keyed.get(name)
    if (known !== undefined) return known
    const table = tables.get(type)!
    const event = events[type]!
    const made = shared?.keyed(table, path, event) ?? keep(`key ${name} ${canonical(event)}`, [table], () => keyTable(table, path, event))
    keyed.set(name, made)
    return made
  }
}

const eventsOf = (keyed: KeyedTable, key: Value, request: EventsRequest): readonly EventVersion[] => {
  const plain = plainEvents(keyed, key, request)
  const amended = amendedEvents(keyed, key, request)
  if (amended.length === 0) return plain
  const all = [...plain, ...amended].sort(compareEvents)
  return request.last === undefined ? all : all.slice(-request.last)
}

const plainEvents = (
  { table, event, codes, starts, rows, times }: KeyedTable,
  key: Value,
  request: EventsRequest,
): readonly EventVersion[] => {
  const code = codes.get(key)
  if (code === undefined) return []
  const begin = starts[code]!
  const found: EventVersion[] = []
  for (let i = firstAtOrAfter(times, begin, starts[code + 1]!, request.to) - 1; i >= begin; i--) {
    if (times[i]! < request.from || found.length === request.last) break
    const version = rowVersion(table, rows[i]!, event.data, event.subject)
    if (isVisible(version, request.read) && (request.accept?.(version) ?? true)) found.push(version)
  }
  return found.reverse()
}

export const amendedEvents = (
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
