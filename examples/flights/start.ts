/**
 * The tour that `npm start` gives: real flights imported, the job run over all of them and compared with what then happened,
 * roots recomputed in other ways, then served. The second time it finds its data and serves at once.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { featureTable } from '../../src/cli/commands/query.ts'
import { count, duration, reportFailure } from '../../src/cli/output.ts'
import { createProgress } from '../../src/cli/progress.ts'
import { openPlatform } from '../../src/server/compose.ts'
import { announceHolder, findHolder, withdrawHolder } from '../../src/server/holder.ts'
import { serveHttp } from '../../src/server/http/server.ts'
import { type InputOf, type OperationName, type OutputOf, performOn } from '../../src/server/operations/registry.ts'
import type { Platform } from '../../src/server/platform.ts'
import { riskTable } from './quality.ts'

const project = import.meta.dirname
const data = resolve(project, '.millrace')
/** The package exports its code, not its files. */
const flightsFile = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')
const resultFile = join(data, 'delay-risk.parquet')
const port = 7411
const parityRoots = 40
const oracleRoots = 3

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const heading = (text: string): void => say(`\n${text}\n${'═'.repeat(text.length)}`)

const perform = async <N extends OperationName>(platform: Platform, name: N, input: InputOf<N>): Promise<OutputOf<N>> => {
  const progress = createProgress(true)
  try {
    return (await performOn(platform, name, input, { onProgress: progress.show })) as OutputOf<N>
  } finally {
    progress.stop()
  }
}

const load = async (platform: Platform): Promise<boolean> => {
  heading('Three million flights, January to June 2001')
  const report = await perform(platform, 'import', { file: flightsFile })
  if (report.state === 'already') {
    say(`The event center holds them: ${count(report.stored)} events.`)
    return false
  }
  const rate = report.stored / report.seconds
  say(
    `${count(report.rows)} rows became ${count(report.stored)} events in ${duration(report.seconds * 1000)}, ${count(rate)} a second, durable:`,
  )
  say('  departure  known when the flight leaves; it has no delay, so no feature of it can')
  say('  landing    the same flight down, and how late; when is estimated from distance (examples/flights/mapping.ts)')
  return true
}

const airport = 'ORD'
const moment = '2001-06-01T12:00:00Z'

const showFeatures = async (platform: Platform): Promise<void> => {
  heading(`What was known of flights into ${airport} at ${moment}`)
  const features = await perform(platform, 'query', { windows: 'to-destination', key: { destination: airport }, at: moment })
  say(featureTable(features, (value) => (typeof value === 'number' ? Math.round(value * 100) / 100 : null)))
}

const runJob = async (platform: Platform): Promise<void> => {
  heading('The job delay-risk over every departure, each as of its own moment')
  if (!existsSync(resultFile)) {
    const { roots, failed, seconds } = await perform(platform, 'batch', { job: 'delay-risk', out: resultFile })
    say(`${count(roots)} roots in ${duration(seconds * 1000)}, ${count(roots / seconds)} a second, ${failed} failed: ${resultFile}`)
  } else say(`Done before: ${resultFile}`)
  say('\nWhat it said, and how late those flights then were (minutes):\n')
  say(await riskTable(resultFile, flightsFile))
}

const compareWays = async (platform: Platform): Promise<void> => {
  heading('The same roots in other ways')
  const {
    roots,
    oracleRoots: byOracle,
    different,
    seconds,
  } = await perform(platform, 'parity', { job: 'delay-risk', sample: parityRoots, oracle: oracleRoots })
  say(
    `${roots} roots, spread over the half year, recomputed on call and on trial, ${byOracle} of them by brute force too, byte for byte: ${different.length} different (${duration(seconds * 1000)})`,
  )
  for (const one of different.slice(0, 5))
    say(`  ${one.root} ${one.at}: ${one.expected} by ${one.between[0]}, ${one.got} by ${one.between[1]}`)
}

const showNext = (url: string): void => {
  heading('Serving. Try, in a second terminal')
  say(
    [
      `  npm run millrace -- query on-route origin=JFK destination=LAX --at ${moment} --project examples/flights`,
      '  npm run millrace -- tree departure flights-3m:2000000 --job delay-risk --project examples/flights',
      '  npm run millrace -- parity delay-risk --sample 20 --project examples/flights',
      `  curl '${url}/windows/traffic?origin=${airport}&at=${moment}'`,
      `  curl -X POST ${url}/jobs/delay-risk/call -H 'content-type: application/json' -d '{"input":{"origin":"JFK","destination":"LAX","at":"2001-06-30T12:00:00Z","distance":2475}}'`,
      `  ${url}/openapi.json describes all of it; docs/getting-started.md goes on. Ctrl-C stops.`,
    ].join('\n'),
  )
}

const tour = async (platform: Platform): Promise<void> => {
  const isFirst = await load(platform)
  await showFeatures(platform)
  await runJob(platform)
  if (isFirst) await compareWays(platform)
  else
    say(
      `\nAt the first start, ${parityRoots} roots were recomputed in other ways; 'npm run parity -- delay-risk --project examples/flights' does it again.`,
    )
}

const untilStopped = (): Promise<void> =>
  new Promise((done) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => done())
  })

const start = async (): Promise<void> => {
  const holder = await findHolder(data)
  if (holder !== undefined) {
    say(`Process ${holder.pid} serves the flights already.`)
    showNext(holder.url)
    return
  }
  const platform = await openPlatform({ project })
  try {
    await tour(platform)
    const server = await serveHttp(platform, port)
    announceHolder(data, server.url)
    platform.warmth.start()
    showNext(server.url)
    if (process.argv.includes('--once')) say('\n--once: not waiting')
    else await untilStopped()
    withdrawHolder(data)
    await server.close()
  } finally {
    await platform.close()
  }
}

try {
  await start()
} catch (error) {
  process.exitCode = reportFailure(error, false)
}
