import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventVersion } from '../../../model/event.ts'
import type { EventPlan } from '../../../model/plan.ts'
import { createBacklog } from './backlog.ts'
import { createLive, type Key } from './live.ts'

const plan: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, shop: { kind: 'entity', name: 'shop' }, at: { kind: 'time' } },
}

const versionOf = (version: number, id: string, user: string, time: number): EventVersion => ({
  type: 'payment',
  id,
  subject: user,
  time,
  seq: 0,
  op: 'put',
  version,
  recordedAt: version,
  knownAt: version,
  data: { user, shop: `${user}-${time % 2}`, at: time },
})

const [user, time] = [fc.constantFrom('u1', 'u2', 'u3'), fc.nat({ max: 20 })]
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('come' as const), user, time }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('amend' as const), of: fc.nat(), user, time }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), user }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('read' as const), of: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      key: fc.oneof(
        user.map((of): Key => ({ user: of })),
        fc.record({ user, shop: fc.constantFrom('u1-0', 'u2-1') }),
        fc.constantFrom<Key>({}, { shop: 'u1-0' }, { user: null }),
      ),
      from: time,
      to: time,
    }),
  },
)

describe('live events', () => {
  it('are the same whether they came with their records only or were made at once', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const events: EventVersion[] = []
        const [deferred, made] = [createLive(plan), createLive(plan)]
        const backlog = createBacklog(({ offset }) => events[offset]!)
        deferred.defer(backlog)
        const both = <T>(ask: (of: typeof made) => T): void => expect(ask(deferred)).toEqual(ask(made))
        for (const one of steps) {
          if (one.do === 'come') {
            const event = versionOf(events.length, `e:${events.length}`, one.user, one.time)
            events.push(event)
            made.add(event)
            const bytes = Buffer.from(event.id + event.subject)
            const idEnd = event.id.length
            const isDeferred = backlog.add(
              { offset: event.version, stamp: 0, kind: 1, bytes },
              { schema: 0, idAt: 0, idEnd, subjectAt: idEnd, subjectEnd: bytes.length },
            )
            if (!isDeferred) deferred.add(event)
          } else if (one.do === 'erase') both((of) => of.erase(one.user))
          else if (one.do === 'list') {
            const range = { from: Math.min(one.from, one.to), to: Math.max(one.from, one.to) }
            both((of) => of.plainIn(range, one.key))
            both((of) => of.amendedIn(range, one.key))
            both((of) => of.plainBackward(range, one.key)())
          } else if (events.length > 0) {
            const { id } = events[one.of % events.length]!
            if (one.do === 'amend') {
              const event = versionOf(events.length, id, one.user, one.time)
              events.push(event)
              for (const of of [deferred, made]) of.add(event)
            } else both((of) => [of.plain(id), of.amended(id)])
          }
        }
        both((of) => of.plainEvents())
        both((of) => [...of.amendedEvents()].sort((a, b) => (a[0]!.id < b[0]!.id ? -1 : 1)))
      }),
    )
  })
})
