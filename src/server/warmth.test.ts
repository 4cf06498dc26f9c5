import { afterEach, expect, test } from 'vitest'
import { createPrng } from '../base/prng.ts'
import type { EventPlan, ProjectPlan, WindowsPlan } from '../model/plan.ts'
import { openEmbeddedCenter } from '../store/center/embedded/center.ts'
import { createSimulatedDisk } from '../store/disk/simulated/disk.ts'
import { readHeldKeys, writeHeldKeys } from '../store/series/embedded/held-keys.ts'
import { createEmbeddedSeries } from '../store/series/embedded/series.ts'
import { createWarmth } from './warmth.ts'

const nowMs = 86_400_000_000
const payment: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' }, shop: { kind: 'int64' }, amount: { kind: 'int' } },
}
const byUser: WindowsPlan = {
  of: [{ event: 'payment' }],
  by: ['user'],
  over: ['lifetime'],
  includeRoot: false,
  features: { spent: { aggregate: 'sum', column: 'amount' } },
}
const plan = {
  events: { payment },
  windows: { byUser, byBoth: { ...byUser, by: ['user', 'shop'] } },
} as unknown as ProjectPlan

const started: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of started.splice(0)) await stop()
})

const begun = async () => {
  const world = createSimulatedDisk(createPrng(1))
  const disk = world.mount()
  const center = await openEmbeddedCenter({ disk, folder: 'center', events: { payment }, clock: () => nowMs })
  const put = (n: number, user: string) => ({
    type: 'payment',
    id: `e:${n}`,
    subject: user,
    time: nowMs - n,
    seq: 0,
    op: 'put' as const,
    data: { user, at: nowMs - n, shop: 9_007_199_254_740_993n, amount: n },
  })
  await center.append([put(1, 'a'), put(2, 'b'), put(4, 'a')])
  const process = () => {
    let tables = 0
    const counted = {
      ...center,
      table: (request: Parameters<typeof center.table>[0]) => {
        tables++
        return center.table(request)
      },
    }
    const series = createEmbeddedSeries({ plan, center: counted })
    const warmth = createWarmth(series, disk, 'series')
    started.push(warmth.stop)
    const spent = async (windows: string, key: readonly (string | bigint)[]) => {
      const into = { numbers: new Float64Array(1), values: [null] }
      await series.read({ windows, key, time: nowMs, read: { as: 'corrected' } }, into)
      return into.numbers[0]
    }
    return { series, warmth, spent, tables: () => tables }
  }
  return { disk, process }
}

const both = ['a', 9_007_199_254_740_993n]

test('what a process held the next one holds before it is asked', async () => {
  const { disk, process } = await begun()
  const first = process()
  first.warmth.start()
  expect([await first.spent('byUser', ['a']), await first.spent('byBoth', both), await first.spent('byUser', ['nobody'])]).toEqual([
    5,
    5,
    Number.NaN,
  ])
  await first.warmth.stop()
  expect(readHeldKeys(disk, 'series')).toEqual({ byUser: [['a']], byBoth: [['a', '9007199254740993']] })
  const second = process()
  second.warmth.start()
  await second.warmth.settled()
  const read = second.tables()
  expect([await second.spent('byUser', ['a']), await second.spent('byBoth', both)]).toEqual([5, 5])
  expect(second.tables()).toBe(read)
  await second.spent('byUser', ['b'])
  expect(second.tables()).toBe(read + 1)
})

test('a process that is stopped while it loads leaves the list as it was', async () => {
  const { disk, process } = await begun()
  const held = { byUser: [['a'], ['b']], byBoth: [] }
  await writeHeldKeys(disk, 'series', held)
  const one = process()
  one.warmth.start()
  await one.spent('byUser', ['a'])
  await one.warmth.stop()
  expect(one.series.heldKeys({ keys: 9, characters: 1_000 })['byUser']).toEqual([['a']])
  expect(readHeldKeys(disk, 'series')).toEqual(held)
})

test('a process that does not serve notes nothing and loads nothing', async () => {
  const { disk, process } = await begun()
  const first = process()
  await first.spent('byUser', ['a'])
  first.warmth.renew()
  await first.warmth.stop()
  expect(disk.list('series')).toEqual([])
})

test('an import has the held keys loaded anew, an erasure forgets which there were', async () => {
  const { disk, process } = await begun()
  const one = process()
  one.warmth.start()
  await one.spent('byUser', ['a'])
  one.warmth.renew()
  expect(one.series.heldKeys({ keys: 9, characters: 1_000 })).toEqual({ byUser: [], byBoth: [] })
  await one.warmth.settled()
  expect(one.series.heldKeys({ keys: 9, characters: 1_000 })).toEqual({ byUser: [['a']], byBoth: [] })
  await writeHeldKeys(disk, 'series', one.series.heldKeys({ keys: 9, characters: 1_000 }))
  await one.warmth.forget()
  expect(one.series.heldKeys({ keys: 9, characters: 1_000 })).toEqual({ byUser: [], byBoth: [] })
  expect(disk.list('series')).toEqual([])
})

test.each([
  ['torn', '{"format":1,"crc":5,"bo'],
  ['damaged', '{"format":1,"crc":5,"body":"{\\"byUser\\":[[\\"a\\"]]}"}'],
  ['of another format', '{"format":2,"keys":[]}'],
  ['null', 'null'],
  ['a list', '[]'],
])('a list that is %s is as good as none', async (_, text) => {
  const { disk, process } = await begun()
  disk.makeFolder('series')
  const file = disk.open('series/held-keys.json', 'create')
  file.write(Buffer.from(text), 0)
  file.close()
  const one = process()
  one.warmth.start()
  await one.warmth.settled()
  expect(one.series.heldKeys({ keys: 9, characters: 1_000 })).toEqual({ byUser: [], byBoth: [] })
})

test('keys noted for what is declared otherwise now are passed over', async () => {
  const { disk, process } = await begun()
  await writeHeldKeys(disk, 'series', {
    gone: [['a']],
    byBoth: [['a'], ['a', 'no number'], ['a', '9007199254740993']],
    byUser: [[7], ['b']],
  })
  const one = process()
  one.warmth.start()
  await one.warmth.settled()
  expect(one.series.heldKeys({ keys: 9, characters: 1_000 })).toEqual({ byUser: [['b']], byBoth: [['a', '9007199254740993']] })
})
