import { describe, expect, it } from 'vitest'
import { createPrng } from '../../../base/prng.ts'
import type { Read } from '../../../model/event.ts'
import type { EventPlan, ProjectPlan, WindowsPlan } from '../../../model/plan.ts'
import { compileWindows } from '../../../windows/compile.ts'
import { openEmbeddedCenter } from '../../center/embedded/center.ts'
import type { Center, CenterReader, NewEvent } from '../../center/port.ts'
import { createSimulatedDisk } from '../../disk/simulated/disk.ts'
import { createEmbeddedSeries, type EmbeddedSeries, type EmbeddedSeriesOptions } from './series.ts'

const dayMs = 86_400_000
const nowMs = 1_000 * dayMs
const corrected: Read = { as: 'corrected' }

const payment: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' }, amount: { kind: 'int' } },
}
const spend: WindowsPlan = {
  of: [{ event: 'payment' }],
  by: ['user'],
  over: ['7d', 'lifetime'],
  includeRoot: false,
  zone: 'UTC',
  merge: { unit: 'day' },
  features: {
    payments: { aggregate: 'count' },
    spent: { aggregate: 'sum', column: 'amount' },
    different: { aggregate: 'distinctCount', column: 'amount' },
  },
}
const { merge: _, ...unmerged } = spend
const project = (windows: WindowsPlan): ProjectPlan =>
  ({
    events: { payment },
    windows: { spend: windows },
    entities: {},
    behaviours: {},
    states: {},
    links: {},
    jobs: {},
  }) as unknown as ProjectPlan
const compiled = compileWindows('spend', spend, { payment })

const eventAt = (n: number, time: number, amount = n % 50): NewEvent => ({
  type: 'payment',
  id: `e:${n}`,
  subject: 'u',
  time,
  seq: 0,
  op: 'put',
  data: { user: 'u', at: time, amount },
})

const openCenter = (): Promise<Center> =>
  openEmbeddedCenter({ disk: createSimulatedDisk(createPrng(1)).mount(), folder: 'center', events: { payment }, clock: () => nowMs })

/** A hundred days of events, the later the denser, and all of them in the center. */
const filled = async (count: number): Promise<{ readonly center: Center; readonly events: readonly NewEvent[] }> => {
  const center = await openCenter()
  const events = Array.from({ length: count }, (_, n) => eventAt(n, Math.floor(nowMs - 100 * dayMs * (1 - Math.sqrt(n / count)))))
  await center.append(events)
  return { center, events }
}

/** The rows of each table that was read, by the length of the range asked for. */
const watched = (center: Center): { readonly center: CenterReader; readonly rows: number[] } => {
  const rows: number[] = []
  const table: CenterReader['table'] = (request) => {
    const found = center.table(request)
    if (!(found instanceof Promise)) rows.push(found.rows)
    return found
  }
  return { center: { ...center, table }, rows }
}

const series = (center: CenterReader, options: Partial<EmbeddedSeriesOptions> = {}): EmbeddedSeries =>
  createEmbeddedSeries({ plan: project(spend), center, ...options })

const ask = async (of: EmbeddedSeries, time: number, read = corrected): Promise<readonly number[]> => {
  const into = { numbers: new Float64Array(compiled.slots.length), values: [] as (number | null)[] }
  await of.read({ windows: 'spend', key: ['u'], time, read }, into as never)
  return compiled.slots.map(({ index, feature }) =>
    compiled.features[feature]!.output.store === 'number' ? into.numbers[index]! : Number(into.values[index]),
  )
}

/** By plain loops: each slot of the definition over the events before a time, edges moved back to the day. */
const expected = (events: readonly NewEvent[], time: number): readonly number[] =>
  compiled.slots.map(({ feature, window }) => {
    const from = compiled.windows[window]!.name === '7d' ? Math.floor((time - 7 * dayMs) / dayMs) * dayMs : Number.NEGATIVE_INFINITY
    const amounts = events.filter((event) => event.time >= from && event.time < time).map(({ data }) => data['amount'] as number)
    const { name } = compiled.features[feature]!
    if (name === 'payments') return amounts.length
    if (name === 'different') return new Set(amounts).size
    return amounts.length === 0 ? Number.NaN : amounts.reduce((sum, amount) => sum + amount, 0)
  })

describe('series of a definition that merges', () => {
  it('answer now, and at times within merged units, as plain loops do', async () => {
    const { center, events } = await filled(5_000)
    const merging = series(center)
    for (const time of [nowMs, nowMs - 1, nowMs - 3 * dayMs - 1_234, nowMs - 50 * dayMs, nowMs - 200 * dayMs, nowMs + dayMs]) {
      expect(await ask(merging, time)).toEqual(expected(events, time))
    }
  })

  it('take less memory than rows, until single rows are asked for', async () => {
    const { center } = await filled(20_000)
    const [merging, plain] = [series(center), createEmbeddedSeries({ plan: project(unmerged), center })]
    for (const one of [merging, plain]) await ask(one, nowMs)
    expect(merging.memoryBytes()).toBeLessThan(plain.memoryBytes())
    const before = merging.memoryBytes()
    await ask(merging, nowMs - 50 * dayMs - 1)
    expect(merging.memoryBytes()).toBeGreaterThan(before + plain.memoryBytes() / 2)
  })

  it('are read in slices of time, none of which is much of a dense series', async () => {
    const { center, events } = await filled(5_000)
    const { center: seen, rows } = watched(center)
    expect(await ask(series(seen, { sliceRows: 200, fewestRows: 1 }), nowMs)).toEqual(expected(events, nowMs))
    expect(rows.reduce((sum, one) => sum + one, 0)).toBe(5_000)
    expect(Math.max(...rows)).toBeLessThan(1_000)
  })

  it('are loaded anew where an event arrives among merged rows, or a larger value than sums had room for', async () => {
    const { center, events } = await filled(5_000)
    const merging = series(center, { sliceRows: 500 })
    expect(await ask(merging, nowMs)).toEqual(expected(events, nowMs))
    const late = eventAt(9_001, nowMs - 60 * dayMs)
    const large = eventAt(9_002, nowMs - 1, 2 ** 40)
    for (const [i, event] of [late, large].entries()) {
      await center.append([event])
      await merging.recorded([event])
      expect(await ask(merging, nowMs)).toEqual(expected([...events, ...[late, large].slice(0, i + 1)], nowMs))
    }
  })

  it('wait for a load that takes turns of the event loop', async () => {
    const { center, events } = await filled(3_000)
    const slow: CenterReader = {
      ...center,
      table: async (request) => center.table(request),
      events: async (request) => center.events(request),
    }
    const merging = series(slow, { sliceRows: 100, fewestRows: 1 })
    const answers = await Promise.all([ask(merging, nowMs), ask(merging, nowMs - dayMs), ask(merging, nowMs)])
    expect(answers).toEqual([nowMs, nowMs - dayMs, nowMs].map((time) => expected(events, time)))
  })

  it('hold nothing once they are cleared', async () => {
    const { center } = await filled(1_000)
    const merging = series(center)
    await ask(merging, nowMs)
    merging.clear()
    expect(merging.memoryBytes()).toBe(0)
  })
})
