/** One field of an event out of the columns of its rows. */
import { cellAt, columnOf, valueAt } from '../../model/cell.ts'
import { coerce, isMisfit, type Misfit } from '../../model/coerce.ts'
import { decimalNumber } from '../../model/decimal.ts'
import { type FieldPlan, fieldAt, required, type SchemaPlan } from '../../model/field.ts'
import { toJson } from '../../model/json.ts'
import type { SourcedValue } from '../../model/mapping.ts'
import type { Column } from '../../model/table.ts'
import type { Data, Value } from '../../model/value.ts'
import { type ColumnBuilder, createBuilder } from './builder.ts'
import type { Judged, RowMisfit } from './misfits.ts'
import { createVerdicts, judgeTexts } from './texts.ts'

/** The mapping's columns of a batch by path; objects are opened where a path leads into them. */
export interface MappedColumns {
  readonly rows: number
  column(path: string): Column
}

/** The field's column, and the rows whose value does not fit. Only rows with 1 in `wanted` are judged. */
export type FieldSource = (columns: MappedColumns, wanted: Uint8Array) => Judged

export const createFieldSource = (at: string, field: FieldPlan, sourced: SourcedValue, schema: SchemaPlan): FieldSource => {
  if ('column' in sourced) return columnSource(at, field, sourced.column, fieldAt(schema, sourced.column)!)
  if ('by' in sourced) return computedSource(at, field, sourced, schema)
  const value = coerce(field, sourced.value, at)
  return ({ rows }, wanted) => {
    const values = new Array<Value>(rows).fill(isMisfit(value) ? null : value.value)
    return { column: columnOf(field, values), misfits: isMisfit(value) ? everyRow(wanted, value) : [] }
  }
}

const everyRow = (wanted: Uint8Array, misfit: Misfit): readonly RowMisfit[] =>
  [...wanted].flatMap((on, row) => (on === 1 ? [{ row, misfit }] : []))

const columnSource = (at: string, field: FieldPlan, path: string, from: FieldPlan): FieldSource => {
  const missed = coerce(field, null, at)
  const missing = isMisfit(missed) ? missed : undefined
  if (holdsAll(required(field), required(from))) {
    return (columns, wanted) => {
      const column = columns.column(path)
      return { column, misfits: missing !== undefined && from.kind === 'optional' ? nullRows(column, wanted, missing) : [] }
    }
  }
  const verdicts = createVerdicts(field, at, (text) => text)
  return (columns, wanted) => {
    const column = columns.column(path)
    if (column.kind === 'code' && isText(field)) {
      const judged = judgeTexts(column, missing, verdicts)
      return { column: judged.column, misfits: judged.misfits.filter(({ row }) => wanted[row] === 1) }
    }
    return judgeEach(createBuilder(field, at, columns.rows), wanted, (row) => rawOfCell(from, cellAt(column, from, row)))
  }
}

const isText = (field: FieldPlan): boolean => ['string', 'enum', 'entity'].includes(required(field).kind)

/** Whether every value of one field is, as it is held, a value of the other. */
const holdsAll = (to: FieldPlan, from: FieldPlan): boolean => {
  if (to.kind === 'double' && from.kind === 'int') return true
  if (to.kind === 'string') return from.kind === 'string' || from.kind === 'enum' || from.kind === 'entity'
  if (to.kind === 'entity') return from.kind === 'entity'
  if (to.kind === 'enum') return from.kind === 'enum' && from.values.every((value) => to.values.includes(value))
  return to.kind === from.kind && JSON.stringify(to) === JSON.stringify(from)
}

const nullRows = (column: Column, wanted: Uint8Array, misfit: Misfit): readonly RowMisfit[] => {
  const misfits: RowMisfit[] = []
  for (let row = 0; row < wanted.length; row++) if (wanted[row] === 1 && isNull(column, row)) misfits.push({ row, misfit })
  return misfits
}

export const isNull = (column: Column, row: number): boolean => {
  switch (column.kind) {
    case 'number':
      return Number.isNaN(column.values[row]!)
    case 'bigint':
      return column.nulls?.[row] === 1
    case 'code':
      return column.codes[row]! < 0
    case 'value':
      return (column.values[row] ?? null) === null
  }
}

/** A column's value as an input of another field: exact, as a source would send it. */
const rawOfCell = (field: FieldPlan, value: Value): unknown =>
  typeof value === 'bigint' && required(field).kind === 'int64' ? value : toJson(value, field)

const judgeEach = (builder: ColumnBuilder, wanted: Uint8Array, rawAt: (row: number) => unknown): Judged => {
  const misfits: RowMisfit[] = []
  for (let row = 0; row < wanted.length; row++) {
    if (wanted[row] !== 1) continue
    const misfit = builder.set(row, rawAt(row))
    if (misfit !== undefined) misfits.push({ row, misfit })
  }
  return { column: builder.column(), misfits }
}

type Computed = Extract<SourcedValue, { readonly of: readonly string[] }>

const computedSource = (at: string, field: FieldPlan, { of, by }: Computed, schema: SchemaPlan): FieldSource => {
  const fields = of.map((path) => fieldAt(schema, path)!)
  return (columns, wanted) => {
    const call = callerOf(
      by,
      of.map((path, i) => mainReader(columns.column(path), fields[i]!)),
    )
    const builder = createBuilder(field, at, columns.rows)
    const misfits: RowMisfit[] = []
    const computed = (row: number): Misfit | undefined => {
      try {
        return builder.set(row, call(row))
      } catch (error) {
        return {
          misfit: 'COMPUTE_FAILED',
          at,
          value: String((error as Error | undefined)?.message ?? error),
          expected: 'a value, and no exception',
        }
      }
    }
    for (let row = 0; row < columns.rows; row++) {
      if (wanted[row] !== 1) continue
      const misfit = computed(row)
      if (misfit !== undefined) misfits.push({ row, misfit })
    }
    return { column: builder.column(), misfits }
  }
}

type Cell = (row: number) => unknown

/** The function over a row's cells, called without a list of them where they are few; null where one of them is missing. */
const callerOf = (by: Computed['by'], cells: readonly Cell[]): Cell => {
  const call = by as (...values: readonly unknown[]) => unknown
  const [first, second, third] = cells
  if (first === undefined) return () => call()
  if (second === undefined) {
    return (row) => {
      const a = first(row)
      return a === null ? null : call(a)
    }
  }
  if (third === undefined) {
    return (row) => {
      const [a, b] = [first(row), second(row)]
      return a === null || b === null ? null : call(a, b)
    }
  }
  if (cells.length === 3) {
    return (row) => {
      const [a, b, c] = [first(row), second(row), third(row)]
      return a === null || b === null || c === null ? null : call(a, b, c)
    }
  }
  return (row) => {
    const values = cells.map((cell) => cell(row))
    return values.includes(null) ? null : call(...values)
  }
}

/** A cell as main would see it; null where there is none. */
const mainReader = (column: Column, field: FieldPlan): Cell => {
  const plan = required(field)
  if (column.kind === 'number' && (plan.kind === 'int' || plan.kind === 'double' || plan.kind === 'time')) {
    const { values } = column
    return (row) => {
      const value = values[row]!
      return Number.isNaN(value) ? null : value
    }
  }
  return (row) => mainValue(plan, cellAt(column, plan, row))
}

const mainValue = (field: FieldPlan, value: Value): unknown => {
  if (value === null) return null
  const plan = required(field)
  switch (plan.kind) {
    case 'decimal':
      return decimalNumber(value as bigint, plan.scale)
    case 'list':
      return (value as readonly Value[]).map((part) => mainValue(plan.of, part))
    case 'object':
      return Object.fromEntries(Object.entries(plan.fields).map(([name, inner]) => [name, mainValue(inner, (value as Data)[name] ?? null)]))
    default:
      return value
  }
}

/** Columns by name, as paths into them: `place.city` of an object is opened once a batch. */
export const mappedColumns = (columns: ReadonlyMap<string, Column>, schema: SchemaPlan, rows: number): MappedColumns => {
  const opened = new Map(columns)
  const column = (path: string): Column => {
    const known = opened.get(path)
    if (known !== undefined) return known
    const [name = '', ...inner] = path.split('.')
    const whole = columns.get(name) as Extract<Column, { kind: 'value' }>
    const values = whole.values.map((value) => (value === null ? null : valueAt(value as Data, inner.join('.'))))
    const made = columnOf(fieldAt(schema, path)!, values)
    opened.set(path, made)
    return made
  }
  return { rows, column }
}
