/** Literals of a plan (JSON) made into what columns hold, by the declared field. */
import { MillraceError } from '../base/error.ts'
import { coerce, isMisfit } from '../model/coerce.ts'
import type { FieldPlan } from '../model/field.ts'
import type { Value } from '../model/value.ts'

/** A literal as an engine value of exactly this field. Throws LITERAL_INVALID. */
export const literalValue = (field: FieldPlan, literal: unknown, at: string): Value => {
  const coerced = coerce(field, literal, at)
  if (!isMisfit(coerced)) return coerced.value
  throw invalidLiteral(coerced.at, coerced.value, coerced.expected)
}

const invalidLiteral = (at: string, value: unknown, expected: string): MillraceError =>
  new MillraceError('LITERAL_INVALID', 'the value does not fit the column', { at, value, expected })

/** Where a number stands among the whole numbers: both are equal when it is one. */
export interface Threshold {
  readonly floor: bigint
  readonly ceil: bigint
}

const numberPattern = /^([+-]?)([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4}))?$/

/**
 * A number times 10^scale, between whole numbers. Text is read exactly; a JSON number stands for the decimal it is written as.
 * It may have any number of digits: `amount below '0.005'` is a fair question about cents.
 */
export const thresholdOf = (literal: unknown, scale: number, at: string): Threshold => {
  const text = typeof literal === 'number' || typeof literal === 'bigint' ? String(literal) : literal
  const [, sign, whole = '', fraction = '', exponent = '0'] = (typeof text === 'string' && numberPattern.exec(text)) || []
  if (sign === undefined) throw invalidLiteral(at, literal, 'a number, or decimal text')
  const shift = scale + Number(exponent) - fraction.length
  const digits = BigInt(whole + fraction) * (sign === '-' ? -1n : 1n)
  if (shift >= 0) return { floor: digits * 10n ** BigInt(shift), ceil: digits * 10n ** BigInt(shift) }
  const unit = 10n ** BigInt(-shift)
  const below = digits / unit - (digits < 0n && digits % unit !== 0n ? 1n : 0n)
  return { floor: below, ceil: digits % unit === 0n ? below : below + 1n }
}
