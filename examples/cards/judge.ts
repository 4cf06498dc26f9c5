/**
 * Makes card payments, runs `card-fraud` over all of them, each as known when it was made, and compares its decisions with the
 * frauds that were planted.
 *
 *   node examples/cards/judge.ts --events 100000 --seed 1
 *
 * Everything is in a folder of its own, which is removed at the end.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { count, duration, reportFailure } from '../../src/cli/output.ts'
import { openPlatform } from '../../src/server/compose.ts'
import { performOn } from '../../src/server/operations/registry.ts'
import { writeCards } from './generate.ts'
import { type Decided, qualityText } from './quality.ts'

const linesOf = <T>(file: string): readonly T[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as T)

interface Result {
  readonly root_id: string
  readonly decision: Decided['decision']
}

const judge = async (folder: string, events: number, seed: number): Promise<string> => {
  await writeCards({ events, seed, out: folder })
  const platform = await openPlatform({ project: import.meta.dirname, data: join(folder, 'data') })
  const results = join(folder, 'results.jsonl')
  const began = performance.now()
  try {
    await performOn(platform, 'import', { file: join(folder, 'cards.jsonl') }, {})
    await performOn(platform, 'batch', { job: 'card-fraud', out: results, read: 'known' }, {})
  } finally {
    await platform.close()
  }
  const decided = linesOf<Result>(results).map(({ root_id, decision }) => ({ paymentId: root_id, decision }))
  const frauds = linesOf<{ readonly paymentId: string; readonly fraud: string }>(join(folder, 'cards-frauds.jsonl'))
  return [
    `${count(decided.length)} payments among ${count(events)} events, ${count(frauds.length)} of them frauds; imported and judged in ${duration(performance.now() - began)}`,
    '',
    qualityText(decided, new Map(frauds.map(({ paymentId, fraud }) => [paymentId, fraud]))),
  ].join('\n')
}

const { values } = parseArgs({ options: { events: { type: 'string', default: '100000' }, seed: { type: 'string', default: '1' } } })
const folder = mkdtempSync(join(tmpdir(), 'millrace-cards-'))
try {
  console.log(await judge(folder, Number(values.events), Number(values.seed)))
} catch (error) {
  process.exitCode = reportFailure(error, false)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
