/** One value with its declared field, and the path by which it is found in an event's data. */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { FieldPlan, SchemaPlan } from '../model/field.ts'
import type { Data, Value } from '../model/value.ts'
import { type Fraction, fraction, ofDouble } from './fraction.ts'

export interface Cell {
  readonly field: FieldPlan
  readonly value: Value
}

/** The field without its `optional`. */
export const bare = (field: FieldPlan): Exclude<FieldPlan, { kind: 'optional' }> => (field.kind === 'optional' ? bare(field.of) : field)

/** What a dotted path finds; a path through an object that is missing finds null. Undefined where nothing of the name is declared. */
export const cellAt = (schema: SchemaPlan, data: Data | null, path: string): Cell | undefined => {
  const dot = path.indexOf('.')
  const name = dot < 0 ? path : path.slice(0, dot)
  const field = Object.hasOwn(schema, name) ? schema[name] : undefined
  if (field === undefined) return undefined
  const value = data === null ? null : (data[name] ?? null)
  if (dot < 0) return { field, value }
  const inner = bare(field)
  return inner.kind === 'object' ? cellAt(inner.fields, value as Data | null, path.slice(dot + 1)) : undefined
}

/** As `cellAt`, where a name that is not declared is an error. */
export const declaredCellAt = (schema: SchemaPlan, data: Data | null, path: string): Cell => {
  const cell = cellAt(schema, data, path)
  if (cell !== undefined) return cell
  throw new MillraceError('FIELD_UNKNOWN', 'no such field', { value: path, hint: didYouMean(path, Object.keys(schema)) })
}

/** The number that a value of a number or time column stands for, exactly. */
export const exact = (value: Value, field: FieldPlan): Fraction => {
  const plain = bare(field)
  if (plain.kind === 'decimal') return fraction(value as bigint, 10n ** BigInt(plain.scale))
  return typeof value === 'bigint' ? fraction(value) : ofDouble(value as number)
}

/** Whether two values of one column are the same one: by value and by type. */
export const isSame = (a: Value, b: Value): boolean => a !== null && typeof a === typeof b && a === b
