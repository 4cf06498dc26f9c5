import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRankCounts } from './rank-counts.ts'

const move = fc.tuple(fc.nat(200), fc.nat(200), fc.nat(1_000)).map(([a, b, at]) => ({ low: Math.min(a, b), high: Math.max(a, b), at }))

it('holds what a sorted list of the window holds, wherever the window moves', () => {
  fc.assert(
    fc.property(
      fc.array(fc.option(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 100_000 })), { freq: 9 }), {
        minLength: 200,
        maxLength: 200,
      }),
      fc.array(move, { minLength: 1, maxLength: 20 }),
      (rows, moves) => {
        const values = [...new Set(rows.filter((value) => value !== null))].sort((a, b) => a - b)
        const counts = createRankCounts()
        counts.start({
          values: Float64Array.from(values),
          ranks: Int32Array.from(rows, (value) => (value === null ? -1 : values.indexOf(value))),
        })
        for (const { low, high, at } of moves) {
          counts.moveTo(low, high)
          const held = rows
            .slice(low, high)
            .filter((value) => value !== null)
            .sort((a, b) => a - b)
          expect(counts.size()).toBe(held.length)
          if (held.length > 0) expect(counts.value((at % held.length) + 1)).toBe(held[at % held.length])
          expect(counts.largest(at % 9)).toEqual(held.toReversed().slice(0, at % 9))
        }
      },
    ),
    { numRuns: 300 },
  )
})
