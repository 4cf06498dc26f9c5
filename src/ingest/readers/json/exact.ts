/** JSON whose long numbers keep their digits. */
import { type FieldPlan, required } from '../../../model/field.ts'

/** JSON text as it stands within other JSON. (Of the proposal "JSON.parse source text access", which TypeScript's es2024 lacks.) */
export const rawJson = (JSON as unknown as { readonly rawJSON: (text: string) => unknown }).rawJSON

/** A number that a double may not tell apart from others, as it was written. */
export class ExactNumber {
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  /** For messages and dead letters: the digits as they came. */
  toJSON(): unknown {
    return rawJson(this.source)
  }
}

const longNumber = 16

/** Lists and objects within each other, at most: what is deeper cannot be walked or written again without end of the stack. */
export const deepestJson = 256

/**
 * Throws SyntaxError, also for what is nested deeper than `deepest`. Numbers of 16 digits and more come as ExactNumber where a
 * double does not write them the same.
 */
export const parseExact = (text: string, deepest = deepestJson): unknown => {
  if (text.length > 2 * deepest && isDeeper(text, deepest)) throw new SyntaxError(`nested deeper than ${deepest} lists and objects`)
  return hasLongNumber(text) ? JSON.parse(text, keepDigits) : JSON.parse(text)
}

/** Whether so many digits or points stand side by side anywhere. Found by the character: an expression takes eight times as long. */
const hasLongNumber = (text: string): boolean => {
  for (let i = longNumber - 1; i < text.length; i += longNumber) {
    // A run of so many covers one in so many places; it is measured from there.
    if (!isNumeric(text.charCodeAt(i))) continue
    let [from, to] = [i, i + 1]
    while (from > 0 && isNumeric(text.charCodeAt(from - 1))) from--
    while (to < text.length && isNumeric(text.charCodeAt(to))) to++
    if (to - from >= longNumber) return true
  }
  return false
}

const isNumeric = (unit: number): boolean => (unit >= 0x30 && unit <= 0x39) || unit === 0x2e

const quote = 0x22
const backslash = 0x5c

/** Of text that is no JSON it may say either. */
const isDeeper = (text: string, deepest: number): boolean => {
  let depth = 0
  let inText = false
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === quote) inText = !inText
    else if (inText) {
      if (unit === backslash) i++
    } else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > deepest) return true
    } else if (unit === 0x5d || unit === 0x7d) depth--
  }
  return false
}

const keepDigits = (_: string, value: unknown, context?: { readonly source?: string }): unknown => {
  const source = context?.source
  return typeof value === 'number' && source !== undefined && source.length >= 16 && String(value) !== source
    ? new ExactNumber(source)
    : value
}

/** A parsed value as its field can judge it: exact numbers as the field's own digits, or as the nearest double. */
export const exactFor = (field: FieldPlan, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const plan = required(field)
  if (value instanceof ExactNumber) return exactValue(plan.kind, value.source)
  if (plan.kind === 'list') return Array.isArray(value) ? value.map((part) => exactFor(plan.of, part)) : value
  if (plan.kind === 'object' && !Array.isArray(value)) return exactRecord(plan.fields, value as Readonly<Record<string, unknown>>)
  return value
}

/** The same for a whole record; fields that are not declared stay as they are. */
export const exactRecord = (
  fields: { readonly [name: string]: FieldPlan },
  record: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, Object.hasOwn(fields, name) ? exactFor(fields[name]!, value) : value]),
  )

const whole = /^-?[0-9]+$/

const exactValue = (kind: FieldPlan['kind'], source: string): unknown => {
  if (kind === 'decimal') return source
  if (kind === 'double' || !whole.test(source)) return Number(source)
  return BigInt(source)
}
