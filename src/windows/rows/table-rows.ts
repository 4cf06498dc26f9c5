/** Rows of a definition's tables as they stand in series, column by column. */
import { cellAt } from '../../model/cell.ts'
import type { Column } from '../../model/table.ts'
import type { DefinitionRows } from '../source.ts'
import { unknownVersion } from './amended.ts'
import type { Codec } from './codec.ts'
import type { Ids } from './ids.ts'
import { knownColumn, numberColumn, originColumn, recordedColumn, seqColumn, timeColumn, versionColumn } from './series.ts'
import type { RowState } from './state.ts'

export interface TableRows {
  /** Of a column that is no cell: its values by row of the table, or the one value of all rows. */
  valuesOf(column: number): number | Float64Array
  /**
   * Writes a column of rows `wanted[from]` up to `wanted[to − 1]`, one behind the other. A cell may hold on to what it stands
   * for: it is to be written once for each row that is stored.
   */
  fill(column: number, into: Float64Array, wanted: Int32Array, from: number, to: number): void
}

/** `wanted`: the rows that are to be stored. */
export const createTableRows = (state: RowState, rows: DefinitionRows, wanted: Int32Array): TableRows => {
  const { origin, number } = idSources(state, rows, wanted)
  const sources: ColumnSource[] = []
  sources[timeColumn] = sourceOf(rows.time)
  sources[recordedColumn] = sourceOf(rows.recordedAt)
  sources[knownColumn] = sourceOf(rows.knownAt)
  sources[seqColumn] = sourceOf(rows.seq)
  sources[versionColumn] = sourceOf(unknownVersion)
  sources[originColumn] = origin
  sources[numberColumn] = number
  sources.push(...cellSources(state, rows))
  return {
    valuesOf: (column) => sources[column]!.values ?? sources[column]!.constant,
    fill: (column, into, of, from, to) => {
      const { values, mask, read, constant } = sources[column]!
      if (values !== undefined && mask === undefined) for (let i = from; i < to; i++) into[i - from] = values[of[i]!]!
      else if (values !== undefined) for (let i = from; i < to; i++) into[i - from] = mask![of[i]!] === 1 ? values[of[i]!]! : Number.NaN
      else {
        for (let i = from; i < to; i++) {
          const row = of[i]!
          into[i - from] = mask !== undefined && mask[row] !== 1 ? Number.NaN : read === undefined ? constant : read(row)
        }
      }
    },
  }
}

/** What a column holds: by row of the table, or by a call, or the same everywhere; NaN where the mask is 0. */
interface ColumnSource {
  readonly values: Float64Array | undefined
  readonly mask: Uint8Array | undefined
  readonly read: ((row: number) => number) | undefined
  readonly constant: number
}

const sourceOf = (of: number | Float64Array): ColumnSource => ({
  values: typeof of === 'number' ? undefined : of,
  mask: undefined,
  read: undefined,
  constant: typeof of === 'number' ? of : Number.NaN,
})

/** Ids as two columns, encoded here and once each (see `Ids.encode`), save where the table tells their numbers. */
const idSources = (state: RowState, rows: DefinitionRows, wanted: Int32Array): { origin: ColumnSource; number: ColumnSource } => {
  const { ids } = state
  const derived = rows.derivedIds?.[0]
  if (state.compiled.members.length === 1 && derived !== undefined && rows.isWhole === true) {
    const origin = ids.derivedOrigin(derived.prefix, 0)
    const { numbers } = derived
    if (origin >= 0 && areNumbers(ids, numbers, wanted)) return { origin: sourceOf(origin), number: sourceOf(numbers) }
  }
  const origins = new Float64Array(rows.plain)
  const numbers = new Float64Array(rows.plain)
  for (let i = 0; i < wanted.length; i++) {
    const row = wanted[i]!
    const member = rows.member[row]!
    const of = rows.derivedIds?.[member]
    if (of === undefined) ids.encode(rows.id(row), member)
    else ids.encodeDerived(of.prefix, of.numbers[rows.tableRow(row)]!, member)
    origins[row] = ids.origin
    numbers[row] = ids.number
  }
  return { origin: sourceOf(origins), number: sourceOf(numbers) }
}

const areNumbers = ({ isNumber }: Ids, numbers: Float64Array, wanted: Int32Array): boolean => {
  for (let i = 0; i < wanted.length; i++) if (!isNumber(numbers[wanted[i]!]!)) return false
  return true
}

const cellSources = ({ compiled, layout, codecs }: RowState, rows: DefinitionRows): readonly ColumnSource[] => {
  const byName = Object.fromEntries(compiled.columns.map(({ name }, i) => [name, rows.columns[i]!]))
  const masks = layout.wheres.map((where) => where.mask(byName, rows.rows))
  const used = new Set(layout.cells.map(({ column }) => column))
  const encoded = codecs.map((codec, i) => (codec.holds || !used.has(i) ? undefined : codec.encodeColumn(rows.columns[i]!, rows.rows)))
  return layout.cells.map(({ column, where }): ColumnSource => {
    const mask = masks[where]
    return column < 0 ? { ...sourceOf(1), mask } : { ...valueSource(encoded[column], rows.columns[column]!, codecs[column]!), mask }
  })
}

const valueSource = (encoded: Float64Array | undefined, column: Column, codec: Codec): ColumnSource => {
  if (encoded !== undefined) return sourceOf(encoded)
  if (column.kind === 'number') return sourceOf(column.values)
  return { ...sourceOf(Number.NaN), read: (row) => codec.encode(cellAt(column, codec.field, row)) }
}
