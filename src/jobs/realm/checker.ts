/**
 * `coerceFields` for one schema, compiled: values that fit as they are take a short way, and whatever else there is goes to
 * `coerceFields` itself, which also says why something does not fit. Runs inside the realm.
 */
import { coerce, coerceFields, isMisfit, type Misfit, maxListItems } from '../../model/coerce.ts'
import type { FieldPlan, SchemaPlan } from '../../model/field.ts'
import { isTime } from '../../model/time.ts'
import type { Data, Value } from '../../model/value.ts'

/** The same as `coerceFields(schema, raw, '')`. */
export type Checker = (raw: Readonly<Record<string, unknown>>) => { readonly value: Data } | Misfit

export const compileChecker = (schema: SchemaPlan): Checker => {
  const whole = objectCheck(schema)
  return (raw) => {
    const value = whole(raw)
    return value === unsure ? coerceFields(schema, raw, '') : { value: value as Data }
  }
}

/** Stands for a value that the short way does not take. */
const unsure = Symbol('unsure')

/** The engine's value of what main gave for one field. */
type Check = (raw: unknown) => Value | typeof unsure

const checkOf = (field: FieldPlan): Check => {
  switch (field.kind) {
    case 'optional': {
      const check = checkOf(field.of)
      return (raw) => (raw === undefined || raw === null ? null : check(raw))
    }
    case 'string':
      return (raw) => (typeof raw === 'string' && raw.isWellFormed() ? raw : unsure)
    case 'entity':
      return (raw) => (typeof raw === 'string' && raw !== '' && raw.length <= shortKey && raw.isWellFormed() ? raw : unsure)
    case 'enum': {
      const { values } = field
      return (raw) => (typeof raw === 'string' && values.includes(raw) ? raw : unsure)
    }
    case 'boolean':
      return (raw) => (typeof raw === 'boolean' ? raw : unsure)
    case 'int':
      return (raw) => (typeof raw === 'number' && Number.isSafeInteger(raw) ? raw + 0 : unsure)
    case 'double':
      return (raw) => (typeof raw === 'number' && Number.isFinite(raw) ? raw + 0 : unsure)
    case 'time':
      return (raw) => (typeof raw === 'number' && isTime(raw) ? raw + 0 : unsure)
    case 'list':
      return listCheck(checkOf(field.of))
    case 'object':
      return objectCheck(field.fields)
    default:
      return (raw) => {
        const coerced = coerce(field, raw, '')
        return isMisfit(coerced) ? unsure : coerced.value
      }
  }
}

/** A key of so many UTF-16 code units is within the bytes that keys may have, whatever it says. */
const shortKey = 340

const listCheck =
  (check: Check): Check =>
  (raw) => {
    if (!Array.isArray(raw) || raw.length > maxListItems) return unsure
    const values: Value[] = []
    for (let i = 0; i < raw.length; i++) {
      const value = check(raw[i])
      if (value === unsure) return unsure
      values.push(value)
    }
    return values
  }

const objectCheck = (schema: SchemaPlan): Check => {
  const names = Object.keys(schema)
  const declared = new Set(names)
  const checks = names.map((name) => checkOf(schema[name]!))
  const empty: { readonly [name: string]: Value } = Object.fromEntries(names.map((name) => [name, null]))
  return (raw) => {
    if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return unsure
    const given = Object.keys(raw)
    for (let i = 0; i < given.length; i++) if (given[i] !== names[i] && !declared.has(given[i]!)) return unsure
    const data: Record<string, Value> = { ...empty }
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      const value = checks[i]!(Object.hasOwn(raw, name) ? (raw as Record<string, unknown>)[name] : undefined)
      if (value === unsure) return unsure
      data[name] = value
    }
    return data
  }
}
