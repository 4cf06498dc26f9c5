import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cellAt, valueAt } from './cell.ts'
import type { EventVersion } from './event.ts'
import { fieldAt } from './field.ts'
import type { EventPlan } from './plan.ts'
import { tableOf } from './tables.ts'
import type { Value } from './value.ts'

const plan: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: {
    user: { kind: 'entity', name: 'user' },
    at: { kind: 'time' },
    n: { kind: 'optional', of: { kind: 'int' } },
    ratio: { kind: 'optional', of: { kind: 'double' } },
    big: { kind: 'optional', of: { kind: 'int64' } },
    amount: { kind: 'optional', of: { kind: 'decimal', scale: 2 } },
    ok: { kind: 'optional', of: { kind: 'boolean' } },
    level: { kind: 'optional', of: { kind: 'enum', values: ['low', 'high'] } },
    tags: { kind: 'list', of: { kind: 'string' } },
    place: { kind: 'optional', of: { kind: 'object', fields: { city: { kind: 'optional', of: { kind: 'string' } } } } },
  },
}
const paths = ['user', 'at', 'n', 'ratio', 'big', 'amount', 'ok', 'level', 'tags', 'place', 'place.city']

const version = (part: Partial<EventVersion>): EventVersion => ({
  type: 'payment',
  id: 'a',
  subject: 'u',
  time: 0,
  seq: 0,
  op: 'put',
  version: 1,
  recordedAt: 1,
  knownAt: 1,
  data: { user: 'u', at: 0, n: null, ratio: null, big: null, amount: null, ok: null, level: null, tags: [], place: null },
  ...part,
})

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const anyData = fc.record({
  user: fc.constantFrom('u', 'v'),
  at: fc.integer(),
  n: fc.option(fc.maxSafeInteger()),
  ratio: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0)),
  big: fc.option(int64),
  amount: fc.option(fc.oneof(int64, fc.bigInt({ min: -100n, max: 100n }))),
  ok: fc.option(fc.boolean()),
  level: fc.option(fc.constantFrom('low', 'high')),
  tags: fc.array(fc.string()),
  place: fc.option(fc.record({ city: fc.option(fc.string()) })),
})

describe('tableOf', () => {
  it('gives every value back from its cell', () => {
    fc.assert(
      fc.property(fc.array(anyData, { maxLength: 30 }), (rows) => {
        const versions = rows.map((data, i) => version({ id: `e${i}`, time: i, data: data as Record<string, Value> }))
        const table = tableOf(versions, 'payment', paths, plan)
        expect(table.rows).toBe(rows.length)
        for (const path of paths) {
          for (const [i, { data }] of versions.entries()) {
            expect(cellAt(table.columns[path]!, fieldAt(plan.data, path)!, i)).toEqual(valueAt(data, path))
          }
        }
      }),
    )
  })

  it('keeps decimals as numbers until one does not fit', () => {
    const of = (amount: bigint) =>
      tableOf([version({ data: { ...version({}).data, amount } })], 'payment', ['amount'], plan).columns['amount']!.kind
    expect(of(2n ** 53n - 1n)).toBe('number')
    expect(of(2n ** 53n)).toBe('bigint')
    expect(of(-(2n ** 53n))).toBe('bigint')
  })

  it('orders rows by time, seq and the bytes of the id', () => {
    const ids = ['b', '\u{1F600}', '\uFFFD', 'a']
    const table = tableOf(
      [version({ id: 'late', time: 5 }), version({ id: 'second', seq: 2 }), ...ids.map((id) => version({ id }))],
      'payment',
      [],
      plan,
    )
    expect(Array.from({ length: table.rows }, (_, i) => table.ids.at(i))).toEqual(['a', 'b', '\uFFFD', '\u{1F600}', 'second', 'late'])
  })

  it('sets amended events apart, once each and in the order of versions', () => {
    const moved = version({ id: 'm', op: 'moved', version: 2, recordedAt: 2 })
    const again = version({ id: 'm', time: 9, version: 2, recordedAt: 2 })
    const table = tableOf(
      [
        moved,
        again,
        again,
        version({ id: 'm' }),
        version({ id: 'd', op: 'delete' }),
        version({ id: 'p' }),
        version({ id: 'p' }),
        version({ type: 'refund' }),
      ],
      'payment',
      [],
      plan,
    )
    expect(table.rows).toBe(1)
    expect(table.amended.map((group) => group.map(({ id, op, version }) => [id, op, version]))).toEqual([
      [
        ['m', 'put', 1],
        ['m', 'put', 2],
        ['m', 'moved', 2],
      ],
      [['d', 'delete', 1]],
    ])
  })
})
