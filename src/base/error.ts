/** Names a failure for programs. Stable: documented in docs/errors.md, tested, never reused for something else. */
export type ErrorCode = Uppercase<string>

export interface ErrorDetails {
  /** Where it was found: a field path, a file and line, a source position, a key. */
  readonly at?: string
  /** The offending value, as far as it can be shown. */
  readonly value?: unknown
  /** What would have been right. */
  readonly expected?: string
  /** What to do now. */
  readonly hint?: string
  /** Whether the same call may succeed later without a change. Default: false. */
  readonly retryable?: boolean
  readonly cause?: unknown
}

/**
 * The one error of the product: something in the world (input, disk, definition) is not as it must be.
 * Bugs of our own are assertions (`assert.ts`), never a `MillraceError`.
 */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  readonly code: ErrorCode
  readonly retryable: boolean
  /** The message alone, without what the details say. */
  readonly summary: string
  readonly details: ErrorDetails

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(sentence(message, details), details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.summary = message
    this.retryable = details.retryable ?? false
    this.details = details
  }
}

const sentence = (message: string, { at, value, expected, hint }: ErrorDetails): string =>
  [
    at === undefined ? message : `${at}: ${message}`,
    value === undefined ? undefined : `found ${shown(value)}`,
    expected === undefined ? undefined : `expected ${expected}`,
    hint,
  ]
    .filter((part) => part !== undefined)
    .join('; ')

const shownLimit = 120

/** A value as a message can show it: quoted, and cut where it is long. */
export const shown = (value: unknown): string => {
  const text = typeof value === 'bigint' ? `${value}` : (plain(value) ?? String(value))
  return text.length <= shownLimit ? text : `${text.slice(0, shownLimit)}… (${text.length} characters)`
}

const plain = (value: unknown): string | undefined => {
  if (typeof value === 'number') return String(value)
  try {
    return JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part))
  } catch {
    // A cycle, depth beyond the stack, or an accessor that throws: String(value) might not come back either.
    return Array.isArray(value) ? 'a list' : 'an object'
  }
}
