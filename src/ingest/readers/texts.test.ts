import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createTextPool } from './texts.ts'

const encoder = new TextEncoder()

/** Texts one behind the other, with a byte before each that belongs to none. */
const laid = (all: readonly (string | Uint8Array)[]) => {
  const parts = all.map((one) => (typeof one === 'string' ? encoder.encode(one) : one))
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length + 1, 0)).fill(0xff)
  const starts = new Int32Array(parts.length)
  const ends = new Int32Array(parts.length)
  let at = 0
  for (const [i, part] of parts.entries()) {
    bytes.set(part, at + 1)
    starts[i] = at + 1
    at += part.length + 1
    ends[i] = at
  }
  return { bytes, starts, ends }
}

const codesBy = (all: readonly string[]) => {
  const known = new Map<string, number>()
  const codes = all.map((text) => {
    const code = known.get(text) ?? known.size
    known.set(text, code)
    return code
  })
  return { codes, texts: [...known.keys()] }
}

const text = fc.oneof(fc.string({ maxLength: 9 }), fc.string({ unit: 'binary', maxLength: 9 }), fc.stringMatching(/^[ab\0]{0,6}$/))

it('gives each different text one code, in the order met, one by one and in blocks', () => {
  fc.assert(
    fc.property(
      fc.array(
        text.map((one) => one.toWellFormed()),
        { maxLength: 600 },
      ),
      (all) => {
        const { bytes, starts, ends } = laid(all)
        const wanted = codesBy(all)
        const [single, block] = [createTextPool(), createTextPool()]
        const codes = new Int32Array(all.length)
        block.codes(bytes, starts, ends, codes)
        expect(all.map((_, i) => single.code(bytes, starts[i]!, ends[i]!))).toEqual(wanted.codes)
        expect([...codes]).toEqual(wanted.codes)
        expect([single.texts, block.texts]).toEqual([wanted.texts, wanted.texts])
      },
    ),
    { numRuns: 200 },
  )
})

it('keeps codes apart as it grows, whatever its size', () => {
  const all = Array.from({ length: 60_000 }, (_, i) => `${(i * 7919) % 20_011}`.padStart(((i * 7919) % 20_011) % 13, 'k'))
  const { bytes, starts, ends } = laid(all)
  const pool = createTextPool()
  const codes = new Int32Array(all.length)
  pool.codes(bytes, starts, ends, codes)
  expect([...codes]).toEqual(codesBy(all).codes)
  expect(createTextPool(10).isFull()).toBe(false)
})

it('refuses bytes that are no UTF-8, and is full when it holds as many as it should', () => {
  const { bytes, starts, ends } = laid(['a', Uint8Array.of(0xc3), Uint8Array.of(0xed, 0xa0, 0x80, 0x61, 0x62), 'b', 'c'])
  const pool = createTextPool(2)
  const codes = new Int32Array(5)
  pool.codes(bytes, starts, ends, codes)
  expect([...codes]).toEqual([0, -2, -2, 1, 2])
  expect(pool.isFull()).toBe(true)
})
