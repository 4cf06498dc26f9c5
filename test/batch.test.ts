/** A job over history as a user runs it: failing mains, hanging ones, kills, and how good the card example is. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { writeCards } from '../examples/cards/generate.ts'
import { openPlatform } from '../src/server/compose.ts'
import { type InputOf, type OperationName, type OutputOf, performOn } from '../src/server/operations/registry.ts'
import type { Platform } from '../src/server/platform.ts'

const top = resolve(import.meta.dirname, '..')
const cards = join(top, 'examples/cards')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-batch-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const perform = <N extends OperationName>(platform: Platform, name: N, input: InputOf<N>): Promise<OutputOf<N>> =>
  performOn(platform, name, input, {}) as Promise<OutputOf<N>>

const linesOf = (file: string): readonly Record<string, unknown>[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe('a main that fails', () => {
  const definitions = `import { entity, event, int, job, time, windows, count } from 'millrace'
    const user = entity('user')
    export const paid = event('paid', { subject: 'user', time: 'at', data: { user, at: time(), n: int() } })
    export const spend = windows('spend', { of: paid, by: 'user', over: ['1h'], features: () => ({ payments: count() }) })
    export const risk = job('risk', {
      on: paid, fetch: { spend }, returns: { score: int() },
      main: ({ root, spend }) => {
        if (root.data.n === 3) throw new Error('three is too many')
        while (root.data.n === 5) {}
        // A loop that V8 believes to be short.
        while (root.data.n === 6) new Array(1000).fill(0)
        if (root.data.n === 10) for (const hold = [];;) hold.push({ n: hold.length })
        return { score: root.data.n === 7 ? 0.5 : spend.payments['1h'] }
      },
    })`

  it('is a result with its cause, and never the end of the batch', async () => {
    const project = join(folder, 'failing.ts')
    writeFileSync(project, definitions)
    const platform = await openPlatform({ project, data: join(folder, 'failing') })
    try {
      await perform(platform, 'send', {
        type: 'paid',
        body: JSON.stringify(Array.from({ length: 10 }, (_, n) => ({ user: 'u', at: 1000 + n, n }))),
      })
      const out = join(folder, 'failing.jsonl')
      const summary = await perform(platform, 'batch', { job: 'risk', out, mainLimitMs: 300 })
      expect(summary).toMatchObject({ roots: 10, failed: 4 })
      expect(linesOf(out).map(({ score, main_error: error }) => error ?? score)).toEqual([
        0,
        1,
        2,
        'MAIN_THREW: Error: three is too many',
        4,
        'MAIN_TIMEOUT: main ran longer than 300 ms',
        'MAIN_TIMEOUT: main ran longer than 300 ms',
        expect.stringMatching(/^RESULT_INVALID: INTEGER_EXPECTED at score/),
        8,
        9,
      ])
      for (const hung of linesOf(out).slice(5, 7)) {
        expect(await perform(platform, 'evaluate', { job: 'risk', event: hung['root_id'] as string })).toMatchObject({
          result: null,
          failed: { code: 'MAIN_TIMEOUT' },
        })
      }
      await perform(platform, 'send', {
        type: 'paid',
        body: JSON.stringify([
          { user: 'u', at: 2000, n: 10 },
          { user: 'u', at: 3000, n: 11 },
        ]),
      })
      const hungry = join(folder, 'hungry.jsonl')
      const limits = { from: '2000', mainLimitMs: 60_000, mainMemoryMb: 64 }
      expect(await perform(platform, 'batch', { job: 'risk', out: hungry, ...limits })).toMatchObject({ roots: 2, failed: 1 })
      expect(linesOf(hungry).map(({ score, main_error: error }) => error ?? score)).toEqual(['MAIN_MEMORY: main needs more than 64 MB', 11])
    } finally {
      await platform.close()
    }
  })
})

describe('the card example', () => {
  const data = (): string => join(folder, 'cards')

  it('finds planted frauds, and batch, call and brute force agree on its roots', async () => {
    await writeCards({ events: 20_000, seed: 7, out: folder })
    const platform = await openPlatform({ project: cards, data: data() })
    try {
      expect(await perform(platform, 'import', { file: join(folder, 'cards.jsonl') })).toMatchObject({
        state: 'committed',
        rows: 20_000,
        refused: {},
      })
      const out = join(folder, 'whole.jsonl')
      const { roots, failed } = await perform(platform, 'batch', { job: 'card-fraud', out })
      expect(failed).toBe(0)
      const flagged = linesOf(out).filter(({ decision }) => decision !== 'allow')
      const frauds = new Set(linesOf(join(folder, 'cards-frauds.jsonl')).map(({ paymentId }) => paymentId))
      const hits = flagged.filter(({ root_id: id }) => frauds.has(id)).length
      expect([roots, hits / flagged.length, hits / frauds.size]).toEqual([
        expect.any(Number),
        expect.closeTo(0.95, 1),
        expect.closeTo(0.8, 1),
      ])
      expect(await perform(platform, 'parity', { job: 'card-fraud', sample: 60, oracle: 15 })).toMatchObject({ roots: 60, different: [] })
      expect(await perform(platform, 'parity', { job: 'card-fraud', sample: 30, oracle: 10, read: 'corrected' })).toMatchObject({
        different: [],
      })
    } finally {
      await platform.close()
    }
  })

  const rounds = Number(process.env['MILLRACE_KILLS'] ?? 5)

  it(`goes on after kill -9, ${rounds} times, and ends with the bytes of an unbroken run`, async () => {
    const out = join(folder, 'killed.jsonl')
    let kills = 0
    for (;;) {
      const ended = await runBatcher(out, kills < rounds ? 1 + ((kills * 7) % 12) : Number.POSITIVE_INFINITY)
      if (ended === 0) break
      kills++
      expect(kills).toBeLessThanOrEqual(rounds)
    }
    expect(kills).toBeGreaterThan(0)
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(join(folder, 'whole.jsonl'), 'utf8'))
  })

  /** Runs the batch in a process of its own, which is killed after so many reports of progress. */
  const runBatcher = (out: string, reports: number): Promise<number | null> =>
    new Promise((done) => {
      const child = spawn(process.execPath, ['--conditions=millrace-source', join(top, 'test/kill/batcher.ts'), cards, data(), out], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let seen = 0
      child.stdout.on('data', (bytes: Buffer) => {
        seen += bytes.toString().split('\n').length - 1
        if (seen >= reports) child.kill('SIGKILL')
      })
      child.on('exit', (code) => done(code))
    })
})
