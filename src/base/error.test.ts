import { expect, it } from 'vitest'
import { MillraceError, shown } from './error.ts'

const cycle: { self?: unknown } = {}
cycle.self = cycle
let deep: unknown = []
for (let i = 0; i < 200_000; i++) deep = [deep]

it.each([
  ['a text', 'a\n"b"', '"a\\n\\"b\\""'],
  ['a bigint', 2n ** 63n, '9223372036854775808'],
  ['NaN', Number.NaN, 'NaN'],
  ['a bigint within', { a: 1n }, '{"a":"1"}'],
  ['nothing', undefined, 'undefined'],
  ['a cycle', cycle, 'an object'],
  ['what is deeper than the stack', deep, 'a list'],
  ['an object without prototype', Object.assign(Object.create(null), { self: cycle }), 'an object'],
  ['a long text', 'x'.repeat(1000), `"${'x'.repeat(119)}… (1002 characters)`],
])('shows %s', (_, value, text) => {
  expect(shown(value)).toBe(text)
})

it('says where, what, what was expected and what to do, in one sentence', () => {
  const error = new MillraceError('KEY_INVALID', 'no key', { at: 'key.user', value: deep, expected: 'text', hint: 'give one' })
  expect(error.message).toBe('key.user: no key; found a list; expected text; give one')
})
