/** Generated cases through the engines, against brute force. `MILLRACE_FUZZ=10000` takes so many seeds, `MILLRACE_SEED` says from which on. */
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { TreeNode } from '../oracle/node.ts'
import { answerOf, brute, bruteTree } from './brute.ts'
import { asCase, type Found, fuzz } from './differential.ts'
import type { CaseEngine } from './engine.ts'
import { type CaseFile, generateCase } from './generate.ts'
import { differenceLine } from './run.ts'
import { shrink } from './shrink.ts'
import { batch, rows } from './windows-engines.ts'

const count = Number(process.env['MILLRACE_FUZZ'] ?? 30)
const from = Number(process.env['MILLRACE_SEED'] ?? 1)

const shown = (found: Found | undefined): string =>
  found === undefined ? '' : [`seed ${found.seed}`, ...found.differences.map(differenceLine), stringify(found.case)].join('\n')

describe.each([rows, batch].flatMap((engine) => engine.backends.map((backend) => [engine.name, backend, engine] as const)))(
  '%s on %s',
  (_, backend, engine) => {
    it('gives the trees that brute force gives', { timeout: 20_000 + count * 200 }, async () => {
      expect(shown(await fuzz(engine, backend, { from, count }))).toBe('')
    })
  },
)

/** Brute force that forgets the latest event. */
const forgetful: CaseEngine = {
  ...brute,
  name: 'forgetful',
  open: (testCase) => {
    const versions = testCase.versions.slice(0, -1)
    return { answer: (root) => answerOf(testCase, root, bruteTree({ ...testCase, versions }, root) as TreeNode), close: () => {} }
  },
}

it('finds an engine that is wrong, and makes the case small', async () => {
  const found = await fuzz(forgetful, 'memory', { from: 1, count: 20 })
  expect(found).toBeDefined()
  expect(found!.differences.length).toBeGreaterThan(0)
  expect(found!.case.events.length).toBeLessThanOrEqual(2)
  expect(found!.case.roots).toHaveLength(1)
})

it('shrinks to nothing that can be left out', async () => {
  const has = (file: CaseFile, id: string) => JSON.stringify(file.events).includes(`"id":"${id}"`)
  const start = generateCase(3)
  expect(has(start, 'e1') && has(start, 'e3')).toBe(true)
  const smallest = await shrink(start, async (file) => has(file, 'e1') && has(file, 'e3'))
  expect(smallest.events).toHaveLength(2)
})

describe('generated cases', () => {
  it('are the same for the same seed, and others for others', () => {
    expect(generateCase(7)).toEqual(generateCase(7))
    expect(generateCase(7)).not.toEqual(generateCase(8))
  })

  it('come with corrections, deletions, late events, ties, both stamps and every kind of definition', () => {
    const text = Array.from({ length: 60 }, (_, seed) => JSON.stringify(generateCase(seed))).join('\n')
    const parts = [
      'correct',
      'delete',
      'knownAt',
      'recorded',
      'arrival',
      'includeRoot":true',
      'merge',
      'groupBy',
      'states',
      'behaviours',
      'links',
      ' to date',
      'lifetime',
      'default',
      'columns',
      'ver',
    ]
    expect(parts.filter((part) => !text.includes(part))).toEqual([])
    for (let seed = 0; seed < 60; seed++) expect(asCase(generateCase(seed)).roots.length).toBeGreaterThan(0)
  })
})
