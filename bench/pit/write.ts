/** Answers as a Parquet file, by the writer that jobs use. */
import { closeSync, openSync, writeSync } from 'node:fs'
import { parquetFormat } from '../../src/jobs/outputs/parquet/format.ts'
import type { PlacedNote } from '../../src/jobs/outputs/rows-format.ts'
import type { SchemaPlan } from '../../src/model/field.ts'

export interface NumbersOut {
  readonly name: string
  /** NaN for null. */
  readonly values: Float64Array
  readonly isWhole: boolean
}

const groupRows = 122_880

/** Rows in groups as large as DuckDB's own. */
export const writeNumbers = (path: string, columns: readonly NumbersOut[]): void => {
  const schema: SchemaPlan = Object.fromEntries(
    columns.map(({ name, isWhole }) => [name, { kind: 'optional', of: { kind: isWhole ? 'int' : 'double' } }]),
  )
  const format = parquetFormat(schema)
  const notes: PlacedNote[] = []
  const rows = columns[0]!.values.length
  const file = openSync(path, 'w')
  try {
    let end = writeSync(file, format.header)
    for (let from = 0; from < rows; from += groupRows) {
      const to = Math.min(rows, from + groupRows)
      const group = columns.map(({ name, values }) => [name, { kind: 'number', values: values.subarray(from, to) }] as const)
      const { bytes, note } = format.encode({ rows: to - from, columns: Object.fromEntries(group) })
      notes.push({ at: end, note })
      end += writeAll(file, bytes)
    }
    writeAll(file, format.footer(notes))
  } finally {
    closeSync(file)
  }
}

const writeAll = (file: number, bytes: Uint8Array): number => {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
  return bytes.length
}
