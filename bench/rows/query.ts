/** One window query in this process, by the length of its series, against one request to Redis. */
import { createPrng } from '../../src/base/prng.ts'
import { createRowEngine, type RowEngine } from '../../src/windows/rows/engine.ts'
import type { RowQuestion } from '../../src/windows/rows/question.ts'
import { type Bench, type BenchContext, type Case, timeCase } from '../harness/bench.ts'
import { freshText, latencies, percentile } from '../harness/measure.ts'
import { keyNames } from '../harness/random.ts'
import type { RedisClient } from '../redis/client.ts'
import { startRedis } from '../redis/server.ts'
import { compileSeries, dayMs, drawTable, firstMs } from './series.ts'

const seed = 3
const spanMs = 30 * dayMs
const window = '7d'
const windowMs = 7 * dayMs
const read = { as: 'corrected' } as const
/** As many as the compiler needs to be done with what is measured. */
const warmCalls = 20_000

export const query: Bench = {
  name: 'query',
  about: 'p50 of a window query in this process over series of 1,000 and 100,000, against one request to Redis; over doubles',
  bar: 'integers ≤ 2 µs and ≥ 50x Redis; doubles ≤ 15 µs',
  isServed: true,
  run: async (context) => {
    const redis = await startRedis()
    try {
      const peer = { client: redis.client, name: `Redis ${redis.version}, ZRANGE BYSCORE of the window over loopback` }
      const n1000 = await measured(context, { length: 1_000, kind: 'int', peer })
      const n100000 = await measured(context, { length: 100_000, kind: 'int', peer })
      const doubles = await measured(context, { length: 1_000, kind: 'double' })
      return { top: n1000, cases: { n100000, doubles } }
    } finally {
      await redis.close()
    }
  },
}

interface Question {
  readonly length: number
  readonly kind: 'int' | 'double'
  readonly peer?: { readonly client: RedisClient; readonly name: string }
}

/** Cents of mixed size, some of them large, for doubles. */
const drawValue = (kind: Question['kind'], random: () => number): (() => number) =>
  kind === 'int' ? () => 1 + Math.floor(random() * 1_000_000) : () => Math.floor(10 ** (1 + 8 * random())) / 100

const measured = async ({ quick, size, say }: BenchContext, { length, kind, peer }: Question): Promise<Case> => {
  const events = Math.max(size(4_000_000), length)
  const keys = keyNames(events / length)
  const random = createPrng(seed)
  const draw = drawValue(kind, random)
  const table = drawTable({ events, keyOf: (i) => i % keys.length, names: keys, spanMs, random, columns: { amount: draw } })
  const compiled = compileSeries({ amount: kind }, { over: [window], features: { spent: { aggregate: 'sum', column: 'amount' } } })
  const engine = createRowEngine(compiled)
  engine.insertTables([table])
  const calls = quick ? 5_000 : 40_000
  const asked = Array.from({ length: calls }, () => ({
    key: keys[Math.floor(random() * keys.length)]!,
    time: firstMs + Math.floor(spanMs * (0.4 + 0.6 * random())),
  }))
  const slots = engine.createSlotValues()
  const question = (i: number): RowQuestion => ({ key: [freshText(asked[i % calls]!.key)], time: asked[i % calls]!.time, read })
  const ask = (one: RowQuestion): void => engine.query(one, slots)
  for (let i = 0; i < warmCalls; i++) ask(question(i))
  const ours = latencies(calls, question, ask)
  const values = table.columns['amount']
  const rows = (name: string, time: number) => plainSum(table.time, values?.kind === 'number' ? values.values : ours, keys, name, time)
  const params = {
    events,
    keys: keys.length,
    length,
    types: kind,
    aggregates: ['sum'],
    windows: [window],
    rowsInWindow: Math.round((length * windowMs) / spanMs),
    calls,
    threads: 1,
    seed,
  }
  const p = { unit: 'µs', p50Us: percentile(ours, 0.5), p99Us: percentile(ours, 0.99) }
  if (peer === undefined) {
    const equal = asked.slice(0, 50).every(({ key, time }) => Object.is(answerOf(engine, key, time), exactSum(rows(key, time))))
    return timeCase(p.p50Us, null, { ...p, equal, params })
  }
  const requests = length < 10_000 ? 2_000 : 200
  const held = keys.slice(0, Math.max(4, Math.round(redisEvents / length)))
  say(`Redis: ${held.length} series in, then ${requests} requests`)
  await fill(peer.client, held, table.time, { keys: keys.length, rows })
  const questions = asked.slice(0, requests).map(({ time }, i) => ({ key: [held[i % held.length]!], time }))
  const { p50, least, equal } = await askRedis(peer.client, engine, questions)
  return timeCase(p.p50Us, p50, { ...p, equal, leastRequestP50Us: least, params: { ...params, peer: peer.name } })
}

const answerOf = (engine: RowEngine, key: string, time: number): number => {
  const slots = engine.createSlotValues()
  engine.query({ key: [key], time, read: { as: 'corrected' } }, slots)
  return slots.numbers[0]!
}

/** The values of one key in the window before `time`: rows of a key are those of its number, one in so many. */
const plainSum = (times: Float64Array, values: Float64Array, keys: readonly string[], name: string, time: number): readonly number[] => {
  const found: number[] = []
  for (let row = keys.indexOf(name); row < times.length; row += keys.length) {
    if (times[row]! >= time - windowMs && times[row]! < time) found.push(values[row]!)
  }
  return found
}

/** The doubles are whole cents, so their exact values are added as 2^-60 parts in a bigint and rounded once. */
const exactSum = (values: readonly number[]): number => {
  if (values.length === 0) return Number.NaN
  const parts = values.reduce((sum, value) => sum + BigInt(value * 2 ** 60), 0n)
  return Number(parts) / 2 ** 60
}

const batch = 1_000
/** So many are enough to ask Redis about. */
const redisEvents = 400_000

/** Rows of a key are those of its number, one in so many. */
const fill = async (client: RedisClient, held: readonly string[], times: Float64Array, { keys, rows }: Stored): Promise<void> => {
  await client.send([['FLUSHALL']])
  for (const [k, name] of held.entries()) {
    const values = allOf(rows, name)
    const commands: string[][] = []
    for (let i = 0; i * keys + k < times.length; i++) {
      commands.push(['ZADD', name, String(times[i * keys + k]), `${i}:${values[i]}`])
      if (commands.length === batch) await client.send(commands.splice(0))
    }
    if (commands.length > 0) await client.send(commands)
  }
}

interface Stored {
  readonly keys: number
  readonly rows: (name: string, time: number) => readonly number[]
}

/** All values of a key: windows of seven days laid end to end. */
const allOf = (valuesOf: (name: string, time: number) => readonly number[], name: string): readonly number[] => {
  const all: number[] = []
  for (let time = firstMs + windowMs; time < firstMs + spanMs + windowMs; time += windowMs) all.push(...valuesOf(name, time))
  return all
}

/** p50 of fetching the window and adding it up, and, as the least that any request costs, of ZCOUNT. */
const askRedis = async (
  client: RedisClient,
  engine: RowEngine,
  asked: readonly { readonly key: readonly string[]; readonly time: number }[],
) => {
  const ranges = new Float64Array(asked.length)
  const counts = new Float64Array(asked.length)
  let equal = true
  for (const [i, { key, time }] of asked.entries()) {
    const [from, to] = [String(time - windowMs), `(${time}`]
    const began = performance.now()
    const [members] = await client.send([['ZRANGE', key[0]!, from, to, 'BYSCORE']])
    let sum = 0
    for (const member of members as readonly string[]) sum += Number(member.slice(member.indexOf(':') + 1))
    ranges[i] = (performance.now() - began) * 1_000
    if (answerOf(engine, key[0]!, time) !== sum) equal = false
    const counting = performance.now()
    await client.send([['ZCOUNT', key[0]!, from, to]])
    counts[i] = (performance.now() - counting) * 1_000
  }
  return { p50: percentile(ranges, 0.5), least: percentile(counts, 0.5), equal }
}
