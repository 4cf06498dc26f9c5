import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deriveIds, idKey, joinId, numberKey, splitId } from './ids.ts'
import { hashedBound } from './read-ids.ts'

const id = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.tuple(fc.string(), fc.maxSafeInteger()).map(([text, n]) => `${text}${Math.abs(n)}`),
  fc.stringMatching(/^a?[0-9]{0,18}$/),
)

describe('ids', () => {
  it('are put together again as they were', () => {
    fc.assert(
      fc.property(id, (text) => {
        const { prefix, number } = splitId(text)
        expect(joinId(prefix, number)).toBe(text)
        // One form only: what is split off is split off whatever stands before it.
        if (number >= 0) expect(splitId(joinId(prefix, number))).toEqual({ prefix, number })
      }),
    )
  })

  it.each([
    ['flights:17', 'flights:', 17],
    ['0', '', 0],
    ['a0', 'a', 0],
    ['a07', 'a07', -1],
    ['a', 'a', -1],
    ['', '', -1],
    ['a999999999999999', 'a', 999_999_999_999_999],
    ['a1234567890123456', 'a1234567890123456', -1],
  ])('%s', (text, prefix, number) => {
    expect(splitId(text)).toEqual({ prefix, number })
  })

  it('have keys that come from prefix and number alone, and mostly differ', () => {
    const keys = new Set(Array.from({ length: 50_000 }, (_, n) => idKey(splitId(`v:${n}`))))
    expect(keys.size).toBeGreaterThan(49_990)
    expect(idKey(splitId('v:123'))).toBe(numberKey(crc32('v:'), 123))
  })

  it('have keys that are found wherever they stand', () => {
    const word = fc.oneof(fc.nat(2 ** 32 - 1), fc.nat(300), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 31))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 400 }), word, (keys, key) => {
        const sorted = keys.toSorted((a, b) => a - b)
        const found = sorted.findIndex((other) => other >= key)
        const at = (i: number): number => {
          expect(i >= 0 && i < sorted.length).toBe(true)
          return sorted[i]!
        }
        expect(hashedBound(sorted.length, key, at)).toBe(found < 0 ? sorted.length : found)
      }),
    )
  })

  it('are derived where all share a prefix', () => {
    const of = (ids: readonly string[]) => deriveIds(ids.length, (row) => ids[row]!)
    expect(of(['a:3', 'a:1'])).toEqual({ prefix: 'a:', numbers: Float64Array.of(3, 1) })
    expect(of(['a:3', 'b:1'])).toBeUndefined()
    expect(of(['a:3', 'a:01'])).toBeUndefined()
    expect(of([])).toBeUndefined()
  })
})
