import fc from 'fast-check'
import { expect, it } from 'vitest'
import { nearestBound } from './keyed-table.ts'

it('finds the first row at or after a time from wherever it begins to look', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(12), { maxLength: 40 }),
      fc.nat(40),
      fc.nat(40),
      fc.integer({ min: -5, max: 50 }),
      fc.nat(14),
      (drawn, a, b, near, time) => {
        const times = Float64Array.from(drawn).sort()
        const [begin, end] = [Math.min(a, b, times.length), Math.min(Math.max(a, b), times.length)]
        const first = times.subarray(begin, end).findIndex((one) => one >= time)
        expect(nearestBound(times, { begin, end, near }, time)).toBe(first < 0 ? end : begin + first)
      },
    ),
    { numRuns: 2_000 },
  )
})
