/** Hundreds of features of one key at once, exact, into a typed buffer: what a decision asks. */
import { createPrng } from '../../src/base/prng.ts'
import type { FeaturePlan, Named } from '../../src/model/plan.ts'
import type { EventTable } from '../../src/model/table.ts'
import { createRowEngine } from '../../src/windows/rows/engine.ts'
import type { RowQuestion } from '../../src/windows/rows/question.ts'
import { type Bench, type BenchContext, type Case, timeCase } from '../harness/bench.ts'
import { freshText, latencies, percentile } from '../harness/measure.ts'
import { keyNames } from '../harness/random.ts'
import { eventsOfKey, isEqual, plainAnswers } from './plain.ts'
import { compileSeries, dayMs, drawTable, firstMs } from './series.ts'

const seed = 4
const spanMs = 30 * dayMs
const over = ['1h', '6h', '1d', '7d', '30d']
const aggregates = ['count', 'sum', 'mean', 'max', 'deviation'] as const

export const decision: Bench = {
  name: 'decision',
  about: '500 features of one key (count, sum, mean, max, deviation) at 50 and 1,000 events; 1,000 over 20 series',
  bar: 'p50/p99 ≤ 25/60 µs at 50 events, ≤ 120/250 µs at 1,000 and for 1,000 over 20 series',
  isServed: true,
  run: async (context) => ({
    top: measured(context, { length: 50, columns: 20, series: 1 }),
    cases: {
      n1000: measured(context, { length: 1_000, columns: 20, series: 1 }),
      v1000: measured(context, { length: 50, columns: 2, series: 20 }),
    },
  }),
}

interface Shape {
  /** Events of a key in each series. */
  readonly length: number
  readonly columns: number
  /** Definitions, each with its own series of the key. */
  readonly series: number
}

const columnNames = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `c${i}`)

const featuresOf = (columns: readonly string[]): Named<FeaturePlan> =>
  Object.fromEntries(columns.flatMap((column) => aggregates.map((aggregate) => [`${aggregate}_${column}`, { aggregate, column }])))

const measured = ({ quick, size, say }: BenchContext, { length, columns, series }: Shape): Case => {
  const names = columnNames(columns)
  const events = Math.round(size(length > 100 ? 1_000_000 : 1_000_000 / series) / length) * length
  const keys = keyNames(events / length)
  const random = createPrng(seed)
  const compiled = compileSeries(Object.fromEntries(names.map((name) => [name, 'int' as const])), { over, features: featuresOf(names) })
  const tables = Array.from(
    { length: series },
    (): EventTable =>
      drawTable({
        events,
        keyOf: (i) => i % keys.length,
        names: keys,
        spanMs,
        random,
        columns: Object.fromEntries(names.map((name) => [name, () => 1 + Math.floor(random() * 100_000)])),
      }),
  )
  const engines = tables.map((table) => {
    const engine = createRowEngine(compiled)
    engine.insertTables([table])
    return { engine, slots: engine.createSlotValues() }
  })
  const calls = quick ? 3_000 : 20_000
  const asked = Array.from({ length: calls }, () => ({
    key: [keys[Math.floor(random() * keys.length)]!],
    time: firstMs + spanMs - Math.floor(random() * 5 * dayMs),
    read: { as: 'corrected' } as const,
  }))
  const question = (i: number): RowQuestion => ({ ...asked[i]!, key: asked[i]!.key.map(freshText) })
  const ask = (one: RowQuestion): void => {
    for (const { engine, slots } of engines) engine.query(one, slots)
  }
  for (let i = 0; i < Math.min(calls, 2_000); i++) ask(question(i))
  const taken = latencies(calls, question, ask)
  say(`${length} events, ${columns * aggregates.length * over.length * series} features: p50 ${percentile(taken, 0.5).toFixed(1)} µs`)
  let equal = true
  for (const question of asked.slice(0, 20)) {
    for (const [i, { engine, slots }] of engines.entries()) {
      engine.query(question, slots)
      const plain = plainAnswers(compiled, eventsOfKey(tables[i]!, keys.indexOf(question.key[0]!)), question.time)
      equal &&= isEqual(slots.numbers, plain)
    }
  }
  const p50Us = percentile(taken, 0.5)
  return timeCase(p50Us, null, {
    unit: 'µs',
    p50Us,
    p99Us: percentile(taken, 0.99),
    equal,
    params: {
      features: columns * aggregates.length * over.length * series,
      series,
      columns,
      length,
      events: events * series,
      keys: keys.length,
      types: 'string keys, int columns',
      aggregates,
      windows: over,
      calls,
      threads: 1,
      seed,
    },
  })
}
