/**
 * Conditions of a plan, compiled twice from one tree: a mask over the columns of a table, and a test of one event's data.
 * Two-valued: a comparison in which a side is missing is false; `isNull` asks for it; `not-of` turns any condition round.
 */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { cellAt, valueAt } from '../model/cell.ts'
import type { FieldPlan } from '../model/field.ts'
import type { ConditionPlan } from '../model/plan.ts'
import type { Column } from '../model/table.ts'
import type { Data, Value } from '../model/value.ts'
import { comparison, type Pair, pairing, type ScalarTest } from './comparison.ts'

type Columns = { readonly [path: string]: Column }

export interface Condition {
  /** What it reads. */
  readonly paths: readonly string[]
  test(data: Data): boolean
  /** 1 for each row that passes. `columns` holds at least `paths`. */
  mask(columns: Columns, rows: number): Uint8Array
}

/** Where a condition's column names lead. */
export interface ConditionScope {
  /** Where it stands, for messages: `windows.spend.features.big.where`. */
  readonly at: string
  /** The path and declared field of a column, undefined where there is none. */
  column(name: string): { readonly path: string; readonly field: FieldPlan } | undefined
  /** For did-you-mean. */
  readonly names: readonly string[]
}

/** Throws COLUMN_UNKNOWN, CONDITION_TYPE, CONDITION_INVALID or LITERAL_INVALID, naming where. */
export const compileCondition = (plan: ConditionPlan, scope: ConditionScope): Condition => {
  const node = compileNode(plan, scope)
  return { ...node, paths: [...new Set(node.paths)] }
}

const compileNode = (plan: ConditionPlan, scope: ConditionScope): Condition => {
  switch (plan.op) {
    case 'and':
    case 'or':
      return combined(
        plan.op,
        listed(plan.of, scope).map((part) => compileNode(part, scope)),
      )
    case 'not-of':
      return negated(compileNode(plan.of, scope))
    case 'isNull':
      return nullTest(resolve(plan.column, scope))
    default:
      return compared(plan, scope)
  }
}

const listed = <T>(parts: readonly T[] | undefined, { at }: ConditionScope): readonly T[] => {
  if (Array.isArray(parts) && parts.length > 0) return parts
  throw new MillraceError('CONDITION_INVALID', 'there is nothing to choose from', {
    at,
    value: parts,
    expected: 'a list with at least one entry',
  })
}

interface Source {
  readonly path: string
  readonly field: FieldPlan
  readonly at: string
}

const resolve = (name: string, scope: ConditionScope): Source => {
  const found = scope.column(name)
  if (found !== undefined) return { ...found, at: `${scope.at}.${name}` }
  throw new MillraceError('COLUMN_UNKNOWN', 'there is no such column', { at: scope.at, value: name, hint: didYouMean(name, scope.names) })
}

const combined = (op: 'and' | 'or', parts: readonly Condition[]): Condition => ({
  paths: parts.flatMap((part) => part.paths),
  test: op === 'and' ? (data) => parts.every((part) => part.test(data)) : (data) => parts.some((part) => part.test(data)),
  mask: (columns, rows) => {
    const mask = parts[0]!.mask(columns, rows)
    for (const part of parts.slice(1)) {
      const other = part.mask(columns, rows)
      if (op === 'and') for (let i = 0; i < rows; i++) mask[i]! &= other[i]!
      else for (let i = 0; i < rows; i++) mask[i]! |= other[i]!
    }
    return mask
  },
})

const negated = (part: Condition): Condition => ({
  paths: part.paths,
  test: (data) => !part.test(data),
  mask: (columns, rows) => {
    const mask = part.mask(columns, rows)
    for (let i = 0; i < rows; i++) mask[i]! ^= 1
    return mask
  },
})

const nullTest = ({ path }: Source): Condition => ({
  paths: [path],
  test: (data) => valueAt(data, path) === null,
  mask: (columns, rows) => nullMask(columns[path]!, rows),
})

/** 1 where the column has no value. */
const nullMask = (column: Column, rows: number): Uint8Array => {
  const mask = new Uint8Array(rows)
  switch (column.kind) {
    case 'number':
      for (let i = 0; i < rows; i++) mask[i] = Number.isNaN(column.values[i]!) ? 1 : 0
      return mask
    case 'bigint':
      if (column.nulls !== undefined) mask.set(column.nulls.subarray(0, rows))
      return mask
    case 'code':
      for (let i = 0; i < rows; i++) mask[i] = column.codes[i]! < 0 ? 1 : 0
      return mask
    case 'value':
      for (let i = 0; i < rows; i++) mask[i] = (column.values[i] ?? null) === null ? 1 : 0
      return mask
  }
}

type ComparisonPlan = Exclude<ConditionPlan, { op: 'and' | 'or' | 'not-of' | 'isNull' }>

const compared = (plan: ComparisonPlan, scope: ConditionScope): Condition => {
  const source = resolve(plan.column, scope)
  if ('other' in plan) {
    const other = resolve(plan.other, scope)
    return pairTest(source, other, pairing(plan.op, source.field, other.field, source.at))
  }
  if (plan.op === 'in') {
    const tests = listed(plan.values, scope).map((value) => comparison('is', source.field, value, source.at))
    return valueTest(source, anyOf(tests))
  }
  return valueTest(source, comparison(plan.op, source.field, plan.value, source.at))
}

const anyOf = (tests: readonly ScalarTest[]): ScalarTest => ({
  number: (value) => tests.some((test) => test.number(value)),
  bigint: (value) => tests.some((test) => test.bigint(value)),
  other: (value) => tests.some((test) => test.other(value)),
})

const valueTest = ({ path }: Source, test: ScalarTest): Condition => ({
  paths: [path],
  test: (data) => passes(valueAt(data, path), test),
  mask: (columns, rows) => valueMask(columns[path]!, rows, test),
})

const passes = (value: Value, test: ScalarTest): boolean => {
  switch (typeof value) {
    case 'number':
      return test.number(value)
    case 'boolean':
      return test.number(value ? 1 : 0)
    case 'bigint':
      return test.bigint(value)
    default:
      return value !== null && test.other(value)
  }
}

const valueMask = (column: Column, rows: number, test: ScalarTest): Uint8Array => {
  const mask = new Uint8Array(rows)
  switch (column.kind) {
    case 'number':
      for (let i = 0; i < rows; i++) {
        const value = column.values[i]!
        if (!Number.isNaN(value) && test.number(value)) mask[i] = 1
      }
      return mask
    case 'bigint':
      for (let i = 0; i < rows; i++) if (column.nulls?.[i] !== 1 && test.bigint(column.values[i]!)) mask[i] = 1
      return mask
    case 'code':
      codeMask(column, rows, test, mask)
      return mask
    case 'value':
      for (let i = 0; i < rows; i++) if (passes(column.values[i] ?? null, test)) mask[i] = 1
      return mask
  }
}

/** Judges each text of the dictionary once, unless there are more texts than rows. */
const codeMask = ({ codes, dictionary }: Extract<Column, { kind: 'code' }>, rows: number, test: ScalarTest, mask: Uint8Array): void => {
  if (dictionary.length > rows) {
    for (let i = 0; i < rows; i++) if (codes[i]! >= 0 && test.other(dictionary[codes[i]!]!)) mask[i] = 1
    return
  }
  const passing = Uint8Array.from(dictionary, (text) => (test.other(text) ? 1 : 0))
  for (let i = 0; i < rows; i++) if (codes[i]! >= 0) mask[i] = passing[codes[i]!]!
}

const pairTest = (left: Source, right: Source, pair: Pair): Condition => ({
  paths: [left.path, right.path],
  test: (data) => {
    const [a, b] = [valueAt(data, left.path), valueAt(data, right.path)]
    return a !== null && b !== null && pair.test(a, b)
  },
  mask: (columns, rows) => pairMask(left, right, pair, columns, rows),
})

const pairMask = (left: Source, right: Source, pair: Pair, columns: Columns, rows: number): Uint8Array => {
  const mask = new Uint8Array(rows)
  const [a, b] = [columns[left.path]!, columns[right.path]!]
  if (a.kind === 'number' && b.kind === 'number' && pair.numbers !== undefined) {
    for (let i = 0; i < rows; i++) {
      const [x, y] = [a.values[i]!, b.values[i]!]
      if (!Number.isNaN(x) && !Number.isNaN(y) && pair.numbers(x, y)) mask[i] = 1
    }
    return mask
  }
  for (let i = 0; i < rows; i++) {
    const [x, y] = [cellAt(a, left.field, i), cellAt(b, right.field, i)]
    if (x !== null && y !== null && pair.test(x, y)) mask[i] = 1
  }
  return mask
}
