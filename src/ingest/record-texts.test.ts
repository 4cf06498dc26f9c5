import fc from 'fast-check'
import { expect, it } from 'vitest'
import { divide } from './record-texts.ts'

const fuzzRuns = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 1500)

const divided = (text: string, most = Number.POSITIVE_INFINITY) => {
  const steps = divide(text, most)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** Each record as JSON.parse gives it; undefined where the body as a whole is not JSON. */
const parsed = (text: string): unknown => {
  const texts = divided(text)
  if ('problem' in texts) return undefined
  try {
    return Array.from({ length: texts.count }, (_, place) => JSON.parse(texts.at(place)))
  } catch {
    return undefined
  }
}

const oracle = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) ? value : [value]
  } catch {
    return undefined
  }
}

const texts = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom('"', '\\', '\\"', '],[', '}{', 'a\nb', '\u2028', ''))
const value = fc.oneof(
  { depthSize: 'small' },
  fc.jsonValue({ maxDepth: 3 }),
  fc.array(texts, { maxLength: 5 }),
  fc.dictionary(texts, texts, { maxKeys: 4 }),
)
const written = fc.tuple(value, fc.constantFrom(undefined, 1, '\t')).map(([any, indent]) => JSON.stringify(any, null, indent))
const damaged = fc
  .tuple(written, fc.nat(), fc.constantFrom('', '"', '[', ']', '{', '}', ',', '\\', '\n', ' '), fc.nat(1))
  .map(([text, at, other, cut]) => text.slice(0, at % (text.length + 1)) + other + text.slice((at % (text.length + 1)) + cut))

it('finds the records of a body that is one JSON value, and an array only where there is one', () => {
  fc.assert(
    fc.property(written, (text) => {
      expect(parsed(text)).toEqual(oracle(text))
    }),
    { numRuns: fuzzRuns },
  )
  fc.assert(
    fc.property(damaged, (text) => {
      const [whole, found] = [oracle(text), divided(text)]
      if (whole !== undefined || 'problem' in found || found.isArray) expect(parsed(text)).toEqual(whole)
    }),
    { numRuns: fuzzRuns },
  )
})

it('finds every line that is not blank, whatever stands on it, once the first is JSON', () => {
  const line = fc.oneof(
    damaged.map((text) => text.replaceAll('\n', '')),
    fc.constantFrom('', ' ', '\r', '\t \r', '\u00a0', '\0', '1\r'),
  )
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), (lines) => {
      const all = ['{}', ...lines]
      const found = divided(all.join('\n'))
      if ('problem' in found) throw new Error(found.problem)
      const trimmed = all.map((each) => each.trim()).filter((each) => each !== '')
      expect(Array.from({ length: found.count }, (_, place) => found.at(place).trim())).toEqual(trimmed)
    }),
    { numRuns: fuzzRuns },
  )
})

it.each([
  ['an array', `[${'1,'.repeat(99_999)}1]`],
  ['lines', '1\n'.repeat(100_000)],
])('counts all of %s and keeps the places of those alone that may be', (_, text) => {
  expect(divided(text, 100)).toMatchObject({ count: 100_000 })
  const steps = divide(text, 100)
  let count = 0
  while (steps.next().done !== true) count++
  expect(count).toBeGreaterThan(90)
})
