/** Events of every shape for tests of centers, and what their reads must give by plain loops. */
import fc from 'fast-check'
import { expect } from 'vitest'
import { cellAt, valueAt } from '../../model/cell.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import { fieldAt } from '../../model/field.ts'
import type { EventPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import { tableOf } from '../../model/tables.ts'
import type { Data, Value } from '../../model/value.ts'
import type { Center, NewEvent } from './port.ts'

export const paymentPlan: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: {
    user: { kind: 'entity', name: 'user' },
    at: { kind: 'time' },
    shop: { kind: 'optional', of: { kind: 'entity', name: 'shop' } },
    amount: { kind: 'decimal', scale: 2 },
    ratio: { kind: 'optional', of: { kind: 'double' } },
    count: { kind: 'optional', of: { kind: 'int' } },
    big: { kind: 'optional', of: { kind: 'int64' } },
    isOpen: { kind: 'optional', of: { kind: 'boolean' } },
    note: { kind: 'optional', of: { kind: 'string' } },
    level: { kind: 'enum', values: ['low', 'high'] },
    tags: { kind: 'optional', of: { kind: 'list', of: { kind: 'int64' } } },
    address: {
      kind: 'optional',
      of: { kind: 'object', fields: { city: { kind: 'string' }, floor: { kind: 'optional', of: { kind: 'int' } } } },
    },
  },
}
export const suitePlans = { payment: paymentPlan }
export const suitePaths = Object.keys(paymentPlan.data).concat('address.city', 'address.floor')

export const day = 86_400_000

/** Few ids, users and times, so that ties, corrections and shared keys are common; values from every corner of their types. */
const dataArbitrary = (time: number): fc.Arbitrary<Data> => {
  const maybe = <T extends Value>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 3 })
  return fc.record({
    user: fc.constantFrom('u1', 'u2', 'ü3', ''),
    at: fc.constant(time),
    shop: maybe(fc.constantFrom('s1', 's2', '\u{10000}', '\uff61')),
    amount: fc.oneof(fc.bigInt(-1000n, 1000n), fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n))),
    ratio: maybe(
      fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        fc.constantFrom(0.1, 12.34, 1e300),
      ),
    ),
    count: maybe(fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER))),
    big: maybe(fc.oneof(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), fc.constantFrom(-1n, 0n))),
    isOpen: maybe(fc.boolean()),
    note: maybe(fc.string({ unit: 'grapheme', maxLength: 6 })),
    level: fc.constantFrom('low', 'high'),
    tags: maybe(fc.array(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), { maxLength: 3 })),
    address: maybe(fc.record({ city: fc.constantFrom('Ulm', ''), floor: maybe(fc.integer()) })),
  })
}

const timeArbitrary = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.constantFrom(-40 * day, -1, 31 * day, 32 * day, 100 * day),
  fc.integer({ min: -100 * day, max: 100 * day }),
)

export const eventArbitrary: fc.Arbitrary<NewEvent> = timeArbitrary.chain((time) =>
  fc
    .record({
      id: fc.oneof(
        fc.integer({ min: 0, max: 30 }).map((n) => `p:${n}`),
        fc.constantFrom('p:007', 'x', 'é', '12'),
      ),
      seq: fc.integer({ min: 0, max: 2 }),
      data: dataArbitrary(time),
    })
    .map(({ id, seq, data }) => ({ type: 'payment', id, subject: data['user'] as string, time, seq, data, op: 'put' as const })),
)

const paths = suitePaths
export const sameData = (a: Value, b: Value): boolean =>
  JSON.stringify(a, (_, part) => (typeof part === 'bigint' ? `${part}n` : part)) ===
  JSON.stringify(b, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))

/** What a table says, row by row. */
const rowsOf = (table: EventTable, plan: EventPlan, asked: readonly string[]): readonly object[] =>
  Array.from({ length: table.rows }, (_, row) => ({
    id: table.ids.at(row),
    time: table.time[row],
    seq: table.seq[row],
    recordedAt: typeof table.recordedAt === 'number' ? table.recordedAt : table.recordedAt[row],
    knownAt: typeof table.knownAt === 'number' ? table.knownAt : table.knownAt[row],
    values: asked.map((path) => cellAt(table.columns[path]!, fieldAt(plan.data, path)!, row)),
  }))

const byId = (groups: EventTable['amended']): readonly (readonly EventVersion[])[] =>
  groups.toSorted((a, b) => (a[0]!.id < b[0]!.id ? -1 : 1))

/** Every read of a center against plain loops over its versions. */
export const compareReads = async (center: Center, versions: readonly EventVersion[]): Promise<void> => {
  const ranges = [
    { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY },
    { from: 0, to: 2 },
    { from: -50 * day, to: 32 * day },
    { from: 1, to: 1 },
  ]
  const keys: { readonly [path: string]: Value }[] = [
    {},
    { user: 'u1' },
    { user: 'nobody' },
    { shop: '\u{10000}', level: 'high' },
    { shop: null },
    { level: 'low' },
    { count: 5 },
    { user: 'u2', shop: 's1' },
  ]
  const severalKeys: (typeof keys)[] = [
    [],
    [{ user: 'u2' }, { user: 'nobody' }, { user: 'u1' }],
    [{ level: 'low' }, { level: 'high' }],
    [
      { user: 'u2', shop: 's1' },
      { user: 'u1', shop: 's1' },
      { user: 'u1', shop: null },
    ],
  ]
  const groups = Map.groupBy(versions, ({ id }) => id)
  const plainOf = [...groups.values()].filter((group) => group.length === 1).flat()
  const amendedOf = [...groups.values()].filter((group) => group.length > 1)
  const matches = (version: EventVersion, range: { from: number; to: number }, key: { readonly [path: string]: Value }): boolean =>
    version.time >= range.from &&
    version.time < range.to &&
    Object.entries(key).every(([path, value]) => value !== null && valueAt(version.data, path) === value)
  for (const range of ranges) {
    for (const key of keys) {
      const table = await (Object.keys(key).length === 0
        ? center.scan({ type: 'payment', ...range, columns: paths })
        : center.table({ type: 'payment', ...range, columns: paths, keys: [key] }))
      const wanted = tableOf(
        plainOf.filter((version) => matches(version, range, key)),
        'payment',
        paths,
        paymentPlan,
      )
      expect(rowsOf(table, paymentPlan, paths)).toEqual(rowsOf(wanted, paymentPlan, paths))
      const amended = amendedOf.filter((group) => group.some((version) => matches(version, range, key)))
      expect(byId(table.amended)).toEqual(byId(amended))
      await compareEvents(center, versions, { ...range, key })
    }
  }
  for (const range of ranges) {
    for (const several of severalKeys) {
      const table = await center.table({ type: 'payment', ...range, columns: paths, keys: several })
      const ofAny = (version: EventVersion): boolean => several.some((key) => matches(version, range, key))
      expect(rowsOf(table, paymentPlan, paths)).toEqual(
        rowsOf(tableOf(plainOf.filter(ofAny), 'payment', paths, paymentPlan), paymentPlan, paths),
      )
      expect(byId(table.amended)).toEqual(byId(amendedOf.filter((group) => group.some(ofAny))))
    }
  }
  const times = plainHolding(versions, { as: 'corrected' }).map(({ time }) => time)
  expect(await center.extent('payment')).toEqual({ count: times.length, from: Math.min(...times), to: Math.max(...times) })
  for (const [id, group] of groups) expect(await center.versions('payment', id)).toEqual(group)
  expect(await center.versions('payment', 'never')).toEqual([])
}

const compareEvents = async (
  center: Center,
  versions: readonly EventVersion[],
  request: { readonly from: number; readonly to: number; readonly key: { readonly [path: string]: Value } },
) => {
  const stamps = [...new Set(versions.map(({ recordedAt }) => recordedAt))].sort((a, b) => a - b)
  const cutoff = stamps[Math.floor(stamps.length / 2)] ?? 0
  const reads: Read[] = [{ as: 'corrected' }, { as: 'recorded', cutoff }, { as: 'known', cutoff }]
  for (const read of reads) {
    const all = plainHolding(versions, read).filter(
      (event) =>
        event.time >= request.from &&
        event.time < request.to &&
        Object.entries(request.key).every(([path, value]) => value !== null && valueAt(event.data, path) === value),
    )
    expect(await center.events({ types: ['payment'], ...request, read })).toEqual(all)
    const odd = (event: EventVersion): boolean => event.seq % 2 === 1
    expect(await center.events({ types: ['payment'], ...request, read, last: 3 })).toEqual(all.slice(-3))
    expect(await center.events({ types: ['payment'], ...request, read, last: 2, accept: odd })).toEqual(all.filter(odd).slice(-2))
  }
}

/** The events that hold, by the words of docs/semantics.md. */
const plainHolding = (versions: readonly EventVersion[], read: Read): EventVersion[] => {
  const best = new Map<string, EventVersion>()
  for (const version of versions) {
    const stamp = read.as === 'recorded' ? version.recordedAt : version.knownAt
    if (version.op === 'moved' || (read.as !== 'corrected' && stamp > read.cutoff)) continue
    const other = best.get(version.id)
    if (other === undefined || version.version > other.version) best.set(version.id, version)
  }
  const bytes = (text: string): string => Buffer.from(text).toString('hex')
  return [...best.values()]
    .filter(({ op }) => op === 'put')
    .sort((a, b) => a.time - b.time || a.seq - b.seq || (bytes(a.id) < bytes(b.id) ? -1 : 1))
}

/** Appends one batch and gives the versions that the center must have from it, in order. */
export const appendAndExpect = async (center: Center, events: readonly NewEvent[], known: EventVersion[]): Promise<void> => {
  const { stamp, outcomes } = await center.append(events)
  for (const [i, event] of events.entries()) {
    const group = known.filter(({ id }) => id === event.id)
    const outcome = outcomes[i]!
    if (event.op === 'put' && event.correction !== true) {
      const same = group.some(
        (version) =>
          version.op === 'put' &&
          version.time === event.time &&
          version.seq === event.seq &&
          version.subject === event.subject &&
          sameData(version.data, event.data),
      )
      const wanted = group.length === 0 ? 'stored' : same ? 'duplicate' : 'refused'
      expect(outcome.outcome).toBe(wanted)
      if (outcome.outcome === 'refused') expect(outcome.code).toBe('ID_CONFLICT')
    }
    if (outcome.outcome !== 'stored') continue
    // What is stored is asked back once and held against the offer; from then on it must not change.
    const stored = await center.versions(event.type, event.id)
    const fresh = stored.slice(group.length)
    expect(stored.slice(0, group.length)).toEqual(group)
    expect(fresh[0]).toMatchObject({ type: event.type, id: event.id, op: event.op, recordedAt: stamp, knownAt: event.knownAt ?? stamp })
    if (event.op === 'put') expect(fresh[0]).toMatchObject({ time: event.time, seq: event.seq, subject: event.subject, data: event.data })
    known.push(...fresh)
  }
}

/** Rows as an importer hands them over. `lag` left out: known when recorded. */
export const importTable = (events: readonly NewEvent[], lag: number | undefined): EventTable => {
  const versions = events.map((event, i) => ({ ...event, op: 'put' as const, version: 0, recordedAt: 0, knownAt: 0, id: `${i}` }))
  const paths = Object.keys(paymentPlan.data)
  const table = tableOf(versions, 'payment', paths, paymentPlan)
  const order = Array.from({ length: table.rows }, (_, row) => Number(table.ids.at(row)))
  return {
    ...table,
    ids: { at: (row) => events[order[row]!]!.id },
    knownAt: lag === undefined ? Number.NaN : Float64Array.from(table.time, (time) => time + lag),
  }
}
