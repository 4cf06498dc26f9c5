/** Conditions by plain recursion over exact fractions (docs/semantics.md, "Conditions"). */
import type { FieldPlan } from '../model/field.ts'
import type { Comparison, ConditionPlan, Literal } from '../model/plan.ts'
import { parseIsoTime } from '../model/time.ts'
import type { Value } from '../model/value.ts'
import { bare, type Cell, exact } from './cell.ts'
import { compared, type Fraction, ofDecimalText, ofDouble } from './fraction.ts'

type Scalar = Fraction | string | boolean
const isNumber = (scalar: Scalar): scalar is Fraction => typeof scalar === 'object'

/** Whether a row, given by its cells, answers the question with yes. */
export const holds = (condition: ConditionPlan, cellOf: (column: string) => Cell): boolean => {
  switch (condition.op) {
    case 'and':
      return condition.of.every((part) => holds(part, cellOf))
    case 'or':
      return condition.of.some((part) => holds(part, cellOf))
    case 'not-of':
      return !holds(condition.of, cellOf)
    case 'isNull':
      return cellOf(condition.column).value === null
    case 'in': {
      const cell = cellOf(condition.column)
      return condition.values.some((value) => compare('is', cell, literal(value, cell.field)))
    }
    default: {
      const cell = cellOf(condition.column)
      if ('other' in condition) return compare(condition.op, cell, scalarOf(cellOf(condition.other)))
      return compare(condition.op, cell, literal(condition.value, elementField(condition.op, cell.field)))
    }
  }
}

/** What `contains` compares with: the list's element. */
const elementField = (op: Comparison, field: FieldPlan): FieldPlan => {
  const plain = bare(field)
  return op === 'contains' && plain.kind === 'list' ? plain.of : field
}

const compare = (op: Comparison, cell: Cell, other: Scalar | undefined): boolean => {
  if (cell.value === null || other === undefined) return false
  if (op === 'contains') return elements(cell).some((part) => compare('is', part, other))
  const own = scalarOf(cell)!
  if (op === 'startsWith') return typeof own === 'string' && typeof other === 'string' && own.slice(0, other.length) === other
  if (op === 'is') return isEqual(own, other)
  if (op === 'not') return !isEqual(own, other)
  if (!isNumber(own) || !isNumber(other)) return false
  const sign = compared(own, other)
  return op === 'below' ? sign < 0 : op === 'atMost' ? sign <= 0 : op === 'above' ? sign > 0 : sign >= 0
}

const isEqual = (a: Scalar, b: Scalar): boolean => (isNumber(a) && isNumber(b) ? compared(a, b) === 0 : a === b)

const elements = ({ field, value }: Cell): readonly Cell[] => {
  const plain = bare(field)
  return plain.kind === 'list' ? (value as readonly Value[]).map((part) => ({ field: plain.of, value: part })) : []
}

const scalarOf = ({ field, value }: Cell): Scalar | undefined => {
  if (value === null || typeof value === 'object') return undefined
  return typeof value === 'number' || typeof value === 'bigint' ? exact(value, field) : value
}

/**
 * A literal as a value of the column it is compared with: against doubles the double that is written, against whole numbers and
 * decimals the decimal digits that are written, against times milliseconds or ISO 8601.
 */
export const literal = (written: Literal, field: FieldPlan): Scalar | undefined => {
  const { kind } = bare(field)
  if (kind === 'time' && typeof written === 'string') {
    const ms = parseIsoTime(written)
    return ms === undefined ? ofDecimalText(written) : ofDouble(ms)
  }
  if (kind === 'double') return Number.isFinite(Number(written)) ? ofDouble(Number(written)) : undefined
  if (kind === 'int' || kind === 'int64' || kind === 'decimal' || kind === 'time') return ofDecimalText(String(written))
  return typeof written === 'number' ? ofDouble(written) : written
}
