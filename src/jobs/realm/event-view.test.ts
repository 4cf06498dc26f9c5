import { expect, it } from 'vitest'
import type { EventSource, ValueShape } from '../../tree/shape.ts'
import { type Cursor, eventsGetter } from './event-view.ts'

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
  const events = eventsGetter(shape, sourceOf(counts, 20_000), cursor)
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
