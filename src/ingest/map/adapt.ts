/** What a source sent for a declared column, before `coerce` judges it: units of time, and sources that have texts only. */
import { type FieldPlan, required } from '../../model/field.ts'
import type { SourceColumnPlan, TimeUnit } from '../../model/mapping.ts'
import { ExactNumber, exactFor } from '../readers/json/exact.ts'

export interface Adaptation {
  readonly plan: SourceColumnPlan
  /** The source's own unit of time, where the column declares none. */
  readonly unit: TimeUnit | undefined
  readonly isUntyped: boolean
}

/** The raw value as `coerce` takes it. Whatever does not fit stays as it is, for `coerce` to refuse. */
export const adapt = ({ plan, unit, isUntyped }: Adaptation, raw: unknown): unknown => {
  if (raw === null || raw === undefined) return null
  const field = required(plan.field)
  const value = isUntyped && typeof raw === 'string' ? typedText(field, raw) : exactFor(field, raw)
  return field.kind === 'time' ? inMilliseconds(value, plan.unit ?? unit ?? 'ms') : value
}

const number = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/
const whole = /^[+-]?[0-9]{1,40}$/
const truths: { readonly [text: string]: boolean } = { true: true, t: true, '1': true, false: false, f: false, '0': false }

/** Text of a CSV as the declared type would be sent in JSON. Decimals, int64 and keys stay text: nothing of theirs is rounded. */
const typedText = (field: FieldPlan, text: string): unknown => {
  switch (field.kind) {
    case 'int':
    case 'time':
      return whole.test(text) ? wholeNumber(text) : field.kind === 'int' && number.test(text) ? Number(text) : text
    case 'double':
      return number.test(text) ? Number(text) : text
    case 'boolean':
      return truths[text.toLowerCase()] ?? text
    case 'list':
    case 'object':
      return parsed(field, text)
    default:
      return text
  }
}

const wholeNumber = (text: string): number | bigint => {
  const value = Number(text)
  return Number.isSafeInteger(value) ? value : BigInt(text.replace(/^\+/, ''))
}

const parsed = (field: FieldPlan, text: string): unknown => {
  try {
    return exactFor(
      field,
      JSON.parse(text, (_, value, context?: { source?: string }) => exactOf(value, context?.source)),
    )
  } catch {
    return text
  }
}

const exactOf = (value: unknown, source: string | undefined): unknown =>
  typeof value === 'number' && source !== undefined && String(value) !== source ? new ExactNumber(source) : value

const perMillisecond = { us: 1000, ns: 1_000_000 } as const

/** Whole numbers of a unit in milliseconds, rounded down; anything else as it is. */
const inMilliseconds = (value: unknown, unit: TimeUnit): unknown => {
  if (unit === 'ms' || (typeof value !== 'bigint' && !Number.isSafeInteger(value))) return value
  if (unit === 's') return typeof value === 'bigint' ? value * 1000n : (value as number) * 1000
  const divisor = perMillisecond[unit]
  return typeof value === 'bigint' ? Number(floorDivided(value, BigInt(divisor))) : floored(value as number, divisor)
}

const floorDivided = (value: bigint, divisor: bigint): bigint => value / divisor - (value % divisor < 0n ? 1n : 0n)

/** The floor of the exact quotient: the division rounds, and may round up to a whole number. */
export const floored = (value: number, divisor: number): number => {
  const quotient = Math.floor(value / divisor)
  return quotient * divisor > value ? quotient - 1 : quotient
}
