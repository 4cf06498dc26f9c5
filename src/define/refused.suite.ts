import { expect, it } from 'vitest'
import { MillraceError } from '../base/error.ts'

/** What a caller without types can write. */
export const untyped = (value: unknown): never => value as never

/** What a builder throws; anything but a MillraceError fails the test. */
export const refusal = (build: () => unknown): MillraceError => {
  try {
    build()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

type Refused = readonly [what: string, build: () => unknown, code: string, says: string]

/** One test for each. */
export const refuses = (cases: readonly Refused[]) =>
  it.each(cases)('%s', (_, build, code, says) => {
    const error = refusal(build)
    expect(error.code).toBe(code)
    expect(error.message).toContain(says)
  })
