/** Rows of a run in a time range that carry a key, or one of several. */
import type { Value } from '../../../model/value.ts'
import type { TimeRange } from '../port.ts'
import type { Key } from './live.ts'
import type { Run } from './run/open.ts'
import { type ColumnReader, noRows, type RowList, type TextIndex } from './run/read-columns.ts'
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
const candidatesOf = (run: Run, range: TimeRange, key: Key): Candidates => {
  const [first, last] = rowsIn(run, range)
  const fields = Object.entries(key).map(([path, value]): KeyField => ({ value, column: run.column(path) }))
  let best: Candidates = { list: undefined, from: first, to: Math.max(first, last), fields }
  for (const field of fields) {
    const list = indexed(field)
    if (list === undefined) continue
    const part = within(list, { first, last, all: run.footer.rows })
    if (best.list === undefined || part.to - part.from < best.to - best.from)
      best = { ...part, fields: fields.filter((other) => other !== field) }
  }
  return best
}

const rowsIn = (run: Run, { from, to }: TimeRange): readonly [first: number, last: number] => [
  from === Number.NEGATIVE_INFINITY ? 0 : run.rowAtTime(from),
  to === Number.POSITIVE_INFINITY ? run.footer.rows : run.rowAtTime(to),
]

/** The part of a list with rows [first, last) of `all`. */
const within = (list: RowList, { first, last, all }: { readonly first: number; readonly last: number; readonly all: number }) => {
  const from = first === 0 ? 0 : lowerBound(list.length, first, list.at)
  return { list, from, to: last === all ? list.length : Math.max(from, lowerBound(list.length, last, list.at)) }
}

/** Undefined where the field has no index. Null names no series, and a column that was not stored has nothing but nulls. */
const indexed = ({ column, value }: KeyField): RowList | undefined => {
  if (column === undefined || value === null) return noRows
  const { index } = column
  if (index === undefined) return undefined
  return typeof value === 'string' ? index.rowsOf(index.codeOf(value)) : noRows
}

export const keyRows = (run: Run, range: TimeRange, key: Key): Selection => {
  const { list, from, to, fields } = candidatesOf(run, range, key)
  let rows: Selection = list === undefined ? { from, to } : list.slice(from, to)
  for (const field of fields) rows = matching(field, rows)
  return rows
}

/** The same of any of the keys, of which a row carries one at most. */
export const keysRows = (run: Run, range: TimeRange, keys: readonly Key[]): Selection => {
  if (keys.length === 1) return keyRows(run, range, keys[0]!)
  const selections = textRows(run, range, keys) ?? [anyRows(run, range, keys)]
  const rows = new Uint32Array(selections.reduce((sum, of) => sum + countOf(of), 0))
  let count = 0
  for (const selection of selections) {
    if (selection instanceof Uint32Array) rows.set(selection, count)
    else for (let i = 0; i < countOf(selection); i++) rows[count + i] = rowOf(selection, i)
    count += countOf(selection)
  }
  return rows.sort()
}

/** By reading the fields of all rows once. */
const anyRows = (run: Run, range: TimeRange, keys: readonly Key[]): Selection => {
  const [from, last] = rowsIn(run, range)
  const rows = { from, to: Math.max(from, last) }
  const paths = Object.keys(keys[0] ?? {})
  const columns = paths.map((path) => run.column(path))
  const parts = columns.flatMap((column, i) => {
    const values = new Set<Value>(keys.map((key) => key[paths[i]!]!))
    values.delete(null)
    return column === undefined ? [] : [partOf(column, rows, values)]
  })
  if (keys.length === 0 || parts.length < paths.length) return noRows.slice(0, 0)
  const names = new Set(keys.map((key) => nameOf(paths.map((path) => key[path]!))))
  const found: number[] = []
  for (let i = 0; i < countOf(rows); i++) {
    if (!parts.every((part) => part.may(i))) continue
    if (parts.length === 1 || names.has(nameOf(parts.map((part) => part.at(i))))) found.push(rows.from + i)
  }
  return Uint32Array.from(found)
}

/** One field of some rows: its value, and whether it is one of those wanted. */
interface KeyPart {
  may(i: number): boolean
  at(i: number): Value
}

const partOf = (column: ColumnReader, rows: Selection, wanted: ReadonlySet<Value>): KeyPart => {
  const held = column.select(rows)
  if (held.kind !== 'code') {
    const at = (i: number): Value => column.at(rowOf(rows, i))
    return { may: (i) => wanted.has(at(i)), at }
  }
  const { codes, dictionary } = held
  const isWanted = Uint8Array.from(dictionary, (text) => (wanted.has(text) ? 1 : 0))
  return { may: (i) => isWanted[codes[i]!] === 1, at: (i) => dictionary[codes[i]!]! }
}

/** A text that no other values have. */
const nameOf = (values: readonly Value[]): string => values.map((value) => `${typeof value}${String(value).length}:${value}`).join()

/** Where the keys are texts of one field that has an index. Their codes are looked up once for all ranges that the same list is asked for in. */
const textRows = (run: Run, range: TimeRange, keys: readonly Key[]): readonly Selection[] | undefined => {
  const [path, ...others] = Object.keys(keys[0] ?? {})
  const column = path === undefined || others.length > 0 ? undefined : run.column(path)
  const index = column?.index
  if (path === undefined || column === undefined || index === undefined) return undefined
  const known = codesOf.get(keys) ?? new WeakMap<ColumnReader, Int32Array>()
  codesOf.set(keys, known)
  const codes = known.get(column) ?? Int32Array.from(keys, (key) => codeIn(index, key[path]!))
  known.set(column, codes)
  const [first, last] = rowsIn(run, range)
  const selections: Selection[] = []
  for (const code of codes) {
    const { list, from, to } = within(index.rowsOf(code), { first, last, all: run.footer.rows })
    if (from < to) selections.push(list.slice(from, to))
  }
  return selections
}

const codesOf = new WeakMap<readonly Key[], WeakMap<ColumnReader, Int32Array>>()
const codeIn = (index: TextIndex, value: Value): number => (typeof value === 'string' ? index.codeOf(value) : -1)

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
