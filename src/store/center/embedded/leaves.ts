/** How a type's data lies in columns: each scalar or list at its path, and for each object whether it is there at all. */

import { assert } from '../../../base/assert.ts'
import { MillraceError } from '../../../base/error.ts'
import { cellAt, columnOf, valueAt } from '../../../model/cell.ts'
import { type FieldPlan, required, type SchemaPlan } from '../../../model/field.ts'
import type { Column } from '../../../model/table.ts'
import type { Data, Value } from '../../../model/value.ts'

export interface Leaf {
  readonly path: string
  /** The declared field; of an object, the boolean that says whether it is there. */
  readonly field: FieldPlan
  readonly form: 'number' | 'bigint' | 'text' | 'json' | 'presence'
}

export const leavesOf = (schema: SchemaPlan, above = ''): readonly Leaf[] =>
  Object.entries(schema).flatMap(([name, field]) => {
    const path = above === '' ? name : `${above}.${name}`
    const inner = required(field)
    if (inner.kind !== 'object') return [{ path, field, form: formOf(inner) }]
    return [{ path, field, form: 'presence' } as const, ...leavesOf(inner.fields, path)]
  })

const formOf = (field: FieldPlan): Leaf['form'] => {
  switch (field.kind) {
    case 'string':
    case 'enum':
    case 'entity':
      return 'text'
    case 'int64':
    case 'decimal':
      return 'bigint'
    case 'list':
      return 'json'
    default:
      return 'number'
  }
}

/** The data of one event put together again from its leaves. */
export const dataOf = (schema: SchemaPlan, leaf: (path: string) => Value, above = ''): Data => {
  const data: { [name: string]: Value } = {}
  for (const name in schema) {
    const path = above === '' ? name : `${above}.${name}`
    const inner = required(schema[name]!)
    data[name] = inner.kind !== 'object' ? leaf(path) : leaf(path) === true ? dataOf(inner.fields, leaf, path) : null
  }
  return data
}

export interface LeavesInput {
  readonly type: string
  readonly leaves: readonly Leaf[]
  /** By path, of which an object's may stand in place of its fields'. */
  readonly columns: { readonly [path: string]: Column }
  readonly rows: number
}

/** A column for each leaf. Throws COLUMN_MISSING. */
export const leafColumns = (input: LeavesInput): ReadonlyMap<string, Column> =>
  new Map(input.leaves.map((leaf) => [leaf.path, leaf.form === 'presence' ? presence(input, leaf) : leafColumn(input, leaf)]))

const leafColumn = ({ type, leaves, columns, rows }: LeavesInput, { path, field }: Leaf): Column => {
  const own = columns[path]
  if (own !== undefined) return own
  const above = leaves.find((leaf) => leaf.form === 'presence' && columns[leaf.path] !== undefined && path.startsWith(`${leaf.path}.`))
  const whole = above && columns[above.path]
  if (whole?.kind === 'value') {
    const inner = path.slice(above!.path.length + 1)
    return columnOf(
      field,
      whole.values.map((value) => (value === null ? null : valueAt(value as Data, inner))),
    )
  }
  if (field.kind === 'optional') return columnOf(field, new Array<Value>(rows).fill(null))
  throw new MillraceError('COLUMN_MISSING', 'the table lacks a column that is not optional', { at: `${type}.${path}` })
}

const presence = ({ leaves, columns, rows }: LeavesInput, leaf: Leaf): Column => {
  const values = new Float64Array(rows).fill(1)
  const own = columns[leaf.path]
  if (own !== undefined) {
    assert(own.kind === 'value', 'an object comes as a column of values')
    return { kind: 'number', values: values.map((_, row) => (own.values[row] === null ? 0 : 1)) }
  }
  if (leaf.field.kind !== 'optional') return { kind: 'number', values }
  // An optional object of which only fields are given is there where one of them is.
  const below = leaves.filter(({ path, form }) => form !== 'presence' && path.startsWith(`${leaf.path}.`) && columns[path] !== undefined)
  return {
    kind: 'number',
    values: values.map((_, row) => (below.some(({ path, field }) => cellAt(columns[path]!, field, row) !== null) ? 1 : 0)),
  }
}
