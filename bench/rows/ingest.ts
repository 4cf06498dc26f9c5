/** Events into memory, by string key, so that 10 features over 3 windows can be asked at the end; against Redis and plain arrays. */
import { createPrng } from '../../src/base/prng.ts'
import type { EventVersion } from '../../src/model/event.ts'
import type { EventTable } from '../../src/model/table.ts'
import type { CompiledWindows } from '../../src/windows/compiled.ts'
import { createRowEngine, type RowEngine } from '../../src/windows/rows/engine.ts'
import { type Bench, type BenchContext, rateCase } from '../harness/bench.ts'
import { collectGarbage, median, timed } from '../harness/measure.ts'
import { createKeyDraw, keyNames } from '../harness/random.ts'
import type { RedisClient } from '../redis/client.ts'
import { startRedis } from '../redis/server.ts'
import { isEqual, numbersOf, type PlainEvent, plainAnswers } from './plain.ts'
import { compileSeries, dayMs, drawTable, firstMs } from './series.ts'

const seed = 2
const keyCount = 100_000
const pipeline = 1_000
const asked = 200
const spanMs = 10 * dayMs
const end = firstMs + spanMs

const over = ['1h', '1d', '7d']
const features = {
  payments: { aggregate: 'count' },
  spent: { aggregate: 'sum', column: 'amount' },
  usual: { aggregate: 'mean', column: 'amount' },
  least: { aggregate: 'min', column: 'amount' },
  most: { aggregate: 'max', column: 'amount' },
  spread: { aggregate: 'deviation', column: 'amount' },
  latest: { aggregate: 'last', column: 'amount' },
  points: { aggregate: 'sum', column: 'points' },
  mostPoints: { aggregate: 'max', column: 'points' },
  shops: { aggregate: 'distinctCount', column: 'shop' },
} as const

export const ingest: Bench = {
  name: 'ingest',
  about: 'events into memory by string key for 10 features in 3 windows, against Redis pipelined by 1,000 and plain arrays',
  bar: '≥ 2 M events/s, ≥ 50x Redis',
  run: async (context) => {
    const { table, compiled } = draw(context)
    const redis = await startRedis()
    try {
      const runs = await inTurn(context, { table, compiled, client: redis.client })
      const params = {
        events: table.rows,
        keys: keyCount,
        types: 'string keys, three int columns',
        features: Object.keys(features).length,
        windows: over,
        aggregates: Object.values(features).map(({ aggregate }) => aggregate),
        threads: 1,
        seed,
      }
      const { engine, byRedis, byArrays, ...rates } = runs
      return {
        top: rateCase(rates.table, rates.redis, {
          unit: 'events/s',
          equal: await isSame(engine, table, byRedis),
          singlePerS: rates.single,
          redisSetPerFeaturePerS: rates.perFeature,
          ratioSetPerFeature: rates.table / rates.perFeature,
          bytesPerEvent: engine.memoryBytes() / table.rows,
          params: { ...params, peer: `Redis ${redis.version}, one sorted set a key with whole events, pipelined by ${pipeline}` },
        }),
        cases: {
          naive: rateCase(rates.table, rates.naive, {
            unit: 'events/s',
            equal: await isSame(engine, table, byArrays),
            params: { ...params, peer: 'a Map from key to an array of objects, pushed to' },
          }),
        },
      }
    } finally {
      await redis.close()
    }
  },
}

const draw = ({ size }: BenchContext) => {
  const random = createPrng(seed)
  const nextKey = createKeyDraw('uniform', keyCount, seed + 1)
  const table = drawTable({
    events: size(5_000_000),
    keyOf: nextKey,
    names: keyNames(keyCount),
    spanMs,
    random,
    columns: {
      amount: () => 1 + Math.floor(random() * 1_000_000),
      points: () => Math.floor(random() * 100),
      shop: () => Math.floor(random() * 1_000),
    },
  })
  const compiled = compileSeries({ amount: 'int', points: 'int', shop: 'int' }, { over, features })
  return { table, compiled }
}

/** The first tenth of the table, as single versions. */
const singleEvents = (table: EventTable): readonly EventVersion[] =>
  Array.from({ length: table.rows / 10 }, (_, row) => versionAt(table, row))

const versionAt = (table: EventTable, row: number): EventVersion => {
  const [user, time] = [keyAt(table, row), table.time[row]!]
  const at = (name: string): number => columnAt(table, name, row)
  return {
    type: 'payment',
    id: table.ids.at(row),
    subject: user,
    time,
    seq: table.seq[row]!,
    op: 'put',
    version: row,
    recordedAt: 0,
    knownAt: 0,
    data: { user, at: time, amount: at('amount'), points: at('points'), shop: at('shop') },
  }
}

const keyAt = ({ columns }: EventTable, row: number): string => {
  const { user } = columns
  return user?.kind === 'code' ? user.dictionary[user.codes[row]!]! : ''
}

const columnAt = ({ columns }: EventTable, name: string, row: number): number => {
  const column = columns[name]
  return column?.kind === 'number' ? column.values[row]! : Number.NaN
}

interface Contest {
  readonly table: EventTable
  readonly compiled: CompiledWindows
  readonly client: RedisClient
}

/** A key's events in the windows' reach. */
type EventsOf = (key: string) => Promise<readonly PlainEvent[]>

const inTurn = async ({ quick, say }: BenchContext, contest: Contest) => {
  const { table, compiled, client } = contest
  const seconds: Record<'table' | 'single' | 'perFeature' | 'redis' | 'naive', number[]> = {
    table: [],
    single: [],
    perFeature: [],
    redis: [],
    naive: [],
  }
  // Both ways in are compiled before anything is measured: a tenth of the size would else be charged for it.
  const first = firstRows(table, warmRows)
  for (let i = 0; i < 5; i++) createRowEngine(compiled).insertTables([first])
  for (let i = 0; i < 5; i++) fillArrays(first)
  let engine = createRowEngine(compiled)
  let arrays = new Map<string, PlainEvent[]>()
  for (let run = 0; run < (quick ? 1 : 3); run++) {
    // What one side left behind is collected before the other is measured: else it would pay for that in its own time.
    arrays = new Map()
    engine = createRowEngine(compiled)
    collectGarbage()
    seconds.table.push(await secondsOf(() => engine.insertTables([table])))
    seconds.single.push(await singleSeconds(compiled, singleEvents(table)))
    collectGarbage()
    await client.send([['FLUSHALL']])
    seconds.perFeature.push(await secondsOf(() => fillRedis(client, table, { rows: perFeatureRows(table), sets: Object.keys(features) })))
    await client.send([['FLUSHALL']])
    seconds.redis.push(await secondsOf(() => fillRedis(client, table, { rows: redisRows(table), sets: [''] })))
    collectGarbage()
    seconds.naive.push(
      await secondsOf(() => {
        arrays = fillArrays(table)
      }),
    )
    say(
      `run ${run + 1}: ${Object.entries(seconds)
        .map(([name, all]) => `${name} ${all.at(-1)!.toFixed(2)} s`)
        .join(', ')}`,
    )
  }
  const rate = (all: readonly number[], rows = table.rows): number => rows / median(all)
  return {
    engine,
    byRedis: (key: string) => redisEvents(client, key),
    byArrays: async (key: string) => arrays.get(key) ?? [],
    table: rate(seconds.table),
    single: rate(seconds.single, Math.floor(table.rows / 10)),
    redis: rate(seconds.redis, redisRows(table)),
    perFeature: rate(seconds.perFeature, perFeatureRows(table)),
    naive: rate(seconds.naive),
  }
}

const warmRows = 50_000

/** A table of another's first rows; ids and columns are shared. */
const firstRows = (table: EventTable, rows: number): EventTable => ({
  ...table,
  rows,
  time: table.time.subarray(0, rows),
  seq: table.seq.subarray(0, rows),
})

const singleSeconds = async (compiled: CompiledWindows, events: readonly EventVersion[]): Promise<number> => {
  const engine = createRowEngine(compiled)
  collectGarbage()
  return secondsOf(() => {
    for (const version of events) engine.insert(version)
  })
}

/** Keeps nothing of what the work gives: what a suspended function holds in a variable is not collected. */
const secondsOf = async (work: () => void | Promise<void>): Promise<number> => (await timed(work)).seconds

/** Redis is given its events once each; half a million of them tell its rate. */
const redisRows = (table: EventTable): number => Math.min(table.rows, 500_000)
const perFeatureRows = (table: EventTable): number => redisRows(table) / 10

/**
 * The latest ones, so that the short windows at the end are whole. An event goes into each of the `sets` of its key. The next batch
 * is made while Redis works at the last.
 */
const fillRedis = async (
  client: RedisClient,
  table: EventTable,
  { rows, sets }: { readonly rows: number; readonly sets: readonly string[] },
): Promise<void> => {
  let sent: Promise<unknown> = Promise.resolve()
  let commands: string[][] = []
  for (let row = table.rows - rows; row < table.rows; row++) {
    const member = `${row}:${columnAt(table, 'amount', row)}:${columnAt(table, 'points', row)}:${columnAt(table, 'shop', row)}`
    for (const set of sets) commands.push(['ZADD', `${keyAt(table, row)}${set}`, String(table.time[row]), member])
    if (commands.length < pipeline && row + 1 < table.rows) continue
    await sent
    sent = client.send(commands)
    commands = []
  }
  await sent
}

const redisEvents = async (client: RedisClient, key: string): Promise<readonly PlainEvent[]> => {
  const [members] = await client.send([['ZRANGE', key, '0', '-1', 'WITHSCORES']])
  const flat = members as readonly string[]
  const found: (PlainEvent & { readonly row: number })[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const [row, amount, points, shop] = flat[i]!.split(':').map(Number) as [number, number, number, number]
    found.push({ time: Number(flat[i + 1]), values: { amount, points, shop }, row })
  }
  return found.sort((a, b) => a.time - b.time || a.row - b.row)
}

const fillArrays = (table: EventTable): Map<string, PlainEvent[]> => {
  const arrays = new Map<string, PlainEvent[]>()
  for (let row = 0; row < table.rows; row++) {
    const key = keyAt(table, row)
    const of = arrays.get(key)
    const event = {
      time: table.time[row]!,
      values: { amount: columnAt(table, 'amount', row), points: columnAt(table, 'points', row), shop: columnAt(table, 'shop', row) },
    }
    if (of === undefined) arrays.set(key, [event])
    else of.push(event)
  }
  return arrays
}

/** Some keys, asked at the end of the data; of windows that the peer holds whole. */
const isSame = async (engine: RowEngine, table: EventTable, eventsOf: EventsOf): Promise<boolean> => {
  const slots = engine.createSlotValues()
  const since = table.time[table.rows - redisRows(table)]!
  const { slots: all, windows } = engine.compiled
  const lengths = windows.map(({ spec }) => (spec.kind === 'time' ? spec.fromMs : 0))
  const isWhole = (slot: number): boolean => end - lengths[all[slot]!.window]! >= since
  const names = keyNames(keyCount)
  const held = (answers: Float64Array) => answers.map((value, slot) => (isWhole(slot) ? value : 0))
  for (let key = 0; key < keyCount; key += Math.floor(keyCount / asked)) {
    const name = names[key]!
    engine.query({ key: [name], time: end, read: { as: 'corrected' } }, slots)
    if (!isEqual(held(numbersOf(engine.compiled, slots)), held(plainAnswers(engine.compiled, await eventsOf(name), end)))) return false
  }
  return true
}
