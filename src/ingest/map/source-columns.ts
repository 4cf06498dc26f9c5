/** The columns that a mapping declares, judged: what stands in the source becomes engine values, batch by batch. */
import { coerce, isMisfit, type Misfit } from '../../model/coerce.ts'
import { required } from '../../model/field.ts'
import type { SourceColumnPlan, TimeUnit } from '../../model/mapping.ts'
import type { Column } from '../../model/table.ts'
import { maxTime } from '../../model/time.ts'
import { type SourceColumn, sourceCell } from '../readers/batch.ts'
import { type Adaptation, adapt, floored } from './adapt.ts'
import { boundedTexts, createBuilder, freshTexts, type SharedTexts } from './builder.ts'
import type { Judged, RowMisfit } from './misfits.ts'
import { createVerdicts, judgeParsed, judgeTexts, type TextVerdicts } from './texts.ts'

/** Judges one declared column of each batch. `source` is undefined where the file lacks it. */
export type ColumnJudge = (source: SourceColumn | undefined, rows: number) => Judged

export const createColumnJudge = (at: string, plan: SourceColumnPlan): ColumnJudge => {
  const { field } = plan
  const missed = coerce(field, undefined, at)
  const missing = isMisfit(missed) ? missed : undefined
  const verdicts = new Map<boolean, TextVerdicts>()
  let texts = freshTexts()
  const verdictsOf = (isUntyped: boolean): TextVerdicts => {
    const known = verdicts.get(isUntyped)
    if (known !== undefined) return known
    const made = createVerdicts(field, at, (text) => adapt({ plan, unit: undefined, isUntyped }, text))
    verdicts.set(isUntyped, made)
    return made
  }
  return (source, rows) => {
    texts = boundedTexts(texts)
    const target = { at, rows, texts }
    if (source === undefined)
      return judgeRows({ kind: 'value', values: new Array(rows) }, { plan, unit: undefined, isUntyped: false }, target)
    if (source.kind === 'code') {
      const known = verdictsOf(source.isUntyped === true)
      return isText(plan) ? judgeTexts(source, missing, known) : judgeParsed(source, missing, field, known)
    }
    const fast =
      source.kind === 'number' && source.isBoolean !== true
        ? judgeNumbers(source.values, source.isInstant === true ? 'instant' : (plan.unit ?? source.unit ?? 'ms'), plan, missing)
        : undefined
    if (fast !== undefined) return fast
    return judgeRows(
      source,
      { plan, unit: source.kind === 'value' ? undefined : (source as { unit?: TimeUnit }).unit, isUntyped: false },
      target,
    )
  }
}

const isText = ({ field }: SourceColumnPlan): boolean => ['string', 'enum', 'entity'].includes(required(field).kind)

/** Row by row: what holds for every kind. */
const judgeRows = (
  source: SourceColumn,
  adaptation: Adaptation,
  { at, rows, texts }: { readonly at: string; readonly rows: number; readonly texts: SharedTexts },
): Judged => {
  const builder = createBuilder(adaptation.plan.field, at, rows, texts)
  const misfits: RowMisfit[] = []
  for (let row = 0; row < rows; row++) {
    const misfit = builder.set(row, adapt(adaptation, sourceCell(source, row)))
    if (misfit !== undefined) misfits.push({ row, misfit })
  }
  return { column: builder.column(), misfits }
}

/** Numbers for a field of numbers, all at once; undefined where a value or the kind needs a look of its own. */
const judgeNumbers = (
  values: Float64Array,
  unit: TimeUnit | 'instant',
  plan: SourceColumnPlan,
  missing: Misfit | undefined,
): Judged | undefined => {
  const field = required(plan.field)
  const column =
    field.kind === 'int' || field.kind === 'double'
      ? plainNumbers(values, field.kind === 'int')
      : field.kind === 'time'
        ? times(values, unit === 'instant' ? 'ms' : unit)
        : field.kind === 'decimal'
          ? decimals(values, field.scale)
          : field.kind === 'int64'
            ? bigints(values)
            : undefined
  return column && { column, misfits: missing === undefined ? [] : missingRows(values, missing) }
}

const missingRows = (values: Float64Array, misfit: Misfit): readonly RowMisfit[] => {
  const misfits: RowMisfit[] = []
  for (let row = 0; row < values.length; row++) if (Number.isNaN(values[row]!)) misfits.push({ row, misfit })
  return misfits
}

const plainNumbers = (values: Float64Array, isWhole: boolean): Column | undefined => {
  const plain = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]! + 0
    const isFit = isWhole ? Number.isSafeInteger(value) : value - value === 0
    if (!isFit && !Number.isNaN(value)) return undefined
    plain[i] = value
  }
  return { kind: 'number', values: plain }
}

const times = (values: Float64Array, unit: TimeUnit): Column | undefined => {
  const plain = new Float64Array(values.length)
  const divisor = unit === 'us' ? 1000 : 1_000_000
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (!Number.isSafeInteger(value) && !Number.isNaN(value)) return undefined
    const time = unit === 'ms' ? value : unit === 's' ? value * 1000 : floored(value, divisor)
    if (Math.abs(time) > maxTime) return undefined
    plain[i] = time + 0
  }
  return { kind: 'number', values: plain }
}

const exactUnits = 1e15

/**
 * Doubles as decimals. Where the nearest whole number of units has at most 15 digits and its quotient is the double itself,
 * it is the decimal that the double's shortest text states: no other one of so few digits reads as that double.
 */
const decimals = (values: Float64Array, scale: number): Column | undefined => {
  const plain = new Float64Array(values.length)
  const power = 10 ** scale
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    const units = Math.round(value * power)
    if (!Number.isNaN(value) && !(Math.abs(units) < exactUnits && units / power === value)) return undefined
    plain[i] = units + 0
  }
  return { kind: 'number', values: plain }
}

const bigints = (values: Float64Array): Column | undefined => {
  const held = new BigInt64Array(values.length)
  const nulls = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) nulls[i] = 1
    else if (Number.isSafeInteger(value)) held[i] = BigInt(value)
    else return undefined
  }
  return nulls.includes(1) ? { kind: 'bigint', values: held, nulls } : { kind: 'bigint', values: held }
}
