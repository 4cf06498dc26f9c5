/** The commands of docs/getting-started.md, in their order, in one folder: `sh run` blocks by a shell, `sh serve` beside the rest. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { commandLine, killRunning, type Running, startCommand } from './cli-process.ts'

const page = readFileSync(fileURLToPath(new URL('../docs/getting-started.md', import.meta.url)), 'utf8')
const blocks = [...page.matchAll(/^```sh (run|serve)\n([\s\S]*?)^```/gm)].map(([, how, text]) => ({ how, text: text! }))

const root = mkdtempSync(join(tmpdir(), 'millrace-docs-'))
const tools = join(root, 'tools')
const place = join(root, 'place')
let serving: Running | undefined
let address = ''
afterAll(() => {
  killRunning()
  rmSync(root, { recursive: true, force: true })
})

/** Stands for npx in a project that has millrace installed. */
mkdirSync(tools)
writeFileSync(join(tools, 'npx'), `#!/bin/sh\nshift\nexec ${commandLine.map((part) => `'${part}'`).join(' ')} "$@"\n`, { mode: 0o755 })
writeFileSync(place, root)

/** Gives what was written; throws where a command fails. The next block begins where this one ended. */
const shell = (text: string): string =>
  execFileSync('bash', ['-euo', 'pipefail', '-c', `${text.replaceAll('http://127.0.0.1:7411', address)}\npwd > '${place}'`], {
    cwd: readFileSync(place, 'utf8').trim(),
    env: { ...process.env, PATH: `${tools}${delimiter}${process.env['PATH']}` },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

it('has the blocks that are run here', () => {
  expect(blocks.filter(({ how }) => how === 'run').length).toBeGreaterThanOrEqual(7)
  expect(blocks.filter(({ how }) => how === 'serve').map(({ text }) => text)).toEqual(['npx millrace serve\n'])
})

const written: string[] = []

it.each(blocks.map(({ how, text }, i) => [i, how, text] as const))('block %i works', async (_, how, text) => {
  if (how === 'run') written.push(shell(text))
  else {
    serving = startCommand(['serve', '--port', '0', '--json'], { cwd: readFileSync(place, 'utf8').trim() })
    address = JSON.parse(await serving.says('\n')).url
  }
})

it('shows what the page says', async () => {
  const all = written.join('\n')
  expect(all).toContain('valid, every main pure')
  expect(all).toContain('11,860 events stored')
  expect(all).toMatch(/[1-9]\d* different \(\d/)
  expect(all).toContain('5 of them by brute force: 0 different')
  expect(all).toContain('"risk":')
  expect(all).toContain('1 stored, 0 refused')
  expect(all).toContain('{"departures":{"1h":')
  serving!.child.kill('SIGINT')
  expect((await serving!.ended).code).toBe(0)
})
