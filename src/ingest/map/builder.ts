/** Columns made row by row out of raw values, each judged by `coerce`. */
import { columnOf } from '../../model/cell.ts'
import { coerce, isMisfit, type Misfit } from '../../model/coerce.ts'
import { type FieldPlan, required } from '../../model/field.ts'
import type { Column } from '../../model/table.ts'
import { isTime, parseIsoTime } from '../../model/time.ts'
import type { Value } from '../../model/value.ts'

export interface ColumnBuilder {
  /** Sets the row's value, or says why it does not fit; the cell is then null. */
  set(row: number, raw: unknown): Misfit | undefined
  column(): Column
}

/** Texts with a code each, shared by batch after batch; nothing at a code ever changes. */
export interface SharedTexts {
  readonly known: Map<unknown, number>
  readonly dictionary: string[]
}

const mostTexts = 1 << 18

export const freshTexts = (): SharedTexts => ({ known: new Map(), dictionary: [] })

/** The same, or others in place of those that have grown too many. */
export const boundedTexts = (texts: SharedTexts): SharedTexts => (texts.dictionary.length > mostTexts ? freshTexts() : texts)

/** Of a declared field; `at` names it in misfits. Rows never set are null. */
export const createBuilder = (field: FieldPlan, at: string, rows: number, shared: SharedTexts = freshTexts()): ColumnBuilder => {
  switch (required(field).kind) {
    case 'int':
      return numbers(field, at, rows, { fits: Number.isSafeInteger })
    case 'double':
      return numbers(field, at, rows, { fits: Number.isFinite })
    case 'time':
      return numbers(field, at, rows, { fits: isTime, parse: parseIsoTime })
    case 'boolean':
      return numbers(field, at, rows, { fits: () => false })
    case 'string':
    case 'enum':
    case 'entity':
      return texts(field, at, rows, shared)
    default:
      return others(field, at, rows)
  }
}

/** What needs no `coerce`: numbers that fit as they are, and texts that are numbers of the field. */
interface NumberForm {
  readonly fits: (raw: number) => boolean
  readonly parse?: (raw: string) => number | undefined
}

const numbers = (field: FieldPlan, at: string, rows: number, { fits, parse }: NumberForm): ColumnBuilder => {
  const values = new Float64Array(rows).fill(Number.NaN)
  return {
    column: () => ({ kind: 'number', values }),
    set: (row, raw) => {
      if (typeof raw === 'number' && fits(raw)) {
        values[row] = raw + 0
        return undefined
      }
      const parsed = parse !== undefined && typeof raw === 'string' ? parse(raw) : undefined
      if (parsed !== undefined) {
        values[row] = parsed
        return undefined
      }
      const coerced = coerce(field, raw, at)
      if (isMisfit(coerced)) return coerced
      if (coerced.value !== null) values[row] = Number(coerced.value)
      return undefined
    },
  }
}

const texts = (field: FieldPlan, at: string, rows: number, { known, dictionary }: SharedTexts): ColumnBuilder => {
  const codes = new Int32Array(rows).fill(-1)
  return {
    column: () => ({ kind: 'code', codes, dictionary }),
    set: (row, raw) => {
      let code = typeof raw === 'string' ? known.get(raw) : undefined
      if (code === undefined) {
        const coerced = coerce(field, raw, at)
        if (isMisfit(coerced)) return coerced
        if (coerced.value === null) return undefined
        code = known.get(coerced.value) ?? dictionary.push(coerced.value as string) - 1
        known.set(coerced.value, code)
      }
      codes[row] = code
      return undefined
    },
  }
}

const others = (field: FieldPlan, at: string, rows: number): ColumnBuilder => {
  const values = new Array<Value>(rows).fill(null)
  return {
    column: () => columnOf(field, values),
    set: (row, raw) => {
      const coerced = coerce(field, raw, at)
      if (isMisfit(coerced)) return coerced
      values[row] = coerced.value
      return undefined
    },
  }
}
