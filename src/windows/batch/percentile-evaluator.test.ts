import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { WindowBounds } from './bounds.ts'
import type { FeatureRows } from './feature-rows.ts'
import { percentileEvaluator } from './percentile-evaluator.ts'

/** Root's window: rows [low, high) without some of them, and with rows beyond the series. */
interface Drawn {
  readonly low: number
  readonly high: number
  readonly removed: readonly number[]
  readonly added: readonly number[]
}

const series = 80
const loose = 6

const window: fc.Arbitrary<Drawn> = fc
  .tuple(fc.nat(series), fc.nat(series))
  .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
  .chain(([low, high]) =>
    fc.record({
      low: fc.constant(low),
      high: fc.constant(high),
      removed: fc.subarray(
        Array.from({ length: high - low }, (_, i) => low + i),
        { maxLength: Math.min(4, high - low) },
      ),
      added: fc.subarray(
        Array.from({ length: loose }, (_, i) => series + i),
        { maxLength: 3 },
      ),
    }),
  )

const boundsOf = (windows: readonly Drawn[]): WindowBounds => {
  const rows = windows.flatMap(({ removed, added }) => [...removed, ...added])
  const from = new Int32Array(windows.length)
  const middle = new Int32Array(windows.length)
  const end = new Int32Array(windows.length)
  windows.forEach(({ removed, added }, i) => {
    from[i] = i === 0 ? 0 : end[i - 1]!
    middle[i] = from[i]! + removed.length
    end[i] = middle[i]! + added.length
  })
  return {
    count: windows.length,
    time: new Float64Array(windows.length),
    low: Int32Array.from(windows, ({ low }) => low),
    high: Int32Array.from(windows, ({ high }) => high),
    length: new Float64Array(windows.length),
    exceptions: { from, middle, end, rows: Int32Array.from(rows), beforeOf: () => series },
  }
}

/** Nearest rank, of what is there. */
const plain = (values: readonly number[], { low, high, removed, added }: Drawn, percent: number): number => {
  const rows = [...values.keys()].filter((row) => (row >= low && row < high && !removed.includes(row)) || added.includes(row))
  const sorted = rows.flatMap((row) => (Number.isNaN(values[row]) ? [] : [values[row]!])).sort((a, b) => a - b)
  return sorted.length === 0 ? Number.NaN : sorted[Math.ceil((percent * sorted.length) / 100) - 1]!
}

it('is the nearest rank of what each root sees, in windows short and long that move anyhow', () => {
  const number = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -9, max: 9 }) }, { weight: 1, arbitrary: fc.constant(Number.NaN) })
  const drawn = fc.tuple(
    fc.array(number, { minLength: series + loose, maxLength: series + loose }),
    fc.array(window, { minLength: 1, maxLength: 12 }),
    fc.constantFrom(1, 50, 90, 100),
  )
  fc.assert(
    fc.property(drawn, ([values, windows, percent]) => {
      const numbers = Float64Array.from(values)
      const different = [...new Set(values.filter((value) => !Number.isNaN(value)))].sort((a, b) => a - b)
      const ranks = { ranks: Int32Array.from(values, (value) => different.indexOf(value)), values: Float64Array.from(different) }
      const out = new Float64Array(windows.length)
      const rows = { numbers: () => numbers, ranks: () => ranks }
      const feature = { options: { part: BigInt(percent), whole: 100n } }
      const evaluator = percentileEvaluator({ rows, feature } as unknown as FeatureRows, out)
      evaluator.start({} as never)
      evaluator.run(boundsOf(windows))
      expect([...out]).toEqual(windows.map((one) => plain(values, one, percent)))
    }),
    { numRuns: 500 },
  )
})
