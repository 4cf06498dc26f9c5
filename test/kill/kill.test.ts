/** Killed (SIGKILL) at random moments, a store has what it acknowledged and nothing else. MILLRACE_KILLS: rounds, 5 unless set. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Center } from '../../src/store/center/port.ts'
import { openSmall, visit } from './plan.ts'

const rounds = Number(process.env['MILLRACE_KILLS'] ?? 5)
const root = mkdtempSync(join(tmpdir(), 'millrace-kill-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Runs a script and kills it so long after its first line; gives the lines it wrote and whether it ended by itself. */
const runAndKill = async (script: string, args: readonly string[], afterMs: number): Promise<{ lines: string[]; ended: boolean }> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [text, errors] = ['', '']
  child.stderr.on('data', (part) => {
    errors += part
  })
  let timer: NodeJS.Timeout | undefined
  child.stdout.on('data', (part) => {
    text += part
    timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs)
  })
  const [code] = await once(child, 'close')
  clearTimeout(timer)
  if (code !== null && code !== 0) throw new Error(errors)
  return { lines: text.split('\n').slice(0, -1), ended: code === 0 }
}

const numbersOf = async (center: Center): Promise<number[]> => {
  const table = await center.scan({ type: 'visit', from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, columns: [] })
  return Array.from({ length: table.rows }, (_, row) => Number(table.ids.at(row).slice(2))).sort((a, b) => a - b)
}

const expectWhole = async (center: Center, numbers: readonly number[]): Promise<void> => {
  for (const n of numbers) {
    const versions = await center.versions('visit', `v:${n}`)
    expect(versions.length).toBe(1)
    const { data, time, seq, subject } = visit(n)
    expect(versions[0]).toMatchObject({ data, time, seq, subject })
  }
}

describe('a killed store', () => {
  it(`has every acknowledged append once, with its bytes, and whole batches only (${rounds} kills)`, async () => {
    const folder = join(root, 'append')
    let start = 0
    for (let round = 0; round < rounds; round++) {
      const { lines, ended } = await runAndKill('appender.ts', [folder, String(start)], Math.random() * 400)
      expect(ended).toBe(false)
      const acknowledged = Math.max(start, ...lines.map(Number))
      const center = await openSmall(folder)
      const numbers = await numbersOf(center)
      const count = numbers.length
      expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n))
      expect(count).toBeGreaterThanOrEqual(acknowledged)
      expect([0, 1, 18, 78]).toContain((count - start) % 78)
      await expectWhole(center, numbers.slice(start))
      await center.close()
      start = count
    }
    expect(start).toBeGreaterThan(78 * rounds)
  })

  it(`has an import whole or not at all, and goes on with it (${rounds} kills)`, async () => {
    const folder = join(root, 'import')
    const rows = 12_000
    let [kills, resumed, done] = [0, 0, 0]
    for (let number = 0; kills < rounds; number++) {
      const { lines, ended } = await runAndKill('importer.ts', [join(folder, String(done)), 'file', String(rows)], Math.random() * 1200)
      if (!ended) kills++
      if (lines[0]?.startsWith('resumed') === true) resumed++
      const center = await openSmall(join(folder, String(done)))
      const numbers = await numbersOf(center)
      expect([0, rows]).toContain(numbers.length)
      if (ended || lines.some((line) => line.startsWith('stored'))) expect(numbers.length).toBe(rows)
      if (numbers.length === rows) {
        await expectWhole(
          center,
          numbers.filter((n) => n % 50 === 0),
        )
        done++
      }
      await center.close()
      expect(number).toBeLessThan(rounds * 20)
    }
    expect(resumed).toBeGreaterThan(0)
  })
})
