/** A case's main: text that is the body of a function of `{ root, time, …fetched }`. */
import { MillraceError } from '../base/error.ts'
import { canonical, type Json } from '../model/json.ts'

/**
 * Runs it over a tree as main sees it (int64 as bigint, decimals as numbers), frozen. Names that are no identifiers are found in
 * `arguments[0]`. Throws MAIN_THREW, and RESULT_UNREPRESENTABLE where the result has no JSON form.
 */
export const runMainText = (body: string, names: readonly string[], tree: unknown): Json => {
  const main = compiled(body, names)
  let returned: unknown
  try {
    returned = main(frozen(tree))
  } catch (cause) {
    throw new MillraceError('MAIN_THREW', 'main threw', {
      value: cause instanceof Error ? `${cause.name}: ${cause.message}` : cause,
      cause,
    })
  }
  return JSON.parse(canonical(int64AsText(returned))) as Json
}

/** Compiled as a function that destructures its one argument, strict, so that `this` and undeclared names lead nowhere. */
const compiled = (body: string, names: readonly string[]): ((tree: unknown) => unknown) => {
  const parameters = ['root', 'time', ...names].filter(isParameter).join(', ')
  try {
    return new Function(`'use strict'; return function ({ ${parameters} }) {\n${body}\n}`)() as (tree: unknown) => unknown
  } catch (cause) {
    throw new MillraceError('MAIN_INVALID', 'main is no function body', { value: String(cause), cause })
  }
}

const isParameter = (name: string): boolean => {
  if (!/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name)) return false
  try {
    return new Function(`'use strict'; return function ({ ${name} }) {}`) !== undefined
  } catch {
    return false // a reserved word
  }
}

const frozen = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}

/** A result's bigints are int64 values, whose JSON is text. What else is no JSON stays, for `canonical` to refuse by its path. */
const int64AsText = (value: unknown): unknown => {
  if (typeof value === 'bigint') return `${value}`
  if (Array.isArray(value)) return value.map(int64AsText)
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, int64AsText(part)]))
}
