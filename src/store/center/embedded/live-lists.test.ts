import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventVersion } from '../../../model/event.ts'
import { createKeyLists, sorted } from './live-lists.ts'

const eventOf = (n: number, key: string | null, time: number): EventVersion => ({
  type: 'payment',
  id: String(n).padStart(4, '0'),
  subject: 'u',
  time,
  seq: 0,
  op: 'put',
  version: n,
  recordedAt: 0,
  knownAt: 0,
  data: { key },
})

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ key: fc.constantFrom('a', 'b', 'c', null), time: fc.nat({ max: 9 }) }) },
  { weight: 2, arbitrary: fc.record({ read: fc.constantFrom('a', 'b', 'c', 'd') }) },
  { weight: 1, arbitrary: fc.constant({ clear: true as const }) },
)

describe('lists of live events by key', () => {
  it('have each key’s events in order, read now and then between additions', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const lists = createKeyLists('key')
        let known: EventVersion[] = []
        for (const [n, one] of steps.entries()) {
          if ('clear' in one) {
            lists.clear()
            known = []
          } else if ('read' in one) {
            const list = lists.of(one.read)
            const found = list === undefined ? [] : sorted(list, () => true).map(({ version }) => version)
            const events = known.filter(({ data }) => data['key'] === one.read)
            expect(found).toEqual(events.sort((a, b) => a.time - b.time || a.version - b.version).map(({ version }) => version))
          } else {
            const event = eventOf(n, one.key, one.time)
            lists.add(event)
            known.push(event)
          }
        }
      }),
    )
  })
})
