/** One feature of a definition: its aggregate, column, options and the form of its answer. */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { type FieldPlan, required } from '../model/field.ts'
import { canonical } from '../model/json.ts'
import { type AggregateName, aggregateNames, type FeatureOptions, type FeaturePlan } from '../model/plan.ts'
import { durationMs } from '../model/window.ts'
import type { DefinitionColumns } from './columns.ts'
import type { CompiledFeature, CompiledOptions, Output } from './compiled.ts'
import { compileCondition } from './condition.ts'
import { isNumber, isScalar, isTime } from './fields.ts'
import { literalValue, thresholdOf } from './literal.ts'

export interface FeatureScope {
  readonly at: string
  readonly columns: DefinitionColumns
  windowOf(text: string, at: string): number
  /** The definition's own windows. */
  readonly defaults: readonly number[]
}

/** What a column may be: `none` takes no column, `optional` may go without. */
type Takes = 'none' | 'optional' | 'time or none' | 'any' | 'scalar' | 'number' | 'number or time'

const rules: { readonly [name in AggregateName]: { readonly takes: Takes; readonly options: readonly (keyof FeatureOptions)[] } } = {
  count: { takes: 'optional', options: [] },
  sum: { takes: 'number', options: [] },
  mean: { takes: 'number', options: [] },
  min: { takes: 'number or time', options: [] },
  max: { takes: 'number or time', options: [] },
  variance: { takes: 'number', options: [] },
  variancePop: { takes: 'number', options: [] },
  deviation: { takes: 'number', options: [] },
  deviationPop: { takes: 'number', options: [] },
  collect: { takes: 'any', options: ['limit'] },
  distinct: { takes: 'scalar', options: ['limit'] },
  distinctCount: { takes: 'scalar', options: ['sketched'] },
  first: { takes: 'any', options: [] },
  last: { takes: 'any', options: [] },
  firstK: { takes: 'any', options: ['k'] },
  lastK: { takes: 'any', options: ['k'] },
  topK: { takes: 'number or time', options: ['k'] },
  mostFrequent: { takes: 'scalar', options: ['k'] },
  percentile: { takes: 'number', options: ['percent', 'sketched'] },
  histogram: { takes: 'number', options: ['bounds'] },
  rate: { takes: 'none', options: ['per'] },
  decayedSum: { takes: 'number', options: ['halfLife'] },
  timeSince: { takes: 'time or none', options: [] },
}

export const compileFeature = (
  name: string,
  plan: FeaturePlan,
  scope: FeatureScope,
): { readonly compiled: CompiledFeature; readonly windows: readonly number[] } => {
  const { at, columns } = scope
  if (!Object.hasOwn(rules, plan.aggregate)) {
    throw new MillraceError('AGGREGATE_UNKNOWN', 'there is no such aggregate', {
      at,
      value: plan.aggregate,
      hint: didYouMean(plan.aggregate, aggregateNames, aggregateNames.length),
    })
  }
  const column = columnIndex(plan, scope)
  const field = column === undefined ? undefined : columns.used[column]!.field
  const groupBy = plan.groupBy === undefined ? undefined : groupIndex(plan.groupBy, scope)
  const output = outputOf(plan.aggregate, field, groupBy !== undefined)
  const where = plan.where && compileCondition(plan.where, conditionScope(scope))
  const windows = [...new Set(plan.over?.map((text, i) => scope.windowOf(text, `${at}.over[${i}]`)) ?? scope.defaults)]
  if (windows.length === 0)
    throw new MillraceError('WINDOWS_EMPTY', 'the feature has no window', { at, hint: "add 'over' to it or to its definition" })
  const compiled: CompiledFeature = {
    name,
    aggregate: plan.aggregate,
    ...(column !== undefined && { column }),
    ...(where !== undefined && { where, whereKey: canonical(plan.where) }),
    ...(groupBy !== undefined && { groupBy }),
    options: optionsOf(plan, field, at),
    fallback: plan.default === undefined || plan.default === null ? null : literalValue(output.field, plan.default, `${at}.default`),
    output,
  }
  return { compiled, windows }
}

const conditionScope = ({ at, columns }: FeatureScope) => ({
  at: `${at}.where`,
  names: columns.names,
  column: (name: string) => {
    if (!columns.has(name)) return undefined
    const { field } = columns.used[columns.index(name, `${at}.where`)]!
    return { path: name, field }
  },
})

const columnIndex = ({ aggregate, column }: FeaturePlan, { at, columns }: FeatureScope): number | undefined => {
  const { takes } = rules[aggregate]
  if (column === undefined) {
    if (takes === 'none' || takes === 'optional' || takes === 'time or none') return undefined
    throw new MillraceError('COLUMN_MISSING', `'${aggregate}' needs a column`, { at, expected: `a ${takes} column` })
  }
  if (takes === 'none')
    throw new MillraceError('COLUMN_TYPE', `'${aggregate}' takes no column`, { at, value: column, hint: 'use where to choose rows' })
  const index = columns.index(column, at)
  if (isTaken(takes, columns.used[index]!.field)) return index
  throw new MillraceError('COLUMN_TYPE', `'${aggregate}' does not apply to the column '${column}'`, {
    at,
    value: required(columns.used[index]!.field).kind,
    expected: `a ${takes === 'time or none' ? 'time' : takes} column`,
  })
}

const isTaken = (takes: Takes, field: FieldPlan): boolean => {
  switch (takes) {
    case 'number':
      return isNumber(field)
    case 'number or time':
      return isNumber(field) || isTime(field)
    case 'time or none':
      return isTime(field)
    case 'scalar':
      return isScalar(field)
    default:
      return true
  }
}

const groupIndex = (name: string, { at, columns }: FeatureScope): number => {
  const index = columns.index(name, `${at}.groupBy`)
  if (isScalar(columns.used[index]!.field)) return index
  throw new MillraceError('COLUMN_TYPE', 'a list or object cannot name a group', { at: `${at}.groupBy`, value: name, expected: 'a scalar' })
}

const int: FieldPlan = { kind: 'int' }
const double: FieldPlan = { kind: 'double' }

/** The form of one answer, null apart. */
const answerField = (aggregate: AggregateName, column: FieldPlan): FieldPlan => {
  switch (aggregate) {
    case 'count':
    case 'distinctCount':
    case 'timeSince':
      return int
    case 'min':
    case 'max':
    case 'first':
    case 'last':
    case 'percentile':
      return column
    case 'collect':
    case 'distinct':
    case 'firstK':
    case 'lastK':
    case 'topK':
      return { kind: 'list', of: column }
    case 'mostFrequent':
      return { kind: 'list', of: { kind: 'object', fields: { value: column, count: int } } }
    case 'histogram':
      return { kind: 'list', of: int }
    default:
      return double
  }
}

const outputOf = (aggregate: AggregateName, column: FieldPlan | undefined, grouped: boolean): Output => {
  const field = answerField(aggregate, column === undefined ? int : required(column))
  const isDouble = ['int', 'double', 'time'].includes(field.kind)
  return { store: isDouble && !grouped ? 'number' : 'value', field, grouped }
}

const optionsOf = ({ aggregate, options = {} }: FeaturePlan, field: FieldPlan | undefined, at: string): CompiledOptions => {
  const known = rules[aggregate].options
  for (const name of Object.keys(options)) {
    if (known.includes(name as keyof FeatureOptions)) continue
    throw new MillraceError('OPTION_UNKNOWN', `'${aggregate}' has no such option`, { at, value: name, hint: didYouMean(name, known) })
  }
  if (aggregate === 'percentile' && options.sketched === true)
    throw new MillraceError('SKETCH_UNSUPPORTED', 'a percentile is always exact', { at, hint: "leave out 'sketched'" })
  const count = (name: 'limit' | 'k', otherwise: number): number =>
    countOption(options[name], known.includes(name) ? name : undefined, otherwise, at)
  return {
    limit: count('limit', 1_000),
    k: count('k', known.includes('k') ? 0 : 1),
    ...(aggregate === 'percentile' ? percentOf(options.percent, at) : { part: 0n, whole: 1n }),
    ...(aggregate === 'histogram' ? boundsOf(options.bounds, field!, at) : { bounds: [], unitBounds: [] }),
    perMs: aggregate === 'rate' ? lengthOption('per', options.per, at) : 1,
    halfLifeMs: aggregate === 'decayedSum' ? lengthOption('halfLife', options.halfLife, at) : 1,
    sketched: options.sketched === true,
  }
}

const invalidOption = (at: string, name: string, value: unknown, expected: string): MillraceError =>
  new MillraceError('OPTION_INVALID', `the option '${name}' does not fit`, { at, value, expected })

/** `otherwise` 0 says that it must be given. */
const countOption = (value: number | undefined, name: string | undefined, otherwise: number, at: string): number => {
  if (name === undefined || (value === undefined && otherwise > 0)) return otherwise
  if (value !== undefined && Number.isSafeInteger(value) && value > 0) return value
  throw invalidOption(at, name, value, 'a whole number above 0')
}

const lengthOption = (name: string, value: string | undefined, at: string): number => {
  if (value === undefined) throw invalidOption(at, name, value, "a duration such as '1h'")
  return durationMs(value)
}

/** p·10^d and 100·10^d for p of d decimal digits. */
const percentOf = (percent: number | undefined, at: string): { readonly part: bigint; readonly whole: bigint } => {
  if (typeof percent !== 'number' || !(percent > 0 && percent <= 100))
    throw invalidOption(at, 'percent', percent, 'a number above 0, at most 100')
  let digits = 0
  while (digits < 330 && thresholdOf(percent, digits, at).floor !== thresholdOf(percent, digits, at).ceil) digits++
  return { part: thresholdOf(percent, digits, at).floor, whole: 100n * 10n ** BigInt(digits) }
}

const boundsOf = (
  bounds: readonly number[] | undefined,
  field: FieldPlan,
  at: string,
): { readonly bounds: readonly number[]; readonly unitBounds: readonly bigint[] } => {
  const isAscending = bounds?.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > bounds[i - 1]!))
  if (bounds === undefined || bounds.length === 0 || !isAscending)
    throw invalidOption(at, 'bounds', bounds, 'one or more ascending numbers')
  const { kind } = required(field)
  const scale = kind === 'decimal' ? (required(field) as { readonly scale: number }).scale : 0
  if (kind === 'double') return { bounds, unitBounds: [] }
  const unitBounds = bounds.map((bound) => thresholdOf(bound, scale, at).ceil)
  return { bounds: unitBounds.map(Number), unitBounds }
}
