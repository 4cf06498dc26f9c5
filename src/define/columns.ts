import type { ConditionPlan } from '../model/plan.ts'
import type { Decimal, Moment } from './types.ts'

/** A yes-or-no question about one event: the argument of `.where(…)`. A comparison with a missing value is false. */
export interface Condition {
  and(other: Condition): Condition
  or(other: Condition): Condition
  readonly plan: ConditionPlan
}

/** A column of the events a definition reads: what aggregates take, and what `where` asks about. */
export interface Column<V = unknown> {
  readonly '~value': V
  readonly path: string
  isMissing(): Condition
  isPresent(): Condition
}

/** A column of single values. Each comparison is against a value of the column's own type, or another such column. */
export interface ScalarColumn<V = unknown> extends Column<V> {
  readonly '~scalar': true
  is(value: V | ScalarColumn<V>): Condition
  isNot(value: V | ScalarColumn<V>): Condition
  isOneOf(...values: readonly V[]): Condition
}

/** A column that has an order: numbers and times. */
export interface OrderedColumn<V extends number | bigint = number | bigint> extends ScalarColumn<V> {
  readonly '~ordered': true
}

/** Numbers of any sort: they can be added up. */
export interface MeasureColumn<V extends number | bigint = number | bigint> extends OrderedColumn<V> {
  readonly '~measure': true
  above(value: V | MeasureColumn): Condition
  atLeast(value: V | MeasureColumn): Condition
  below(value: V | MeasureColumn): Condition
  atMost(value: V | MeasureColumn): Condition
  /** Both ends included. */
  between(from: V, to: V): Condition
}

export interface NumberColumn extends MeasureColumn<number> {}

export interface TimeColumn extends OrderedColumn<number> {
  before(value: Moment | TimeColumn): Condition
  after(value: Moment | TimeColumn): Condition
  /** Both ends included. */
  between(from: Moment, to: Moment): Condition
}

/** A column whose values can name a series or a group. `Of` tells which keys are the same sort of thing. Doubles and times cannot. */
export interface KeyedColumn<V, Of extends string> extends ScalarColumn<V> {
  readonly '~key': Of
}
export interface KeyColumn<Name extends string> extends KeyedColumn<string, Name> {
  readonly '~entity': Name
}
export interface TextColumn extends KeyedColumn<string, 'string'> {
  startsWith(text: string): Condition
}
export interface EnumColumn<V extends string> extends KeyedColumn<V, 'enum'> {}
export interface BooleanColumn extends KeyedColumn<boolean, 'boolean'> {}
export interface IntColumn extends NumberColumn, KeyedColumn<number, 'int'> {}
export interface DecimalColumn extends MeasureColumn<Decimal>, KeyedColumn<Decimal, 'decimal'> {}
export interface Int64Column extends MeasureColumn<bigint>, KeyedColumn<bigint, 'int64'> {}
export interface ListColumn<V> extends Column<readonly V[]> {
  contains(value: V): Condition
}

/** The columns of a nested object; as it stands, the object itself, for a mapping to read whole. */
export interface WholeObject<V> {
  readonly '~whole': V
}

/**
 * Names of the columns that can name a series, and of those that hold an entity's key. (Properties, so that messages list the
 * names and not an alias.)
 */
export interface Names<Row> {
  readonly dimension: { [K in keyof Row]: Row[K] extends { readonly '~key': string } ? K : never }[keyof Row] & string
  readonly entity: { [K in keyof Row]: Row[K] extends { readonly '~entity': string } ? K : never }[keyof Row] & string
}
