import { MillraceError } from '../base/error.ts'
import type { AggregateName, FeatureOptions, FeaturePlan } from '../model/plan.ts'
import { checkCount, checkDuration, checkOptions } from './check.ts'
import type { Column, Condition, KeyedColumn, MeasureColumn, OrderedColumn, ScalarColumn, TimeColumn } from './columns.ts'
import { both } from './conditions.ts'
import type { DurationText, WindowText } from './window-text.ts'

/** One aggregate, as declared. `V` is its value in main, `W` its own windows (`never`: those of its group). */
export interface Feature<V = unknown, W extends string = string> {
  readonly '~value': V
  readonly '~windows': W
  readonly plan: FeaturePlan
}

/** An aggregate of events: filter it, split it, give it windows of its own, or a value for "nothing there". */
export interface Aggregate<V, W extends string = never> extends Feature<V, W> {
  /** Only events for which this holds. Several `where` must all hold. */
  where(condition: Condition): Aggregate<V, W>
  /** One value per value of the column: `{ food: 3, travel: 1 }`. A group without events is absent. */
  groupBy<const G extends string | number | bigint | boolean>(column: KeyedColumn<G, string>): Feature<Groups<G, V>, W>
  /** Instead of the windows of the group. */
  over<const O extends string>(...windows: readonly WindowText<O>[]): Aggregate<V, O>
  /** Instead of `null` when there is no value; before `groupBy`: instead of a group's `null`. */
  default(value: NonNullable<V>): Aggregate<NonNullable<V>, W>
}

export type Groups<G extends string | number | bigint | boolean, V> = { readonly [K in `${PlainGroup<G>}`]?: V }
/** A decimal is any number as a group's name. */
type PlainGroup<G> = G extends number ? ('~decimal' extends keyof G ? number : G) : G
export interface Ranked<V> {
  readonly value: V
  readonly count: number
}

const feature = <V>(plan: FeaturePlan): Aggregate<V> => {
  const next = (more: Partial<FeaturePlan>) => feature<V>({ ...plan, ...more }) as never
  return {
    plan,
    where: (condition: Condition) => next({ where: both(plan.where, condition.plan) }),
    groupBy: (column: Column) => next({ groupBy: column.path }),
    over: (...windows: readonly string[]) => next({ over: windows }),
    default: (value: unknown) => next({ default: typeof value === 'bigint' ? String(value) : value }),
  } as unknown as Aggregate<V>
}

const of = <V>(aggregate: AggregateName, column?: Column, options?: FeatureOptions): Aggregate<V> =>
  feature({ aggregate, ...(column && { column: column.path }), ...(options && { options }) })

interface Limit {
  /** How many at most; 1,000 unless said. */
  readonly limit?: number
}

const limited = (at: string, options: Limit | undefined): FeatureOptions | undefined => {
  if (options === undefined) return undefined
  checkOptions(at, options, ['limit'])
  if (options.limit !== undefined) checkCount(`${at}, limit`, options.limit)
  return { ...options }
}

const counted = (at: string, k: number): FeatureOptions => {
  checkCount(`${at}, k`, k)
  return { k }
}

/** Number of events, or of events where the column has a value. */
export const count = (column?: Column): Aggregate<number> => of('count', column)
/** The exact sum, rounded once to a double. */
export const sum = (column: MeasureColumn): Aggregate<number | null> => of('sum', column)
export const mean = (column: MeasureColumn): Aggregate<number | null> => of('mean', column)
export const min = <V extends number | bigint>(column: OrderedColumn<V>): Aggregate<V | null> => of('min', column)
export const max = <V extends number | bigint>(column: OrderedColumn<V>): Aggregate<V | null> => of('max', column)
/** Of the sample (n − 1); `null` below two values. */
export const variance = (column: MeasureColumn): Aggregate<number | null> => of('variance', column)
/** Of the sample (n − 1); `null` below two values. */
export const deviation = (column: MeasureColumn): Aggregate<number | null> => of('deviation', column)
/** Of the population (n). */
export const variancePop = (column: MeasureColumn): Aggregate<number | null> => of('variancePop', column)
/** Of the population (n). */
export const deviationPop = (column: MeasureColumn): Aggregate<number | null> => of('deviationPop', column)
/** The values in time order, the latest `limit` of them. */
export const collect = <V>(column: Column<V>, options?: Limit): Aggregate<readonly V[]> =>
  of('collect', column, limited('collect', options))
/** The different values in order of first appearance, the first `limit` of them. */
export const distinct = <V>(column: ScalarColumn<V>, options?: Limit): Aggregate<readonly V[]> =>
  of('distinct', column, limited('distinct', options))
export const first = <V>(column: Column<V>): Aggregate<V | null> => of('first', column)
export const last = <V>(column: Column<V>): Aggregate<V | null> => of('last', column)
/** The first k values, oldest first. */
export const firstK = <V>(column: Column<V>, k: number): Aggregate<readonly V[]> => of('firstK', column, counted('firstK', k))
/** The last k values, oldest first. */
export const lastK = <V>(column: Column<V>, k: number): Aggregate<readonly V[]> => of('lastK', column, counted('lastK', k))
/** The k largest values, largest first, equal ones each. */
export const topK = <V extends number | bigint>(column: OrderedColumn<V>, k: number): Aggregate<readonly V[]> =>
  of('topK', column, counted('topK', k))
/** The k most frequent values, most frequent first; of equally frequent ones the smaller first. */
export const mostFrequent = <V>(column: ScalarColumn<V>, k: number): Aggregate<readonly Ranked<V>[]> =>
  of('mostFrequent', column, counted('mostFrequent', k))

/** Number of different values; exact unless `sketched`: then smaller in memory, and off by about 0.8 %. */
export const distinctCount = (column: ScalarColumn, options?: { readonly sketched: boolean }): Aggregate<number> => {
  if (options !== undefined) checkOptions('distinctCount', options, ['sketched'])
  return of('distinctCount', column, options?.sketched ? { sketched: true } : undefined)
}

/** The value at the nearest rank: `percentile(p.amount, 95)`. Above 0, at most 100. */
export const percentile = <V extends number | bigint>(column: MeasureColumn<V>, percent: number): Aggregate<V | null> => {
  if (percent > 0 && percent <= 100) return of('percentile', column, { percent })
  throw new MillraceError('OPTION_INVALID', 'not a percentage', { at: 'percentile', value: percent, expected: 'above 0, at most 100' })
}

/** Counts between bounds: `[10, 100]` gives three counts: below 10, 10 to below 100, 100 and above. */
export const histogram = (column: MeasureColumn, bounds: readonly number[]): Aggregate<readonly number[]> => {
  const ascending = bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bounds[i - 1]! < bound))
  if (bounds.length > 0 && ascending) return of('histogram', column, { bounds: [...bounds] })
  throw new MillraceError('OPTION_INVALID', 'not bounds', {
    at: 'histogram',
    value: bounds,
    expected: 'at least one finite number, ascending',
  })
}

/** Events per unit of time over the window's length. */
export const rate = <const D extends string>(options: { readonly per: DurationText<D> }): Aggregate<number> => {
  checkOptions('rate', options, ['per'])
  return of('rate', undefined, { per: checkDuration('rate, per', options.per) })
}

/** A sum in which a value counts half after `halfLife`, a quarter after two. Of nothing: 0. */
export const decayedSum = <const D extends string>(
  column: MeasureColumn,
  options: { readonly halfLife: DurationText<D> },
): Aggregate<number> => {
  checkOptions('decayedSum', options, ['halfLife'])
  return of('decayedSum', column, { halfLife: checkDuration('decayedSum, halfLife', options.halfLife) })
}

/** Milliseconds from the latest event (or from the latest value of a time column) to the root. */
export const timeSince = (column?: TimeColumn): Aggregate<number | null> => of('timeSince', column)
