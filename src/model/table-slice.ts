/** Parts of tables, and events out of their rows. */
import { cellAt } from './cell.ts'
import type { EventVersion } from './event.ts'
import type { SchemaPlan } from './field.ts'
import type { Column, EventTable } from './table.ts'
import type { Data, Value } from './value.ts'

/** Rows `from` to before `to`, sharing memory with the whole; amended events are left out. */
export const sliceTable = (table: EventTable, from: number, to: number): EventTable => ({
  ...table,
  rows: to - from,
  time: table.time.subarray(from, to),
  seq: table.seq.subarray(from, to),
  ids: slicedIds(table.ids, from, to),
  recordedAt: slicedStamp(table.recordedAt, from, to),
  knownAt: slicedStamp(table.knownAt, from, to),
  columns: mapColumns(table.columns, (column) => sliceColumn(column, from, to)),
  amended: [],
})

const slicedIds = ({ at, derived }: EventTable['ids'], from: number, to: number): EventTable['ids'] => ({
  at: (row) => at(row + from),
  ...(derived && { derived: { prefix: derived.prefix, numbers: derived.numbers.subarray(from, to) } }),
})

const slicedStamp = (stamp: number | Float64Array, from: number, to: number): number | Float64Array =>
  typeof stamp === 'number' ? stamp : stamp.subarray(from, to)

const mapColumns = (columns: EventTable['columns'], change: (column: Column) => Column): EventTable['columns'] =>
  Object.fromEntries(Object.entries(columns).map(([path, column]) => [path, change(column)]))

const sliceColumn = (column: Column, from: number, to: number): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: column.values.subarray(from, to) }
    case 'bigint':
      return { kind: 'bigint', values: column.values.subarray(from, to), ...(column.nulls && { nulls: column.nulls.subarray(from, to) }) }
    case 'code':
      return { kind: 'code', codes: column.codes.subarray(from, to), dictionary: column.dictionary }
    case 'value':
      return { kind: 'value', values: column.values.slice(from, to) }
  }
}

/** The rows named, copied, in the order named; amended events are left out. */
export const pickRows = (table: EventTable, rows: Int32Array): EventTable => ({
  ...table,
  rows: rows.length,
  time: pickNumbers(table.time, rows),
  seq: pickNumbers(table.seq, rows),
  ids: pickedIds(table.ids, rows),
  recordedAt: typeof table.recordedAt === 'number' ? table.recordedAt : pickNumbers(table.recordedAt, rows),
  knownAt: typeof table.knownAt === 'number' ? table.knownAt : pickNumbers(table.knownAt, rows),
  columns: mapColumns(table.columns, (column) => pickColumn(column, rows)),
  amended: [],
})

const pickedIds = ({ at, derived }: EventTable['ids'], rows: Int32Array): EventTable['ids'] => ({
  at: (row) => at(rows[row]!),
  ...(derived && { derived: { prefix: derived.prefix, numbers: pickNumbers(derived.numbers, rows) } }),
})

const pickNumbers = (values: Float64Array, rows: Int32Array): Float64Array => {
  const picked = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) picked[i] = values[rows[i]!]!
  return picked
}

const pickColumn = (column: Column, rows: Int32Array): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: pickNumbers(column.values, rows) }
    case 'bigint': {
      const { nulls } = column
      const values = BigInt64Array.from(rows, (row) => column.values[row]!)
      return { kind: 'bigint', values, ...(nulls && { nulls: Uint8Array.from(rows, (row) => nulls[row]!) }) }
    }
    case 'code':
      return { kind: 'code', codes: Int32Array.from(rows, (row) => column.codes[row]!), dictionary: column.dictionary }
    case 'value':
      return { kind: 'value', values: Array.from(rows, (row) => column.values[row]!) }
  }
}

/** The data of one row; the table holds a column for every field of the schema, under the field's name. */
export const rowData = (table: EventTable, row: number, schema: SchemaPlan): Data => {
  const data: { [name: string]: Value } = {}
  for (const name in schema) data[name] = cellAt(table.columns[name]!, schema[name]!, row)
  return data
}

/** One row as the version it is: a plain one, ordered by its stamp. */
export const rowVersion = (table: EventTable, row: number, schema: SchemaPlan, subject: string): EventVersion => {
  const recordedAt = typeof table.recordedAt === 'number' ? table.recordedAt : table.recordedAt[row]!
  return {
    type: table.type,
    id: table.ids.at(row),
    subject: String(cellAt(table.columns[subject]!, schema[subject]!, row)),
    time: table.time[row]!,
    seq: table.seq[row]!,
    op: 'put',
    version: recordedAt,
    recordedAt,
    knownAt: typeof table.knownAt === 'number' ? table.knownAt : table.knownAt[row]!,
    data: rowData(table, row, schema),
  }
}
