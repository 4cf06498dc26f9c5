import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createEdgeRows } from './slides.ts'

/** One root. */
interface Asked {
  readonly key: number
  readonly edge: number
}

const edge = fc.oneof(fc.integer({ min: -3, max: 40 }), fc.constant(Number.NEGATIVE_INFINITY), fc.constant(10_000))
const series = fc.array(fc.integer({ min: 0, max: 36 }), { maxLength: 60 }).map((times) => times.sort((a, b) => a - b))

/** The first row of a key at or after an edge, by looking at each. */
const plainly = (times: readonly number[], { edge: at }: Asked): number => {
  let row = 0
  while (row < times.length && times[row]! < at) row++
  return row
}

it('finds the first row at or after each edge, wherever edges move and runs end', () => {
  fc.assert(
    fc.property(
      fc.array(series, { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(3), fc.array(edge, { maxLength: 12 }), fc.boolean()), { maxLength: 4 }),
      fc.integer({ min: 1, max: 7 }),
      (keys, drawn, runRoots) => {
        const starts = Int32Array.from([0, ...keys.keys()].map((_, k) => keys.slice(0, k).flat().length))
        const asked = drawn
          .map(([key, edges, isSorted]) => ({ key: key % keys.length, edges: isSorted ? edges.toSorted((a, b) => a - b) : edges }))
          .toSorted((a, b) => a.key - b.key)
          .flatMap(({ key, edges }) => edges.map((at): Asked => ({ key, edge: at })))
        const rows = createEdgeRows()
        const found: number[] = []
        rows.start({ starts } as Parameters<typeof rows.start>[0], Float64Array.from(keys.flat()))
        for (let first = 0; first < asked.length; first += runRoots) {
          const some = asked.slice(first, first + runRoots)
          const into = new Int32Array(some.length)
          const run = { first, count: some.length, keys: Int32Array.from(some, ({ key }) => key) }
          const limits = Int32Array.from(some, ({ key }) => starts[key + 1]!)
          rows.find(
            run as Parameters<typeof rows.find>[0],
            Float64Array.from(some, (one) => one.edge),
            limits,
            into,
          )
          found.push(...into)
        }
        expect(found).toEqual(asked.map((one) => starts[one.key]! + plainly(keys[one.key]!, one)))
      },
    ),
    { numRuns: 2_000 },
  )
})
