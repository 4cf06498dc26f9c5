/** One life of the process that `restart` stops and starts. */
import { createPrng } from '../../src/base/prng.ts'
import { openPlatform } from '../../src/server/compose.ts'
import type { NewEvent } from '../../src/store/center/port.ts'
import type { SlotValues } from '../../src/store/series/port.ts'
import { serveChild } from '../harness/child.ts'
import { peakRssMb } from '../harness/machine.ts'

export interface RestartInput {
  readonly project: string
  readonly data: string
  /** When the process was asked for, in milliseconds since 1970 with fractions. */
  readonly startedAt: number
  readonly users: number
  readonly activeUsers: number
  /** The moment that is asked about. */
  readonly time: number
  /** Events appended before it ends, later than `time`: what the next process finds in the log. */
  readonly live: number
  /** Ends without closing anything, as a killed process does. */
  readonly isKilled: boolean
  /** Goes on until a second answers so many; null: until the time is over. */
  readonly untilRate: number | null
  readonly mostSeconds: number
  /** How many answers to give back. */
  readonly checked: number
}

export interface RestartOutput {
  readonly firstAnswerMs: number
  readonly openMs: number
  /** Answers in a second: of the last seconds the middle one, since a single one may be lucky; or of the second that reached `untilRate`. */
  readonly rate: number
  /** From the start to the end of the first second at `untilRate`. */
  readonly fullRateMs: number | null
  /** By slot, of the first users asked. */
  readonly answers: readonly { readonly user: string; readonly values: readonly (number | null)[] }[]
  readonly rssMb: number
}

const slots = 9
const liveBatch = 1_000
const requestsInTurn = 16
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
/** So many seconds at the end tell the rate. */
const settledSeconds = 5
/** Time to hand over the answer. */
const killedAfterMs = 200

const work = async (input: RestartInput): Promise<RestartOutput> => {
  const now = (): number => performance.timeOrigin + performance.now()
  const began = now()
  const platform = await openPlatform({ project: input.project, data: input.data })
  const openMs = now() - began
  platform.warmth.start()
  const random = createPrng(7)
  const into: SlotValues = { numbers: new Float64Array(slots).fill(Number.NaN), values: new Array(slots).fill(null) }
  const userAt = (number: number): string => `user-${String(number * Math.floor(input.users / input.activeUsers)).padStart(8, '0')}`
  const ask = async (user: string): Promise<void> => {
    await platform.series.read({ windows: 'spend', key: [user], time: input.time, read: { as: 'corrected' } }, into)
  }
  const answers: { user: string; values: (number | null)[] }[] = []
  let firstAnswerMs = 0
  for (let i = 0; i < input.checked; i++) {
    await ask(userAt(i))
    if (i === 0) firstAnswerMs = now() - input.startedAt
    answers.push({ user: userAt(i), values: Array.from(into.numbers, (value) => (Number.isNaN(value) ? null : value)) })
  }
  const rates = await askOn(input, () => ask(userAt(Math.floor(random() * input.activeUsers))), now)
  await append(platform.center, input, random)
  if (input.isKilled) setTimeout(() => process.exit(), killedAfterMs)
  else await platform.close()
  return { firstAnswerMs, openMs, ...rates, answers, rssMb: peakRssMb() }
}

const askOn = async ({ mostSeconds, untilRate, startedAt }: RestartInput, ask: () => Promise<void>, now: () => number) => {
  const rates: number[] = []
  for (let second = 0; second < mostSeconds; second++) {
    const from = now()
    let count = 0
    for (; now() - from < 1000; count++) {
      await ask()
      // A server's requests come by turns of the event loop.
      if (count % requestsInTurn === 0) await turn()
    }
    const rate = (count * 1000) / (now() - from)
    if (untilRate !== null && rate >= untilRate) return { rate, fullRateMs: now() - startedAt }
    rates.push(rate)
  }
  const last = rates.slice(-settledSeconds).sort((a, b) => a - b)
  return { rate: last[last.length >> 1]!, fullRateMs: null }
}

const append = async (
  center: { append(events: readonly NewEvent[]): Promise<unknown> },
  { live, time, users }: RestartInput,
  random: () => number,
): Promise<void> => {
  const run = Math.floor(performance.timeOrigin)
  for (let from = 0; from < live; from += liveBatch) {
    const events = Array.from({ length: liveBatch }, (_, i): NewEvent => {
      const at = time + from + i
      const user = `user-${String(Math.floor(random() * users)).padStart(8, '0')}`
      const data = { user, at, amount: 1 }
      return { type: 'payment', id: `live:${run}:${from + i}`, subject: user, time: at, seq: 0, data, op: 'put' }
    })
    await center.append(events)
  }
}

serveChild(work)
