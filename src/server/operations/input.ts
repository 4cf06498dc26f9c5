import { MillraceError } from '../../base/error.ts'

/** A body that must be an object. Throws REQUEST_INVALID. */
export const objectOf = <T extends object>(body: unknown): T => {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as T
  throw new MillraceError('REQUEST_INVALID', 'the body is not an object', { value: body ?? null, expected: 'a JSON object' })
}
