/** Rows of tables into series: those behind all that a key has, many at once; the others one by one. */
import type { DefinitionRows } from '../source.ts'
import { createBulk } from './bulk.ts'
import { firstCell } from './series.ts'
import type { RowState } from './state.ts'
import { createTableRows, type TableRows } from './table-rows.ts'
import { admitColumns } from './widening.ts'

interface TableWriterOptions {
  /** Room for one row. */
  readonly scratch: Float64Array
  /** Takes in the row of this number, which stands in `scratch`. */
  insertRow(rows: DefinitionRows, row: number): void
  /** Told of keys that have got rows many at once. */
  readonly grown: ((key: number) => void) | undefined
}

/** Takes in some rows of a definition, by their numbers. */
export const createTableWriter = (state: RowState, { scratch, insertRow, grown }: TableWriterOptions) => {
  const { store } = state
  const cell = new Float64Array(1)
  const bulk = createBulk(store, (column, values, count) => {
    if (column >= firstCell) state.extents.noteAll(column - firstCell, values, count)
  })

  const insertOneByOne = (rows: DefinitionRows, table: TableRows, wanted: Int32Array): void => {
    for (let i = 0; i < wanted.length; i++) {
      for (let column = 0; column < store.width; column++) {
        table.fill(column, cell, wanted, i, i + 1)
        scratch[column] = cell[0]!
      }
      insertRow(rows, wanted[i]!)
    }
  }

  const noteGrown = ({ keys: of }: DefinitionRows, wanted: Int32Array): void => {
    let last = -1
    for (let i = 0; i < wanted.length; i++) {
      const key = of[wanted[i]!]!
      if (key !== last) grown?.(key)
      last = key
    }
  }

  /** Rows that must be looked for among others come first: one may turn out to be a version of an event that others belong to. */
  return (rows: DefinitionRows, wanted: Int32Array): void => {
    if (wanted.length === 0) return
    const table = createTableRows(state, rows, wanted)
    const { behind, others } = state.amended.size > 0 ? { behind: noRows, others: wanted } : bulk.split(rows, wanted)
    insertOneByOne(rows, table, others)
    if (state.amended.size > 0) insertOneByOne(rows, table, behind)
    else if (behind.length > 0) {
      admitColumns(store, table.valuesOf, behind)
      bulk.append(rows, behind, table)
      if (grown !== undefined) noteGrown(rows, behind)
    }
  }
}

const noRows = new Int32Array(0)
