/** What the first rows of a file hold, column by column. */
import { MillraceError } from '../../base/error.ts'
import { int64Max, int64Min } from '../../model/decimal.ts'
import type { FieldPlan } from '../../model/field.ts'
import type { TimeUnit } from '../../model/mapping.ts'
import { parseIsoTime } from '../../model/time.ts'
import { type RowBatch, type RowReader, rowRecord, type SourceColumnInfo } from '../readers/batch.ts'
import { ExactNumber } from '../readers/json/exact.ts'

export interface ColumnProfile {
  readonly name: string
  /** Without `optional`; undefined where no row had a value, or the values are of several sorts. */
  readonly field: FieldPlan | undefined
  readonly isOptional: boolean
  /** Of times that stand as numbers, where the file itself does not state it. */
  readonly unit?: TimeUnit
  /** Different values among the rows looked at. */
  readonly different: number
  readonly values: number
}

/** Rows looked at: enough to meet what is common, and no more than a moment takes. */
const sampledRows = 20_000

/** Columns of a file in its order. Throws FILE_EMPTY where no row can be read. */
export const profileFile = async (reader: RowReader): Promise<readonly ColumnProfile[]> => {
  const infos = new Map((reader.columns ?? []).map((info) => [info.name, info]))
  const readable = [...infos.values()].filter(({ kind }) => kind !== 'unsupported').map(({ name }) => name)
  for await (const batch of reader.batches({ columns: readable, most: sampledRows })) {
    const rows = rowsOf(batch)
    if (rows.length === 0) break
    const names = reader.columns === undefined ? [...new Set(rows.flatMap((row) => Object.keys(row)))] : readable
    return names.map((name) => profileOf(name, rows, infos.get(name), reader.format === 'csv'))
  }
  throw new MillraceError('FILE_EMPTY', 'no row of the file can be read', {
    at: reader.path,
    hint: 'check its format and that it has rows',
  })
}

type Row = Readonly<Record<string, unknown>>

const rowsOf = (batch: RowBatch): readonly Row[] =>
  Array.from({ length: batch.rows }, (_, row) => row)
    .filter((row) => !batch.unreadable.has(row))
    .map((row) => (batch.columns.size > 0 ? rowRecord(batch.columns, row) : (batch.record(row) as Row)))

const profileOf = (name: string, rows: readonly Row[], info: SourceColumnInfo | undefined, isUntyped: boolean): ColumnProfile => {
  const values = rows.flatMap((row) => (Object.hasOwn(row, name) && (row[name] ?? null) !== null ? [row[name]] : []))
  const field = info?.kind === 'time' ? ({ kind: 'time' } as const) : merged(values.map((value) => fieldOf(value, isUntyped, info)))
  const unit = field?.kind === 'time' && info?.kind !== 'time' ? unitOf(values) : undefined
  const asTime = field === undefined || info?.kind === 'time' ? undefined : epochUnit(name, field, values)
  return {
    name,
    field: asTime === undefined ? field : { kind: 'time' },
    isOptional: values.length < rows.length,
    ...((asTime ?? unit) !== undefined && { unit: (asTime ?? unit)! }),
    different: new Set(values.map((value) => (typeof value === 'object' ? JSON.stringify(value) : value))).size,
    values: values.length,
  }
}

const unitOf = (values: readonly unknown[]): TimeUnit | undefined => (values.some((value) => typeof value === 'string') ? undefined : 'ms')

const fieldOf = (value: unknown, isUntyped: boolean, info: SourceColumnInfo | undefined): FieldPlan => {
  if (value instanceof ExactNumber) return /^-?[0-9]+$/.test(value.source) ? wholeField(BigInt(value.source)) : { kind: 'double' }
  switch (typeof value) {
    case 'boolean':
      return { kind: 'boolean' }
    case 'bigint':
      return wholeField(value)
    case 'number':
      if (info?.scale !== undefined) return { kind: 'decimal', scale: Math.min(info.scale, 18) }
      return Number.isSafeInteger(value) && info?.kind !== 'number' ? { kind: 'int' } : { kind: 'double' }
    case 'string':
      if (info?.scale !== undefined) return { kind: 'decimal', scale: Math.min(info.scale, 18) }
      return isUntyped ? textField(value) : parseIsoTime(value) === undefined ? { kind: 'string' } : { kind: 'time' }
    default:
      return nestedField(value)
  }
}

const wholeField = (value: bigint): FieldPlan =>
  Number.isSafeInteger(Number(value)) ? { kind: 'int' } : value >= int64Min && value <= int64Max ? { kind: 'int64' } : { kind: 'double' }

const textField = (text: string): FieldPlan => {
  if (/^-?(?:0|[1-9][0-9]{0,18})$/.test(text)) return wholeField(BigInt(text))
  if (/^-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][+-]?[0-9]+)?$/.test(text)) return { kind: 'double' }
  if (/^(?:true|false)$/i.test(text)) return { kind: 'boolean' }
  return parseIsoTime(text) === undefined ? { kind: 'string' } : { kind: 'time' }
}

const nestedField = (value: unknown): FieldPlan => {
  if (Array.isArray(value))
    return {
      kind: 'list',
      of: merged(value.filter((part) => part !== null).map((part) => fieldOf(part, false, undefined))) ?? { kind: 'string' },
    }
  const fields = Object.entries(value as Row).map(([name, part]) => [
    name,
    { kind: 'optional', of: part === null ? { kind: 'string' } : fieldOf(part, false, undefined) } as const,
  ])
  return { kind: 'object', fields: Object.fromEntries(fields) }
}

/** The narrowest field that holds all; undefined where none does. */
const merged = (fields: readonly FieldPlan[]): FieldPlan | undefined => {
  const different = [...new Map(fields.map((field) => [JSON.stringify(field), field])).values()]
  return different.length === 0
    ? undefined
    : different.reduce<FieldPlan | undefined>((a, b) => (a === undefined ? undefined : widened(a, b)), different[0])
}

const numberKinds = ['int', 'int64', 'double']

const widened = (a: FieldPlan, b: FieldPlan): FieldPlan | undefined => {
  if (JSON.stringify(a) === JSON.stringify(b)) return a
  if (numberKinds.includes(a.kind) && numberKinds.includes(b.kind))
    return a.kind === 'double' || b.kind === 'double' ? { kind: 'double' } : { kind: 'int64' }
  const scalars = ['string', 'time', 'boolean', ...numberKinds]
  if (a.kind === 'string' || b.kind === 'string') {
    return scalars.includes(a.kind) && scalars.includes(b.kind) ? { kind: 'string' } : undefined
  }
  if (a.kind === 'optional' && b.kind === 'optional') {
    const of = widened(a.of, b.of)
    return of && { kind: 'optional', of }
  }
  if (a.kind === 'list' && b.kind === 'list') {
    const of = widened(a.of, b.of)
    return of && { kind: 'list', of }
  }
  return a.kind === 'object' && b.kind === 'object' ? widenedObject(a.fields, b.fields) : undefined
}

const widenedObject = (a: { readonly [name: string]: FieldPlan }, b: { readonly [name: string]: FieldPlan }): FieldPlan | undefined => {
  const fields: Record<string, FieldPlan> = { ...a }
  for (const [name, field] of Object.entries(b)) {
    const both = Object.hasOwn(a, name) ? widened(a[name]!, field) : field
    if (both === undefined) return undefined
    fields[name] = both
  }
  return { kind: 'object', fields }
}

const timeName = /(?:^|[_\-. ]|[a-z](?=[A-Z]))(?:at|ts|time|date|timestamp|datetime|when|created|updated)(?:$|_?(?:ms|us|ns|s|utc)$)/i
const magnitudes: readonly (readonly [TimeUnit, number])[] = [
  ['s', 1e8],
  ['ms', 1e11],
  ['us', 1e14],
  ['ns', 1e17],
]

/** Whole numbers under a name of time, all of a size that means a moment between 1973 and 2286 in one unit. */
const epochUnit = (name: string, field: FieldPlan, values: readonly unknown[]): TimeUnit | undefined => {
  if ((field.kind !== 'int' && field.kind !== 'int64') || !timeName.test(name)) return undefined
  const numbers = values.map((value) => Number(value instanceof ExactNumber ? value.source : value))
  return magnitudes.find(([, least]) => numbers.every((value) => value >= least && value < least * 100))?.[0]
}
