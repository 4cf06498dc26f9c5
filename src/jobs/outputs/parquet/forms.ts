/** In which forms the columns of results come: what the encoder relies on where it takes a column's values for the field's. */
import { assert } from '../../../base/assert.ts'
import { type FieldKind, type FieldPlan, required } from '../../../model/field.ts'
import type { Column } from '../../../model/table.ts'

/** As `model/table.ts` states them; an int64 may also come as numbers, where all are whole. */
const forms: { readonly [kind in Exclude<FieldKind, 'optional'>]: readonly Column['kind'][] } = {
  int: ['number'],
  time: ['number'],
  double: ['number'],
  boolean: ['number'],
  int64: ['bigint', 'number'],
  decimal: ['bigint', 'number'],
  string: ['code'],
  enum: ['code'],
  entity: ['code'],
  list: ['value'],
  object: ['value'],
}

/** A column in another form would be written as values of another type than the file declares. */
export const assertForm = (column: Column, field: FieldPlan): void => {
  const { kind } = required(field)
  assert(forms[kind].includes(column.kind), `a result of kind '${kind}' comes as a column of kind '${column.kind}'`)
}
