/** For tests: every aggregate by plain loops over a list of values and arithmetic in whole numbers. Shares nothing with the kernels. */
import { exp2 } from '../../base/exp2.ts'
import type { FieldPlan } from '../../model/field.ts'
import type { Value } from '../../model/value.ts'
import type { CompiledFeature } from '../compiled.ts'
import { nearest, wholeOf } from '../exact/nearest.testing.ts'

/** One row: its time, its feature's value (absent: the feature has no column) and its group's. */
export interface OracleRow {
  readonly time: number
  readonly value?: Value
  readonly group?: Value
}

export interface OracleQuestion {
  readonly feature: CompiledFeature
  readonly field: FieldPlan | undefined
  readonly groupField: FieldPlan | undefined
  readonly time: number
  /** NaN: since the first row. */
  readonly lengthMs: number
}

const unit = 1n << 1074n

/** rows: those that the window selects and the feature's `where` lets pass, in order. */
export const oracle = (question: OracleQuestion, rows: readonly OracleRow[]): Value => {
  const { feature, groupField } = question
  if (groupField === undefined) return single(question, rows) ?? feature.fallback
  const groups = new Map<string, OracleRow[]>()
  for (const row of rows) {
    if (row.group === null) continue
    const text = groupText(row.group!, groupField)
    groups.set(text, [...(groups.get(text) ?? []), row])
  }
  return Object.fromEntries(Array.from(groups, ([text, of]) => [text, single(question, of) ?? feature.fallback]))
}

const groupText = (value: Value, field: FieldPlan): string => {
  if (field.kind === 'optional') return groupText(value, field.of)
  return field.kind === 'decimal' ? String(Number(value) / 10 ** field.scale) : String(value)
}

const scaleOf = (field: FieldPlan | undefined): number =>
  field?.kind === 'optional' ? scaleOf(field.of) : field?.kind === 'decimal' ? field.scale : 0

/** A value exactly, in units of 2^-1074 (decimals: of their own unit times 2^-1074). */
const exact = (value: Value): bigint => (typeof value === 'bigint' ? value * unit : wholeOf(value as number))

const less = (a: Value, b: Value): number => {
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string))
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0
}

const single = ({ feature, field, time, lengthMs }: OracleQuestion, rows: readonly OracleRow[]): Value => {
  const { aggregate, options } = feature
  const kept = feature.column === undefined ? rows : rows.filter((row) => row.value !== null)
  const values = kept.map((row) => row.value!)
  const n = BigInt(values.length)
  const ten = 10n ** BigInt(scaleOf(field))
  const sum = () => values.reduce<bigint>((total, value) => total + exact(value), 0n)
  const variance = (population: boolean): number | null => {
    if (n < (population ? 1n : 2n)) return null
    const squares = values.reduce<bigint>((total, value) => total + exact(value) ** 2n, 0n)
    return nearest(n * squares - sum() ** 2n, unit * unit * ten * ten * n * (population ? n : n - 1n))
  }
  const sorted = () => [...values].sort(less)
  const different = () => values.filter((value, i) => values.indexOf(value) === i)
  const root = (value: number | null) => (value === null ? null : Math.sqrt(value))
  switch (aggregate) {
    case 'count':
      return values.length
    case 'sum':
      return n === 0n ? null : nearest(sum(), unit * ten)
    case 'mean':
      return n === 0n ? null : nearest(sum(), unit * ten * n)
    case 'variance':
    case 'variancePop':
      return variance(aggregate === 'variancePop')
    case 'deviation':
    case 'deviationPop':
      return root(variance(aggregate === 'deviationPop'))
    case 'min':
      return sorted()[0] ?? null
    case 'max':
      return sorted().at(-1) ?? null
    case 'first':
      return values[0] ?? null
    case 'last':
      return values.at(-1) ?? null
    case 'firstK':
      return values.slice(0, options.k)
    case 'lastK':
      return values.slice(-options.k)
    case 'collect':
      return values.slice(-options.limit)
    case 'distinct':
      return different().slice(0, options.limit)
    case 'distinctCount':
      return different().length
    case 'topK':
      return sorted().reverse().slice(0, options.k)
    case 'mostFrequent':
      return different()
        .map((value) => ({ value, count: values.filter((other) => other === value).length }))
        .sort((a, b) => b.count - a.count || less(a.value, b.value))
        .slice(0, options.k)
    case 'percentile': {
      let rank = 1
      while (BigInt(rank) * options.whole < n * options.part) rank++
      return n === 0n ? null : sorted()[rank - 1]!
    }
    case 'histogram': {
      const counts = new Array<number>(options.bounds.length + 1).fill(0)
      for (const value of values) {
        const at = (i: number) => (typeof value === 'bigint' ? value >= options.unitBounds[i]! : (value as number) >= options.bounds[i]!)
        counts[options.bounds.filter((_, i) => at(i)).length]!++
      }
      return counts
    }
    case 'rate': {
      const length = Number.isNaN(lengthMs) ? (rows.length === 0 ? 0 : time - rows[0]!.time) : lengthMs
      return length === 0 ? 0 : nearest(n * BigInt(options.perMs), BigInt(length))
    }
    case 'timeSince':
      return values.length === 0 ? null : time - (feature.column === undefined ? kept.at(-1)!.time : (values.at(-1) as number))
    case 'decayedSum':
      return decayedSum(kept, time, options.halfLifeMs, scaleOf(field))
  }
}

/** The double nearest to a / b, as a whole number of 2^-1074, its exponent without an upper end. */
const rounded = (a: bigint, b: bigint): bigint => {
  const found = nearest(a, b)
  return Number.isFinite(found) ? wholeOf(found) : wholeOf(nearest(a, b << 20n)) << 20n
}

const floorDivide = (a: bigint, b: bigint): bigint => a / b - (a % b !== 0n && a < 0n ? 1n : 0n)

const decayedSum = (rows: readonly OracleRow[], time: number, halfLifeMs: number, scale: number): number => {
  const h = BigInt(halfLifeMs)
  const place = (t: number) => {
    const k = floorDivide(BigInt(t), h)
    return { k, phase: nearest(BigInt(t) - k * h, h) }
  }
  const now = place(time)
  let sum = 0n
  for (const row of rows) {
    const { k, phase } = place(row.time)
    if (now.k - k > 1000n) continue
    const value = nearest(exact(row.value!), unit * 10n ** BigInt(scale))
    sum += rounded(wholeOf(value) * wholeOf(exp2(phase)), unit * unit) << (1000n - (now.k - k))
  }
  return nearest(rounded(rounded(sum, unit << 1000n) * wholeOf(exp2(-now.phase)), unit * unit), unit)
}
