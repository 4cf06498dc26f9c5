/** For tests: definitions, lives of events and roots, drawn small and crowded so that ties, late rows and corrections meet. */
import fc from 'fast-check'
import type { EventVersion } from '../../model/event.ts'
import type { FieldPlan } from '../../model/field.ts'
import type { AggregateName, EventPlan, FeatureOptions, FeaturePlan, WindowsPlan } from '../../model/plan.ts'
import type { Data } from '../../model/value.ts'
import { compileWindows } from '../compile.ts'
import type { CompiledWindows } from '../compiled.ts'
import type { StampName } from './prepare.ts'

const optional = (of: FieldPlan): FieldPlan => ({ kind: 'optional', of })
const user: FieldPlan = { kind: 'entity', name: 'user' }
export const fields = {
  user,
  shop: optional({ kind: 'string' }),
  at: { kind: 'time' } as FieldPlan,
  int: optional({ kind: 'int' }),
  long: optional({ kind: 'int64' }),
  ratio: optional({ kind: 'double' }),
  wide: optional({ kind: 'double' }),
  money: optional({ kind: 'decimal', scale: 2 }),
  seen: optional({ kind: 'time' }),
  text: optional({ kind: 'string' }),
  flag: optional({ kind: 'boolean' }),
  tags: optional({ kind: 'list', of: { kind: 'int' } }),
}
export type Name = keyof typeof fields

const eventPlan = (data: EventPlan['data']): EventPlan => ({ kind: 'action', subject: 'user', time: 'at', rows: 'facts', data })
const { int, ...others } = fields
/** The second type has its `int` under another name. */
export const events = { pay: eventPlan(fields), refund: eventPlan({ ...others, back: int }) }

const few = fc.integer({ min: -3, max: 3 })
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 5 })
const dataOf = fc.record({
  user: fc.constantFrom('a', 'b', 'c'),
  shop: maybe(fc.constantFrom('x', 'y')),
  int: maybe(fc.oneof(few, fc.integer({ min: -(2 ** 31), max: 2 ** 31 }))),
  long: maybe(fc.oneof(few.map(BigInt), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }))),
  ratio: maybe(
    fc.oneof(
      few,
      fc.integer({ min: -999, max: 999 }).map((cents) => cents / 100),
    ),
  ),
  wide: maybe(fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0)),
  money: maybe(fc.oneof(few.map(BigInt), fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }))),
  seen: maybe(fc.integer({ min: 0, max: 50 })),
  text: maybe(fc.constantFrom('', 'p', 'q', '\u{10000}', '\uffee', '__proto__')),
  flag: maybe(fc.boolean()),
  tags: maybe(fc.array(few, { maxLength: 2 })),
})

const numbers: readonly Name[] = ['int', 'long', 'ratio', 'wide', 'money']
const scalars: readonly Name[] = [...numbers, 'seen', 'text', 'flag']
const takes = (aggregate: AggregateName): readonly (Name | undefined)[] => {
  if (aggregate === 'rate') return [undefined]
  if (aggregate === 'timeSince') return [undefined, 'seen']
  if (aggregate === 'count') return [undefined, ...scalars, 'tags']
  if (['distinct', 'distinctCount', 'mostFrequent'].includes(aggregate)) return scalars
  if (['min', 'max', 'topK'].includes(aggregate)) return [...numbers, 'seen']
  return ['first', 'last', 'firstK', 'lastK', 'collect'].includes(aggregate) ? [...scalars, 'tags'] : numbers
}

const optionsFor = (aggregate: AggregateName): FeatureOptions => {
  if (['firstK', 'lastK', 'topK', 'mostFrequent'].includes(aggregate)) return { k: 3 }
  if (aggregate === 'collect' || aggregate === 'distinct') return { limit: 4 }
  if (aggregate === 'percentile') return { percent: 90.5 }
  if (aggregate === 'histogram') return { bounds: [-1.5, 0, 0.5, 100] }
  if (aggregate === 'rate') return { per: '30ms' }
  return aggregate === 'decayedSum' ? { halfLife: '3ms' } : {}
}

const featureOf = (aggregate: AggregateName): fc.Arbitrary<FeaturePlan> =>
  fc
    .record({
      column: fc.constantFrom(...takes(aggregate)),
      isFiltered: fc.boolean(),
      groupBy: fc.option(fc.constantFrom('text', 'flag', 'int', 'long', 'money'), { freq: 3 }),
      hasDefault: fc.boolean(),
    })
    .map(({ column, isFiltered, groupBy, hasDefault }) => ({
      aggregate,
      options: optionsFor(aggregate),
      ...(column !== undefined && { column }),
      ...(isFiltered && { where: { op: 'not-of' as const, of: { op: 'is' as const, column: 'int', value: 0 } } }),
      ...(groupBy !== null && { groupBy }),
      ...(hasDefault && ['sum', 'mean', 'timeSince'].includes(aggregate) && { default: 7 }),
    }))

const windowNames = ['3ms', '20ms', '1m', '20ms to 5ms', 'last 1', 'last 7', 'last 40', 'last 4 in 10ms', 'day to date', 'lifetime']

/** Event time runs over a few ms, so that ties are common; midnight lies in it. */
export const midnight = 86_400_000
const timeOf = (span: number) => fc.integer({ min: midnight - span, max: midnight + span })

/** An event's life: put, and perhaps corrected (moved in time and key) or deleted, each recorded some time after. */
const versionsOf = (span: number, isLate: boolean): fc.Arbitrary<EventVersion[]> =>
  fc
    .tuple(
      fc.constantFrom('pay', 'refund'),
      fc.integer({ min: 0, max: 1e9 }),
      fc.array(
        fc.record({
          time: timeOf(span),
          seq: fc.integer({ min: 0, max: 1 }),
          data: dataOf,
          delay: fc.nat(isLate ? 2 * span : 3),
          known: fc.nat(span),
        }),
        { minLength: 1, maxLength: 3, size: 'small' },
      ),
      fc.nat(19),
      fc.constantFrom('put' as const, 'delete' as const),
    )
    .map(([type, id, places, amend, lastOp]) => {
      const kept = amend < 4 ? places : places.slice(0, 1)
      let recordedAt = 0
      return kept.map(({ time, seq, data, delay, known }, i): EventVersion => {
        recordedAt = Math.max(recordedAt, time) + delay
        const { int, ...rest } = data
        const op = i > 0 && i === kept.length - 1 ? lastOp : 'put'
        const fitted = type === 'pay' ? data : { ...rest, back: int }
        const place = { type, id: `e${id}`, subject: data.user, time, seq }
        return { ...place, op, version: i, recordedAt, knownAt: Math.min(recordedAt, time + known), data: { ...fitted, at: time } }
      })
    })

export interface Root {
  readonly time: number
  readonly data: Data
  readonly cutoff: number
  readonly own?: EventVersion
}

export const compileCase = (features: readonly FeaturePlan[], over: readonly string[], more: Partial<WindowsPlan>): CompiledWindows => {
  const plan: WindowsPlan = {
    of: [
      { event: 'pay', where: { op: 'not', column: 'flag', value: true } },
      { event: 'refund', columns: { int: 'back' } },
    ],
    by: ['user'],
    over,
    zone: 'UTC',
    includeRoot: false,
    features: Object.fromEntries(features.map((feature, i) => [`f${i}`, feature])),
    ...more,
  }
  return compileWindows('w', plan, events)
}

export interface Case {
  readonly compiled: CompiledWindows
  readonly by: readonly string[]
  readonly versions: readonly (readonly EventVersion[])[]
  readonly roots: readonly Root[]
  readonly stamp: StampName | undefined
  readonly merge: WindowsPlan['merge']
}

const rootsOf = (span: number): fc.Arbitrary<Root[]> =>
  fc
    .array(fc.record({ time: timeOf(span), data: dataOf, lag: fc.integer({ min: -span, max: span }) }), { minLength: 1, maxLength: 12 })
    .map((list) => list.map(({ time, data, lag }) => ({ time, data, cutoff: lag === span ? Number.POSITIVE_INFINITY : time + lag })))

const unique = (lists: readonly (readonly EventVersion[])[]) =>
  [...new Map(lists.map((list) => [`${list[0]!.type} ${list[0]!.id}`, list])).values()].map((list) => list)

export const caseOf = (aggregate: AggregateName, stamp: StampName | undefined, most: number): fc.Arbitrary<Case> => {
  const span = 30
  return fc
    .record({
      features: fc.array(featureOf(aggregate), { minLength: 1, maxLength: 3 }),
      over: fc.uniqueArray(fc.constantFrom(...windowNames), { minLength: 1, maxLength: 4 }),
      by: fc.constantFrom(['user'], ['user', 'shop']),
      versions: fc.array(versionsOf(span, stamp !== undefined), { maxLength: most, size: 'max' }),
      roots: rootsOf(span),
      merge: fc.constantFrom(undefined, undefined, { unit: 'day' as const }, { unit: 'day' as const, olderThan: '10ms' }),
    })
    .map(({ features, over, by, versions, roots, merge }) => ({
      compiled: compileCase(features, over, { by, ...(merge && { merge }) }),
      by,
      versions: unique(versions),
      roots,
      stamp,
      merge,
    }))
}
