/** Some rows of a column as a column of their own. */
import type { Column } from '../../model/table.ts'

export const gatherNumbers = (values: Float64Array, rows: Int32Array): Float64Array => {
  const gathered = new Float64Array(rows.length)
  for (let i = 0; i < rows.length; i++) gathered[i] = values[rows[i]!]!
  return gathered
}

export const gatherColumn = (column: Column, rows: Int32Array): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: gatherNumbers(column.values, rows) }
    case 'bigint': {
      const values = BigInt64Array.from(rows, (row) => column.values[row]!)
      const { nulls } = column
      return nulls === undefined
        ? { kind: 'bigint', values }
        : { kind: 'bigint', values, nulls: Uint8Array.from(rows, (row) => nulls[row]!) }
    }
    case 'code':
      return gatherCodes(column, rows)
    case 'value':
      return { kind: 'value', values: Array.from(rows, (row) => column.values[row] ?? null) }
  }
}

/** The dictionary keeps what the rows use. */
const gatherCodes = ({ codes, dictionary }: Extract<Column, { kind: 'code' }>, rows: Int32Array): Column => {
  const places = new Int32Array(dictionary.length).fill(-1)
  const kept: string[] = []
  const gathered = new Int32Array(rows.length)
  for (let i = 0; i < rows.length; i++) {
    const code = codes[rows[i]!]!
    if (code >= 0 && places[code] === -1) places[code] = kept.push(dictionary[code]!) - 1
    gathered[i] = code < 0 ? -1 : places[code]!
  }
  return { kind: 'code', codes: gathered, dictionary: kept }
}
