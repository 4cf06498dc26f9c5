/** What an event costs as everything grows: events, a series' length, features, one key without end. */
import { type Bench, type BenchContext, type Case, timeCase } from '../harness/bench.ts'
import { inChild } from '../harness/child.ts'
import type { Cost, Growth } from './cost-child.ts'
import type { OneKey, OneKeyInput } from './one-key-child.ts'

const seed = 5

export const scaling: Bench = {
  name: 'scaling',
  about: 'cost per event as events, series, features and one key grow (largest ÷ smallest size)',
  bar: 'growth ≤ 1.3 (linear, flat), ≤ 3 (logarithmic); memory of one key bounded',
  isServed: true,
  run: async (context) => {
    const events = await grown(context, 'events', [context.size(1_000_000), context.size(20_000_000)])
    const length = await grown(context, 'length', [10, context.quick ? 100_000 : 1_000_000])
    const features = await grown(context, 'features', [10, 1_000])
    return { top: events, cases: { length, features, oneKey: await oneKey(context) } }
  },
}

/** Nanoseconds an event at both sizes, each in a process of its own; the middle one of three, or one run when quick. */
const grown = async ({ quick, say }: BenchContext, what: Growth, sizes: readonly [number, number]): Promise<Case> => {
  const of = async (size: number): Promise<Cost> => {
    const runs: Cost[] = []
    for (let run = 0; run < (quick ? 1 : 3); run++) runs.push(await inChild<object, Cost>(childFile, { what, size, seed, quick }))
    const cost = runs.sort((a, b) => a.rowsNs - b.rowsNs)[runs.length >> 1]!
    say(`${what} ${size}: ${JSON.stringify(cost)}`)
    return cost
  }
  const [small, large] = [await of(sizes[0]), await of(sizes[1])]
  const growth = large.rowsNs / small.rowsNs
  return timeCase(growth, null, {
    unit: 'times',
    growth,
    queryGrowth: large.queryNs / small.queryNs,
    batchGrowth: large.batchNs / small.batchNs,
    rssMb: large.rssMb,
    equal: small.equal && large.equal,
    params: { what, sizes, seed, ...nested('small', small), ...nested('large', large) },
  })
}

const nested = (size: string, cost: Cost): { readonly [name: string]: number | boolean } =>
  Object.fromEntries(Object.entries(cost).map(([name, value]) => [`${size}_${name}`, value]))

const childFile = new URL('./cost-child.ts', import.meta.url)

const oneKey = async ({ size, say }: BenchContext): Promise<Case> => {
  const input: OneKeyInput = { events: size(100_000_000), seed }
  const result = await inChild<OneKeyInput, OneKey>(new URL('./one-key-child.ts', import.meta.url), input)
  say(`one key: ${JSON.stringify(result)}`)
  const { growth, rssMb, equal, ...more } = result
  return timeCase(growth, null, {
    unit: 'times',
    growth,
    rssMb,
    equal,
    params: { ...input, merge: 'hour', aggregates: ['count', 'sum', 'variance', 'distinctCount'], ...more },
  })
}
