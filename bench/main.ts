/** `npm run bench -- NAME [--quick] [--json]`: measures, compares answers, and prints one JSON line last. */
import { parseArgs } from 'node:util'
import { didYouMean } from '../src/base/suggest.ts'
import { ensureStarted, fast } from '../src/server/surroundings.ts'
import { benches } from './catalog.ts'
import { type Bench, type BenchResult, type Case, defaultPeerSeconds } from './harness/bench.ts'
import { machine } from './harness/machine.ts'

const usage = `npm run bench -- NAME [--quick] [--json] [--peer-seconds N]

Measures Millrace and, where there is one, a peer in one run, and compares their answers. The last line is one line of JSON;
a ratio above 1 means that ours is better. No bench fails because it was slow.

  --quick           a tenth of the size, under a minute
  --json            the JSON line only
  --peer-seconds N  what the peer may take where it may take long (flights: ${defaultPeerSeconds}); what it has not done by then is named
  --help            this

${benches.map(({ name, about, bar }) => `  ${name.padEnd(10)} ${about}\n${' '.repeat(13)}bar: ${bar}`).join('\n')}
`

/** 0 done, 1 answers differ or the bench failed, 2 called wrongly. */
const main = async (): Promise<number> => {
  const read = readArguments()
  if (typeof read === 'string') return refuse(read)
  const { values, positionals } = read
  if (values.help === true || positionals.length === 0) {
    process.stdout.write(usage)
    return values.help === true ? 0 : 2
  }
  const [name] = positionals as [string]
  const bench = benches.find((one) => one.name === name)
  if (bench === undefined)
    return refuse(
      `there is no bench '${name}'; ${didYouMean(
        name,
        benches.map((one) => one.name),
      )}`,
    )
  if (bench.isServed === true) ensureStarted(fast)
  const peerSeconds = values['peer-seconds'] === undefined ? defaultPeerSeconds : Number(values['peer-seconds'])
  if (!(peerSeconds > 0)) return refuse(`--peer-seconds is a number above 0, not '${values['peer-seconds']}'`)
  return run(bench, { quick: values.quick === true, isJson: values.json === true, peerSeconds })
}

const readArguments = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        quick: { type: 'boolean' },
        json: { type: 'boolean' },
        'peer-seconds': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    return (error as Error).message
  }
}

const refuse = (reason: string): number => {
  process.stderr.write(`${reason}\n`)
  return 2
}

interface RunOptions {
  readonly quick: boolean
  readonly isJson: boolean
  readonly peerSeconds: number
}

const run = async (bench: Bench, { quick, isJson, peerSeconds }: RunOptions): Promise<number> => {
  const say = (line: string): void => {
    if (!isJson) process.stderr.write(`${line}\n`)
  }
  const on = machine()
  say(`${bench.name}${quick ? ' (quick)' : ''}: ${bench.about}`)
  const began = performance.now()
  const result = await bench.run({ quick, say, peerSeconds, size: (full) => (quick ? Math.round(full / 10) : full) })
  if (!isJson) process.stdout.write(table(result))
  const line = {
    bench: bench.name,
    quick,
    ...result.top,
    ...result.cases,
    seconds: Math.round((performance.now() - began) / 100) / 10,
    machine: on,
  }
  process.stdout.write(`${JSON.stringify(line)}\n`)
  return [result.top, ...Object.values(result.cases ?? {})].some(({ equal }) => equal === false) ? 1 : 0
}

const table = ({ top, cases = {} }: BenchResult): string => {
  const rows: readonly (readonly [string, Case])[] = [['', top], ...Object.entries(cases)]
  return `${rows.map(([name, one]) => row(name, one)).join('\n')}\n`
}

const row = (name: string, { ours, peer, ratio, unit, equal, params, ...more }: Case): string => {
  const figures = [
    `ours ${ours} ${unit}`,
    ...(peer === null ? [] : [`peer ${peer} ${unit}`, `ratio ${ratio}`]),
    ...(equal === undefined ? [] : [equal ? 'equal' : 'DIFFERENT']),
    ...Object.entries(more).map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`),
  ]
  return `${(name === '' ? 'top' : name).padEnd(12)} ${figures.join(', ')}\n${' '.repeat(13)}${JSON.stringify(params)}`
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
  process.exitCode = 1
}
