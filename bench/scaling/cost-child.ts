/** One size of one kind of growth: what an event costs the row engine, a question, and the batch engine. */
import { createPrng } from '../../src/base/prng.ts'
import type { FeaturePlan, Named } from '../../src/model/plan.ts'
import type { EventTable } from '../../src/model/table.ts'
import { computeWindows } from '../../src/windows/batch/engine.ts'
import { type BatchOutput, createOutput } from '../../src/windows/batch/input.ts'
import { prepareBatch } from '../../src/windows/batch/prepare.ts'
import type { CompiledWindows } from '../../src/windows/compiled.ts'
import { createRowEngine, type RowEngine } from '../../src/windows/rows/engine.ts'
import { serveChild } from '../harness/child.ts'
import { peakRssMb } from '../harness/machine.ts'
import { keyNames } from '../harness/random.ts'
import { eventsOfKey, isEqual, numbersOf, plainAnswers } from '../rows/plain.ts'
import { compileSeries, dayMs, drawTable, firstMs } from '../rows/series.ts'

export type Growth = 'events' | 'length' | 'features'

export interface CostInput {
  readonly what: Growth
  readonly size: number
  readonly seed: number
  readonly quick: boolean
}

/** In processor time. */
export interface Cost {
  /** Taken in by the row engine. */
  readonly rowsNs: number
  /** One question of all features, divided by the features. */
  readonly queryNs: number
  /** Batch, a tenth of the events being roots: by event; where features grow, by answer. */
  readonly batchNs: number
  readonly rssMb: number
  /** Answers of both engines against plain loops. */
  readonly equal: boolean
}

const spanMs = 30 * dayMs
const windowsOf = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `${(i + 1) * (count === 1 ? 168 : 12)}h`)

/** Columns stay ten; features are the aggregates and windows over them. */
const definition = (features: number): CompiledWindows => {
  const columns = Array.from({ length: 10 }, (_, i) => `c${i}`)
  const aggregates = (features === 10 ? ['sum'] : ['count', 'sum', 'mean', 'max', 'deviation']) as readonly FeaturePlan['aggregate'][]
  const plans: Named<FeaturePlan> = Object.fromEntries(
    columns.flatMap((column) => aggregates.map((aggregate) => [`${aggregate}_${column}`, { aggregate, column }])),
  )
  return compileSeries(Object.fromEntries(columns.map((name) => [name, 'int' as const])), {
    over: windowsOf(features / (columns.length * aggregates.length)),
    features: plans,
  })
}

const single = (): CompiledWindows =>
  compileSeries(
    { c0: 'int' },
    { over: ['1d', '7d'], features: { spent: { aggregate: 'sum', column: 'c0' }, most: { aggregate: 'max', column: 'c0' } } },
  )

const measure = ({ what, size, seed, quick }: CostInput): Cost => {
  const random = createPrng(seed)
  const compiled = what === 'features' ? definition(size) : single()
  const events = what === 'events' ? size : quick ? 200_000 : what === 'length' ? 2_000_000 : 500_000
  const length = what === 'length' ? size : 200
  const names = keyNames(Math.max(1, Math.round(events / length)))
  const columns = Object.fromEntries(
    compiled.columns.filter(({ name }) => name !== 'user').map(({ name }) => [name, () => Math.floor(random() * 1e6)]),
  )
  const keyOf = (): number => Math.floor(random() * names.length)
  warm(compiled, seed)
  const table = drawTable({ events, keyOf, names, spanMs, random, columns })
  const engine = createRowEngine(compiled)
  const rowsMs = millisecondsOf(() => engine.insertTables([table]))
  const slots = engine.createSlotValues()
  const calls = Math.max(20, Math.round(20_000 / compiled.slots.length))
  const asked = Array.from({ length: calls * 2 }, () => ({
    key: [names[keyOf()]!],
    time: firstMs + spanMs * (0.5 + random() / 2),
    read: { as: 'corrected' } as const,
  }))
  for (const question of asked.slice(calls)) engine.query(question, slots)
  const queryMs = millisecondsOf(() => {
    for (const question of asked.slice(0, calls)) engine.query(question, slots)
  })
  let computed = createOutput(compiled, 0)
  const batchMs = millisecondsOf(() => {
    computed = batch(compiled, table)
  })
  const answers = what === 'features' ? (events / 10) * compiled.slots.length : events
  return {
    rowsNs: (rowsMs * 1e6) / events,
    queryNs: (queryMs * 1e6) / calls / compiled.slots.length,
    batchNs: (batchMs * 1e6) / answers,
    rssMb: peakRssMb(),
    equal: isRight({ compiled, table, engine, computed }),
  }
}

interface Measured {
  readonly compiled: CompiledWindows
  readonly table: EventTable
  readonly engine: RowEngine
  /** By slot and root, every tenth event being one. */
  readonly computed: BatchOutput
}

/** Some roots' answers of both engines against plain loops. */
const isRight = ({ compiled, table, engine, computed }: Measured): boolean => {
  const user = table.columns['user']
  if (user?.kind !== 'code') return false
  const slots = engine.createSlotValues()
  const roots = Math.floor(table.rows / 10)
  for (let i = 1; i <= checkedRoots; i++) {
    const root = Math.floor((roots * i) / (checkedRoots + 1))
    const [code, time] = [user.codes[root * 10]!, table.time[root * 10]!]
    const plain = plainAnswers(compiled, eventsOfKey(table, code), time)
    engine.query({ key: [user.dictionary[code]!], time, read: { as: 'corrected' } }, slots)
    const batched = Float64Array.from(compiled.slots, ({ index }) => computed.numbers[index]![root]!)
    if (!isEqual(numbersOf(compiled, slots), plain) || !isEqual(batched, plain)) return false
  }
  return true
}

const checkedRoots = 4

/** Both engines compiled by the JIT before anything is measured, so that a small size is not charged for it. */
const warm = (compiled: CompiledWindows, seed: number): void => {
  const random = createPrng(seed + 1)
  const names = keyNames(500)
  const columns = Object.fromEntries(
    compiled.columns.filter(({ name }) => name !== 'user').map(({ name }) => [name, () => Math.floor(random() * 1e6)]),
  )
  const table = drawTable({ events: 100_000, keyOf: () => Math.floor(random() * 500), names, spanMs, random, columns })
  const engine = createRowEngine(compiled)
  engine.insertTables([table])
  batch(compiled, table)
}

/** Every tenth event's key and time as a root. */
const batch = (compiled: CompiledWindows, table: EventTable): BatchOutput => {
  const count = Math.floor(table.rows / 10)
  const user = table.columns['user']
  if (user?.kind !== 'code') throw new Error('the key is text')
  const codes = Int32Array.from({ length: count }, (_, i) => user.codes[i * 10]!)
  const time = Float64Array.from({ length: count }, (_, i) => table.time[i * 10]!)
  const task = prepareBatch({
    compiled,
    tables: [table],
    roots: { count, time, keys: [{ kind: 'code', codes, dictionary: user.dictionary }] },
  })
  const output = createOutput(compiled, count)
  computeWindows({ ...task, output })
  return output
}

/** Of processor time, all threads together: what else the machine does is not counted. */
const millisecondsOf = (work: () => void): number => {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

serveChild(measure)
