/** Rows of a run in a time range that carry a key. */
import type { Value } from '../../../model/value.ts'
import type { TimeRange } from '../port.ts'
import type { Key } from './live.ts'
import type { Run } from './run/open.ts'
import { type ColumnReader, noRows, type RowList } from './run/read-columns.ts'
import { lowerBound } from './run/read-ids.ts'
import { countOf, rowOf, type Selection } from './run/read-parts.ts'

interface KeyField {
  readonly value: Value
  readonly column: ColumnReader | undefined
}

/** Rows among which those of the key are: places [from, to) of a list, or the rows of the range themselves. */
interface Candidates {
  readonly list: RowList | undefined
  readonly from: number
  readonly to: number
  /** Fields that are still to be compared. */
  readonly fields: readonly KeyField[]
}

/** The shortest index of the key's fields gives the rows; without an index all rows are candidates. */
const candidatesOf = (run: Run, { from, to }: TimeRange, key: Key): Candidates => {
  const first = from === Number.NEGATIVE_INFINITY ? 0 : run.rowAtTime(from)
  const last = to === Number.POSITIVE_INFINITY ? run.footer.rows : run.rowAtTime(to)
  const fields = Object.entries(key).map(([path, value]): KeyField => ({ value, column: run.column(path) }))
  let best: Candidates = { list: undefined, from: first, to: Math.max(first, last), fields }
  for (const field of fields) {
    const list = indexed(field)
    if (list === undefined) continue
    const start = first === 0 ? 0 : lowerBound(list.length, first, list.at)
    const end = last === run.footer.rows ? list.length : Math.max(start, lowerBound(list.length, last, list.at))
    if (best.list === undefined || end - start < best.to - best.from)
      best = { list, from: start, to: end, fields: fields.filter((other) => other !== field) }
  }
  return best
}

/** Undefined where the field has no index. Null names no series, and a column that was not stored has nothing but nulls. */
const indexed = ({ column, value }: KeyField): RowList | undefined => {
  if (column === undefined || value === null) return noRows
  if (column.rowsWith === undefined) return undefined
  return typeof value === 'string' ? column.rowsWith(value) : noRows
}

export const keyRows = (run: Run, range: TimeRange, key: Key): Selection => {
  const { list, from, to, fields } = candidatesOf(run, range, key)
  let rows: Selection = list === undefined ? { from, to } : list.slice(from, to)
  for (const field of fields) rows = matching(field, rows)
  return rows
}

/** The same rows from the last down, one at each call and −1 after the first one: no more is read than is asked for. */
export const keyRowsBackward = (run: Run, range: TimeRange, key: Key): (() => number) => {
  const { list, from, to, fields } = candidatesOf(run, range, key)
  let at = to
  return () => {
    while (at > from) {
      at--
      const row = list === undefined ? at : list.at(at)
      if (!run.hidden.has(row) && fields.every(({ column, value }) => value !== null && column?.at(row) === value)) return row
    }
    return -1
  }
}

const matching = ({ column, value }: KeyField, rows: Selection): Uint32Array => {
  if (column === undefined || value === null) return noRows.slice(0, 0)
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
