/** Rows of a definition's tables in the form in which they stand in series. */
import { cellAt } from '../../model/cell.ts'
import type { Column } from '../../model/table.ts'
import type { DefinitionRows } from '../source.ts'
import { unknownVersion } from './amended.ts'
import type { Codec } from './codec.ts'
import { firstCell, knownColumn, numberColumn, originColumn, recordedColumn, seqColumn, timeColumn, versionColumn } from './series.ts'
import type { RowState } from './state.ts'

export interface TableRows {
  /** Writes one plain row, all its columns. */
  fill(into: Float64Array, row: number): void
}

export const createTableRows = (state: RowState, rows: DefinitionRows): TableRows => {
  const { ids } = state
  const cells = cellReaders(state, rows)

  const encodeId = (i: number): void => {
    const member = rows.member[i]!
    const derived = rows.derivedIds?.[member]
    if (derived === undefined) ids.encode(rows.id(i), member)
    else ids.encodeDerived(derived.prefix, derived.numbers[rows.tableRow(i)]!, member)
  }

  const fill = (row: Float64Array, i: number): void => {
    row[timeColumn] = rows.time[i]!
    row[recordedColumn] = typeof rows.recordedAt === 'number' ? rows.recordedAt : rows.recordedAt[i]!
    row[knownColumn] = typeof rows.knownAt === 'number' ? rows.knownAt : rows.knownAt[i]!
    row[seqColumn] = rows.seq[i]!
    row[versionColumn] = unknownVersion
    encodeId(i)
    row[originColumn] = ids.origin
    row[numberColumn] = ids.number
    for (let c = 0; c < cells.length; c++) row[firstCell + c] = cells[c]!(i)
  }
  return { fill }
}

/** A row of the table → what its cell holds. */
type CellReader = (row: number) => number

const cellReaders = ({ compiled, layout, codecs }: RowState, rows: DefinitionRows): readonly CellReader[] => {
  const byName = Object.fromEntries(compiled.columns.map(({ name }, i) => [name, rows.columns[i]!]))
  const masks = layout.wheres.map((where) => where.mask(byName, rows.rows))
  const used = new Set(layout.cells.map(({ column }) => column))
  const encoded = codecs.map((codec, i) => (codec.holds || !used.has(i) ? undefined : codec.encodeColumn(rows.columns[i]!, rows.rows)))
  return layout.cells.map(({ column, where }): CellReader => {
    const mask = masks[where]
    const read = column < 0 ? () => 1 : valueReader(encoded[column], rows.columns[column]!, codecs[column]!)
    return mask === undefined ? read : (row) => (mask[row] === 1 ? read(row) : Number.NaN)
  })
}

const valueReader = (encoded: Float64Array | undefined, column: Column, codec: Codec): CellReader => {
  if (encoded !== undefined) return (row) => encoded[row]!
  if (column.kind === 'number') return (row) => column.values[row]!
  return (row) => codec.encode(cellAt(column, codec.field, row))
}
