/** A type's events with one key lying together in the total order, so that a root finds its own by one binary search. */
import { firstAtOrAfter, leapTo } from '../../base/search.ts'
import { valueAt } from '../../model/cell.ts'
import type { EventVersion } from '../../model/event.ts'
import type { EventPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'

/** One type's events by the values of one field. */
export interface KeyedTable {
  readonly table: EventTable
  readonly event: EventPlan
  /** Key → its rows are `rows[starts[code]] … rows[starts[code + 1] − 1]`, in the total order. */
  readonly codes: ReadonlyMap<Value, number>
  readonly starts: Int32Array
  readonly rows: Int32Array
  /** Of `rows`, at the same places: what lies beside each other is found and walked in the cache. */
  readonly times: Float64Array
  readonly amended: ReadonlyMap<Value, readonly (readonly EventVersion[])[]>
}

/** What is made of a table's rows alone. */
export type KeyedRows = Pick<KeyedTable, 'codes' | 'starts' | 'rows' | 'times'>

export const keyTable = (table: EventTable, path: string, event: EventPlan): KeyedTable => {
  const codes = new Map<Value, number>()
  const rowCodes = codeRows(table, path, codes)
  const starts = new Int32Array(codes.size + 1)
  for (const code of rowCodes) if (code >= 0) starts[code + 1]!++
  for (let code = 0; code < codes.size; code++) starts[code + 1]! += starts[code]!
  const next = starts.slice()
  const rows = new Int32Array(starts[codes.size]!)
  const times = new Float64Array(rows.length)
  for (let row = 0; row < table.rows; row++) {
    if (rowCodes[row]! < 0) continue
    const place = next[rowCodes[row]!]!++
    rows[place] = row
    times[place] = table.time[row]!
  }
  return keyedTableOf(table, path, event, { codes, starts, rows, times })
}

/** Out of what was made of the same table before. */
export const keyedTableOf = (table: EventTable, path: string, event: EventPlan, made: KeyedRows): KeyedTable => ({
  table,
  event,
  ...made,
  amended: amendedByKey(table, path),
})

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

interface NearRows {
  readonly begin: number
  readonly end: number
  /** Where the answer is thought to be, anywhere. */
  readonly near: number
}

/** The first place of a key whose time is at or after `time`, quickest where it is near: steps grow from there until they have passed it. */
export const nearestBound = (times: Float64Array, { begin, end, near }: NearRows, time: number): number => {
  const start = Math.min(Math.max(near, begin), end)
  if (start < end && times[start]! < time) return leapTo(times, start, end, time)
  let low = start
  let high = start
  for (let step = 1; low > begin && times[low - 1]! >= time; step *= 2) {
    high = low - 1
    low = Math.max(begin, low - step)
  }
  return firstAtOrAfter(times, low, high, time)
}
