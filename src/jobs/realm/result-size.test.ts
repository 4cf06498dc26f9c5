import { expect, it } from 'vitest'
import { sizeOf } from './result-size.ts'

it('counts characters of text and items of lists, however deep, and nothing that cannot grow', () => {
  const size = sizeOf({
    n: { kind: 'int' },
    note: { kind: 'optional', of: { kind: 'string' } },
    parts: { kind: 'list', of: { kind: 'object', fields: { name: { kind: 'string' }, n: { kind: 'double' } } } },
    codes: { kind: 'optional', of: { kind: 'list', of: { kind: 'int' } } },
  })
  expect(size({ n: 5, note: null, parts: [], codes: null })).toBe(0)
  expect(
    size({
      n: 5,
      note: 'abc',
      parts: [
        { name: 'de', n: 1 },
        { name: '', n: 2 },
      ],
      codes: [1, 2, 3],
    }),
  ).toBe(3 + 2 + 2 + 3)
  expect(sizeOf({ n: { kind: 'int' } })({ n: 1 })).toBe(0)
})
