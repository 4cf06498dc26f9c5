/** Events for the benches of the row engine: columns of numbers by a string key, as a center's scan gives them. */
import type { FieldPlan } from '../../src/model/field.ts'
import type { EventPlan, Named, WindowsPlan } from '../../src/model/plan.ts'
import type { EventTable } from '../../src/model/table.ts'
import { compileWindows } from '../../src/windows/compile.ts'
import type { CompiledWindows } from '../../src/windows/compiled.ts'

export const dayMs = 86_400_000
export const firstMs = Date.UTC(2025, 0, 1)

export interface SeriesShape {
  readonly events: number
  /** The key number of event i. */
  keyOf(i: number): number
  /** Names of all keys. */
  readonly names: readonly string[]
  readonly spanMs: number
  readonly random: () => number
  /** Each makes one value of its column. */
  readonly columns: Named<() => number>
}

/** In the order of time, evenly spread and jittered. */
export const drawTable = ({ events, keyOf, names, spanMs, random, columns }: SeriesShape): EventTable => {
  const time = new Float64Array(events)
  const numbers = new Float64Array(events)
  const codes = new Int32Array(events)
  for (let i = 0; i < events; i++) {
    time[i] = firstMs + Math.floor((spanMs * (i + random())) / events)
    numbers[i] = i
    codes[i] = keyOf(i)
  }
  const drawn = Object.entries(columns).map(([name, draw]) => {
    const values = new Float64Array(events)
    for (let i = 0; i < events; i++) values[i] = draw()
    return [name, { kind: 'number', values }] as const
  })
  return {
    type: 'payment',
    rows: events,
    time,
    seq: numbers,
    ids: { at: (row) => `payments:${row}`, derived: { prefix: 'payments:', numbers } },
    recordedAt: 0,
    knownAt: 0,
    columns: { user: { kind: 'code', codes, dictionary: names }, ...Object.fromEntries(drawn) },
    amended: [],
  }
}

/** A definition over the event that `drawTable` draws. */
export const compileSeries = (
  columns: Named<'int' | 'double'>,
  windows: Pick<WindowsPlan, 'over' | 'features'> & Partial<WindowsPlan>,
): CompiledWindows => {
  const fields: Named<FieldPlan> = Object.fromEntries(Object.entries(columns).map(([name, kind]) => [name, { kind }]))
  const payment: EventPlan = {
    kind: 'action',
    subject: 'user',
    time: 'at',
    rows: 'changes',
    data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' }, ...fields },
  }
  return compileWindows('spend', { of: [{ event: 'payment' }], by: ['user'], includeRoot: false, ...windows }, { payment })
}
