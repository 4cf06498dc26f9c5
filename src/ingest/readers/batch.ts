/**
 * Rows of a file as columns, before any declaration is applied to them: what every reader gives and the mapping reads.
 */

import type { TimeUnit } from '../../model/mapping.ts'
import type { Refusal } from '../../model/standardise.ts'

export type SourceColumn = SourceNumbers | SourceBigints | SourceTexts | SourceValues

/** NaN is null. Whole numbers stand here where all of the batch fit ±(2^53 − 1); a column with real NaNs comes as values. */
interface SourceNumbers {
  readonly kind: 'number'
  readonly values: Float64Array
  /** 0 and 1. */
  readonly isBoolean?: true
  /** What one stands for, where the source's type says that these are times. */
  readonly unit?: TimeUnit
  /** Times that stood as texts with a zone, in milliseconds: no unit that is declared applies to them. */
  readonly isInstant?: true
}

/** 64-bit whole numbers of which some lie beyond ±(2^53 − 1). */
interface SourceBigints {
  readonly kind: 'bigint'
  readonly values: BigInt64Array
  /** 1 where the row has no value. */
  readonly nulls?: Uint8Array
  readonly unit?: TimeUnit
}

/**
 * −1 is null. The dictionary may be shared by the batches of a file, grow between them, and hold texts that this batch does not
 * use; its texts are all different, and what stands at a code never changes.
 */
interface SourceTexts {
  readonly kind: 'code'
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
  /** The source has texts only (CSV): numbers, booleans and times are read out of them where they are declared. */
  readonly isUntyped?: true
}

/** Anything JSON can say, bigints for whole numbers beyond 2^53; null and undefined are null. */
interface SourceValues {
  readonly kind: 'value'
  readonly values: readonly unknown[]
}

export interface RowBatch {
  /** Number of the first row in its file, counted from 0, unreadable ones included. */
  readonly position: number
  readonly rows: number
  /** Those asked for, by name; what the source lacks is left out. */
  readonly columns: ReadonlyMap<string, SourceColumn>
  /** Rows of this batch (from 0) that could not be read; their cells are null. */
  readonly unreadable: ReadonlyMap<number, Unreadable>
  /** Bytes of the file that are behind this batch. */
  readonly bytesDone: number
  /** A row as it stands in the source, for a dead letter. */
  record(row: number): unknown
}

export interface Unreadable {
  readonly refusal: Refusal
  /** What was there instead of a row. */
  readonly record: unknown
}

/** What a file says of a column without reading it; `kind` is left out where only the values tell. */
export interface SourceColumnInfo {
  readonly name: string
  readonly kind?: 'number' | 'integer' | 'boolean' | 'time' | 'text' | 'nested' | 'unsupported'
  /** Digits after the point of exact decimals. */
  readonly scale?: number
  readonly unit?: TimeUnit
}

export interface BatchRequest {
  /** Names of the columns wanted. `a.b` is the member `b` of the nested column `a`, where no column is named so itself. */
  readonly columns: readonly string[]
  /** Those of them that are declared as times: a reader may give their texts as instants. */
  readonly times?: readonly string[]
  /** Row to begin with. */
  readonly from?: number
  /** At most so many rows in a batch. */
  readonly most?: number
}

/** Open until `close`. Both throw FILE_DAMAGED with the place where the file stops making sense. */
export interface RowReader {
  readonly path: string
  readonly format: 'parquet' | 'csv' | 'jsonl'
  readonly bytes: number
  /** Undefined where only reading to the end tells. */
  readonly totalRows: number | undefined
  /** In the file's order; undefined where each row has names of its own. */
  readonly columns: readonly SourceColumnInfo[] | undefined
  batches(request: BatchRequest): AsyncIterable<RowBatch>
  close(): void
}

export const batchRows = 65_536

/** One row as an object of its columns. */
export const rowRecord = (columns: ReadonlyMap<string, SourceColumn>, row: number): { readonly [name: string]: unknown } =>
  Object.fromEntries([...columns].map(([name, column]) => [name, sourceCell(column, row)]))

/** The raw value in a cell; null where there is none. */
export const sourceCell = (column: SourceColumn, row: number): unknown => {
  switch (column.kind) {
    case 'number': {
      const value = column.values[row]!
      return Number.isNaN(value) ? null : column.isBoolean === true ? value === 1 : value
    }
    case 'bigint':
      return column.nulls?.[row] === 1 ? null : column.values[row]!
    case 'code': {
      const code = column.codes[row]!
      return code < 0 ? null : column.dictionary[code]!
    }
    case 'value':
      return column.values[row] ?? null
  }
}

/** The value that a path leads to through objects; null where it does not. */
export const memberAt = (whole: unknown, path: readonly string[]): unknown => {
  let value = whole
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return null
    value = (value as Readonly<Record<string, unknown>>)[part]
  }
  return value
}

/** Rows `from` to `to` of a column, sharing its memory. */
export const sliceColumn = (column: SourceColumn, from: number, to: number): SourceColumn => {
  switch (column.kind) {
    case 'number':
      return { ...column, values: column.values.subarray(from, to) }
    case 'bigint':
      return { ...column, values: column.values.subarray(from, to), ...(column.nulls && { nulls: column.nulls.subarray(from, to) }) }
    case 'code':
      return { ...column, codes: column.codes.subarray(from, to) }
    case 'value':
      return { ...column, values: column.values.slice(from, to) }
  }
}
