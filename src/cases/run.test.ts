import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brute } from './brute.ts'
import type { CaseEngine } from './engine.ts'
import { runCases } from './run.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-cases-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const file = (name: string, text: string): string => {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const run = async (paths: readonly string[], options: Partial<Parameters<typeof runCases>[1]> = {}) => {
  const lines: string[] = []
  const result = await runCases(paths, { engines: [brute], write: (line) => lines.push(line), ...options })
  return { ...result, lines }
}

const small = (roots: string, more = ''): string => `name: small
project:
  events: { e: { subject: user, time: at, id: id, data: { id: string, user: entity user, at: time, v: optional int } } }
  windows: { w: { of: e, by: user, over: [1s, last 1], features: { sum: { aggregate: sum, column: v }, n: { aggregate: count, column: v, groupBy: id } } } }
events:
  - e: { id: a, user: u, at: 1, v: 2 }
${more}roots:
${roots}`

describe('comparison', () => {
  it('passes what is right, and says so last', async () => {
    const { passed, failed, lines } = await run([
      file('right.yaml', small('  - { root: { at: 9, user: u }, expect: { w: { sum: { 1s: 2 } } } }')),
    ])
    expect({ passed, failed, lines }).toEqual({ passed: 1, failed: 0, lines: ['1 passed, 0 failed'] })
  })

  it('names case, engine, backend, root, feature, window, expected and got', async () => {
    const path = file('wrong.yaml', small("  - { root: { at: 9, user: u }, expect: { w: { sum: { 'last 1': 3 } } } }"))
    const { lines } = await run([path])
    expect(lines).toEqual([
      `FAILED small (${path}) | engine brute on memory | root at 9, user u | feature w.sum | window 'last 1' | expected 3 | got 2`,
      '0 passed, 1 failed',
    ])
  })

  it.each([
    ['a name that is not there', 'expect: { w: { sum: { 2s: 2 } } }'],
    ['a number as text', "expect: { w: { sum: { 1s: '2' } } }"],
    ['a number beside a null', 'expect: { w: { sum: { 1s: null } } }'],
    ['nothing where there is something', 'expect: { w: { n: { 1s: {} } } }'],
    ['less than the whole, where exact', 'exact: true, expect: { time: 9 }'],
    ['an error that does not come', 'error: NUMBER_OVERFLOW'],
    ['a number outside the tolerance', 'within: 0.1, expect: { w: { sum: { 1s: 2.3 } } }'],
  ])('fails for %s', async (_, expected) => {
    const { failed } = await run([file('one.yaml', small(`  - { root: { at: 9, user: u }, ${expected} }`))])
    expect(failed).toBe(1)
  })

  it('allows a tolerance where it is asked for, and times as text', async () => {
    const roots = `  - { root: { at: 9, user: u }, within: 0.1, expect: { w: { sum: { 1s: 2.1 } } } }
  - { root: { at: 9, user: u }, expect: { time: '1970-01-01T00:00:00.009Z' } }`
    expect(await run([file('near.yaml', small(roots))])).toMatchObject({ passed: 1 })
  })

  it('fails a record that is refused unsaid, accepted unsaid, or refused with another code', async () => {
    const roots = '  - { root: { at: 9, user: u }, expect: {} }'
    for (const record of [
      '{ e: { id: b } }',
      '{ e: { id: b, user: u, at: 2 }, refused: TIME_INVALID }',
      '{ e: { id: b, user: u, at: x }, refused: ID_CONFLICT }',
    ]) {
      const { failed, lines } = await run([file('refused.yaml', small(roots, `  - ${record}\n`))])
      expect(failed).toBe(1)
      expect(lines[0]).toContain('engine record | at events[1]')
    }
  })
})

describe('files that are no cases', () => {
  const roots = '  - { root: { at: 9, user: u }, expect: {} }'
  it.each([
    ['no YAML', 'name: [', 'CASE_UNREADABLE'],
    ['an empty file', '', 'CASE_INVALID'],
    ['no name', 'project: {}\nroots: []', 'CASE_INVALID: name: missing'],
    ['a key that is not known', small(roots).replace('events:\n  - e', 'evnets:\n  - e'), "did you mean 'events'"],
    ['an event that is not declared', small(roots, '  - f: { id: b }\n'), 'CASE_INVALID: events[1]: no such key'],
    [
      'a type that is none',
      small(roots).replace('optional int', 'optional integer'),
      'CASE_INVALID: project.events.e.data.v: not a field type',
    ],
    ['a root that is none', small('  - { root: { e: [] }, expect: {} }'), 'CASE_INVALID: roots[0].root: not a root'],
    ['a root that expects nothing', small('  - { root: { e: a } }'), 'nothing is expected'],
    ['a result without a main', small('  - { root: { e: a }, result: 1 }'), 'a result without a main'],
    ['no roots', small('').replace('roots:\n', ''), 'CASE_INVALID: roots: missing'],
    ['an unknown read', small('  - { root: { e: a }, read: yesterday, expect: {} }'), 'CASE_INVALID: roots[0].read: not a read'],
  ])('%s is a failure, not skipped', async (_, text, message) => {
    const { passed, failed, lines } = await run([file('bad.yaml', text)])
    expect({ passed, failed }).toEqual({ passed: 0, failed: 1 })
    expect(lines[0]).toContain(message)
  })

  it('a path that is not there is refused', async () => {
    await expect(run([join(folder, 'nowhere')])).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})

describe('choosing', () => {
  const right = small('  - { root: { at: 9, user: u }, expect: { time: 9 } }')
  const stubborn: CaseEngine = {
    name: 'stubborn',
    backends: ['memory', 'disk'],
    open: () => {
      throw new Error('cannot take it')
    },
  }

  it('opens folders, takes YAML and JSON, and many cases in one file', async () => {
    const inside = join(folder, 'many', 'deeper')
    mkdirSync(inside, { recursive: true })
    writeFileSync(join(inside, 'a.yml'), right)
    writeFileSync(
      join(folder, 'many', 'b.json'),
      JSON.stringify({ cases: [{ name: 'json', project: {}, events: [], roots: [{ root: { at: 1 }, expect: { time: 1 } }] }] }),
    )
    writeFileSync(join(folder, 'many', 'notes.md'), 'not a case')
    expect(await run([join(folder, 'many')])).toMatchObject({ passed: 2, failed: 0 })
  })

  it('takes only the cases asked for, and says when there are none', async () => {
    const path = file(
      'two.yaml',
      `cases:\n  - ${right.replaceAll('\n', '\n    ')}\n  - ${right.replace('small', 'other').replaceAll('\n', '\n    ')}`,
    )
    expect(await run([path], { only: 'oth' })).toMatchObject({ passed: 1 })
    await expect(run([path], { only: 'othr' })).rejects.toThrow("did you mean 'other'")
  })

  it('fails where an engine cannot take a case, on each of its backends, unless the case says so', async () => {
    const path = file('stubborn.yaml', right)
    const { failed, lines } = await run([path], { engines: [brute, stubborn] })
    expect({ failed, lines: lines.length }).toEqual({ failed: 1, lines: 3 })
    expect((await run([path], { engines: [stubborn], backends: ['disk'] })).lines[0]).toContain('engine stubborn on disk')
    writeFileSync(path, `${right}\nunless: [stubborn]`)
    expect(await run([path], { engines: [brute, stubborn] })).toMatchObject({ passed: 1, failed: 0 })
    expect(await run([path], { engines: [stubborn] })).toMatchObject({ passed: 0, failed: 0 })
  })

  it('passes nothing where nobody is asked', async () => {
    const path = file('right.yaml', right)
    await expect(run([path], { backends: ['hbase'] })).rejects.toMatchObject({ code: 'BACKEND_UNKNOWN' })
    await expect(run([path], { engines: [] })).rejects.toMatchObject({ code: 'BACKEND_UNKNOWN' })
  })

  it('writes a line of JSON for each case', async () => {
    const { lines } = await run([file('right.yaml', right)], { json: true })
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { case: 'small', file: join(folder, 'right.yaml'), passed: true, differences: [] },
    ])
  })
})
