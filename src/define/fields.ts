import { MillraceError } from '../base/error.ts'
import type { FieldPlan } from '../model/field.ts'
import { checkMembers, checkName } from './check.ts'
import type {
  BooleanColumn,
  DecimalColumn,
  EnumColumn,
  Int64Column,
  IntColumn,
  KeyColumn,
  ListColumn,
  NumberColumn,
  TextColumn,
  TimeColumn,
  WholeObject,
} from './columns.ts'
import { frozen } from './frozen.ts'
import type { Decimal, Moment, Show } from './types.ts'

/** A declared field. `Value` is what main sees, `Column` what aggregates and filters see, `Input` what a caller may send. */
export interface Field<Value = unknown, Column = unknown, Input = Value> {
  readonly kind: string
  readonly '~value': Value
  readonly '~column': Column
  readonly '~input': Input
}

/** Field name → field. Data of an event, of a request, or of a result. */
export interface Schema {
  readonly [name: string]: Field
}

export interface StringField extends Field<string, TextColumn> {
  readonly kind: 'string'
}
export interface IntField extends Field<number, IntColumn> {
  readonly kind: 'int'
}
export interface Int64Field extends Field<bigint, Int64Column, bigint | number | string> {
  readonly kind: 'int64'
}
export interface DoubleField extends Field<number, NumberColumn> {
  readonly kind: 'double'
}
export interface DecimalField extends Field<Decimal, DecimalColumn, number | string> {
  readonly kind: 'decimal'
  readonly scale: number
}
export interface BooleanField extends Field<boolean, BooleanColumn> {
  readonly kind: 'boolean'
}
export interface TimeField extends Field<number, TimeColumn, Moment> {
  readonly kind: 'time'
}
export interface EnumField<V extends string> extends Field<V, EnumColumn<V>> {
  readonly kind: 'enum'
  readonly values: readonly V[]
}
export interface ListField<F extends Field> extends Field<readonly F['~value'][], ListColumn<F['~value']>, readonly F['~input'][]> {
  readonly kind: 'list'
  readonly of: F
}
export interface ObjectField<S extends Schema>
  extends Field<Readonly<DataOf<S>>, Columns<S> & WholeObject<Readonly<DataOf<S>>>, InputOf<S>> {
  readonly kind: 'object'
  readonly fields: S
}
export interface OptionalField<F extends Field> extends Field<F['~value'] | null, F['~column'], F['~input'] | null> {
  readonly kind: 'optional'
  readonly of: F
}

/** A thing with a key: user, card, merchant. It is itself a field: the key of one such thing. Keys are text. */
export interface Entity<Name extends string = string> extends Field<string, KeyColumn<Name>, string | number> {
  readonly kind: 'entity'
  readonly name: Name
}

/** What main sees of a schema. (`& {}` drops the alias, so that hovers show the fields.) */
export type DataOf<S extends Schema> = { -readonly [K in keyof S]: S[K]['~value'] } & {}

/** The columns of a schema; nested objects become nested columns. */
export type Columns<S extends Schema> = { -readonly [K in keyof S]: S[K]['~column'] } & {}

/** What a caller must send for a schema: optional fields may be left out. */
export type InputOf<S extends Schema> = Show<
  { -readonly [K in keyof S as S[K]['kind'] extends 'optional' ? never : K]: S[K]['~input'] } & {
    -readonly [K in keyof S as S[K]['kind'] extends 'optional' ? K : never]?: S[K]['~input']
  }
>

const field = <F extends Field>(plan: FieldPlan): F => frozen(plan) as unknown as F

/** Text without lone surrogates. */
export const string = (): StringField => field({ kind: 'string' })

/** A whole number within ±(2^53 − 1). For longer ones see `int64`. */
export const int = (): IntField => field({ kind: 'int' })

/** A whole number within signed 64 bits: a bigint in main, text in JSON. Numbers and text are taken as input where they are exact. */
export const int64 = (): Int64Field => field({ kind: 'int64' })

/** A finite IEEE 754 double. */
export const double = (): DoubleField => field({ kind: 'double' })

/** An exact decimal with `scale` digits (0 to 18) after the point: kept, summed and compared exactly; main sees the nearest number. */
export const decimal = (scale: number): DecimalField => {
  if (Number.isInteger(scale) && scale >= 0 && scale <= 18) return field({ kind: 'decimal', scale })
  throw new MillraceError('OPTION_INVALID', 'not a number of digits', { at: 'decimal', value: scale, expected: 'a whole number, 0 to 18' })
}

export const boolean = (): BooleanField => field({ kind: 'boolean' })

/** A moment. Main sees whole milliseconds since 1970 UTC. */
export const time = (): TimeField => field({ kind: 'time' })

/** One of a few texts. */
export const oneOf = <const V extends string>(...values: readonly V[]): EnumField<V> => {
  const twice = values.find((value, i) => values.indexOf(value) !== i)
  if (values.length > 0 && twice === undefined) return field({ kind: 'enum', values: [...values] })
  throw new MillraceError('OPTION_INVALID', values.length === 0 ? 'there are no values' : 'a value is named twice', {
    at: 'oneOf',
    ...(twice !== undefined && { value: twice }),
    expected: "different values, such as oneOf('open', 'closed')",
  })
}

export const list = <F extends Field>(of: F): ListField<F> => field({ kind: 'list', of: of as unknown as FieldPlan })

export const object = <const S extends Schema>(fields: S): ObjectField<S> => {
  checkMembers('object', fields)
  return field({ kind: 'object', fields: { ...fields } as never })
}

/** May be missing. Main sees `null`, never `undefined`. */
export const optional = <F extends Field>(of: F): OptionalField<F> => field({ kind: 'optional', of: of as unknown as FieldPlan })

export const entity = <const Name extends string>(name: Name): Entity<Name> => {
  checkName('an entity', name)
  return field({ kind: 'entity', name })
}
