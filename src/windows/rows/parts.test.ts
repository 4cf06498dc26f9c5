import { describe, expect, it } from 'vitest'
import { createPrng } from '../../base/prng.ts'
import type { EventVersion } from '../../model/event.ts'
import { compileWindows } from '../compile.ts'
import { createRowEngine, type RowEngine } from './engine.ts'
import { events, windowsPlan } from './rows.testing.ts'

const lengths = [1, 9, 31, 33, 130, 200]
const aggregates = ['count', 'sum', 'min', 'max', 'variance'] as const
const compiled = compileWindows(
  'spend',
  windowsPlan({
    of: [{ event: 'payment' }],
    over: [...lengths.map((ms) => `${ms}ms`), '130ms to 20ms', 'lifetime'],
    includeRoot: false,
    features: Object.fromEntries(aggregates.map((aggregate) => [aggregate, { aggregate, column: 'n' }])),
  }),
  events,
)

interface Row {
  readonly time: number
  readonly n: number | null
}

const version = ({ time, n }: Row, i: number): EventVersion => ({
  type: 'payment',
  id: `p${i}`,
  subject: 'u',
  time,
  seq: 0,
  op: 'put',
  version: 1,
  recordedAt: 1,
  knownAt: 1,
  data: { user: 'u', at: time, n, big: null, ratio: null, seen: null, shop: 'a', ok: true, tags: null, amount: null },
})

/** Values below 100, so that all of this is exact in doubles. */
const plain = (values: readonly number[]): readonly number[] => {
  const [n, sum] = [values.length, values.reduce((total, value) => total + value, 0)]
  const squares = values.reduce((total, value) => total + value * value, 0)
  const orNaN = (value: number): number => (n === 0 ? Number.NaN : value)
  const variance = n < 2 ? Number.NaN : (n * squares - sum * sum) / (n * (n - 1))
  return [n, orNaN(sum), orNaN(Math.min(...values)), orNaN(Math.max(...values)), variance]
}

const isIn = (window: string, root: number, time: number): boolean => {
  const [from, to] = window === 'lifetime' ? [Number.POSITIVE_INFINITY, 0] : window.split(' to ').map((part) => Number.parseInt(part, 10))
  return time >= root - from! && time < root - (to ?? 0)
}

const checkAt = (engine: RowEngine, rows: readonly Row[], time: number): void => {
  const into = engine.createSlotValues()
  engine.query({ key: ['u'], time, read: { as: 'corrected' } }, into)
  for (const [w, { name }] of compiled.windows.entries()) {
    const values = rows.flatMap((row) => (isIn(name, time, row.time) && row.n !== null ? [row.n] : []))
    const found = compiled.slots.filter(({ window }) => window === w).map(({ index }) => into.numbers[index])
    expect([time, name, ...found]).toEqual([time, name, ...plain(values)])
  }
}

describe('a long series, where its leaves and their parts begin and end', () => {
  it('answers as plain loops do at every time', () => {
    const random = createPrng(7)
    const rows = Array.from({ length: 400 }, (_, time): Row => ({ time, n: random() < 0.1 ? null : Math.floor(random() * 100) }))
    const engine = createRowEngine(compiled)
    for (const [i, row] of rows.entries()) engine.insert(version(row, i))
    for (let time = 0; time <= rows.length + 1; time++) checkAt(engine, rows, time)
  })

  it('and while rows come in, most at the end, some late', () => {
    const random = createPrng(8)
    const engine = createRowEngine(compiled)
    const rows: Row[] = []
    for (let i = 0; i < 700; i++) {
      const row = { time: random() < 0.1 ? Math.floor(random() * i) : i, n: Math.floor(random() * 100) }
      rows.push(row)
      engine.insert(version(row, i))
      if (i > 120) checkAt(engine, rows, random() < 0.5 ? i + 1 : Math.floor(random() * i))
    }
  })
})
