import { MillraceError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'

/** A body that must be an object. Throws REQUEST_INVALID. */
export const objectOf = <T extends object>(body: unknown): T => {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as T
  throw new MillraceError('REQUEST_INVALID', 'the body is not an object', { value: body ?? null, expected: 'a JSON object' })
}

/** A body of no other members than its description has: a misspelt one would ask for something else than was meant. Throws REQUEST_INVALID. */
export const bodyOf = <T extends object>(body: unknown, { properties }: { readonly properties: object }): T => {
  const members = objectOf<T>(body)
  const names = Object.keys(properties)
  const unknown = Object.entries(members).find(([name]) => !names.includes(name))
  if (unknown === undefined) return members
  const [at, value] = unknown
  throw new MillraceError('REQUEST_INVALID', 'the body has no such member', { at, value, hint: didYouMean(at, names) })
}

/** Throws REQUEST_INVALID. */
export const checkWhole = (at: string, value: unknown, most = Number.MAX_SAFE_INTEGER): void => {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) return
  throw new MillraceError('REQUEST_INVALID', 'not a number that can be meant', {
    at,
    value: value ?? null,
    expected: most === Number.MAX_SAFE_INTEGER ? 'a whole number, 1 or more' : `a whole number from 1 to ${most}`,
  })
}
