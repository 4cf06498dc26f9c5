/** What a source sent for one declared field, made into its engine value (value.ts), or the reason why not. */
import { didYouMean } from '../base/suggest.ts'
import { int64Max, isInt64, parseDecimal } from './decimal.ts'
import type { FieldPlan, SchemaPlan } from './field.ts'
import { isTime, parseIsoTime } from './time.ts'
import type { Data, Value } from './value.ts'

/** Why a value does not fit. `at` is the path below the field. */
export interface Misfit {
  readonly misfit: Uppercase<string>
  readonly at: string
  readonly value: unknown
  readonly expected: string
}

export type Coerced = { readonly value: Value } | Misfit

export const isMisfit = (coerced: object): coerced is Misfit => 'misfit' in coerced

/** Entity keys and event ids: at most so many UTF-8 bytes. */
export const maxKeyBytes = 1024

/** A list has at most so many items. */
export const maxListItems = 1_048_576

const misfit = (code: Uppercase<string>, at: string, value: unknown, expected: string): Misfit => ({ misfit: code, at, value, expected })

/** `undefined` and `null` are both "missing". Throws nothing; misfits are values. */
export const coerce = (field: FieldPlan, raw: unknown, at: string): Coerced => {
  if (raw === undefined || raw === null) {
    return field.kind === 'optional' ? { value: null } : misfit('FIELD_MISSING', at, undefined, describe(field))
  }
  switch (field.kind) {
    case 'optional':
      return coerce(field.of, raw, at)
    case 'string':
      return textValue(raw, at)
    case 'entity':
      return keyValue(raw, at, field.name)
    case 'enum':
      return enumValue(field.values, raw, at)
    case 'boolean':
      return typeof raw === 'boolean' ? { value: raw } : misfit('TYPE_MISMATCH', at, raw, 'true or false')
    case 'time':
      return timeValue(raw, at)
    case 'list':
      return listValue(field.of, raw, at)
    case 'object':
      return objectValue(field.fields, raw, at)
    default:
      return numberValue(field, raw, at)
  }
}

/** A field's type in words, for messages and documentation. */
export const describe = (field: FieldPlan): string => {
  switch (field.kind) {
    case 'optional':
      return `${describe(field.of)}, or nothing`
    case 'enum':
      return `one of ${field.values.join(', ')}`
    case 'entity':
      return `text, the key of: ${field.name}`
    case 'decimal':
      return `a decimal with ${field.scale} digits after the point`
    case 'list':
      return `a list of: ${describe(field.of)}`
    case 'object':
      return `an object of ${Object.keys(field.fields).join(', ')}`
    case 'time':
      return 'whole milliseconds since 1970 UTC, or ISO 8601 text with a zone'
    case 'int':
      return 'a whole number within ±(2^53 − 1)'
    case 'int64':
      return 'a whole number of signed 64 bits'
    case 'double':
      return 'a finite number'
    case 'boolean':
      return 'true or false'
    case 'string':
      return 'text'
  }
}

const textValue = (raw: unknown, at: string): Coerced => {
  if (typeof raw !== 'string') return misfit('TYPE_MISMATCH', at, raw, 'text')
  return raw.isWellFormed() ? { value: raw } : misfit('TEXT_INVALID', at, raw, 'text without lone surrogates')
}

const keyValue = (raw: unknown, at: string, name: string): Coerced => {
  const text = Number.isSafeInteger(raw) || typeof raw === 'bigint' ? `${raw as number}` : raw
  if (text === '') return misfit('KEY_EMPTY', at, raw, `text, the key of: ${name}`)
  const coerced = textValue(text, at)
  if (isMisfit(coerced) || utf8Length(coerced.value as string) <= maxKeyBytes) return coerced
  return misfit('KEY_TOO_LONG', at, raw, `at most ${maxKeyBytes} bytes of UTF-8`)
}

/** Length in UTF-8 of a text without lone surrogates. */
export const utf8Length = (text: string): number => {
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

const enumValue = (values: readonly string[], raw: unknown, at: string): Coerced => {
  if (typeof raw === 'string' && values.includes(raw)) return { value: raw }
  return misfit('ENUM_UNKNOWN', at, raw, `one of them; ${didYouMean(String(raw), values)}`)
}

const timeValue = (raw: unknown, at: string): Coerced => {
  const time =
    typeof raw === 'string' ? parseIsoTime(raw) : typeof raw === 'bigint' ? Number(raw) : raw instanceof Date ? raw.getTime() : raw
  if (isTime(time)) return { value: time + 0 }
  const isWhole = typeof time === 'number' && Number.isInteger(time)
  return misfit(
    isWhole ? 'TIME_OUT_OF_RANGE' : 'TIME_INVALID',
    at,
    raw,
    'whole milliseconds since 1970 UTC within ±8.64e15, or ISO 8601 text with a zone',
  )
}

const numberValue = (
  field: Extract<FieldPlan, { kind: 'int' | 'int64' | 'double' | 'decimal' | 'string' | 'boolean' | 'time' }>,
  raw: unknown,
  at: string,
): Coerced => {
  if (typeof raw === 'number' && !Number.isFinite(raw)) return misfit('NUMBER_NOT_FINITE', at, raw, describe(field))
  if (field.kind === 'int') return intValue(raw, at, describe(field))
  if (field.kind === 'int64') return int64Value(raw, at, describe(field))
  if (field.kind === 'decimal') return decimalValue(raw, field.scale, at, describe(field))
  const number = typeof raw === 'bigint' && Number.isFinite(Number(raw)) && BigInt(Number(raw)) === raw ? Number(raw) : raw
  return typeof number === 'number' ? { value: number + 0 } : misfit('TYPE_MISMATCH', at, raw, describe(field))
}

const intValue = (raw: unknown, at: string, expected: string): Coerced => {
  if (typeof raw === 'bigint')
    return isInt64(raw) && BigInt(Number(raw)) === raw
      ? intValue(Number(raw), at, expected)
      : misfit('INTEGER_OUT_OF_RANGE', at, raw, expected)
  if (typeof raw !== 'number') return misfit('TYPE_MISMATCH', at, raw, expected)
  if (!Number.isInteger(raw)) return misfit('INTEGER_EXPECTED', at, raw, expected)
  return Number.isSafeInteger(raw) ? { value: raw + 0 } : misfit('INTEGER_OUT_OF_RANGE', at, raw, expected)
}

const int64Value = (raw: unknown, at: string, expected: string): Coerced => {
  if (typeof raw === 'bigint') return isInt64(raw) ? { value: raw } : misfit('INTEGER_OUT_OF_RANGE', at, raw, expected)
  if (typeof raw === 'string') {
    return /^[+-]?[0-9]{1,40}$/.test(raw)
      ? int64Value(BigInt(raw.replace(/^\+/, '')), at, expected)
      : misfit('TYPE_MISMATCH', at, raw, expected)
  }
  if (typeof raw !== 'number') return misfit('TYPE_MISMATCH', at, raw, expected)
  if (!Number.isInteger(raw)) return misfit('INTEGER_EXPECTED', at, raw, expected)
  if (Number.isSafeInteger(raw)) return { value: BigInt(raw) }
  const code = Math.abs(raw) > Number(int64Max) ? 'INTEGER_OUT_OF_RANGE' : 'NUMBER_INEXACT'
  return misfit(code, at, raw, `${expected}; beyond 2^53 write it as text, a JSON number has lost digits by then`)
}

const decimalValue = (raw: unknown, scale: number, at: string, expected: string): Coerced => {
  if (typeof raw !== 'number' && typeof raw !== 'bigint' && typeof raw !== 'string') return misfit('TYPE_MISMATCH', at, raw, expected)
  const units = parseDecimal(String(raw), scale)
  if (typeof units === 'bigint') return { value: units }
  const code = ({ invalid: 'TYPE_MISMATCH', inexact: 'DECIMAL_INEXACT', range: 'DECIMAL_OUT_OF_RANGE' } as const)[units]
  return misfit(code, at, raw, units === 'range' ? `${expected}, within ±(2^63 − 1) of its last digit` : expected)
}

const listValue = (of: FieldPlan, raw: unknown, at: string): Coerced => {
  if (!Array.isArray(raw)) return misfit('TYPE_MISMATCH', at, raw, `a list of: ${describe(of)}`)
  if (raw.length > maxListItems) return misfit('LIST_TOO_LONG', at, raw.length, `at most ${maxListItems} items`)
  const values: Value[] = []
  for (let i = 0; i < raw.length; i++) {
    const coerced = coerce(of, raw[i], `${at}[${i}]`)
    if (isMisfit(coerced)) return coerced
    values.push(coerced.value)
  }
  return { value: values }
}

const objectValue = (fields: SchemaPlan, raw: unknown, at: string): Coerced => {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return misfit('TYPE_MISMATCH', at, raw, `an object of ${Object.keys(fields).join(', ')}`)
  return coerceFields(fields, raw as Readonly<Record<string, unknown>>, `${at}.`)
}

/** Every declared field of a record, and none that is not declared. */
export const coerceFields = (
  fields: SchemaPlan,
  raw: Readonly<Record<string, unknown>>,
  prefix: string,
  first: readonly string[] = [],
): { readonly value: Data } | Misfit => {
  const data: Record<string, Value> = {}
  for (const name of Object.keys(fields)) data[name] = null
  for (const name of [...first, ...Object.keys(fields)]) {
    const coerced = coerce(fields[name]!, Object.hasOwn(raw, name) ? raw[name] : undefined, prefix + name)
    if (isMisfit(coerced)) return coerced
    data[name] = coerced.value
  }
  for (const name of Object.keys(raw)) {
    if (!Object.hasOwn(fields, name))
      return misfit('FIELD_UNKNOWN', prefix + name, raw[name], `a declared field; ${didYouMean(name, Object.keys(fields))}`)
  }
  return { value: data }
}
