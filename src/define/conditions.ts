import { MillraceError } from '../base/error.ts'
import type { ConditionPlan, Literal } from '../model/plan.ts'
import type { Condition } from './columns.ts'

/** The opposite of a condition: true where it is false, missing values included. */
export const not = (condition: Condition): Condition => conditionOf({ op: 'not-of', of: condition.plan })

export const conditionOf = (plan: ConditionPlan): Condition => ({
  plan,
  and: (other) => conditionOf(both(plan, other.plan)),
  or: (other) => conditionOf(joined('or', plan, other.plan)),
})

/** Two conditions that must both hold, the first of which there may not be. */
export const both = (a: ConditionPlan | undefined, b: ConditionPlan): ConditionPlan => (a === undefined ? b : joined('and', a, b))

const joined = (op: 'and' | 'or', a: ConditionPlan, b: ConditionPlan): ConditionPlan => ({
  op,
  of: [...(a.op === op ? a.of : [a]), ...(b.op === op ? b.of : [b])],
})

/** Every column path a condition asks about. */
export const columnsOf = (condition: ConditionPlan | undefined): readonly string[] => {
  if (condition === undefined) return []
  if ('of' in condition) return [condition.of].flat().flatMap(columnsOf)
  return 'other' in condition ? [condition.column, condition.other] : [condition.column]
}

/** A value to compare with, in JSON form: an int64 as text, a Date as milliseconds. Throws VALUE_INVALID. */
export const literalOf = (at: string, value: unknown): Literal => {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return String(value)
  const number = typeof value === 'object' && value !== null && 'getTime' in value ? (value.getTime as () => unknown).call(value) : value
  if (typeof number === 'number' && Number.isFinite(number)) return number
  throw new MillraceError('VALUE_INVALID', 'not a value to compare with', {
    at,
    value,
    expected: 'text, a finite number, a boolean, a time or another column',
    hint: 'ask for a missing value with isMissing()',
  })
}
