/** The whole corpus through every engine. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { brute } from './brute.ts'
import type { CaseEngine } from './engine.ts'
import { batchEngine, callEngine } from './platform-engines.ts'
import { caseFiles, rawCases } from './read.ts'
import { differenceLine, judge } from './run.ts'
import { batch, rows } from './windows-engines.ts'

const engines: readonly CaseEngine[] = [brute, rows, batchEngine(batch), callEngine]
const corpus = fileURLToPath(new URL('../../test/cases', import.meta.url))

describe.each(caseFiles([corpus]).map((file) => [file.slice(corpus.length + 1), file] as const))('%s', (_, file) => {
  it.each(rawCases(file).map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const differences = await judge(one, { engines })
    expect(differences.map(differenceLine).join('\n')).toBe('')
  })
})

it('has at least 240 cases, each with a name of its own', () => {
  const names = caseFiles([corpus])
    .flatMap(rawCases)
    .map((one) => one.name)
  expect(names.length).toBeGreaterThanOrEqual(240)
  expect(new Set(names).size).toBe(names.length)
})

it('passes the example of the documentation', async () => {
  const text = readFileSync(fileURLToPath(new URL('../../docs/cases.md', import.meta.url)), 'utf8')
  const folder = mkdtempSync(join(tmpdir(), 'millrace-docs-'))
  const file = join(folder, 'example.yaml')
  writeFileSync(file, /```yaml\n([\s\S]*?)```/.exec(text)![1]!)
  const differences = await Promise.all(rawCases(file).map((one) => judge(one, { engines })))
  rmSync(folder, { recursive: true })
  expect(differences).toEqual([[]])
})
