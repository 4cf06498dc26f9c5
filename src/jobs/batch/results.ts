/** Results of many roots as columns: what a batch hands to its output, slice by slice. */
import { MillraceError } from '../../base/error.ts'
import { columnOf } from '../../model/cell.ts'
import type { FieldPlan, SchemaPlan } from '../../model/field.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'

/** Columns of one slice, in the order of `resultSchema`. */
export interface ResultSlice {
  readonly rows: number
  readonly columns: { readonly [name: string]: Column }
  /** Roots for which main gave no result. */
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

/** Collects a slice's results in the order of its roots. */
export const createCollector = (returns: SchemaPlan): ResultCollector => {
  const names = Object.keys(returns)
  const values: Value[][] = names.map(() => [])
  const errors: Value[] = []
  let failed = 0
  return {
    add: (result) => {
      for (let i = 0; i < names.length; i++) values[i]!.push(result[names[i]!]!)
      errors.push(null)
    },
    fail: (code, reason) => {
      for (const column of values) column.push(null)
      errors.push(`${code}: ${reason}`)
      failed++
    },
    finish: ({ ids, times, subjects }) => ({
      rows: ids.length,
      failed,
      columns: {
        // A root comes once, so its id is an entry of its own.
        root_id: { kind: 'code', codes: Int32Array.from(ids.keys()), dictionary: ids },
        root_time: { kind: 'number', values: times },
        root_subject: subjects,
        ...Object.fromEntries(names.map((name, i) => [name, columnOf(returns[name]!, values[i]!)])),
        [errorField]: columnOf(text, errors),
      },
    }),
  }
}
