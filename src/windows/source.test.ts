import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellAt, valueAt } from '../model/cell.ts'
import type { EventVersion } from '../model/event.ts'
import { compareEvents } from '../model/order.ts'
import type { EventPlan, MemberPlan, WindowsPlan } from '../model/plan.ts'
import { tableOf } from '../model/tables.ts'
import type { Data, Value } from '../model/value.ts'
import { compileWindows } from './compile.ts'
import { compareRows, definitionRows, keysOf } from './source.ts'

const optional = (kind: 'int' | 'boolean') => ({ kind: 'optional', of: { kind } }) as const
const base = { kind: 'action', subject: 'user', time: 'at', rows: 'changes' } as const
const events: { readonly [type: string]: EventPlan } = {
  payment: {
    ...base,
    data: {
      user: { kind: 'entity', name: 'user' },
      at: { kind: 'time' },
      amount: { kind: 'decimal', scale: 2 },
      shop: { kind: 'string' },
      ok: optional('boolean'),
      n: optional('int'),
    },
  },
  refund: {
    ...base,
    data: {
      user: { kind: 'entity', name: 'user' },
      at: { kind: 'time' },
      total: { kind: 'decimal', scale: 2 },
      shop: { kind: 'string' },
      ok: optional('boolean'),
    },
  },
}
const plan = (of: readonly MemberPlan[], by: readonly string[]): WindowsPlan => ({
  of,
  by,
  over: ['1h'],
  includeRoot: false,
  features: { total: { aggregate: 'sum', column: 'amount' }, shops: { aggregate: 'distinct', column: 'shop' } },
})
const members: readonly MemberPlan[] = [
  { event: 'refund', columns: { amount: 'total' } },
  { event: 'payment', where: { op: 'above', column: 'amount', value: 0 } },
]

const anyVersion: fc.Arbitrary<EventVersion> = fc
  .record({
    type: fc.constantFrom('payment', 'refund'),
    id: fc.integer({ min: 0, max: 12 }),
    user: fc.constantFrom('u', 'v'),
    time: fc.integer({ min: 0, max: 4 }),
    seq: fc.integer({ min: 0, max: 1 }),
    amount: fc.oneof(fc.bigInt({ min: -2n, max: 5n }), fc.constant(2n ** 60n)),
    shop: fc.constantFrom('a', 'b', 'c'),
    ok: fc.option(fc.boolean()),
    op: fc.constantFrom('put' as const, 'put' as const, 'put' as const, 'delete' as const),
    version: fc.constantFrom(1, 1, 1, 2),
  })
  .map(({ type, id, user, time, seq, amount, shop, ok, op, version }) => ({
    type,
    id: `e${id}`,
    subject: user,
    time,
    seq,
    op,
    version,
    recordedAt: version * 10 + id,
    knownAt: version * 7,
    data: type === 'payment' ? { user, at: time, amount, shop, ok, n: null } : { user, at: time, total: amount, shop, ok },
  }))

/** What a row of the definition holds, for each put, by plain code. */
const expectedRow = ({ type, data }: EventVersion) => ({
  amount: data[type === 'payment' ? 'amount' : 'total']!,
  shop: data['shop']!,
  user: data['user']!,
  ok: data['ok']!,
})
const passes = (version: EventVersion, by: readonly string[]): boolean => {
  const row: Data = expectedRow(version)
  return version.op === 'put' && (version.type === 'refund' || (row['amount'] as bigint) > 0n) && by.every((name) => row[name] !== null)
}

describe('definitionRows', () => {
  it('merges a union in the total order, filtered and renamed, with amended events behind', () => {
    fc.assert(
      fc.property(
        fc.array(anyVersion, { maxLength: 40 }),
        fc.constantFrom(['user'], ['user', 'ok'], ['amount', 'shop']),
        (versions, by) => {
          const compiled = compileWindows('spend', plan(members, by), events)
          const tables = compiled.members.map((member) => tableOf(versions, member.event, member.paths, events[member.event]!))
          const keys = keysOf(compiled)
          const rows = definitionRows(compiled, tables, keys)
          const show = (row: number) => ({
            id: rows.id(row),
            time: rows.time[row]!,
            seq: rows.seq[row]!,
            type: compiled.members[rows.member[row]!]!.event,
            stamps: [stampAt(rows.recordedAt, row), stampAt(rows.knownAt, row)],
            values: Object.fromEntries(compiled.columns.map(({ name, field }, i) => [name, cellAt(rows.columns[i]!, field, row)])),
            key: keys.values(rows.keys[row]!),
          })
          const expected = (version: EventVersion) => {
            const row: Data = expectedRow(version)
            return {
              id: version.id,
              time: version.time,
              seq: version.seq,
              type: version.type,
              stamps: [version.recordedAt, version.knownAt],
              values: Object.fromEntries(compiled.columns.map(({ name }) => [name, row[name]!])),
              key: by.map((name) => row[name]!),
            }
          }
          const all = tables.flatMap((table) => table.amended)
          const isAmended = (version: EventVersion) => all.some(([first]) => first!.id === version.id && first!.type === version.type)
          const plain = versions
            .filter(
              (version, i) =>
                !isAmended(version) && versions.findIndex((other) => other.type === version.type && other.id === version.id) === i,
            )
            .sort(compareEvents)
          expect(Array.from({ length: rows.plain }, (_, row) => show(row))).toEqual(
            plain.filter((version) => passes(version, by)).map(expected),
          )
          for (let row = 1; row < rows.plain; row++) expect(compareRows(compiled, rows, row - 1, row)).toBeLessThan(0)
          expect(rows.amended.length).toBe(all.length)
          for (const { versions: group, rows: at } of rows.amended) {
            for (const [i, version] of group.entries()) {
              if (passes(version, by)) expect(show(at[i]!)).toEqual(expected(version))
              else expect(at[i]).toBe(-1)
            }
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reads one type as two members, in the members’ order at one event', () => {
    const transfer: EventPlan = {
      ...base,
      data: {
        user: { kind: 'entity', name: 'user' },
        to: { kind: 'entity', name: 'user' },
        at: { kind: 'time' },
        amount: { kind: 'int' },
        shop: { kind: 'string' },
      },
    }
    const both = plan(
      [
        { event: 'transfer', columns: { who: 'to' } },
        { event: 'transfer', columns: { who: 'user' } },
      ],
      ['who'],
    )
    const compiled = compileWindows('moves', both, { transfer })
    const version: EventVersion = {
      type: 'transfer',
      id: 't',
      subject: 'u',
      time: 1,
      seq: 0,
      op: 'put',
      version: 1,
      recordedAt: 1,
      knownAt: 1,
      data: { user: 'u', to: 'v', at: 1, amount: 5, shop: 's' },
    }
    const table = tableOf([version], 'transfer', ['user', 'to', 'amount', 'shop'], transfer)
    const keys = keysOf(compiled)
    const rows = definitionRows(compiled, [table, table], keys)
    expect([...rows.keys].map((code) => keys.values(code))).toEqual([['v'], ['u']])
    expect(compareRows(compiled, rows, 0, 1)).toBeLessThan(0)
  })
})

describe('keys', () => {
  it('tells any scalars apart, and finds them again', () => {
    const fields = [{ kind: 'entity', name: 'user' }, { kind: 'int64' }, { kind: 'boolean' }, { kind: 'int' }] as const
    const compiled = compileWindows(
      'all',
      { of: [{ event: 'e' }], by: ['a', 'b', 'c', 'd'], over: ['1h'], includeRoot: false, features: { n: { aggregate: 'count' } } },
      { e: { ...base, subject: 'a', data: { a: fields[0], b: fields[1], c: fields[2], d: fields[3], at: { kind: 'time' } } } },
    )
    const keys = keysOf(compiled)
    const anyKey = fc.tuple(
      fc.constantFrom('u', 'v', ''),
      fc.constantFrom(1n, 2n ** 62n, 2n ** 62n + 1n, -1n),
      fc.boolean(),
      fc.integer({ min: 0, max: 30 }),
    )
    const codes = new Map<string, number>()
    fc.assert(
      fc.property(anyKey, (key) => {
        const text = key.map(String).join('|')
        const code = codes.get(text)
        expect(keys.code(key)).toBe(code ?? -1)
        expect(keys.add(key)).toBe(code ?? codes.size)
        codes.set(text, code ?? codes.size)
        expect(keys.values(keys.code(key))).toEqual(key)
        expect(keys.size()).toBe(codes.size)
      }),
      { numRuns: 1_000 },
    )
    expect(keys.code(['u', 1n, true, null])).toBe(-1)
    expect(keys.code(['u', 1, true, 1])).toBe(-1)
  })
})

const stampAt = (stamps: number | Float64Array, row: number): number => (typeof stamps === 'number' ? stamps : stamps[row]!)

describe('valueAt', () => {
  it('opens objects', () => {
    const value: Value = valueAt({ place: { city: 'Rome' } }, 'place.city')
    expect([value, valueAt({ place: null }, 'place.city'), valueAt({}, 'place')]).toEqual(['Rome', null, null])
  })
})
