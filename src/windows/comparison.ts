/** Comparisons of one value with a literal or with another value, exact whatever the two types and scales. */
import { MillraceError } from '../base/error.ts'
import { type FieldPlan, required } from '../model/field.ts'
import type { Comparison } from '../model/plan.ts'
import type { Value } from '../model/value.ts'
import { isComparable, isNumber, isScalar, isText, isTime } from './fields.ts'
import { literalValue, thresholdOf } from './literal.ts'

/** Judges one value that is there. Numbers, times and booleans (0, 1) come as they are, decimals as whole numbers of 10^-scale. */
export interface ScalarTest {
  number(value: number): boolean
  bigint(value: bigint): boolean
  other(value: Value): boolean
}

const never = (): boolean => false
const ordering = ['below', 'atMost', 'above', 'atLeast']

/** A comparison with a literal. Throws CONDITION_TYPE, LITERAL_INVALID. */
export const comparison = (op: Comparison, field: FieldPlan, literal: unknown, at: string): ScalarTest => {
  const plain = required(field)
  if (op === 'contains') {
    if (plain.kind !== 'list' || !isScalar(plain.of)) throw wrongType(op, field, 'a list of scalars', at)
    return containsTest(comparison('is', plain.of, literal, at))
  }
  if (op === 'startsWith') {
    if (!isText(field) || typeof literal !== 'string') throw wrongType(op, field, 'a column of text and a text', at)
    return { number: never, bigint: never, other: (value) => (value as string).startsWith(literal) }
  }
  if (!isScalar(field)) throw wrongType(op, field, 'a scalar', at)
  if (ordering.includes(op) && !isNumber(field) && !isTime(field)) throw wrongType(op, field, 'a number or a time', at)
  if (plain.kind === 'double') return doubleTest(op, doubleOf(literal, at))
  if (isNumber(field)) return wholeTest(op, thresholdOf(literal, plain.kind === 'decimal' ? plain.scale : 0, at))
  return sameTest(op, literalValue(plain, literal, at))
}

const doubleOf = (literal: unknown, at: string): number => {
  thresholdOf(literal, 0, at)
  return Number(literal)
}

const wrongType = (op: string, field: FieldPlan, expected: string, at: string): MillraceError =>
  new MillraceError('CONDITION_TYPE', `'${op}' does not apply to this column`, { at, value: required(field).kind, expected })

const containsTest = (is: ScalarTest): ScalarTest => ({
  number: never,
  bigint: never,
  other: (list) =>
    (list as readonly Value[]).some((value) => {
      if (value === null) return false
      if (typeof value === 'bigint') return is.bigint(value)
      return typeof value === 'string' ? is.other(value) : is.number(Number(value))
    }),
})

/** Texts, times and booleans. */
const sameTest = (op: Comparison, value: Value): ScalarTest => {
  if (typeof value === 'string') {
    return { number: never, bigint: never, other: op === 'is' ? (text) => text === value : (text) => text !== value }
  }
  return doubleTest(op, Number(value))
}

const doubleTest = (op: Comparison, value: number): ScalarTest => ({ number: numberTest(op, value), bigint: never, other: never })

const numberTest = (op: Comparison, limit: number): ((value: number) => boolean) => {
  switch (op) {
    case 'is':
      return (value) => value === limit
    case 'not':
      return (value) => value !== limit
    case 'below':
      return (value) => value < limit
    case 'atMost':
      return (value) => value <= limit
    case 'above':
      return (value) => value > limit
    default:
      return (value) => value >= limit
  }
}

/**
 * Whole values against a limit that may lie between two whole numbers. JavaScript compares bigints with numbers by their
 * mathematical values, so one limit serves both; the doubles' one is rounded only beyond 2^53, where no value of a column lies.
 */
const wholeTest = (op: Comparison, { floor, ceil }: { readonly floor: bigint; readonly ceil: bigint }): ScalarTest => {
  const isWhole = floor === ceil
  if (op === 'is' && !isWhole) return { number: never, bigint: never, other: never }
  if (op === 'not' && !isWhole) return { number: () => true, bigint: () => true, other: never }
  const limit = op === 'below' || op === 'atLeast' ? ceil : floor
  return { number: numberTest(op, Number(limit)), bigint: bigintTest(op, limit), other: never }
}

const bigintTest = (op: Comparison, limit: bigint): ((value: bigint) => boolean) => {
  const judge = signTest(op)
  return (value) => judge(value < limit ? -1 : value > limit ? 1 : 0)
}

const signTest = (op: Comparison): ((sign: number) => boolean) => numberTest(op, 0)

/** A comparison of two values that are both there. */
export interface Pair {
  test(left: Value, right: Value): boolean
  /** For two columns of kind `number`, where comparing what they hold is exact. */
  readonly numbers?: (left: number, right: number) => boolean
}

/** Throws CONDITION_TYPE. */
export const pairing = (op: Comparison | 'in', left: FieldPlan, right: FieldPlan, at: string): Pair => {
  if (op === 'in') throw wrongType(op, left, 'a list of values in place of a column', at)
  if (op === 'startsWith') {
    if (!isText(left) || !isText(right)) throw wrongType(op, isText(left) ? right : left, 'two columns of text', at)
    return { test: (a, b) => (a as string).startsWith(b as string) }
  }
  const list = required(left)
  if (op === 'contains') {
    if (list.kind !== 'list' || !isComparable(list.of, right)) throw wrongType(op, left, 'a list of what the other column holds', at)
    const order = compareBy(list.of, right)
    return { test: (a, b) => (a as readonly Value[]).some((part) => part !== null && order(part, b) === 0) }
  }
  if (!isComparable(left, right)) throw wrongType(op, right, `the type of the other column, ${required(left).kind}`, at)
  if (ordering.includes(op) && !isNumber(left) && !isTime(left)) throw wrongType(op, left, 'numbers or times', at)
  const judge = signTest(op)
  const order = compareBy(left, right)
  const test = (a: Value, b: Value): boolean => judge(order(a, b))
  return isNumber(left) && scaleOf(left) !== scaleOf(right) ? { test } : { test, numbers: (a, b) => judge(a < b ? -1 : a > b ? 1 : 0) }
}

const scaleOf = (field: FieldPlan): number => {
  const plain = required(field)
  return plain.kind === 'decimal' ? plain.scale : 0
}

const compareBy = (left: FieldPlan, right: FieldPlan): ((a: Value, b: Value) => number) => {
  const [scaleLeft, scaleRight] = [scaleOf(left), scaleOf(right)]
  if (scaleLeft === scaleRight) return (a, b) => (a! < b! ? -1 : a! > b! ? 1 : 0)
  return (a, b) => compareScaled(a as Numeric, scaleLeft, b as Numeric, scaleRight)
}

type Numeric = number | bigint

/** a / 10^scaleA against b / 10^scaleB, exactly: both are made whole numbers over one power of two and of ten. */
export const compareScaled = (a: Numeric, scaleA: number, b: Numeric, scaleB: number): number => {
  const [left, right] = [whole(a), whole(b)]
  const x = (left.units * 10n ** BigInt(scaleB)) << BigInt(right.halvings)
  const y = (right.units * 10n ** BigInt(scaleA)) << BigInt(left.halvings)
  return x < y ? -1 : x > y ? 1 : 0
}

/** A number as units / 2^halvings. Doubling a double that is not whole is exact. */
const whole = (value: Numeric): { readonly units: bigint; readonly halvings: number } => {
  if (typeof value === 'bigint') return { units: value, halvings: 0 }
  let halvings = 0
  for (; !Number.isInteger(value); halvings++) value *= 2
  return { units: BigInt(value), halvings }
}
