/** Reading a case file's parts: what is there, what must be there, and nothing else. Every error names the path in the file. */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { isTime, parseIsoTime } from '../model/time.ts'

/** A mapping of a case file, with the path at which it stands. */
export interface Part {
  readonly at: string
  readonly values: { readonly [name: string]: unknown }
}

export const invalid = (at: string, message: string, value: unknown, expected: string): MillraceError =>
  new MillraceError('CASE_INVALID', message, { at, value, expected })

export const isMapping = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `value` as a mapping; with `known`, of no other keys than these. */
export const partOf = (value: unknown, at: string, known?: readonly string[]): Part => {
  if (!isMapping(value))
    throw invalid(at, 'not a mapping', value, known === undefined ? 'names with values' : `some of ${known.join(', ')}`)
  const stranger = known === undefined ? undefined : Object.keys(value).find((key) => !known.includes(key))
  if (stranger === undefined) return { at, values: value }
  throw new MillraceError('CASE_INVALID', 'no such key', {
    at: at === '' ? 'the case' : at,
    value: stranger,
    hint: didYouMean(stranger, known!),
  })
}

/** The member of a name, with its path; undefined where it is left out. */
export const at = (part: Part, name: string): string => (part.at === '' ? name : `${part.at}.${name}`)

export const given = (part: Part, name: string): unknown => (Object.hasOwn(part.values, name) ? part.values[name] : undefined)

/** Name → value of a mapping member; empty where it is left out. */
export const entriesOf = (part: Part, name: string): readonly (readonly [string, unknown, string])[] => {
  const value = given(part, name)
  if (value === undefined || value === null) return []
  return Object.entries(partOf(value, at(part, name)).values).map(([key, inner]) => [key, inner, `${at(part, name)}.${key}`])
}

export const textOf = (value: unknown, path: string, expected = 'text'): string => {
  if (typeof value === 'string') return value
  throw invalid(path, value === undefined ? 'missing' : 'not text', value, expected)
}

export const flagOf = (value: unknown, path: string): boolean => {
  if (typeof value === 'boolean') return value
  throw invalid(path, 'not a flag', value, 'true or false')
}

export const countOf = (value: unknown, path: string): number => {
  if (Number.isSafeInteger(value) && (value as number) > 0) return value as number
  throw invalid(path, value === undefined ? 'missing' : 'not a count', value, 'a whole number above 0')
}

export const listOf = (value: unknown, path: string): readonly unknown[] => {
  if (Array.isArray(value)) return value
  throw invalid(path, value === undefined ? 'missing' : 'not a list', value, 'a list')
}

/** Text, or a list of texts. */
export const textsOf = (value: unknown, path: string): readonly string[] =>
  Array.isArray(value) ? value.map((part, i) => textOf(part, `${path}[${i}]`)) : [textOf(value, path, 'text or a list of texts')]

/** Whole milliseconds, or ISO 8601 with a zone. */
export const timeOf = (value: unknown, path: string): number => {
  const time = typeof value === 'string' ? parseIsoTime(value) : value
  if (isTime(time)) return time
  throw invalid(
    path,
    value === undefined ? 'missing' : 'not a time',
    value,
    'whole milliseconds since 1970 UTC, or ISO 8601 text with a zone',
  )
}

/** A stamp: a time, or a fraction of a millisecond as the log gives its commits. */
export const stampOf = (value: unknown, path: string): number =>
  typeof value === 'number' && Number.isFinite(value) ? value : timeOf(value, path)
