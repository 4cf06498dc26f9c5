import { MillraceError } from '../base/error.ts'
import type { FieldPlan } from '../model/field.ts'
import type { EventMappingPlan, KnownAtPlan, MappingPlan, SourceColumnPlan, SourcedValue, TimeUnit } from '../model/mapping.ts'
import { checkDuration, checkMembers, checkName, checkOneOf, checkOptions, unknownField } from './check.ts'
import type { Column, Condition, WholeObject } from './columns.ts'
import { literalOf } from './conditions.ts'
import { type Definition, usedBy } from './definition.ts'
import type { EventType } from './event.ts'
import type { Columns, Field, InputOf, Schema } from './fields.ts'
import { frozen } from './frozen.ts'
import { RowColumn, rowOf, wholePath } from './row.ts'
import type { Moment } from './types.ts'
import type { DurationText } from './window-text.ts'

/** How rows of a source (a file, a table) become events. Its name stands in the ids of events that declare none: `flights-3m:17`. */
export interface MappingDefinition {
  readonly define: 'mapping'
  readonly name: string
  readonly plan: MappingPlan
  readonly uses: readonly Definition[]
}

/** Where a field's value comes from: a column, an object of the row as a whole, a constant, or `compute(…)`. `V` is what the field takes. */
type ValueOf<V> = Column<V> | WholeObject<V> | Computed<V> | V

/** A value computed from columns of the same row. */
export interface Computed<V> {
  readonly '~computed': V
  readonly of: readonly string[]
  readonly by: (...values: readonly never[]) => unknown
}

/**
 * A pure function of some columns of the row. It never sees a missing value: where one of them is missing, so is the result.
 * `compute([row.distance, row.delay], (distance, delay) => …)`.
 */
export const compute = <const C extends readonly Column[], V>(
  of: C,
  by: (...values: { readonly [I in keyof C]: C[I]['~value'] }) => V,
): Computed<V> => frozen({ of: of.map((column) => column.path), by }) as unknown as Computed<V>

/** A column as it stands in the source: under another name, or as a whole number of some unit of time. */
export interface SourceColumn<F extends Field = Field> {
  readonly '~field': F
  readonly column: Partial<SourceColumnPlan> & { readonly field: FieldPlan }
}

/** `column(time(), { name: 'dep_time', unit: 'us' })`. A field alone stands for the column of its own name. */
export const column = <F extends Field>(field: F, options: { readonly name?: string; readonly unit?: TimeUnit }): SourceColumn<F> => {
  checkOptions('column', options, ['name', 'unit'])
  if (options.unit !== undefined) checkOneOf('column, unit', options.unit, ['s', 'ms', 'us', 'ns'])
  if (options.unit !== undefined && field.kind !== 'time') {
    throw new MillraceError('OPTION_INVALID', 'only times have a unit', { at: 'column, unit', value: field.kind, expected: 'time()' })
  }
  return frozen({ column: { field, ...options } }) as never
}

interface SourceColumns {
  readonly [name: string]: Field | SourceColumn
}
type SchemaOf<C extends SourceColumns> = {
  readonly [K in keyof C]: C[K] extends SourceColumn<infer F> ? F : C[K] extends Field ? C[K] : never
}

/** One event of a row, as `into` declares it. */
export interface EventMapping {
  readonly into: EventMappingPlan
  readonly uses: readonly Definition[]
}

/** Where each of an event's fields comes from; optional ones may be left out. */
type FieldSources<S extends Schema> = { readonly [K in keyof InputOf<S>]: ValueOf<InputOf<S>[K]> }

export interface IntoOptions<S extends Schema, D extends string> {
  readonly fields: FieldSources<S>
  /** Only rows for which this holds. */
  readonly where?: Condition
  /** When the business could know it: `'time'` (the event's own), some time after that, or a moment. Left out: the import asks. */
  readonly knownAt?: 'time' | { readonly lag: DurationText<D> } | Column<number> | Computed<Moment>
}

/** Makes an event of a row. Throws OPTION_UNKNOWN, FIELD_UNKNOWN, DURATION_INVALID, VALUE_INVALID. */
export const into = <Name extends string, S extends Schema, const D extends string = never>(
  event: EventType<Name, S>,
  options: IntoOptions<S, D>,
): EventMapping => {
  const at = `into '${event.name}'`
  const { fields, where, knownAt } = options as IntoOptions<Schema, string>
  checkOptions(at, options, ['fields', 'where', 'knownAt'])
  for (const name of Object.keys(fields)) {
    if (!Object.hasOwn(event.plan.data, name)) unknownField(`${at}, fields`, name, Object.keys(event.plan.data))
  }
  const plan = {
    event: event.name,
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, sourced(`${at}, field '${name}'`, value)])),
    ...(where !== undefined && { where: where.plan }),
    ...(knownAt !== undefined && { knownAt: knownAtPlan(`${at}, knownAt`, knownAt) }),
  }
  return frozen({ into: plan, uses: usedBy(event) })
}

const sourced = (at: string, value: unknown): SourcedValue => {
  if (value instanceof RowColumn) return { column: value.path }
  const whole = wholePath(value)
  if (whole !== undefined) return { column: whole }
  if (typeof value === 'object' && value !== null && 'by' in value) return value as Computed<unknown>
  if (
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).some((part) => part instanceof RowColumn || wholePath(part) !== undefined)
  )
    throw new MillraceError('COLUMN_INVALID', 'an object cannot be put together of columns', {
      at,
      hint: 'read it whole (row.place), or put it together by compute([row.city, row.zip], (city, zip) => ({ city, zip }))',
    })
  return { value: literalOf(at, value) }
}

const knownAtPlan = (at: string, knownAt: NonNullable<IntoOptions<Schema, string>['knownAt']>): KnownAtPlan => {
  if (knownAt === 'time') return { time: 'event' }
  return 'lag' in knownAt ? { time: 'event', lag: checkDuration(at, knownAt.lag) } : sourced(at, knownAt)
}

export interface MappingOptions<C extends SourceColumns> {
  /** The source's columns that are read; others are passed over. */
  readonly columns: C
  readonly events: (row: Columns<SchemaOf<C>>) => EventMapping | readonly EventMapping[]
}

/** Declares how rows become events. Throws NAME_INVALID, OPTION_UNKNOWN, OPTION_INVALID, COLUMN_UNKNOWN, FIELD_UNKNOWN. */
export const mapping = <const C extends SourceColumns>(name: string, options: MappingOptions<C>): MappingDefinition => {
  const at = `mapping '${name}'`
  checkName('a mapping', name)
  checkOptions(at, options, ['columns', 'events'])
  checkMembers(`${at}, columns`, options.columns)
  const columns = Object.fromEntries(Object.entries(options.columns).map(([key, part]) => [key, sourceColumn(key, part)]))
  const row = rowOf(at, Object.fromEntries(Object.entries(columns).map(([key, { field }]) => [key, field])))
  const events = [options.events(row)].flat()
  if (events.length === 0)
    throw new MillraceError('OPTION_INVALID', 'a row becomes no event', { at: `${at}, events`, hint: 'name at least one: into(…)' })
  return frozen({
    define: 'mapping',
    name,
    plan: { columns, events: events.map((part) => part.into) },
    uses: events.flatMap((part) => part.uses),
  })
}

const sourceColumn = (key: string, part: Field | SourceColumn): SourceColumnPlan =>
  'column' in part ? { name: key, ...part.column } : { name: key, field: part as unknown as FieldPlan }
