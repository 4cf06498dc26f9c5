import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { bundleProject } from './bundle.ts'
import { openRealm } from './realm.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-place-'))
afterAll(() => rmSync(folder, { recursive: true }))

const refusal = async (name: string, lines: readonly string[]): Promise<string> => {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, lines.join('\n'))
  const bundle = await bundleProject(file)
  try {
    openRealm(bundle)
  } catch (error) {
    return (error as Error).message.replaceAll(`${relative(process.cwd(), folder)}/`, '')
  }
  throw new Error('it was not refused')
}

const head = [
  "import { count, entity, event, int, job, time, windows } from 'millrace'",
  "const user = entity('user')",
  "export const paid = event('paid', { subject: 'user', time: 'at', data: { user, at: time() } })",
]

it('names file and line of what a builder refuses', async () => {
  const message = await refusal('builder', [
    ...head,
    "export const spend = windows('spend', { of: paid, by: 'user', over: ['1h'],",
    "  features: () => ({ n: count().over('1x' as never) }),",
    '})',
  ])
  expect(message).toMatch(/^builder\.ts:4:22: windows 'spend', feature 'n'/)
  expect(message).toContain('found "1x"')
})

it('names the definition that does not fit the others', async () => {
  const message = await refusal('freeze', [
    ...head,
    "export const spend = windows('spend', { of: paid, by: 'user', over: ['1h'], features: () => ({ n: count() }) })",
    'const fetch = { spend: spend.at({ user: "usr" } as never) }',
    "export const risk = job('risk', { on: paid, fetch, returns: { n: int() }, main: ({ spend }) => ({ n: spend.n['1h'] }) })",
  ])
  expect(message).toMatch(/^freeze\.ts:6:21: job 'risk', fetch 'spend'.*did you mean 'user'/)
})

it('names the line that threw', async () => {
  const message = await refusal('threw', ['const nothing: any = undefined', '', 'export const value = nothing.more'])
  expect(message).toMatch(/^threw\.ts:3:30: the definitions threw/)
})
