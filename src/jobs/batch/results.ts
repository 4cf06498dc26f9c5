/** Results of many roots as columns: what a batch hands to its output, slice by slice. */
import { MillraceError } from '../../base/error.ts'
import { columnOf } from '../../model/cell.ts'
import { type FieldPlan, required, type SchemaPlan } from '../../model/field.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { EncodedRows } from '../outputs/rows-format.ts'

/** Columns of one slice, in the order of `resultSchema`. */
export interface ResultSlice {
  readonly rows: number
  readonly columns: { readonly [name: string]: Column }
  /** Roots for which main gave no result. */
  readonly failed: number
}

/** A slice as it will stand in a file. */
export interface EncodedSlice extends EncodedRows {
  readonly failed: number
}

const text: FieldPlan = { kind: 'optional', of: { kind: 'string' } }

/** What names the root, before main's result. */
const rootFields: SchemaPlan = { root_id: { kind: 'string' }, root_time: { kind: 'time' }, root_subject: { kind: 'string' } }
/** Why there is no result, after it: `MAIN_THREW: TypeError: …`. */
const errorField = 'main_error'

/** The columns of a job's results. Throws COLUMN_TAKEN where `returns` has a name that the results themselves need. */
export const resultSchema = (returns: SchemaPlan, features: SchemaPlan = {}): SchemaPlan => {
  const taken = Object.keys(returns).find((name) => Object.hasOwn(rootFields, name) || name === errorField)
  if (taken !== undefined)
    throw new MillraceError('COLUMN_TAKEN', 'results have a column of this name already', {
      at: 'returns',
      value: taken,
      hint: 'give the field another name',
    })
  const optional = Object.fromEntries(Object.entries(returns).map(([name, field]) => [name, nullable(field)]))
  return { ...rootFields, ...optional, [errorField]: text, ...features }
}

const nullable = (field: FieldPlan): FieldPlan => (field.kind === 'optional' ? field : { kind: 'optional', of: field })

export interface ResultCollector {
  add(result: { readonly [name: string]: Value }): void
  /** Keeps the place of a root that has none. */
  fail(code: string, reason: string): void
  finish(root: { readonly ids: readonly string[]; readonly times: Float64Array; readonly subjects: Column }): ResultSlice
}

/** Collects a slice's results, at most `rows`, in the order of its roots. */
export const createCollector = (returns: SchemaPlan, rows: number): ResultCollector => {
  const names = Object.keys(returns)
  const builders = names.map((name) => columnBuilder(returns[name]!, rows))
  const errors = columnBuilder(text, rows)
  let failed = 0
  return {
    add: (result) => {
      for (let i = 0; i < names.length; i++) builders[i]!.add(result[names[i]!]!)
      errors.add(null)
    },
    fail: (code, reason) => {
      for (const builder of builders) builder.add(null)
      errors.add(`${code}: ${reason}`)
      failed++
    },
    finish: ({ ids, times, subjects }) => ({
      rows: ids.length,
      failed,
      columns: {
        // A root comes once, so its id is an entry of its own.
        root_id: { kind: 'code', codes: numbered(ids.length), dictionary: ids },
        root_time: { kind: 'number', values: times },
        root_subject: subjects,
        ...Object.fromEntries(names.map((name, i) => [name, builders[i]!.column()])),
        [errorField]: errors.column(),
      },
    }),
  }
}

const numbered = (count: number): Int32Array => {
  const codes = new Int32Array(count)
  for (let i = 0; i < count; i++) codes[i] = i
  return codes
}

interface ColumnBuilder {
  add(value: Value): void
  column(): Column
}

/** What `columnOf` makes of the values, without keeping them as values where they are numbers or texts. */
const columnBuilder = (field: FieldPlan, rows: number): ColumnBuilder => {
  switch (required(field).kind) {
    case 'int':
    case 'double':
    case 'time':
    case 'boolean':
      return numberBuilder(rows)
    case 'string':
    case 'enum':
    case 'entity':
      return textBuilder(rows)
    default: {
      const values: Value[] = []
      return { add: (value) => void values.push(value), column: () => columnOf(field, values) }
    }
  }
}

const numberBuilder = (rows: number): ColumnBuilder => {
  const values = new Float64Array(rows)
  let next = 0
  return {
    add: (value) => {
      values[next++] = value === null ? Number.NaN : Number(value)
    },
    column: () => ({ kind: 'number', values: values.subarray(0, next) }),
  }
}

const textBuilder = (rows: number): ColumnBuilder => {
  const codes = new Int32Array(rows)
  const known = new Map<string, number>()
  let next = 0
  const codeOf = (value: string): number => {
    const code = known.get(value) ?? known.size
    if (code === known.size) known.set(value, code)
    return code
  }
  return {
    add: (value) => {
      codes[next++] = value === null ? -1 : codeOf(value as string)
    },
    column: () => ({ kind: 'code', codes: codes.subarray(0, next), dictionary: [...known.keys()] }),
  }
}
