/** Rows of a run in a time range that carry a key. */
import type { Value } from '../../../model/value.ts'
import type { TimeRange } from '../port.ts'
import type { Key } from './live.ts'
import type { Run } from './run/open.ts'
import type { ColumnReader } from './run/read-columns.ts'
import { lowerBound } from './run/read-ids.ts'
import { countOf, rowOf, type Selection } from './run/read-parts.ts'

const noRows = new Uint32Array(0)

/** The shortest index of the key's fields gives the rows, the other fields are compared; without an index all rows are. */
export const keyRows = (run: Run, { from, to }: TimeRange, key: Key): Selection => {
  const first = from === Number.NEGATIVE_INFINITY ? 0 : run.rowAtTime(from)
  const last = to === Number.POSITIVE_INFINITY ? run.footer.rows : run.rowAtTime(to)
  const fields = Object.entries(key).map(([path, value]) => ({ value, column: run.column(path) }))
  let rows: Selection = { from: first, to: last }
  let best: (typeof fields)[number] | undefined
  for (const field of fields) {
    const found = indexed(field.column, field.value)
    if (found === undefined) continue
    const clipped = clip(found, first, last)
    if (best === undefined || clipped.length < countOf(rows)) [rows, best] = [clipped, field]
  }
  for (const field of fields) if (field !== best) rows = matching(field.column, field.value, rows)
  return rows
}

/** Undefined where the field has no index. Null names no series, and a column that was not stored has nothing but nulls. */
const indexed = (column: ColumnReader | undefined, value: Value): Uint32Array | undefined => {
  if (column === undefined || value === null) return noRows
  if (column.rowsWith === undefined) return undefined
  return typeof value === 'string' ? column.rowsWith(value) : noRows
}

const clip = (rows: Uint32Array, first: number, last: number): Uint32Array => {
  const at = (i: number): number => rows[i]!
  return rows.subarray(lowerBound(rows.length, first, at), lowerBound(rows.length, last, at))
}

const matching = (column: ColumnReader | undefined, value: Value, rows: Selection): Uint32Array => {
  if (column === undefined || value === null) return noRows
  if (rows instanceof Uint32Array) return rows.filter((row) => column.at(row) === value)
  const held = column.select(rows)
  const found = new Uint32Array(countOf(rows))
  let count = 0
  if (held.kind === 'code') {
    const code = held.dictionary.indexOf(value as string)
    for (let i = 0; i < held.codes.length; i++) if (code >= 0 && held.codes[i] === code) found[count++] = rowOf(rows, i)
    return found.slice(0, count)
  }
  for (let i = 0; i < countOf(rows); i++) if (column.at(rowOf(rows, i)) === value) found[count++] = rowOf(rows, i)
  return found.slice(0, count)
}
