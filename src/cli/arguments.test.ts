import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { byteSize, jsonArgument, keyValues, listed, textOf, wholeNumber } from './arguments.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-arguments-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('keys', () => {
  it('are cut at the first equals sign', () => {
    expect(keyValues(['user=u1', 'merchant=a=b', 'empty='])).toEqual({ user: 'u1', merchant: 'a=b', empty: '' })
  })
  it.each([['u1'], ['=u1'], ['']])('are refused without a name: %j', (pair) => {
    expect(() => keyValues([pair])).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }))
  })
  it('are refused when they come twice', () => {
    expect(() => keyValues(['a=1', 'a=2'])).toThrow(/the same key twice/)
  })
})

describe('numbers', () => {
  it('are whole and at least so large', () => {
    expect(wholeNumber(1)('12')).toBe(12)
    for (const given of ['0', '-1', '1.5', '1e3', '', 'x', '9007199254740993'])
      expect(() => wholeNumber(1)(given)).toThrow(/whole number, 1 or more/)
  })
})

it('sizes have a unit', () => {
  expect([byteSize('512mb'), byteSize('1.5GB'), byteSize('3 kb')]).toEqual([512 * 2 ** 20, 1.5 * 2 ** 30, 3072])
  for (const given of ['512', 'mb', '-1mb', '1tb', '']) expect(() => byteSize(given)).toThrow(/such as 512mb/)
})

it('lists come with commas or one by one', () => {
  expect(listed('c,d', listed('a,,b', undefined))).toEqual(['a', 'b', 'c', 'd'])
})

describe('JSON', () => {
  it('stands there, or in a file', async () => {
    const file = join(folder, 'input.json')
    writeFileSync(file, '{"a": [1]}')
    expect(await jsonArgument('{"a": [1]}')).toEqual({ a: [1] })
    expect(await jsonArgument(`@${file}`)).toEqual({ a: [1] })
  })
  it('is refused with where it stood', async () => {
    await expect(jsonArgument('{a: 1}')).rejects.toMatchObject({ code: 'JSON_INVALID', details: { at: 'the argument' } })
    await expect(jsonArgument(`@${folder}/none.json`)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      details: { at: `${folder}/none.json` },
    })
    await expect(textOf(folder)).rejects.toMatchObject({ code: 'FILE_ACCESS' })
  })
})
