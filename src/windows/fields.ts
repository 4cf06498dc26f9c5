/** What a declared field allows: which values can be added, ordered, told apart, and compared with each other. */
import { type FieldPlan, required } from '../model/field.ts'
import { canonical } from '../model/json.ts'

export const isNumber = (field: FieldPlan): boolean => ['int', 'int64', 'double', 'decimal'].includes(required(field).kind)

export const isTime = (field: FieldPlan): boolean => required(field).kind === 'time'

export const isText = (field: FieldPlan): boolean => ['string', 'enum', 'entity'].includes(required(field).kind)

export const isScalar = (field: FieldPlan): boolean => !['list', 'object'].includes(required(field).kind)

/** Whether values of two fields can be compared: numbers with numbers, texts with texts, times with times, booleans with booleans. */
export const isComparable = (a: FieldPlan, b: FieldPlan): boolean =>
  (isNumber(a) && isNumber(b)) || (isText(a) && isText(b)) || (isScalar(a) && required(a).kind === required(b).kind)

/** One field for a column that several event types fill, or undefined where their types differ. */
export const unified = (a: FieldPlan, b: FieldPlan): FieldPlan | undefined => {
  if (a.kind === 'optional' || b.kind === 'optional') {
    const of = unified(required(a), required(b))
    return of === undefined ? undefined : { kind: 'optional', of }
  }
  if (a.kind === 'enum' && b.kind === 'enum') return { kind: 'enum', values: [...new Set([...a.values, ...b.values])] }
  return canonical(a) === canonical(b) ? a : undefined
}
