import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical, toJson } from './json.ts'

describe('canonical', () => {
  it('sorts keys by UTF-16 code units, integer-like ones too', () => {
    expect(canonical({ b: 1, 10: 2, 2: 3, a: 4, '\u{10000}': 5, '\uff61': 6 })).toBe('{"10":2,"2":3,"a":4,"b":1,"𐀀":5,"｡":6}')
  })
  it('writes numbers in the shortest form and no minus zero', () => {
    expect(canonical([-0, 1e21, 1e-7, 0.1, 5e-324, 1.7976931348623157e308])).toBe('[0,1e+21,1e-7,0.1,5e-324,1.7976931348623157e+308]')
  })
  it('reads back as what it was, and is the same for any order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = canonical(value)
        expect(canonical(JSON.parse(text))).toBe(text)
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
  it.each([
    [{ a: { b: [1, Number.NaN] } }, 'a.b[1]'],
    [{ a: undefined }, 'a'],
    [{ a: 1n }, 'a'],
    [['\ud800'], '[0]'],
    [{ a: new Map() }, 'a'],
    [{ a: new Date(0) }, 'a'],
    [new (class X {})(), 'the value itself'],
  ])('refuses %o and names %s', (value, path) => {
    expect(() => canonical(value)).toThrow(path)
  })
})

describe('toJson', () => {
  it('gives decimals as numbers up to 15 digits, then as text', () => {
    const field = { kind: 'decimal', scale: 2 } as const
    expect(toJson(110n, field)).toBe(1.1)
    expect(toJson(999_999_999_999_999n, field)).toBe(9_999_999_999_999.99)
    expect(toJson(9_999_999_999_999_991n, field)).toBe('99999999999999.91')
    expect(toJson(-9_007_199_254_740_993n, { kind: 'int64' })).toBe('-9007199254740993')
  })
})
