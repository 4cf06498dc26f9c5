import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fewDoubles } from './doubles.ts'
import { isPresent, numbersIn, type Present } from './present.ts'
import { createChunkRoom } from './room.ts'
import { wholesIn } from './wholes.ts'

/** The same one for all columns, as in a file. */
const room = createChunkRoom()
const limit = Number.MAX_SAFE_INTEGER

const column = (value: fc.Arbitrary<number>, freq: number) =>
  fc.array(fc.option(value, { freq, nil: Number.NaN }), { maxLength: 80 }).chain((some) => {
    const times = fc.integer({ min: 1, max: 30 })
    return times.map((count) => Float64Array.from(Array.from({ length: count }, () => some).flat()))
  })
const anyColumn = (value: fc.Arbitrary<number>) => fc.oneof(column(value, 1), column(value, 4), column(value, 1_000_000))
const there = (values: Float64Array, rows: number) => [...values.subarray(0, rows)].filter((value) => !Number.isNaN(value))
const expectPresent = (present: Present, values: Float64Array, rows: number) => {
  const rowsThere = Array.from({ length: rows }, (_, row) => !Number.isNaN(values[row]!))
  expect([present.rows, present.count]).toEqual([rows, rowsThere.filter(Boolean).length])
  expect(Array.from({ length: rows }, (_, row) => isPresent(present, row))).toEqual(rowsThere)
}
const rowsOf = (values: Float64Array, cut: number) => Math.max(0, values.length - cut)

it('finds the numbers that are there, and their bounds', () => {
  fc.assert(
    fc.property(anyColumn(fc.double({ noNaN: true })), fc.nat(9), (values, cut) => {
      const rows = rowsOf(values, cut)
      const numbers = numbersIn(values, rows, room)
      const expected = there(values, rows)
      expectPresent(numbers, values, rows)
      expect([...numbers.values]).toEqual(expected)
      // −0 is as small as 0.
      expect([numbers.least + 0, numbers.most + 0]).toEqual([Math.min(...expected) + 0, Math.max(...expected) + 0])
    }),
    { numRuns: 300 },
  )
})

it('gives whole numbers near each other their places, and no others', () => {
  const near = fc.constantFrom(0, -7, limit - 70_000, -limit, 2 ** 31, 1_700_000_000_000)
  const spread = fc.constantFrom(1, 2, 9, 300, 65_535, 65_536, 70_000)
  const drawn = fc.tuple(near, spread).chain(([base, most]) => anyColumn(fc.nat(most).map((distance) => base + distance)))
  const found = { some: 0, none: 0 }
  fc.assert(
    fc.property(drawn, fc.nat(9), (values, cut) => {
      const rows = rowsOf(values, cut)
      const expected = there(values, rows)
      const different = [...new Set(expected)].sort((a, b) => a - b)
      const width = Math.ceil(Math.log2(Math.max(1, different.length)))
      const isFew = different.length * 64 + expected.length * width < expected.length * 40
      const wholes = wholesIn(values, rows, room)
      const isNear = different.length > 0 && different.at(-1)! - different[0]! < 65_536
      expect(wholes !== undefined).toBe(isNear && isFew)
      found[wholes === undefined ? 'none' : 'some']++
      if (wholes === undefined) return
      const { present, bounds, dictionary } = wholes
      expectPresent(present, values, rows)
      expect([bounds.least, bounds.most]).toEqual([different[0], different.at(-1)])
      expect([...dictionary.values]).toEqual(different)
      expect(Array.from(dictionary.slots, (slot) => dictionary.values[dictionary.placeOf[slot]!])).toEqual(expected)
    }),
    { numRuns: 600 },
  )
  expect(Math.min(found.some, found.none)).toBeGreaterThan(50)
})

it('gives doubles of which few are different their places, −0 another than 0', () => {
  const drawn = column(fc.oneof(fc.constantFrom(0, -0, 1e-300, -1e300, Number.POSITIVE_INFINITY), fc.double({ noNaN: true })), 1_000_000)
  const found = { some: 0, none: 0 }
  fc.assert(
    fc.property(drawn, (all) => {
      const values = Float64Array.from(there(all, all.length))
      const dictionary = fewDoubles(values, room)
      const different = [...values].filter((value, i) => values.findIndex((other) => Object.is(other, value)) === i)
      const width = Math.ceil(Math.log2(Math.max(1, different.length)))
      expect(dictionary !== undefined).toBe(different.length * 64 + values.length * width < values.length * 32)
      found[dictionary === undefined ? 'none' : 'some']++
      if (dictionary === undefined) return
      expect([...dictionary.values]).toEqual(different)
      expect(Array.from(dictionary.slots, (slot) => dictionary.values[dictionary.placeOf[slot]!])).toEqual([...values])
    }),
    { numRuns: 300 },
  )
  expect(Math.min(found.some, found.none)).toBeGreaterThan(20)
})

it('soon gives doubles up that are mostly different, and keeps those that become few', () => {
  const rows = 60_000
  expect(
    fewDoubles(
      Float64Array.from({ length: rows }, (_, i) => Math.sqrt(i)),
      room,
    ),
  ).toBeUndefined()
  expect(
    fewDoubles(
      Float64Array.from({ length: rows }, (_, i) => Math.sqrt(i % 9_000)),
      room,
    ),
  ).toBeUndefined()
  const some = fewDoubles(
    Float64Array.from({ length: rows }, (_, i) => Math.sqrt(i % 1_500)),
    room,
  )!
  expect([some.size, some.slots.length]).toEqual([1_500, rows])
})
