import { type FieldPlan, required, type SchemaPlan } from '../model/field.ts'
import type { Comparison } from '../model/plan.ts'
import { unknownColumn } from './check.ts'
import type { Condition } from './columns.ts'
import { conditionOf, literalOf } from './conditions.ts'

/** A column at run time: where it is read, what it holds, and every comparison; types say which of them a kind has. */
export class RowColumn {
  readonly path: string
  readonly field: FieldPlan

  constructor(path: string, field: FieldPlan) {
    this.path = path
    this.field = field
  }

  is(value: unknown): Condition {
    return this.compare('is', value)
  }
  isNot(value: unknown): Condition {
    return this.compare('not', value)
  }
  isOneOf(...values: readonly unknown[]): Condition {
    return conditionOf({ op: 'in', column: this.path, values: values.map((value) => literalOf(this.path, value)) })
  }
  isMissing(): Condition {
    return conditionOf({ op: 'isNull', column: this.path })
  }
  isPresent(): Condition {
    return conditionOf({ op: 'not-of', of: { op: 'isNull', column: this.path } })
  }
  above(value: unknown): Condition {
    return this.compare('above', value)
  }
  atLeast(value: unknown): Condition {
    return this.compare('atLeast', value)
  }
  below(value: unknown): Condition {
    return this.compare('below', value)
  }
  atMost(value: unknown): Condition {
    return this.compare('atMost', value)
  }
  before(value: unknown): Condition {
    return this.compare('below', value)
  }
  after(value: unknown): Condition {
    return this.compare('above', value)
  }
  between(from: unknown, to: unknown): Condition {
    return this.atLeast(from).and(this.atMost(to))
  }
  startsWith(text: unknown): Condition {
    return this.compare('startsWith', text)
  }
  contains(value: unknown): Condition {
    return this.compare('contains', value)
  }

  private compare(op: Comparison, value: unknown): Condition {
    const column = this.path
    return conditionOf(value instanceof RowColumn ? { op, column, other: value.path } : { op, column, value: literalOf(column, value) })
  }
}

/** The columns a callback receives, nested objects as nested columns. A name that no field has throws COLUMN_UNKNOWN. */
export const rowOf = (at: string, schema: SchemaPlan, prefix = ''): never => {
  const columns = Object.fromEntries(Object.entries(schema).map(([name, field]) => [name, columnFor(at, field, prefix + name)]))
  const get = (known: object, name: string | symbol) =>
    typeof name === 'symbol' || Object.hasOwn(known, name)
      ? Reflect.get(known, name)
      : unknownColumn(at, prefix + name, Object.keys(schema))
  const row = new Proxy(columns, { get })
  if (prefix !== '') wholes.set(row, prefix.slice(0, -1))
  return row as never
}

const wholes = new WeakMap<object, string>()

/** The path of the object that these nested columns belong to; undefined for anything else. */
export const wholePath = (value: unknown): string | undefined =>
  typeof value === 'object' && value !== null ? wholes.get(value) : undefined

const columnFor = (at: string, field: FieldPlan, path: string): object => {
  const inner = required(field)
  return inner.kind === 'object' ? rowOf(at, inner.fields, `${path}.`) : new RowColumn(path, field)
}
