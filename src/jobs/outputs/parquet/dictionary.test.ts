import fc from 'fast-check'
import { expect, it } from 'vitest'
import { jsonColumn } from './dictionary.ts'

const texts = { kind: 'list', of: { kind: 'string' } } as const

const read = ({ codes, dictionary }: ReturnType<typeof jsonColumn>) => Array.from(codes, (code) => (code < 0 ? null : dictionary[code]!))

it('gives every list of texts its JSON, and each JSON one place', () => {
  const lists = fc.array(fc.option(fc.array(fc.constantFrom('a', 'b', 'ab', '', '"', 'é'), { maxLength: 3 }), { nil: null }), {
    maxLength: 60,
  })
  fc.assert(
    fc.property(lists, (values) => {
      const column = jsonColumn(values, texts, values.length)
      expect(read(column)).toEqual(values.map((list) => (list === null ? null : JSON.stringify(list))))
      expect(column.dictionary).toEqual([...new Set(values.flatMap((list) => (list === null ? [] : [JSON.stringify(list)])))])
    }),
    { numRuns: 300 },
  )
})

it('does the same with more different lists than it keeps', () => {
  const values = Array.from({ length: 12_000 }, (_, i) => [`${i % 6_000}`, 'and', `${i % 7}`])
  const column = jsonColumn(values, texts, values.length)
  expect(read(column)).toEqual(values.map((list) => JSON.stringify(list)))
  expect(new Set(column.dictionary).size).toBe(column.dictionary.length)
})

it('refuses a list with a text that has no JSON', () => {
  expect(() => jsonColumn([['a'], ['b', '\ud800']], texts, 2)).toThrow(expect.objectContaining({ code: 'RESULT_UNREPRESENTABLE' }))
})
