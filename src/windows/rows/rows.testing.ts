/** For tests: stories of events (corrected, moved, deleted), and a windows node by plain loops over all versions. */
import fc from 'fast-check'
import { valueAt } from '../../model/cell.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import { compareEvents } from '../../model/order.ts'
import type { AggregateName, EventPlan, FeatureOptions, FeaturePlan, WindowsPlan } from '../../model/plan.ts'
import type { Data, Value } from '../../model/value.ts'
import { type Calendar, createCalendar } from '../calendar.ts'
import type { CompiledWindows } from '../compiled.ts'
import { type OracleRow, oracle } from '../kernels/oracle.testing.ts'
import type { RowQuestion, SlotValues } from './engine.ts'

/** `MILLRACE_RUNS=50` makes property tests of the row engine run fifty times as often. */
export const runs = (few: number): number => few * Number(process.env['MILLRACE_RUNS'] ?? 1)

const optional = (kind: 'int' | 'int64' | 'double' | 'boolean' | 'time' | 'string') => ({ kind: 'optional', of: { kind } }) as const
const base = { kind: 'action', subject: 'user', time: 'at', rows: 'changes' } as const
const shared = {
  user: { kind: 'entity', name: 'user' },
  at: { kind: 'time' },
  n: optional('int'),
  big: optional('int64'),
  ratio: optional('double'),
  seen: optional('time'),
  shop: optional('string'),
  ok: optional('boolean'),
  tags: { kind: 'optional', of: { kind: 'list', of: { kind: 'int' } } },
} as const

export const events: { readonly [type: string]: EventPlan } = {
  payment: { ...base, data: { ...shared, amount: { kind: 'optional', of: { kind: 'decimal', scale: 2 } } } },
  refund: { ...base, data: { ...shared, total: { kind: 'optional', of: { kind: 'decimal', scale: 2 } } } },
}

const numeric: readonly AggregateName[] = ['sum', 'mean', 'min', 'max', 'variance', 'variancePop', 'deviation', 'deviationPop']
const options: { readonly [name in AggregateName]?: FeatureOptions } = {
  collect: { limit: 3 },
  distinct: { limit: 2 },
  firstK: { k: 2 },
  lastK: { k: 2 },
  topK: { k: 2 },
  mostFrequent: { k: 2 },
  percentile: { percent: 37.5 },
  histogram: { bounds: [-1.5, 0, 2] },
  rate: { per: '7ms' },
  decayedSum: { halfLife: '7ms' },
}
const feature = (aggregate: AggregateName, column?: string): FeaturePlan => ({
  aggregate,
  ...(column !== undefined && { column }),
  ...(options[aggregate] !== undefined && { options: options[aggregate] }),
})

const columnsFor = (aggregate: AggregateName): readonly (string | undefined)[] => {
  if (numeric.includes(aggregate)) return ['n', 'ratio', 'amount', 'big']
  if (['percentile', 'histogram', 'topK', 'decayedSum'].includes(aggregate)) return ['n', 'amount']
  if (['distinct', 'distinctCount', 'mostFrequent'].includes(aggregate)) return ['shop', 'amount']
  if (aggregate === 'rate') return [undefined]
  if (aggregate === 'timeSince') return [undefined, 'seen']
  if (aggregate === 'count') return [undefined, 'n', 'tags', 'shop']
  return ['n', 'shop', 'tags', 'ok', 'big']
}

const aggregates: readonly AggregateName[] = [
  ...numeric,
  ...(['count', 'collect', 'distinct', 'distinctCount', 'first', 'last', 'firstK', 'lastK', 'topK', 'mostFrequent'] as const),
  ...(['percentile', 'histogram', 'rate', 'decayedSum', 'timeSince'] as const),
]

/** Every aggregate on columns it takes; some filtered, grouped or with a default. */
const allFeatures = (): { readonly [name: string]: FeaturePlan } => {
  const features: Record<string, FeaturePlan> = { oldest: { aggregate: 'min', column: 'seen' } }
  for (const aggregate of aggregates) {
    for (const column of columnsFor(aggregate)) {
      const plain = feature(aggregate, column)
      features[`${aggregate}.${column ?? ''}`] = plain
      if (column === 'n' || column === undefined) {
        features[`${aggregate}.${column ?? ''}.where`] = { ...plain, where: { op: 'is', column: 'ok', value: true } }
        features[`${aggregate}.${column ?? ''}.by`] = {
          ...plain,
          groupBy: 'shop',
          where: { op: 'atLeast', column: 'amount', value: '0.00' },
        }
      }
    }
  }
  features['usual'] = { ...feature('mean', 'n'), default: -7 }
  return features
}

const members: WindowsPlan['of'] = [
  { event: 'refund', columns: { amount: 'total' } },
  { event: 'payment', where: { op: 'not-of', of: { op: 'is', column: 'shop', value: 'none' } } },
]
export const windowsPlan = (part: Partial<WindowsPlan>): WindowsPlan => ({
  of: members,
  by: ['user'],
  over: ['5ms', '20ms', '20ms to 5ms', 'last 3', 'last 4 in 10ms', 'day to date', 'lifetime'],
  zone: 'UTC',
  includeRoot: false,
  features: allFeatures(),
  ...part,
})

const few = fc.integer({ min: -3, max: 3 })
const anyData = fc.record({
  user: fc.constantFrom('u', 'u', 'v'),
  n: fc.option(fc.oneof({ weight: 9, arbitrary: few }, { weight: 1, arbitrary: fc.maxSafeInteger() })),
  big: fc.option(fc.oneof({ weight: 20, arbitrary: few.map(BigInt) }, { weight: 1, arbitrary: fc.constant(2n ** 62n + 1n) })),
  ratio: fc.option(
    fc.oneof(
      few,
      fc.integer({ min: -999, max: 999 }).map((cents) => cents / 100),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }).map((x) => x + 0),
    ),
  ),
  seen: fc.option(fc.integer({ min: -10, max: 10 })),
  shop: fc.option(fc.constantFrom('a', 'b', 'none', '__proto__')),
  ok: fc.option(fc.boolean()),
  tags: fc.option(fc.array(few, { maxLength: 2 })),
  amount: fc.option(fc.bigInt({ min: -300n, max: 300n })),
})

const dataOf = (type: string, at: number, { amount, ...rest }: { readonly amount: Value; readonly [name: string]: Value }): Data => ({
  ...rest,
  at,
  [type === 'refund' ? 'total' : 'amount']: amount,
})

const anyPlace = fc.record({ time: fc.integer({ min: -8, max: 30 }), seq: fc.integer({ min: 0, max: 1 }) })
const anyChange = fc.record({
  op: fc.constantFrom('put' as const, 'put' as const, 'delete' as const),
  moves: fc.boolean(),
  place: anyPlace,
  data: anyData,
  stamps: fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 })),
})
const anyStory = fc.record({
  type: fc.constantFrom('payment', 'payment', 'refund'),
  id: fc.constantFrom('e', 'x', 'order/'),
  changes: fc.oneof(
    { weight: 4, arbitrary: fc.array(anyChange, { minLength: 1, maxLength: 1 }) },
    { weight: 1, arbitrary: fc.array(anyChange, { minLength: 2, maxLength: 4 }) },
  ),
})

/** Each commit of each event, in the order of its stamps' making: markers before the version they belong to. */
export const anyCommits = (most: number): fc.Arbitrary<readonly (readonly EventVersion[])[]> =>
  fc.array(anyStory, { maxLength: most }).map((stories) => stories.flatMap((story, i) => commitsOf(story, i)))

type Story = typeof anyStory extends fc.Arbitrary<infer T> ? T : never

const commitsOf = ({ type, id, changes }: Story, index: number): EventVersion[][] => {
  let previous: EventVersion | undefined
  return changes.map((change, i) => {
    const isMoved = i > 0 && change.moves && change.op === 'put'
    const place = previous === undefined || isMoved ? change.place : { time: previous.time, seq: previous.seq }
    const user = previous === undefined || isMoved ? change.data.user : (previous.data['user'] as string)
    const put: EventVersion = {
      type,
      id: `${id}${index}`,
      subject: user,
      ...place,
      op: i === 0 ? 'put' : change.op,
      version: i + 1,
      // The fraction keeps the stamps of one event's versions apart, as those of two commits are.
      recordedAt: change.stamps[0] + i / 8,
      knownAt: change.stamps[1] + i / 8,
      data: dataOf(type, place.time, { ...change.data, user }),
    }
    const markers: EventVersion[] =
      isMoved && previous !== undefined
        ? [{ ...previous, op: 'moved', version: put.version, recordedAt: put.recordedAt, knownAt: put.knownAt }]
        : []
    previous = put
    return [...markers, put]
  })
}

export const anyRead: fc.Arbitrary<Read> = fc.oneof(
  fc.constant<Read>({ as: 'corrected' }),
  fc.record({ as: fc.constantFrom('recorded' as const, 'known' as const), cutoff: fc.integer({ min: 0, max: 22 }) }),
)

const sees = ({ recordedAt, knownAt }: EventVersion, read: Read): boolean =>
  read.as === 'corrected' || (read.as === 'recorded' ? recordedAt : knownAt) <= read.cutoff

/** The versions that hold, by looking at all of them. */
const heldBy = (versions: readonly EventVersion[], read: Read): EventVersion[] => {
  const highest = new Map<string, EventVersion>()
  for (const version of versions) {
    if (version.op === 'moved' || !sees(version, read)) continue
    const other = highest.get(`${version.type} ${version.id}`)
    if (other === undefined || other.version < version.version) highest.set(`${version.type} ${version.id}`, version)
  }
  return [...highest.values()].filter(({ op }) => op === 'put')
}

interface Seen {
  readonly version: EventVersion
  readonly member: number
}

/** A windows node by loops: what `engine.query` must fill. */
export const expectedSlots = (compiled: CompiledWindows, versions: readonly EventVersion[], question: RowQuestion): SlotValues => {
  const rowsOf = (version: EventVersion): Seen[] =>
    compiled.members.flatMap(({ event, where, sources }, member) => {
      const isIn = event === version.type && (where?.test(version.data) ?? true)
      const isKey = compiled.dimensions.every((column, i) => valueAt(version.data, sources[column]!) === question.key?.[i])
      return isIn && isKey ? [{ version, member }] : []
    })
  const before = heldBy(versions, question.read)
    .filter((version) => version.time < question.time)
    .sort(compareEvents)
    .flatMap(rowsOf)
  const roots = compiled.includeRoot && question.root !== undefined ? rowsOf(question.root) : []
  const numbers = new Float64Array(compiled.slots.length)
  const values: Value[] = []
  for (const { index, feature, window } of compiled.slots) {
    const answer = slotValue(compiled, { feature, window, before, roots, time: question.time })
    if (compiled.features[feature]!.output.store === 'value') values[index] = answer
    else numbers[index] = answer === null ? Number.NaN : (answer as number)
  }
  return { numbers, values }
}

interface SlotQuestion {
  readonly feature: number
  readonly window: number
  readonly before: readonly Seen[]
  readonly roots: readonly Seen[]
  readonly time: number
}

const slotValue = (compiled: CompiledWindows, { feature: index, window, before, roots, time }: SlotQuestion): Value => {
  const feature = compiled.features[index]!
  const { rows, lengthMs } = selected(compiled, window, { before, roots, time })
  const cell = ({ version, member }: Seen, column: number): Value => valueAt(version.data, compiled.members[member]!.sources[column]!)
  const named = (row: Seen): Data => Object.fromEntries(compiled.columns.map(({ name }, i) => [name, cell(row, i)]))
  const passing = rows.filter((row) => feature.where?.test(named(row)) ?? true)
  const oracleRows = passing.map(
    (row): OracleRow => ({
      time: row.version.time,
      ...(feature.column !== undefined && { value: cell(row, feature.column) }),
      ...(feature.groupBy !== undefined && { group: cell(row, feature.groupBy) }),
    }),
  )
  const fieldOf = (column: number | undefined) => (column === undefined ? undefined : compiled.columns[column]!.field)
  return oracle({ feature, field: fieldOf(feature.column), groupField: fieldOf(feature.groupBy), time, lengthMs }, oracleRows)
}

const calendars = new WeakMap<CompiledWindows, Calendar>()

const selected = (
  compiled: CompiledWindows,
  window: number,
  { before, roots, time }: Pick<SlotQuestion, 'before' | 'roots' | 'time'>,
): { readonly rows: readonly Seen[]; readonly lengthMs: number } => {
  const { spec } = compiled.windows[window]!
  const { merge } = compiled
  const calendar = calendars.get(compiled) ?? createCalendar(compiled.zone, compiled.weekStart)
  calendars.set(compiled, calendar)
  const moved = (edge: number) => (merge !== undefined && time - edge >= merge.olderThanMs ? calendar.startOf(merge.unit, edge) : edge)
  const all = [...before, ...roots]
  const since = (from: number) => all.filter(({ version }) => version.time >= from)
  if (spec.kind === 'lifetime') return { rows: all, lengthMs: Number.NaN }
  if (spec.kind === 'last') {
    return { rows: since(spec.withinMs === undefined ? -1e15 : time - spec.withinMs).slice(-spec.n), lengthMs: spec.withinMs ?? Number.NaN }
  }
  if (spec.kind === 'calendar') {
    const from = moved(calendar.startOf(spec.unit, time))
    return { rows: since(from), lengthMs: time - from }
  }
  const from = moved(time - spec.fromMs)
  if (spec.toMs === 0) return { rows: since(from), lengthMs: time - from }
  const to = moved(time - spec.toMs)
  return { rows: before.filter(({ version }) => version.time >= from && version.time < to), lengthMs: to - from }
}
