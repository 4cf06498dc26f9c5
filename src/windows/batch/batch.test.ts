import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf, valueAt } from '../../model/cell.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import type { FieldPlan } from '../../model/field.ts'
import {
  type AggregateName,
  aggregateNames,
  type EventPlan,
  type FeatureOptions,
  type FeaturePlan,
  type WindowsPlan,
} from '../../model/plan.ts'
import { tableOf } from '../../model/tables.ts'
import type { Data, Value } from '../../model/value.ts'
import { compileWindows } from '../compile.ts'
import type { CompiledWindows } from '../compiled.ts'
import { oracle } from '../kernels/oracle.testing.ts'
import { runBatch } from './engine.ts'
import { createOutput } from './input.ts'
import { prepareBatch, type RootColumns, type StampName } from './prepare.ts'

const optional = (of: FieldPlan): FieldPlan => ({ kind: 'optional', of })
const user: FieldPlan = { kind: 'entity', name: 'user' }
const fields = {
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
type Name = keyof typeof fields

const eventPlan = (data: EventPlan['data']): EventPlan => ({ kind: 'action', subject: 'user', time: 'at', rows: 'facts', data })
const { int, ...others } = fields
/** The second type has its `int` under another name. */
const events = { pay: eventPlan(fields), refund: eventPlan({ ...others, back: int }) }

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
const midnight = 86_400_000
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

interface Root {
  readonly time: number
  readonly data: Data
  readonly cutoff: number
  readonly own?: EventVersion
}

const compileCase = (features: readonly FeaturePlan[], over: readonly string[], more: Partial<WindowsPlan>): CompiledWindows => {
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

/** The brute-force side: versions → rows → window → values, each by loops of its own. */
interface PlainRow {
  readonly event: EventVersion
  readonly member: number
  readonly cell: (name: string) => Value
}

const holds = (versions: readonly EventVersion[], read: Read): EventVersion | undefined => {
  let best: EventVersion | undefined
  for (const version of versions) {
    const stamp = read.as === 'known' ? version.knownAt : version.recordedAt
    if (read.as !== 'corrected' && stamp > read.cutoff) continue
    if (best === undefined || version.version > best.version) best = version
  }
  return best?.op === 'delete' ? undefined : best
}

const rowOf = (plan: 'plain' | 'filtered', event: EventVersion): PlainRow[] => {
  if (plan === 'filtered' && event.type === 'pay' && !(event.data['flag'] !== null && event.data['flag'] !== true)) return []
  const name = (column: string) => (event.type === 'refund' && column === 'int' ? 'back' : column)
  return [{ event, member: event.type === 'pay' ? 0 : 1, cell: (column) => valueAt(event.data, name(column)) }]
}

const inOrder = (a: PlainRow, b: PlainRow): number => {
  const bytes = (x: string, y: string) => Buffer.compare(Buffer.from(x), Buffer.from(y))
  return a.event.time - b.event.time || a.event.seq - b.event.seq || bytes(a.event.type, b.event.type) || bytes(a.event.id, b.event.id)
}

const startOfUnit = (unit: string, time: number): number => {
  const ms = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }[unit]!
  return Math.floor(time / ms) * ms
}

const selected = (rows: readonly PlainRow[], own: readonly PlainRow[], time: number, name: string, merge: WindowsPlan['merge']) => {
  const edge = (at: number) => {
    const old = merge?.olderThan === undefined ? 0 : Number.parseInt(merge.olderThan, 10)
    return merge !== undefined && time - at >= old ? startOfUnit(merge.unit, at) : at
  }
  const before = rows.filter((row) => row.event.time < time)
  const ended = [...before, ...own]
  const since = (from: number) => ended.filter((row) => row.event.time >= from)
  const [, from, to] = /^(\d+)m?s?(?: to (\d+)ms)?$/.exec(name) ?? []
  if (name === 'lifetime') return { rows: ended, lengthMs: Number.NaN }
  if (name === 'day to date') return { rows: since(edge(startOfUnit('day', time))), lengthMs: time - edge(startOfUnit('day', time)) }
  const [, n, within] = /^last (\d+)(?: in (\d+)ms)?$/.exec(name) ?? []
  if (n !== undefined) {
    const some = within === undefined ? ended : since(time - Number(within))
    return { rows: some.slice(-Number(n)), lengthMs: within === undefined ? Number.NaN : Number(within) }
  }
  const low = edge(time - Number(from) * (name === '1m' ? 60_000 : 1))
  if (to === undefined) return { rows: since(low), lengthMs: time - low }
  const high = edge(time - Number(to))
  return { rows: before.filter((row) => row.event.time >= low && row.event.time < high), lengthMs: high - low }
}

interface Case {
  readonly compiled: CompiledWindows
  readonly by: readonly string[]
  readonly versions: readonly (readonly EventVersion[])[]
  readonly roots: readonly Root[]
  readonly stamp: StampName | undefined
  readonly merge: WindowsPlan['merge']
}

const expected = ({ compiled, by, versions, roots, stamp, merge }: Case): Value[][] =>
  roots.map((root) => {
    const as = stamp === 'knownAt' ? 'known' : 'recorded'
    const read: Read = stamp === undefined || root.cutoff === Number.POSITIVE_INFINITY ? { as: 'corrected' } : { as, cutoff: root.cutoff }
    const isAsked = (row: PlainRow) => by.every((name) => row.cell(name) !== null && row.cell(name) === root.data[name])
    const held = versions.map((of) => holds(of, read)).filter((version) => version !== undefined)
    const rows = held
      .flatMap((version) => rowOf('filtered', version))
      .filter(isAsked)
      .sort(inOrder)
    const own = root.own === undefined || !compiled.includeRoot ? [] : rowOf('filtered', root.own).filter(isAsked)
    return compiled.slots.map((slot) => {
      const feature = compiled.features[slot.feature]!
      const { rows: all, lengthMs } = selected(rows, own, root.time, compiled.windows[slot.window]!.name, merge)
      const passed = feature.where === undefined ? all : all.filter((row) => row.cell('int') !== 0)
      const field = (column: number | undefined) => (column === undefined ? undefined : compiled.columns[column]!.field)
      const cell = (row: PlainRow, column: number | undefined) =>
        column === undefined ? {} : { value: row.cell(compiled.columns[column]!.name) }
      return oracle(
        { feature, field: field(feature.column), groupField: field(feature.groupBy), time: root.time, lengthMs },
        passed.map((row) => {
          const group = feature.groupBy === undefined ? {} : { group: row.cell(compiled.columns[feature.groupBy]!.name) }
          return { time: row.event.time, ...cell(row, feature.column), ...group }
        }),
      )
    })
  })

const answered = ({ compiled, by, versions, roots, stamp }: Case, partition: number): Value[][] => {
  const paths = (type: string) => compiled.members.flatMap((member) => (member.event === type ? member.paths : []))
  const tables = compiled.members.map(({ event }) => tableOf(versions.flat(), event, paths(event), events[event as 'pay']))
  const type = roots.find((root) => root.own !== undefined)?.own?.type
  const columns: RootColumns = {
    count: roots.length,
    time: Float64Array.from(roots, (root) => root.time),
    keys: by.map((name) =>
      columnOf(
        fields[name as Name],
        roots.map((root) => root.data[name]!),
      ),
    ),
    ...(stamp !== undefined && { cutoff: { stamp, at: Float64Array.from(roots, (root) => root.cutoff) } }),
    ...(type !== undefined && { own: ownTable(roots, type, paths(type)) }),
  }
  const task = prepareBatch({ compiled, tables, roots: columns })
  const output = createOutput(compiled, roots.length)
  for (let from = 0; from === 0 || from < task.keyCount; from += partition) {
    runBatch({ ...task, keyRange: { from, to: Math.min(from + partition, task.keyCount) }, output })
  }
  const nothing = (value: number) => (Number.isNaN(value) ? null : value)
  return roots.map((_, root) =>
    compiled.slots.map(({ index }) => output.values[index]?.[root] ?? nothing(output.numbers[index]?.[root] ?? Number.NaN)),
  )
}

const ownTable = (roots: readonly Root[], type: string, paths: readonly string[]) => {
  const own = roots.map((root) => root.own!)
  const table = tableOf([], type, paths, events[type as 'pay'])
  const fieldOf = (path: string) => events[type as 'pay'].data[path]!
  return {
    ...table,
    rows: own.length,
    time: Float64Array.from(own, (event) => event.time),
    columns: Object.fromEntries(
      paths.map((path) => [
        path,
        columnOf(
          fieldOf(path),
          own.map((event) => valueAt(event.data, path)),
        ),
      ]),
    ),
  }
}

const check = (of: Case, partition = 2): void => {
  const want = expected(of)
  const got = answered(of, partition)
  of.roots.forEach((root, r) => {
    of.compiled.slots.forEach((slot, s) => {
      const feature = of.compiled.features[slot.feature]!
      const where = `root ${r} at ${root.time} cutoff ${root.cutoff}: ${feature.aggregate} in ${of.compiled.windows[slot.window]!.name}`
      expect({ where, value: got[r]![s] }).toEqual({ where, value: want[r]![s] })
    })
  })
}

const rootsOf = (span: number): fc.Arbitrary<Root[]> =>
  fc
    .array(fc.record({ time: timeOf(span), data: dataOf, lag: fc.integer({ min: -span, max: span }) }), { minLength: 1, maxLength: 12 })
    .map((list) => list.map(({ time, data, lag }) => ({ time, data, cutoff: lag === span ? Number.POSITIVE_INFINITY : time + lag })))

const unique = (lists: readonly (readonly EventVersion[])[]) =>
  [...new Map(lists.map((list) => [`${list[0]!.type} ${list[0]!.id}`, list])).values()].map((list) => list)

const caseOf = (aggregate: AggregateName, stamp: StampName | undefined, most: number): fc.Arbitrary<Case> => {
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

describe.each(aggregateNames)('%s', (aggregate) => {
  it.each([undefined, 'recordedAt', 'knownAt'] as const)('is what plain loops say, cut off by %s', (stamp) => {
    fc.assert(
      fc.property(caseOf(aggregate, stamp, 25), (of) => check(of)),
      { numRuns: 20 },
    )
  })
  it('is what plain loops say of longer series', () => {
    fc.assert(
      fc.property(caseOf(aggregate, 'recordedAt', 300), (of) => check(of, 1)),
      { numRuns: 3 },
    )
  })
})

describe('a decayed sum', () => {
  it('forgets what lies beyond a thousand half-lives, however far roots and rows are apart', () => {
    const far = (of: Case, stretch: number): Case => {
      const place = (time: number) => Math.round((time - midnight) * stretch)
      const versions = of.versions.map((list) => list.map((version) => ({ ...version, time: place(version.time) })))
      return { ...of, versions, roots: of.roots.map((root) => ({ ...root, time: place(root.time) })) }
    }
    const lifetimes = caseOf('decayedSum', undefined, 60).map((of) => ({
      ...of,
      compiled: compileCase([decayed], ['lifetime'], { by: of.by }),
    }))
    const decayed: FeaturePlan = { aggregate: 'decayedSum', column: 'wide', options: { halfLife: '3ms' } }
    fc.assert(
      fc.property(lifetimes, fc.constantFrom(40, 100, 3000), (of, stretch) => check({ ...far(of, stretch), merge: undefined })),
      { numRuns: 40 },
    )
  })
})

describe('the root included', () => {
  it('stands last in every window that ends at its time', () => {
    const rooted = fc
      .constantFrom(undefined, 'recordedAt' as const)
      .chain((stamp) => fc.constantFrom(...aggregateNames).chain((aggregate) => caseOf(aggregate, stamp, 40)))
    fc.assert(
      fc.property(rooted, fc.constantFrom('pay', 'refund'), ({ merge, by, ...of }, type) => {
        const roots = of.versions
          .map((versions) => versions[0]!)
          .filter((event) => event.type === type)
          .map((event): Root => ({ time: event.time, data: event.data, own: event, cutoff: event.recordedAt }))
        if (roots.length === 0) return
        const compiled = { ...of.compiled, includeRoot: true }
        check({ ...of, compiled, roots, by, merge })
      }),
      { numRuns: 100 },
    )
  })
})
