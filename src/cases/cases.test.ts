/** The whole corpus through every engine. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { brute } from './brute.ts'
import type { CaseEngine } from './engine.ts'
import { caseFiles, rawCases } from './read.ts'
import { differenceLine, judge } from './run.ts'

const engines: readonly CaseEngine[] = [brute]

describe.each(caseFiles([fileURLToPath(new URL('../../test/cases', import.meta.url))]))('%s', (file) => {
  it.each(rawCases(file).map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const differences = await judge(one, { engines })
    expect(differences.map(differenceLine).join('\n')).toBe('')
  })
})

it('finds the corpus', () => {
  const files = caseFiles([fileURLToPath(new URL('../../test/cases', import.meta.url))])
  const names = files.flatMap(rawCases).map((one) => one.name)
  expect(names.length).toBeGreaterThanOrEqual(25)
  expect(new Set(names).size).toBe(names.length)
})
