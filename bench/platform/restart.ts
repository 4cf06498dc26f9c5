/** A process that held ten million events, stopped and started anew: how soon it answers, and answers as fast as before. */
import { cpSync } from 'node:fs'
import { fast } from '../../src/server/surroundings.ts'
import { type Bench, type Case, timeCase } from '../harness/bench.ts'
import { cached, freshFolder } from '../harness/cache.ts'
import { inChild } from '../harness/child.ts'
import { openDuckdb } from '../harness/duckdb.ts'
import { onPlatform } from './child.ts'
import { paymentFiles, paymentsFirstMs, paymentsProject, paymentsSpanMs, paymentUsers } from './payments-files.ts'
import type { RestartInput, RestartOutput } from './restart-child.ts'

const activeUsers = 10_000
const checked = 50
const time = paymentsFirstMs + paymentsSpanMs

export const restart: Bench = {
  name: 'restart',
  about: 'a new process over 10 M events: its first right answer, and full rate again',
  bar: 'first right answer ≤ 2 s, full rate ≤ 20 s',
  run: async ({ size, quick, say }) => {
    const events = size(10_000_000)
    const { parquet } = await paymentFiles(events)
    const center = await cached(`restart-${events}`, async (folder) => {
      say('importing (once)')
      await onPlatform({ project: paymentsProject, data: folder, operations: [{ name: 'import', input: { file: parquet } }] })
    })
    // What is appended here must not be there the next time.
    const data = freshFolder('restart')
    cpSync(center, data, { recursive: true })
    const base = { project: paymentsProject, data, activeUsers, time, users: paymentUsers, checked }
    const run = (more: Pick<RestartInput, 'live' | 'untilRate' | 'mostSeconds' | 'isKilled'>) =>
      inChild<RestartInput, RestartOutput>(
        new URL('./restart-child.ts', import.meta.url),
        { ...base, ...more, startedAt: performance.timeOrigin + performance.now() },
        { environment: fast.environment },
      )
    const live = size(200_000)
    const cases: Record<string, Case> = {}
    // Closed first: what a killed process leaves in the log would be replayed by the next.
    for (const isKilled of [false, true]) {
      const ending = isKilled ? 'killed' : 'closed'
      say(`before it is ${ending}`)
      const before = await run({ live, untilRate: null, mostSeconds: quick ? 8 : 20, isKilled })
      await new Promise((resolve) => setTimeout(resolve, 1000))
      say(`rate before: ${Math.round(before.rate)} queries/s; starting anew`)
      const after = await run({ live: 0, untilRate: before.rate * 0.95, mostSeconds: 60, isKilled: false })
      cases[ending] = timeCase(after.firstAnswerMs / 1000, null, {
        unit: 's',
        firstAnswerMs: after.firstAnswerMs,
        fullRateMs: after.fullRateMs ?? -1,
        ratePerS: after.rate,
        rateBeforePerS: before.rate,
        openMs: after.openMs,
        rssMb: after.rssMb,
        equal: await isRight(parquet, after.answers),
        params: {
          events,
          keys: paymentUsers,
          activeKeys: activeUsers,
          live,
          features: 9,
          threads: 1,
          fullRate: '-1: not within 60 s',
          before: ending,
        },
      })
    }
    return { top: cases['closed']!, cases: { killed: cases['killed']! } }
  },
}

/** Against DuckDB's count, sum and max over the file, of the users asked first. */
const isRight = async (file: string, answers: RestartOutput['answers']): Promise<boolean> => {
  const duckdb = await openDuckdb(2)
  try {
    const windows = [1, 7, 30].map((days) => {
      const inside = `filter (where epoch_ms("at") >= ${time - days * 86_400_000})`
      return `count(*) ${inside}, sum(amount) ${inside}::double, max(amount) ${inside}`
    })
    const users = answers.map(({ user }) => `'${user}'`).join(', ')
    const rows = await duckdb.rows(
      `select "user", [${windows.join(', ')}]::double[] as found from '${file}' where "user" in (${users}) group by 1`,
    )
    const found = new Map(rows.map((row) => [row['user'], row['found'] as readonly (number | null)[]]))
    const [payments, spent, most] = [0, 1, 2]
    return answers.every(({ user, values }) => {
      const of = found.get(user)
      return [payments, spent, most].every((feature) =>
        [0, 1, 2].every((window) => (values[feature * 3 + window] ?? null) === (of?.[window * 3 + feature] ?? (feature === 0 ? 0 : null))),
      )
    })
  } finally {
    duckdb.close()
  }
}
