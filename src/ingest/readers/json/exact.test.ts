import { describe, expect, it } from 'vitest'
import { deepestJson, ExactNumber, parseExact } from './exact.ts'

const nested = (depth: number, open: string, close: string, inner: string): string => open.repeat(depth) + inner + close.repeat(depth)

describe('parseExact', () => {
  it('keeps the digits that a double would lose', () => {
    expect(parseExact('[9007199254740993, 1.5, 9007199254740992]')).toEqual([new ExactNumber('9007199254740993'), 1.5, 9007199254740992])
  })
  it.each([
    ['lists', '[', ']', '1'],
    ['objects', '{"a":', '}', '1'],
    ['long numbers within', '[', ']', '9007199254740993'],
  ])('reads %s as deep as the limit and refuses them one deeper', (_, open, close, inner) => {
    const padding = ' '.repeat(2 * deepestJson)
    expect(() => parseExact(nested(deepestJson, open, close, inner) + padding)).not.toThrow()
    expect(() => parseExact(nested(deepestJson + 1, open, close, inner) + padding)).toThrow(SyntaxError)
  })
  it('refuses what would end the stack', () => {
    expect(() => parseExact('['.repeat(5_000_000))).toThrow(SyntaxError)
    expect(() => parseExact(nested(200_000, '[', ']', ''))).toThrow(/nested deeper than 256/)
  })
  it('counts no brackets within texts, nor those side by side', () => {
    const text = `${'['.repeat(1000)}\\"${'{'.repeat(1000)}\\\\`
    expect(parseExact(`["${text}"]`)).toHaveLength(1)
    expect(parseExact(`[${Array(1000).fill('[{}]').join(',')}]`)).toHaveLength(1000)
  })
})
