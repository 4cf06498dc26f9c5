/** Canonical JSON (RFC 8785) and the way from engine values to it. */
import { MillraceError } from '../base/error.ts'
import { decimalNumber, decimalText, isShortDecimal } from './decimal.ts'
import { type FieldPlan, required, type SchemaPlan } from './field.ts'
import type { Data, Value } from './value.ts'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * The one text of a JSON value: keys sorted by UTF-16 code units, numbers in ECMAScript's shortest form, no white space.
 * Throws RESULT_UNREPRESENTABLE naming the path of what JSON cannot hold: NaN, infinities, undefined, bigints, functions,
 * lone surrogates, class instances.
 */
export const canonical = (value: unknown): string => write(value, '')

const write = (value: unknown, path: string): string => {
  switch (typeof value) {
    case 'string':
      return text(value, path)
    case 'number':
      return Number.isFinite(value) ? JSON.stringify(value) : refuse(path, value, 'a finite number')
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? list(value, path) : object(value, path)
    default:
      return refuse(path, value, 'a JSON value: null, boolean, number, string, list or plain object')
  }
}

const text = (value: string, path: string): string =>
  value.isWellFormed() ? JSON.stringify(value) : refuse(path, value, 'text without lone surrogates')

const list = (value: readonly unknown[], path: string): string =>
  `[${Array.from(value, (part, i) => write(part, `${path}[${i}]`)).join(',')}]`

const object = (value: object, path: string): string => {
  if (!isPlain(value)) return refuse(path, value.constructor?.name ?? 'object', 'a plain object')
  const named = Object.keys(value).sort(byCodeUnits)
  const member = (key: string) =>
    `${text(key, path)}:${write((value as Record<string, unknown>)[key], path === '' ? key : `${path}.${key}`)}`
  return `{${named.map(member).join(',')}}`
}

/** The order of keys in canonical JSON. */
export const byCodeUnits = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Plain in any realm: its prototype is none, or one that has no prototype itself and is an Object's. */
const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
}

const refuse = (path: string, value: unknown, expected: string): never => {
  throw new MillraceError('RESULT_UNREPRESENTABLE', 'the value has no JSON form', {
    at: path === '' ? 'the value itself' : path,
    value: typeof value === 'object' ? value : String(value),
    expected,
  })
}

/** An engine value of a declared field as JSON: int64 as text; a decimal as its nearest number, or as text beyond 15 digits. */
export const toJson = (value: Value, field: FieldPlan): Json => {
  if (value === null) return null
  const plan = required(field)
  switch (plan.kind) {
    case 'int64':
      return `${value as bigint}`
    case 'decimal':
      return decimalJson(value as bigint, plan.scale)
    case 'list':
      return (value as readonly Value[]).map((part) => toJson(part, plan.of))
    case 'object':
      return dataToJson(value as Data, plan.fields)
    default:
      return value as Json
  }
}

export const decimalJson = (units: bigint, scale: number): Json =>
  isShortDecimal(units) ? decimalNumber(units, scale) : decimalText(units, scale)

export const dataToJson = (data: Data, schema: SchemaPlan): { readonly [key: string]: Json } =>
  Object.fromEntries(Object.entries(schema).map(([name, field]) => [name, toJson(data[name] ?? null, field)]))
