import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { radixSort, totalOrder, windowsOf } from './order.ts'

const number = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: -2, max: 2 }).map((n) => n * 2 ** 32),
)
const id = fc.constantFrom('a', 'b', 'a:9', 'a:10', 'é', '\uff61', '\u{10000}', '')

interface Row {
  readonly time: number
  readonly seq: number
  readonly id: string
}

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

  it('sorts parts that overlap, and touches nothing that stands where it belongs', () => {
    const row = fc.record({ time: fc.integer({ min: 0, max: 40 }), seq: fc.integer({ min: 0, max: 2 }), id })
    const compare = (a: Row, b: Row) => a.time - b.time || a.seq - b.seq || Buffer.compare(Buffer.from(a.id), Buffer.from(b.id))
    fc.assert(
      fc.property(
        fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { maxLength: 6 }),
        fc.integer({ min: 0, max: 30 }),
        (made, spread) => {
          const parts = made
            .map((rows, i) => rows.map((one) => ({ ...one, time: one.time + i * spread })).toSorted(compare))
            .toSorted((a, b) => a[0]!.time - b[0]!.time)
          const all = parts.flat()
          const starts = [0]
          for (const part of parts) starts.push(starts.at(-1)! + part.length)
          const columns = { time: Float64Array.from(all, ({ time }) => time), seq: Float64Array.from(all, ({ seq }) => seq) }
          const ordered = all.slice()
          for (const { at, rows } of windowsOf({ ...columns, id: (i) => all[i]!.id }, starts)) {
            for (const [i, from] of rows.entries()) ordered[at + i] = all[at + from]!
          }
          expect(ordered).toEqual(all.toSorted(compare))
        },
      ),
      { numRuns: 300 },
    )
    const time = Float64Array.of(1, 2, 5, 4, 6, 7)
    const windows = windowsOf({ time, seq: new Float64Array(6), id: String }, [0, 3, 6])
    expect(windows).toEqual([{ at: 2, rows: Uint32Array.of(1, 0) }])
  })

  it('tells keys apart whose distance no double holds', () => {
    expect([...radixSort(Uint32Array.of(0, 1, 2), Float64Array.of(2, 1, Number.MIN_SAFE_INTEGER))]).toEqual([2, 1, 0])
  })

  it('keeps the order of equal keys', () => {
    const keys = Float64Array.of(5, 1, 5, 1, 2 ** 40, 5)
    expect([...radixSort(Uint32Array.of(0, 1, 2, 3, 4, 5), keys)]).toEqual([1, 3, 0, 2, 5, 4])
  })
})
