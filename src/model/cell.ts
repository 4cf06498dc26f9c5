/** One value of an event as a cell of a column, and back. */
import { unreachable } from '../base/assert.ts'
import { type FieldPlan, required } from './field.ts'
import type { Column } from './table.ts'
import type { Data, Value } from './value.ts'

/** The value at a dotted path; null where the path or an object on its way is missing. */
export const valueAt = (data: Data, path: string): Value => {
  if (!path.includes('.')) return data[path] ?? null
  let value: Value = data
  for (const name of path.split('.')) {
    if (value === null || typeof value !== 'object') return null
    value = (value as Data)[name] ?? null
  }
  return value
}

/** A column of these values, in the narrowest form that `table.ts` states for the field. */
export const columnOf = (field: FieldPlan, values: readonly Value[]): Column => {
  const { kind } = required(field)
  switch (kind) {
    case 'int':
    case 'double':
    case 'time':
      return numberColumn(values)
    case 'boolean':
      return { kind: 'number', values: Float64Array.from(values, (value) => (value === null ? Number.NaN : value ? 1 : 0)) }
    case 'decimal':
      return values.every(isNumberSized) ? numberColumn(values) : bigintColumn(values)
    case 'int64':
      return bigintColumn(values)
    case 'string':
    case 'enum':
    case 'entity':
      return codeColumn(values as readonly (string | null)[])
    case 'list':
    case 'object':
      return { kind: 'value', values }
    default:
      return unreachable(kind)
  }
}

const limit = BigInt(Number.MAX_SAFE_INTEGER)

const isNumberSized = (value: Value): boolean => value === null || ((value as bigint) <= limit && (value as bigint) >= -limit)

const numberColumn = (values: readonly Value[]): Column => ({
  kind: 'number',
  values: Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value))),
})

const bigintColumn = (values: readonly Value[]): Column => {
  const held = BigInt64Array.from(values, (value) => (value ?? 0n) as bigint)
  return values.includes(null)
    ? { kind: 'bigint', values: held, nulls: Uint8Array.from(values, (value) => (value === null ? 1 : 0)) }
    : { kind: 'bigint', values: held }
}

const codeColumn = (values: readonly (string | null)[]): Column => {
  const known = new Map<string, number>()
  const codes = Int32Array.from(values, (value) => {
    if (value === null) return -1
    const code = known.get(value) ?? known.size
    if (code === known.size) known.set(value, code)
    return code
  })
  return { kind: 'code', codes, dictionary: [...known.keys()] }
}

/** The value in a column's row, as `value.ts` says for the field. */
export const cellAt = (column: Column, field: FieldPlan, row: number): Value => {
  switch (column.kind) {
    case 'number': {
      const value = column.values[row]!
      return Number.isNaN(value) ? null : numberCell(required(field).kind, value)
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

const numberCell = (kind: FieldPlan['kind'], value: number): Value =>
  kind === 'boolean' ? value !== 0 : kind === 'decimal' || kind === 'int64' ? BigInt(value) : value
