/** The row of a dead letter, as its file gave it. */
import type { Origin } from './letter.ts'
import type { RowBatch, SourceColumn } from './readers/batch.ts'
import { memberReader } from './readers/json/reader.ts'

export type RowRecord = Readonly<Record<string, unknown>>

/** Whether it can be taken apart: text that is no JSON, or a line that is no row, cannot. */
export const isRowRecord = (record: unknown): record is RowRecord => typeof record === 'object' && record !== null && !Array.isArray(record)

export interface LetterRow {
  readonly record: RowRecord
  readonly position: number
  readonly origin: Origin & { readonly via: 'import' }
}

/** The row as a batch of one, with these columns of its source. */
export const batchOf = ({ record, position, origin: { isUntyped, units = {} } }: LetterRow, columns: readonly string[]): RowBatch => {
  const column = (name: string): SourceColumn => {
    const value = memberReader(name)(record) ?? null
    if (typeof value === 'string' && isUntyped === true) return { kind: 'code', codes: Int32Array.of(0), dictionary: [value], isUntyped }
    const unit = units[name]
    if (unit === undefined || typeof value !== 'number') return { kind: 'value', values: [value] }
    return { kind: 'number', values: Float64Array.of(value), unit }
  }
  return {
    position,
    rows: 1,
    columns: new Map(columns.map((name) => [name, column(name)])),
    unreadable: new Map(),
    bytesDone: 0,
    record: () => record,
  }
}
