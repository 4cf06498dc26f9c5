import { MillraceError } from '../../base/error.ts'

/** A body that must be an object. Throws REQUEST_INVALID. */
export const objectOf = <T extends object>(body: unknown): T => {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as T
  throw new MillraceError('REQUEST_INVALID', 'the body is not an object', { value: body ?? null, expected: 'a JSON object' })
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
