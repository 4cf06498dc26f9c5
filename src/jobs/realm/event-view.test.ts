import { expect, it } from 'vitest'
import type { EventSource, FieldColumn, ValueShape } from '../../tree/shape.ts'
import { type Cursor, eventsGetter } from './event-view.ts'
import { createPlaced } from './placed.ts'

const shape: ValueShape = { kind: 'list', of: { kind: 'event', data: { paid: { kind: 'object', members: { n: { kind: 'plain' } } } } } }

const sourceOf = (counts: readonly number[], most: number): EventSource => {
  let base = 0
  return {
    most,
    select: (row) => {
      base = row * 1_000_000
      return counts[row]!
    },
    type: () => 'paid',
    id: (i) => `p${base + i}`,
    subject: () => 'u',
    time: (i) => base + i,
    fieldOf: () => (i) => base + i,
  }
}

it('shows lists of any length, each the same for as long as the root is, without one kept for every length', () => {
  const counts = [0, 3, 127, 128, 20_000, 19_999, 20_000, 3]
  const cursor: Cursor = { row: 0, version: 0 }
  const events = eventsGetter(shape, sourceOf(counts, 20_000), cursor, () => createPlaced)
  const before = process.memoryUsage().heapUsed
  for (const [row, count] of counts.entries()) {
    cursor.row = row
    cursor.version++
    const list = events() as readonly { readonly id: string; readonly data: { readonly n: number } }[]
    expect([list.length, events() === list, Object.isFrozen(list)]).toEqual([count, true, true])
    expect(list.at(-1)?.data.n).toBe(count === 0 ? undefined : row * 1_000_000 + count - 1)
  }
  // A list for each length would take 1.6 GB.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6)
})

it('reads rows of a table itself, and asks for what lies elsewhere', () => {
  const names = ['n', 'text', 'other']
  const columns: { readonly [name: string]: FieldColumn } = {
    n: { kind: 'number', values: Float64Array.of(5, Number.NaN, 7) },
    text: { kind: 'code', codes: Int32Array.of(1, 0, -1), dictionary: ['a', 'b'] },
  }
  const source: EventSource = {
    ...sourceOf([4], 4),
    fieldOf: (_, name) => (i) => `${name} ${i}`,
    table: { rows: Int32Array.of(0, 1, -1, 2), time: Float64Array.of(50, 51, 52), column: (_, name) => columns[name] },
  }
  const members = Object.fromEntries(names.map((name) => [name, { kind: 'plain' } as const]))
  const of: ValueShape = { kind: 'event', data: { paid: { kind: 'object', members } } }
  const events = eventsGetter({ kind: 'list', of }, source, { row: 0, version: 0 }, () => createPlaced)
  expect(events()).toEqual([
    { type: 'paid', id: 'p0', subject: 'u', time: 50, data: { n: 5, text: 'b', other: 'other 0' } },
    { type: 'paid', id: 'p1', subject: 'u', time: 51, data: { n: null, text: 'a', other: 'other 1' } },
    { type: 'paid', id: 'p2', subject: 'u', time: 2, data: { n: 'n 2', text: 'text 2', other: 'other 2' } },
    { type: 'paid', id: 'p3', subject: 'u', time: 52, data: { n: 7, text: null, other: 'other 3' } },
  ])
})
