/** Rows of a definition's tables in the form in which they stand in series, many at once. */
import { cellAt } from '../../model/cell.ts'
import type { Column } from '../../model/table.ts'
import type { DefinitionRows } from '../source.ts'
import { unknownVersion } from './amended.ts'
import type { Codec } from './codec.ts'
import { firstCell, knownColumn, numberColumn, originColumn, recordedColumn, seqColumn, timeColumn, versionColumn } from './series.ts'
import type { RowState } from './state.ts'

export interface TableRows {
  /** Writes plain rows, the first `count` of `wanted`, one after another and with all their columns. */
  fill(into: Float64Array, wanted: Int32Array, count: number): void
}

export const createTableRows = (state: RowState, rows: DefinitionRows): TableRows => {
  const { ids, store } = state
  const { width } = store
  const cells = cellSources(state, rows)
  const isOneMember = state.compiled.members.length === 1
  const derived = rows.derivedIds?.[0]
  const recordedAt = numbersOf(rows.recordedAt)
  const knownAt = numbersOf(rows.knownAt)
  const time = numbersOf(rows.time)
  const seq = numbersOf(rows.seq)

  const fillIds = (into: Float64Array, wanted: Int32Array, count: number): void => {
    const origin = isOneMember && derived !== undefined ? ids.derivedOrigin(derived.prefix, 0) : -1
    for (let i = 0, at = 0; i < count; i++, at += width) {
      const row = wanted[i]!
      const number = origin < 0 ? -1 : derived!.numbers[rows.tableRow(row)]!
      if (origin >= 0 && ids.isNumber(number)) {
        into[at + originColumn] = origin
        into[at + numberColumn] = number
        continue
      }
      encodeId(row)
      into[at + originColumn] = ids.origin
      into[at + numberColumn] = ids.number
    }
  }

  const encodeId = (row: number): void => {
    const member = rows.member[row]!
    const of = rows.derivedIds?.[member]
    if (of === undefined) ids.encode(rows.id(row), member)
    else ids.encodeDerived(of.prefix, of.numbers[rows.tableRow(row)]!, member)
  }

  const fillColumn = (into: Float64Array, column: number, source: CellSource, wanted: Int32Array, count: number): void => {
    const { values, mask, read, constant } = source
    for (let i = 0, at = column; i < count; i++, at += width) {
      const row = wanted[i]!
      if (mask !== undefined && mask[row] !== 1) into[at] = Number.NaN
      else into[at] = values !== undefined ? values[row]! : read === undefined ? constant : read(row)
    }
  }

  return {
    fill: (into, wanted, count) => {
      fillColumn(into, timeColumn, time, wanted, count)
      fillColumn(into, recordedColumn, recordedAt, wanted, count)
      fillColumn(into, knownColumn, knownAt, wanted, count)
      fillColumn(into, seqColumn, seq, wanted, count)
      fillColumn(into, versionColumn, noVersion, wanted, count)
      fillIds(into, wanted, count)
      for (let c = 0; c < cells.length; c++) fillColumn(into, firstCell + c, cells[c]!, wanted, count)
    },
  }
}

/** What a column holds: by row of the table, or by a call, or the same everywhere; NaN where the mask is 0. */
interface CellSource {
  readonly values: Float64Array | undefined
  readonly mask: Uint8Array | undefined
  readonly read: ((row: number) => number) | undefined
  readonly constant: number
}

const numbersOf = (of: number | Float64Array): CellSource => ({
  values: typeof of === 'number' ? undefined : of,
  mask: undefined,
  read: undefined,
  constant: typeof of === 'number' ? of : Number.NaN,
})

const noVersion = numbersOf(unknownVersion)

const cellSources = ({ compiled, layout, codecs }: RowState, rows: DefinitionRows): readonly CellSource[] => {
  const byName = Object.fromEntries(compiled.columns.map(({ name }, i) => [name, rows.columns[i]!]))
  const masks = layout.wheres.map((where) => where.mask(byName, rows.rows))
  const used = new Set(layout.cells.map(({ column }) => column))
  const encoded = codecs.map((codec, i) => (codec.holds || !used.has(i) ? undefined : codec.encodeColumn(rows.columns[i]!, rows.rows)))
  return layout.cells.map(({ column, where }): CellSource => {
    const mask = masks[where]
    return column < 0 ? { ...numbersOf(1), mask } : { ...valueSource(encoded[column], rows.columns[column]!, codecs[column]!), mask }
  })
}

const valueSource = (encoded: Float64Array | undefined, column: Column, codec: Codec): CellSource => {
  if (encoded !== undefined) return numbersOf(encoded)
  if (column.kind === 'number') return numbersOf(column.values)
  return { ...numbersOf(Number.NaN), read: (row) => codec.encode(cellAt(column, codec.field, row)) }
}
