import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { radixSort, totalOrder } from './order.ts'

const number = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -2, max: 2 }).map((n) => n * 2 ** 32),
)
const id = fc.constantFrom('a', 'b', 'a:9', 'a:10', 'é', '\uff61', '\u{10000}', '')

describe('order', () => {
  it('is that of time, seq and the bytes of ids', () => {
    const rows = fc.array(fc.record({ time: number, seq: fc.oneof(fc.constant(0), number), id }), { maxLength: 60 })
    fc.assert(
      fc.property(rows, (all) => {
        const order = totalOrder({
          time: Float64Array.from(all, ({ time }) => time),
          seq: Float64Array.from(all, ({ seq }) => seq),
          id: (row) => all[row]!.id,
        })
        const wanted = all.toSorted((a, b) => a.time - b.time || a.seq - b.seq || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
        expect(order === undefined ? all : Array.from(order, (row) => all[row])).toEqual(wanted)
        expect(
          totalOrder({
            time: Float64Array.from(wanted, ({ time }) => time),
            seq: Float64Array.from(wanted, ({ seq }) => seq),
            id: (row) => wanted[row]!.id,
          }),
        ).toBeUndefined()
      }),
      { numRuns: 300 },
    )
  })

  it('keeps the order of equal keys', () => {
    const keys = Float64Array.of(5, 1, 5, 1, 2 ** 40, 5)
    expect([...radixSort(Uint32Array.of(0, 1, 2, 3, 4, 5), keys)]).toEqual([1, 3, 0, 2, 5, 4])
  })
})
