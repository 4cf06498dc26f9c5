/** Lists as JSON bytes: whole numbers of 64 bits and decimals as digits in quotes, everything else as JSON has it. */
import { type FieldPlan, required } from '../../../../model/field.ts'
import type { Data, Value } from '../../../../model/value.ts'

/** The empty text is null. */
export const encodeJson = (value: Value): string =>
  value === null ? '' : JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part))

export const decodeJson = (text: string, field: FieldPlan): Value => (text === '' ? null : revive(JSON.parse(text), field))

const revive = (value: Value, field: FieldPlan): Value => {
  const plan = required(field)
  if (value === null) return null
  if (plan.kind === 'int64' || plan.kind === 'decimal') return BigInt(value as string)
  if (plan.kind === 'list') return (value as readonly Value[]).map((part) => revive(part, plan.of))
  if (plan.kind !== 'object') return value
  return Object.fromEntries(Object.entries(plan.fields).map(([name, inner]) => [name, revive((value as Data)[name] ?? null, inner)]))
}
