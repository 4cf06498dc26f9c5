/**
 * What a tree looks like, apart from any root: its members, where each value stands among the columns that engines fill, and
 * how an engine value becomes what main sees and what JSON says. Plain data, so that it can be handed into main's realm.
 */
import { decimalNumber } from '../model/decimal.ts'
import { type FieldPlan, required, type SchemaPlan } from '../model/field.ts'
import { byCodeUnits, decimalJson, type Json } from '../model/json.ts'
import type { Value } from '../model/value.ts'

export type ValueShape =
  /** The same in the engine, in main and in JSON: text, numbers, booleans, times. */
  | { readonly kind: 'plain' }
  | { readonly kind: 'int64' }
  | { readonly kind: 'decimal'; readonly scale: number }
  | { readonly kind: 'list'; readonly of: ValueShape }
  | { readonly kind: 'object'; readonly members: { readonly [name: string]: ValueShape } }
  /** An object whose keys are data: groups. */
  | { readonly kind: 'map'; readonly of: ValueShape }
  /** An event; its data's shape by its type. */
  | { readonly kind: 'event'; readonly data: { readonly [type: string]: ValueShape } }

export type NodeShape =
  /** A column of numbers, NaN for null; of decimals in units of 10^-scale where a scale is given; of booleans as 0 and 1. */
  | { readonly from: 'numbers'; readonly column: number; readonly scale?: number; readonly isBoolean?: true }
  /** A column of engine values. */
  | { readonly from: 'values'; readonly column: number; readonly shape: ValueShape }
  | { readonly from: 'members'; readonly members: TreeShape }

export type TreeShape = { readonly [name: string]: NodeShape }

export const plainShape: ValueShape = { kind: 'plain' }

/** The shape of a declared field's values. */
export const shapeOfField = (field: FieldPlan): ValueShape => {
  const plan = required(field)
  switch (plan.kind) {
    case 'int64':
      return { kind: 'int64' }
    case 'decimal':
      return { kind: 'decimal', scale: plan.scale }
    case 'list':
      return { kind: 'list', of: shapeOfField(plan.of) }
    case 'object':
      return shapeOfSchema(plan.fields)
    default:
      return plainShape
  }
}

export const shapeOfSchema = (schema: SchemaPlan): ValueShape => ({
  kind: 'object',
  members: Object.fromEntries(Object.entries(schema).map(([name, field]) => [name, shapeOfField(field)])),
})

interface Form<T> {
  readonly int64: (value: bigint) => T
  readonly decimal: (units: bigint, scale: number) => T
  /** Called with every list and object that is made. */
  readonly seal: <O extends object>(made: O) => O
}

type Converted<T> = T | null | boolean | number | string | readonly Converted<T>[] | { readonly [name: string]: Converted<T> }

/** Lists and objects are made anew, so that what main gets belongs to the realm this code runs in. */
const convert = <T>(value: Value, shape: ValueShape, form: Form<T>): Converted<T> => {
  const { seal } = form
  if (value === null) return null
  switch (shape.kind) {
    case 'plain':
      return value as string
    case 'int64':
      return form.int64(value as bigint)
    case 'decimal':
      return form.decimal(value as bigint, shape.scale)
    case 'list':
      return seal(Array.from(value as readonly Value[], (part) => convert(part, shape.of, form)))
    case 'object':
      return seal(members(value as Members, (name) => shape.members[name]!, Object.keys(shape.members), form))
    case 'map':
      return seal(members(value as Members, () => shape.of, Object.keys(value as Members).sort(byCodeUnits), form))
    case 'event':
      return seal(
        members(
          value as Members,
          (name) => (name === 'data' ? (shape.data[(value as { type: string }).type] ?? nothing) : plainShape),
          eventMembers,
          form,
        ),
      )
  }
}

type Members = { readonly [name: string]: Value }

/** The data of a root that is not there to be shown: an ad-hoc query's. */
const nothing: ValueShape = { kind: 'object', members: {} }

const eventMembers = ['type', 'id', 'subject', 'time', 'data']

const members = <T>(
  value: Members,
  shapeOf: (name: string) => ValueShape,
  names: readonly string[],
  form: Form<T>,
): { readonly [name: string]: Converted<T> } => {
  // Entries, so that no name, not even `__proto__`, is special.
  return Object.fromEntries(names.map((name) => [name, convert(value[name] ?? null, shapeOf(name), form)]))
}

const unsealed = <O>(made: O): O => made
const forJson: Form<Json> = { int64: (value) => `${value}`, decimal: decimalJson, seal: unsealed }
const forMain: Form<bigint | number> = { int64: (value) => value, decimal: decimalNumber, seal: Object.freeze }

/** An engine value as JSON. */
export const valueToJson = (value: Value, shape: ValueShape): Json => convert(value, shape, forJson) as Json

/** An engine value as main sees it, frozen: int64 a bigint, a decimal the nearest number. */
export const valueToMain = (value: Value, shape: ValueShape): unknown => convert(value, shape, forMain)

/** Where the engines' columns are read: a row is a root. */
export interface TreeColumns {
  /** To be looked up at every reading: from one slice of roots to the next, other arrays stand here. */
  readonly numbers: readonly Float64Array[]
  readonly value: (column: number, row: number) => Value
  /** For columns of whole events that lie in tables: the same values without making the events. */
  readonly events?: (column: number) => EventSource | undefined
}

/** The events of one root at a time, read where they lie. */
export interface EventSource {
  /** Chooses a root's events; gives how many there are. */
  select(row: number): number
  /** At most so many. */
  readonly most: number
  /** Of the chosen event `i`. */
  readonly type: (i: number) => string
  readonly id: (i: number) => string
  readonly subject: (i: number) => string
  readonly time: (i: number) => number
  /** A reader of one field, made once: gives the value of chosen event `i`, which is of that type. */
  readonly fieldOf: (type: string, name: string) => (i: number) => Value
  /** Set where all events are of one type, and those that were not amended lie in one table: there they are read without a call. */
  readonly table?: EventRows
}

/** What the readers of an `EventSource` say, where it lies. */
export interface EventRows {
  /** Of the chosen event `i`; below 0 it lies elsewhere, and only a reader can say it. */
  readonly rows: Int32Array
  readonly time: Float64Array
  /** Undefined for a field that only its reader can say. */
  readonly column: (type: string, name: string) => FieldColumn | undefined
}

/** By row: numbers as main sees them, NaN for null, or texts, −1 for null. */
export type FieldColumn =
  | { readonly kind: 'number'; readonly values: Float64Array }
  | { readonly kind: 'code'; readonly codes: Int32Array; readonly dictionary: readonly string[] }

/** One root's tree as JSON. */
export const treeToJson = (shape: TreeShape, columns: TreeColumns, row: number): { readonly [name: string]: Json } =>
  Object.fromEntries(Object.entries(shape).map(([name, node]) => [name, nodeToJson(node, columns, row)]))

const nodeToJson = (node: NodeShape, columns: TreeColumns, row: number): Json => {
  if (node.from === 'members') return treeToJson(node.members, columns, row)
  if (node.from === 'values') return valueToJson(columns.value(node.column, row), node.shape)
  const number = columns.numbers[node.column]![row]!
  if (Number.isNaN(number)) return null
  if (node.isBoolean) return number === 1
  return node.scale === undefined ? number : decimalJson(BigInt(number), node.scale)
}
