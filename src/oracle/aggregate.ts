/** Every aggregate as its line in docs/aggregates.md says, over the values one after the other. */

import { assert, unreachable } from '../base/assert.ts'
import { MillraceError } from '../base/error.ts'
import { exp2 } from '../base/exp2.ts'
import type { FieldPlan } from '../model/field.ts'
import type { FeaturePlan } from '../model/plan.ts'
import type { Value } from '../model/value.ts'
import { durationMs } from '../model/window.ts'
import { bare, exact } from './cell.ts'
import { literal } from './condition.ts'
import {
  compared,
  dividedBy,
  type Fraction,
  fraction,
  minus,
  nearestDouble,
  ofDecimalText,
  ofDouble,
  plus,
  scaled,
  times,
  zero,
} from './fraction.ts'
import { leaf, record, type TreeNode, whole } from './node.ts'
import { compareTexts } from './order.ts'
import type { Row } from './rows.ts'
import { sketchedCount } from './sketch.ts'

export interface Question {
  readonly feature: FeaturePlan
  readonly rows: readonly Row[]
  /** The column's field, where the feature has a column. */
  readonly field?: FieldPlan
  /** T. */
  readonly time: number
  /** The window's own length in ms; left out: the time since the first row. */
  readonly lengthMs?: number
}

const defaultLimit = 1_000
const double: FieldPlan = { kind: 'double' }

export const aggregate = (question: Question): TreeNode => {
  const { feature, rows, time } = question
  const field = question.field ?? double
  const values = feature.column === undefined ? [] : rows.map((row) => row.cell(feature.column!).value).filter((value) => value !== null)
  const numbers = () => values.map((value) => exact(value, field))
  const own = (value: Value | undefined) => leaf(field, value ?? null)
  const list = (some: readonly Value[]) => leaf({ kind: 'list', of: field }, some)
  const { limit = defaultLimit, k = 0, percent = 0, bounds = [] } = feature.options ?? {}
  switch (feature.aggregate) {
    case 'count':
      return whole(feature.column === undefined ? rows.length : values.length)
    case 'sum':
      return leaf(double, values.length === 0 ? null : finite(total(numbers())))
    case 'mean':
      return leaf(double, values.length === 0 ? null : finite(dividedBy(total(numbers()), fraction(BigInt(values.length)))))
    case 'variance':
      return leaf(double, variance(numbers(), 1))
    case 'variancePop':
      return leaf(double, variance(numbers(), 0))
    case 'deviation':
      return leaf(double, root(variance(numbers(), 1)))
    case 'deviationPop':
      return leaf(double, root(variance(numbers(), 0)))
    case 'min':
      return own(bySize(values)[0])
    case 'max':
      return own(bySize(values).at(-1))
    case 'collect':
      return list(values.slice(-limit))
    case 'distinct':
      return list([...new Set(values)].slice(0, limit))
    case 'distinctCount':
      return whole(feature.options?.sketched ? sketchedCount(values, field) : new Set(values).size)
    case 'first':
      return own(values[0])
    case 'last':
      return own(values.at(-1))
    case 'firstK':
      return list(values.slice(0, k))
    case 'lastK':
      return list(values.slice(-k))
    case 'topK':
      return list(bySize(values).reverse().slice(0, k))
    case 'mostFrequent':
      return mostFrequent(values, field, k)
    case 'percentile':
      return own(bySize(values)[rank(percent, values.length) - 1])
    case 'histogram':
      return leaf(
        { kind: 'list', of: { kind: 'int' } },
        histogram(
          numbers(),
          bounds.map((bound) => literal(bound, field) as Fraction),
        ),
      )
    case 'rate':
      return leaf(double, rate(question))
    case 'decayedSum':
      return leaf(double, decayedSum(question, field))
    case 'timeSince':
      return whole(timeSince(feature.column === undefined ? rows.at(-1)?.event.time : (values.at(-1) as number | undefined), time))
    default:
      return unreachable(feature.aggregate)
  }
}

const total = (numbers: readonly Fraction[]): Fraction => numbers.reduce(plus, zero)

/** Rounded once; a result beyond the largest double is an error. */
const finite = (value: Fraction): number => finiteDouble(nearestDouble(value))

const finiteDouble = (double: number): number => {
  if (Number.isFinite(double)) return double + 0
  throw new MillraceError('NUMBER_OVERFLOW', 'the result is beyond the largest double', {
    expected: 'values whose exact result a double can hold',
  })
}

/** (n·Q − S²) / (n·(n − fewer)). */
const variance = (numbers: readonly Fraction[], fewer: 0 | 1): number | null => {
  if (numbers.length <= fewer) return null
  const n = BigInt(numbers.length)
  const sum = total(numbers)
  const squares = total(numbers.map((value) => times(value, value)))
  return finite(dividedBy(minus(times(fraction(n), squares), times(sum, sum)), fraction(n * (n - BigInt(fewer)))))
}

const root = (value: number | null): number | null => (value === null ? null : Math.sqrt(value))

/** Smallest first. All are of one column, so all are numbers, or bigints of one scale, or texts, or booleans. */
const bySize = (values: readonly Value[]): Value[] =>
  [...values].sort((a, b) => (typeof a === 'string' ? compareTexts(a, b as string) : a! < b! ? -1 : a! > b! ? 1 : 0))

const mostFrequent = (values: readonly Value[], field: FieldPlan, k: number): TreeNode => {
  const counts = new Map<Value, number>()
  for (const value of bySize(values)) counts.set(value, (counts.get(value) ?? 0) + 1)
  const ranked = [...counts].sort(([, a], [, b]) => b - a) // stable: equal counts stay by size
  return { items: ranked.slice(0, k).map(([value, count]) => record({ value: leaf(field, value), count: whole(count) })) }
}

/** ceil(p·n / 100), exact in the digits that p is written with. */
const rank = (percent: number, n: number): number => {
  const { over, under } = times(ofDecimalText(String(percent))!, fraction(BigInt(n), 100n))
  return Number((over + under - 1n) / under)
}

const histogram = (numbers: readonly Fraction[], bounds: readonly Fraction[]): readonly number[] => {
  const counts = new Array<number>(bounds.length + 1).fill(0)
  for (const value of numbers) counts[bounds.filter((bound) => compared(value, bound) >= 0).length]! += 1
  return counts
}

const rate = ({ feature, rows, time, lengthMs }: Question): number => {
  const length = lengthMs ?? (rows.length === 0 ? 0 : time - rows[0]!.event.time)
  if (length === 0) return 0
  return finite(fraction(BigInt(rows.length) * BigInt(durationMs(feature.options?.per ?? '')), BigInt(length)))
}

/** Contributions reach back so many half-lives. */
const decayReach = 1_000

const decayedSum = ({ feature, rows, time }: Question, field: FieldPlan): number => {
  const halfLifeMs = durationMs(feature.options?.halfLife ?? '')
  const now = halfLives(time, halfLifeMs)
  let sum = zero
  for (const row of rows) {
    const { value } = row.cell(feature.column!)
    const then = halfLives(row.event.time, halfLifeMs)
    if (value === null || now.whole - then.whole > decayReach) continue
    const product = finiteDouble(nearestDouble(exact(value, field)) * exp2(then.part))
    sum = plus(sum, times(ofDouble(product), scaled(1n, BigInt(then.whole - now.whole))))
  }
  return finiteDouble(finite(sum) * exp2(-now.part))
}

/** A time as whole half-lives and the part of one that is left, rounded once. */
const halfLives = (time: number, halfLifeMs: number): { readonly whole: number; readonly part: number } => {
  const left = ((BigInt(time) % BigInt(halfLifeMs)) + BigInt(halfLifeMs)) % BigInt(halfLifeMs)
  const count = (BigInt(time) - left) / BigInt(halfLifeMs)
  assert(count * BigInt(halfLifeMs) + left === BigInt(time), 'half-lives and the rest make the time')
  return { whole: Number(count), part: Number(left) / halfLifeMs }
}

const timeSince = (then: number | undefined, time: number): number | null => (then === undefined ? null : time - then)

/** `default` as a value of the aggregate's own field. */
export const defaultNode = (value: unknown, { field }: { readonly field: FieldPlan }): TreeNode => {
  const { kind } = bare(field)
  if (kind === 'decimal') {
    const { scale } = bare(field) as { readonly scale: number }
    const units = times(literal(value as number, field) as Fraction, fraction(10n ** BigInt(scale)))
    return leaf(field, units.over / units.under)
  }
  return leaf(field, kind === 'int64' ? BigInt(value as number) : (value as Value))
}
