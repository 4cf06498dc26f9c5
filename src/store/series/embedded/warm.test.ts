import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import type { EventPlan, ProjectPlan, WindowsPlan } from '../../../model/plan.ts'
import { openEmbeddedCenter } from '../../center/embedded/center.ts'
import type { CenterReader, NewEvent } from '../../center/port.ts'
import { createSimulatedDisk } from '../../disk/simulated/disk.ts'
import { createEmbeddedSeries, type EmbeddedSeries } from './series.ts'

const hourMs = 3_600_000
const nowMs = 1_000 * 24 * hourMs
const users = ['a', 'b', 'c', 'd']

const payment: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' }, amount: { kind: 'int' } },
}
const plain: WindowsPlan = {
  of: [{ event: 'payment' }],
  by: ['user'],
  over: ['7d', 'lifetime'],
  includeRoot: false,
  features: { payments: { aggregate: 'count' }, spent: { aggregate: 'sum', column: 'amount' } },
}
const merged: WindowsPlan = { ...plain, zone: 'UTC', merge: { unit: 'day' } }
const planOf = (spend: WindowsPlan): ProjectPlan => ({ events: { payment }, windows: { spend } }) as unknown as ProjectPlan

const put = (n: number, user: string, time: number, amount: number): NewEvent => ({
  type: 'payment',
  id: `e:${n}`,
  subject: user,
  time,
  seq: 0,
  op: 'put',
  data: { user, at: time, amount },
})

const world = async (spend: WindowsPlan) => {
  const center = await openEmbeddedCenter({
    disk: createSimulatedDisk(createPrng(1)).mount(),
    folder: 'center',
    events: { payment },
    clock: () => nowMs,
  })
  const series = createEmbeddedSeries({ plan: planOf(spend), center, warmEvents: 2 })
  /** What holds, by number; null where it was deleted. */
  const held: (NewEvent | null)[] = []
  const record = async (event: NewEvent): Promise<void> => {
    expect((await center.append([event])).outcomes).toEqual([{ outcome: 'stored' }])
    await series.recorded([event])
  }
  return { center, series, held, record }
}

const ask = async (series: EmbeddedSeries, user: string, time: number): Promise<readonly number[]> => {
  const into = { numbers: new Float64Array(4), values: new Array<null>(4).fill(null) }
  await series.read({ windows: 'spend', key: [user], time, read: { as: 'corrected' } }, into)
  return [...into.numbers]
}

const dayMs = 24 * hourMs
/** By plain loops; `moved` where edges stand at the start of their day. Slots go feature by feature. */
const expected = (held: readonly (NewEvent | null)[], user: string, time: number, moved: boolean): readonly number[] => {
  const edge = time - 7 * dayMs
  const froms = [moved ? Math.floor(edge / dayMs) * dayMs : edge, Number.NEGATIVE_INFINITY]
  const amounts = froms.map((from) =>
    held.flatMap((event) =>
      event !== null && event.subject === user && event.time >= from && event.time < time ? [event.data['amount'] as number] : [],
    ),
  )
  const sum = (of: readonly number[]) => (of.length === 0 ? Number.NaN : of.reduce((a, b) => a + b, 0))
  return [...amounts.map(({ length }) => length), ...amounts.map(sum)]
}

type Step =
  | { readonly do: 'put'; readonly user: number; readonly ageHours: number }
  | { readonly do: 'correct'; readonly which: number; readonly user: number; readonly ageHours: number }
  | { readonly do: 'delete'; readonly which: number }
  | { readonly do: 'warm'; readonly users: readonly number[] }
  | { readonly do: 'step' }
  | { readonly do: 'clear' }
  | { readonly do: 'ask'; readonly user: number; readonly ageHours: number }

const user = fc.nat(users.length - 1)
// Some of the first slice, some of those after it, some years ago.
const ageHours = fc.oneof(fc.nat(3), fc.nat(400), fc.nat(23_000))
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), user, ageHours }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('correct' as const), which: fc.nat(), user, ageHours }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('warm' as const), users: fc.uniqueArray(user, { minLength: 1 }) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'step' } as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'clear' } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('ask' as const), user, ageHours }) },
)

const amended = (event: NewEvent): Pick<NewEvent, 'correction' | 'previous'> => ({
  correction: true,
  previous: { time: event.time, seq: event.seq, subject: event.subject, data: event.data },
})

const perform = async (steps: readonly Step[], spend: WindowsPlan): Promise<void> => {
  const { center, series, held, record } = await world(spend)
  const moved = spend.merge !== undefined
  let warming: AsyncGenerator<void, void> | undefined
  const check = async (name: string, time: number) => expect(await ask(series, name, time)).toEqual(expected(held, name, time, moved))
  const existing = (which: number): NewEvent | undefined => held[which % Math.max(1, held.length)] ?? undefined
  for (const [at, one] of steps.entries()) {
    if (one.do === 'put') {
      const event = put(held.length, users[one.user]!, nowMs - one.ageHours * hourMs, held.length + 1)
      held.push(event)
      await record(event)
    } else if (one.do === 'correct' || one.do === 'delete') {
      const old = existing(one.which)
      if (old === undefined) continue
      const n = held.indexOf(old)
      if (one.do === 'delete') {
        held[n] = null
        await record({ ...old, ...amended(old), op: 'delete' })
      } else {
        // An amount of its own: the same correction again would be a duplicate.
        const event = { ...put(n, users[one.user]!, nowMs - one.ageHours * hourMs, 1_000 + at), ...amended(old) }
        held[n] = event
        await record(event)
      }
    } else if (one.do === 'warm') {
      await warming?.return()
      warming = series.warm(
        'spend',
        one.users.map((name) => [users[name]!]),
      )
    } else if (one.do === 'step') await warming?.next()
    else if (one.do === 'clear') series.clear()
    else await check(users[one.user]!, nowMs - one.ageHours * hourMs)
  }
  for (const name of users) await check(name, nowMs + 100 * hourMs)
  if (warming !== undefined) for await (const _ of warming);
  for (const name of users) for (const age of [-100, 0, 30, 500]) await check(name, nowMs - age * hourMs)
  await center.close()
}

const runs = Number(process.env['MILLRACE_RUNS'] ?? 60)

test('keys that are warmed answer as plain loops do, whatever is recorded and asked between the parts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), (steps) => perform(steps, plain)),
    { numRuns: runs },
  )
})

/** Found by the property: the same correction a second time. */
const correctedTwice: Step[] = [
  { do: 'put', user: 0, ageHours: 0 },
  { do: 'correct', which: 0, user: 3, ageHours: 3 },
  { do: 'correct', which: 0, user: 3, ageHours: 3 },
]

test('and so do those that are merged by unit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), (steps) => perform(steps, merged)),
    { numRuns: runs, examples: [[correctedTwice]] },
  )
})

test('between the parts a key answers by all its rows', async () => {
  const { center, series, held, record } = await world(plain)
  for (let n = 0; n < 12; n++) {
    const event = put(n, users[n % 2]!, nowMs - n * hourMs, n + 1)
    held.push(event)
    await record(event)
  }
  const warming = series.warm('spend', [['a'], ['b']])
  expect(await warming.next()).toMatchObject({ done: false })
  expect(await ask(series, 'a', nowMs + 1)).toEqual(expected(held, 'a', nowMs + 1, false))
  expect(await warming.next()).toMatchObject({ done: false })
  for await (const _ of warming);
  for (const name of ['a', 'b']) expect(await ask(series, name, nowMs + 1)).toEqual(expected(held, name, nowMs + 1, false))
  await center.close()
})

test('keys that were warmed are held, read together, and no other key is', async () => {
  const { center, record } = await world(plain)
  for (let n = 0; n < 40; n++) await record(put(n, users[n % 4]!, nowMs - n * hourMs, n))
  let tables = 0
  const counted: CenterReader = {
    ...center,
    table: (request) => {
      tables++
      return center.table(request)
    },
  }
  const series = createEmbeddedSeries({ plan: planOf(plain), center: counted, warmEvents: 20 })
  for await (const _ of series.warm('spend', [['a'], ['b'], ['nobody']]));
  expect([...series.heldKeys({ keys: 10, characters: 1_000 })['spend']!].flat().sort()).toEqual(['a', 'b'])
  expect(series.heldKeys({ keys: 1, characters: 1_000 })['spend']).toHaveLength(1)
  const read = tables
  await ask(series, 'a', nowMs)
  await ask(series, 'nobody', nowMs)
  expect(tables).toBe(read)
  await ask(series, 'c', nowMs)
  expect(tables).toBe(read + 1)
  for await (const _ of series.warm('unknown', [['a']]));
  await center.close()
})

test('keys that do not all fit into memory are held as far as it goes, and answer as before', async () => {
  const { center, record, held } = await world(plain)
  for (let n = 0; n < 400; n++) {
    const event = put(n, users[n % 4]!, nowMs - n * hourMs, n)
    held.push(event)
    await record(event)
  }
  const memoryBytes = 14_000
  const series = createEmbeddedSeries({ plan: planOf(plain), center, memoryBytes, warmEvents: 50 })
  for await (const _ of series.warm(
    'spend',
    users.map((name) => [name]),
  ));
  const kept = series.heldKeys({ keys: 10, characters: 1_000 })['spend']!.length
  expect(kept).toBeGreaterThan(0)
  expect(kept).toBeLessThan(4)
  expect(series.memoryBytes()).toBeLessThanOrEqual(memoryBytes)
  for (const name of users) expect(await ask(series, name, nowMs + 1)).toEqual(expected(held, name, nowMs + 1, false))
  await center.close()
})
