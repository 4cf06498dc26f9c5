/** Results as lines: CSV and JSON Lines. */
import { cellAt } from '../../model/cell.ts'
import { decimalText } from '../../model/decimal.ts'
import { type FieldPlan, required, type SchemaPlan } from '../../model/field.ts'
import { canonical, toJson } from '../../model/json.ts'
import type { Column } from '../../model/table.ts'
import { isoTime } from '../../model/time.ts'
import type { Value } from '../../model/value.ts'
import type { EncodedRows, ResultRows, RowsFormat } from './rows-format.ts'

const noBytes = new Uint8Array(0)

/** So many rows are made into one text: an engine's texts have a longest length. */
const textRows = 4096

/** The rows' lines by their UTF-8. */
const encodeLines = (rows: number, line: (row: number) => string): EncodedRows => {
  const parts: Uint8Array[] = []
  for (let from = 0; from < rows; from += textRows) {
    let text = ''
    for (let row = from; row < Math.min(rows, from + textRows); row++) text += line(row)
    parts.push(Buffer.from(text))
  }
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return { rows, bytes, note: null }
}

/**
 * CSV by RFC 4180 with a header and LF: null is an empty field and empty text `""`; times are ISO 8601 in UTC, decimals have
 * all digits of their scale, lists and objects are canonical JSON.
 */
export const csvFormat = (schema: SchemaPlan): RowsFormat => {
  const names = Object.keys(schema)
  return {
    header: Buffer.from(`${names.map(quoted).join(',')}\n`),
    footer: () => noBytes,
    encode: (slice) => {
      const cells = names.map((name) => csvTexts(slice.columns[name]!, schema[name]!, slice.rows))
      return encodeLines(slice.rows, (row) => {
        let text = ''
        for (let i = 0; i < cells.length; i++) text += i === 0 ? cells[i]!(row) : `,${cells[i]!(row)}`
        return `${text}\n`
      })
    },
  }
}

const special = /[",\r\n]/

const quoted = (text: string): string => (text === '' || special.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

type CellText = (row: number) => string

const csvTexts = (column: Column, field: FieldPlan, rows: number): CellText => {
  if (column.kind === 'code') {
    const texts = dictionaryTexts(column, rows, quoted)
    return (row) => (column.codes[row]! < 0 ? '' : texts(column.codes[row]!))
  }
  return (row) => {
    const value = cellAt(column, field, row)
    return value === null ? '' : csvText(value, field)
  }
}

const csvText = (value: Value, field: FieldPlan): string => {
  const plan = required(field)
  switch (plan.kind) {
    case 'time':
      return isoTime(value as number)
    case 'decimal':
      return decimalText(value as bigint, plan.scale)
    case 'list':
    case 'object':
      return quoted(canonical(toJson(value, plan)))
    default:
      return String(value)
  }
}

/** Each text of a dictionary made once, when it is first met. */
const dictionaryTexts = ({ dictionary }: Extract<Column, { kind: 'code' }>, rows: number, form: (text: string) => string): CellText => {
  if (dictionary.length > rows) return (code) => form(dictionary[code]!)
  const made = new Array<string | undefined>(dictionary.length)
  return (code) => {
    const text = made[code] ?? form(dictionary[code]!)
    made[code] = text
    return text
  }
}

/** One canonical JSON object on each line, as results are JSON everywhere (docs/semantics.md, "JSON"). */
export const jsonLinesFormat = (schema: SchemaPlan): RowsFormat => {
  const names = Object.keys(schema).sort((a, b) => (a < b ? -1 : 1))
  const keys = names.map((name, i) => `${i === 0 ? '{' : ','}${canonical(name)}:`)
  return {
    header: noBytes,
    footer: () => noBytes,
    encode: (slice) => jsonLines(slice, names, keys, schema),
  }
}

const jsonLines = ({ rows, columns }: ResultRows, names: readonly string[], keys: readonly string[], schema: SchemaPlan): EncodedRows => {
  const cells = names.map((name) => jsonTexts(columns[name]!, schema[name]!, rows))
  return encodeLines(rows, (row) => {
    let text = ''
    for (let i = 0; i < cells.length; i++) text += keys[i]! + cells[i]!(row)
    return `${text}}\n`
  })
}

const jsonTexts = (column: Column, field: FieldPlan, rows: number): CellText => {
  const { kind } = required(field)
  if (column.kind === 'code') {
    const texts = dictionaryTexts(column, rows, canonical)
    return (row) => (column.codes[row]! < 0 ? 'null' : texts(column.codes[row]!))
  }
  if (column.kind === 'number' && (kind === 'int' || kind === 'double' || kind === 'time')) {
    const { values } = column
    return (row) => (Number.isNaN(values[row]!) ? 'null' : String(values[row]!))
  }
  return (row) => canonical(toJson(cellAt(column, field, row), field))
}
