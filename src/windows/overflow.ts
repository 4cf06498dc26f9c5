/**
 * Results beyond the largest double: engines mark them by an infinity, which no value ever is, also within the groups of a feature
 * with `groupBy`. Whoever reads a result must say so (NUMBER_OVERFLOW).
 */
import type { Value } from '../model/value.ts'
import type { CompiledFeature } from './compiled.ts'

/** Whose results may be beyond all doubles while their values are not. */
const overflowing: ReadonlySet<string> = new Set([
  'sum',
  'mean',
  'variance',
  'variancePop',
  'deviation',
  'deviationPop',
  'rate',
  'decayedSum',
])

export const mayOverflow = ({ aggregate }: CompiledFeature): boolean => overflowing.has(aggregate)

export const isOverflow = (number: number): boolean => Math.abs(number) === Number.POSITIVE_INFINITY

/** Of a feature's groups. */
export const hasOverflow = (groups: Value): boolean => {
  if (groups === null) return false
  for (const value of Object.values(groups as object)) if (typeof value === 'number' && isOverflow(value)) return true
  return false
}
