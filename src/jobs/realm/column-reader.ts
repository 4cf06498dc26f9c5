/**
 * A field of events read out of its column by code of the realm's own: no call leaves it, so nothing needs to be caught. Runs inside
 * the realm.
 */
import type { FieldColumn } from '../../tree/shape.ts'
import type { Read } from './placed.ts'

/** `elsewhere` says it of an event that lies in no row. */
export const columnReader = (rows: Int32Array, column: FieldColumn, elsewhere: Read): Read =>
  column.kind === 'number' ? numberReader(rows, column.values, elsewhere) : textReader(rows, column, elsewhere)

const numberReader =
  (rows: Int32Array, values: Float64Array, elsewhere: Read): Read =>
  (place) => {
    const row = rows[place]!
    if (row < 0) return elsewhere(place)
    const value = values[row]!
    return Number.isNaN(value) ? null : value
  }

const textReader =
  (rows: Int32Array, { codes, dictionary }: FieldColumn & { kind: 'code' }, elsewhere: Read): Read =>
  (place) => {
    const row = rows[place]!
    if (row < 0) return elsewhere(place)
    const code = codes[row]!
    return code < 0 ? null : dictionary[code]!
  }
