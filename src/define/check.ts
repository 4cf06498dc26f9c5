import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { durationMs } from '../model/window.ts'

/** What types cannot see, or a caller without types could write. Each refusal names the place, the value and what would be right. */

const definitionName = /^[A-Za-z][A-Za-z0-9_-]*$/
const memberName = /^[\p{L}_$][\p{L}\p{N}_$-]*$/u

/** Names of definitions stand in URLs and file names. Throws NAME_INVALID. */
export const checkName = (sort: string, name: string): void => {
  if (typeof name === 'string' && definitionName.test(name)) return
  throw new MillraceError('NAME_INVALID', `not a name for ${sort}`, {
    value: name,
    expected: "letters, digits, '-' and '_', a letter first",
  })
}

/** Names of fields, features and fetches: no dot, since paths join them by dots. Throws NAME_INVALID. */
export const checkMembers = (at: string, members: object): void => {
  for (const name of Object.keys(members)) {
    if (memberName.test(name)) continue
    throw new MillraceError('NAME_INVALID', 'not a name', {
      at,
      value: name,
      expected: "letters, digits, '-', '_' and '$', a letter first",
    })
  }
}

/** Throws OPTION_UNKNOWN, with the nearest known one. */
export const checkOptions = (at: string, options: object, known: readonly string[]): void => {
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new MillraceError('OPTION_UNKNOWN', `there is no option '${name}'`, { at, hint: didYouMean(name, known) })
  }
}

/** Throws OPTION_INVALID unless the number is whole and at least 1. */
export const checkCount = (at: string, value: number): void => {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new MillraceError('OPTION_INVALID', 'not a number of things', { at, value, expected: 'a whole number, at least 1' })
}

/** Throws OPTION_INVALID unless the value is one of those. */
export const checkOneOf = (at: string, value: unknown, known: readonly unknown[]): void => {
  if (known.includes(value)) return
  throw new MillraceError('OPTION_INVALID', 'not one of the choices', {
    at,
    value,
    ...(typeof value === 'string' ? { hint: didYouMean(value, known as readonly string[]) } : { expected: known.join(', ') }),
  })
}

/** A duration's text, refused with its place. Throws DURATION_INVALID. */
export const checkDuration = (at: string, text: string): string => {
  placed(at, () => durationMs(text))
  return text
}

/** Throws FIELD_UNKNOWN, with the nearest known name. */
export const unknownField = (at: string, name: string, known: Iterable<string>): never => {
  throw new MillraceError('FIELD_UNKNOWN', `there is no field '${name}'`, { at, hint: didYouMean(name, known) })
}

/** Throws COLUMN_UNKNOWN, with the nearest known name. */
export const unknownColumn = (at: string, name: string, known: Iterable<string>): never => {
  throw new MillraceError('COLUMN_UNKNOWN', `there is no column '${name}'`, { at, hint: didYouMean(name, known) })
}

/** Runs a check that knows no place, and says where it failed. */
export const placed = <T>(at: string, check: () => T): T => {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof MillraceError) || error.details.at !== undefined) throw error
    throw new MillraceError(error.code, error.summary, { ...error.details, at })
  }
}
