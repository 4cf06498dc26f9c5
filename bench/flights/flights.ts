/** The whole job `delay-risk` over three million real flights, against DuckDB computing its features alone. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Bench, type BenchContext, rounded, timeCase } from '../harness/bench.ts'
import { cached, freshFolder } from '../harness/cache.ts'
import { type Duckdb, openDuckdb } from '../harness/duckdb.ts'
import { median } from '../harness/measure.ts'
import { onPlatform } from '../platform/child.ts'
import { type FinishedGroup, type PeerRun, runPeer } from './peer.ts'

const project = join(import.meta.dirname, '../../examples/flights')
/** The package exports its code, not its files. */
export const flightsFile = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')
const threads = 2
/** A tenth of the flights leave before. */
const quickTo = '2001-01-20 00:00:00'

export const flights: Bench = {
  name: 'flights',
  about:
    'the whole job delay-risk at 3 M flights, features and main, Parquet out, against DuckDB computing the features alone, group by group',
  bar: '≥ 5x; under 1,500 MB resident; equal',
  run: async (context) => {
    const data = await imported(context)
    const out = `${freshFolder('flights')}/delay-risk.parquet`
    const batches = await batch(context, data, out)
    const duckdb = await openDuckdb(threads)
    try {
      const peer = await runPeer({
        duckdb,
        file: flightsFile,
        to: context.quick ? quickTo : undefined,
        folder: freshFolder('flights-peer'),
        budgetSeconds: context.peerSeconds,
        say: context.say,
      })
      const differing = await compare(duckdb, out, peer)
      return { top: await figures(duckdb, { out, batches, peer, differing }) }
    } finally {
      duckdb.close()
    }
  },
}

interface Measured {
  readonly out: string
  readonly batches: Awaited<ReturnType<typeof batch>>
  readonly peer: PeerRun
  readonly differing: { readonly [feature: string]: number }
}

/** `peer` is what finished; where something did not, it is less than the peer would have taken. */
const figures = async (duckdb: Duckdb, { out, batches, peer, differing }: Measured) => {
  const { finished, unfinished, prepareSeconds, prepareCpuS } = peer
  const roots = await duckdb.number(`select count(*) from '${out}'`)
  const total = (of: 'seconds' | 'cpuS') => finished.reduce((sum, group) => sum + group[of], 0)
  const featuresOf = (groups: readonly { readonly features: readonly string[] }[]) => groups.flatMap(({ features }) => features)
  return timeCase(batches.seconds, prepareSeconds + total('seconds'), {
    unit: 's',
    equal: Object.keys(differing).length === 0,
    differing,
    comparedFeatures: featuresOf(finished).length,
    unfinished: featuresOf(unfinished),
    rssMb: batches.rssMb,
    oursCpuS: batches.cpuS,
    peerCpuS: prepareCpuS + total('cpuS'),
    peerGroups: Object.fromEntries(finished.map(({ name, seconds }) => [name, rounded(seconds)])),
    params: {
      roots,
      events: 2 * roots,
      features: featuresOf([...finished, ...unfinished]).length,
      keys: 'airports and routes',
      types: 'text keys, ints, times',
      aggregates: ['count', 'mean', 'deviation', 'max', 'percentile', 'distinctCount'],
      threads,
      peer: `DuckDB ${await duckdb.version()}, features only`,
    },
  })
}

/** The center's folder, all flights in it; the import is not part of what is measured. */
const imported = ({ say }: BenchContext): Promise<string> =>
  cached('flights-center', async (data) => {
    say('importing the flights (once)')
    await onPlatform({ project, data, operations: [{ name: 'import', input: { file: flightsFile } }] })
  })

const batch = async ({ quick, say }: BenchContext, data: string, out: string) => {
  const runs: { seconds: number; rssMb: number; cpuS: number }[] = []
  for (let run = 0; run < (quick ? 1 : 3); run++) {
    if (existsSync(out)) freshFolder('flights')
    const input = { job: 'delay-risk', out, features: true, threads, ...(quick && { to: `${quickTo.replace(' ', 'T')}Z` }) }
    const { done, rssMb, cpuS } = await onPlatform({ project, data, operations: [{ name: 'batch', input }] })
    runs.push({ seconds: done[0]!.ms / 1000, rssMb, cpuS })
    say(`ours: ${(done[0]!.ms / 1000).toFixed(1)} s, ${rssMb} MB`)
  }
  return {
    seconds: median(runs.map(({ seconds }) => seconds)),
    rssMb: Math.max(...runs.map(({ rssMb }) => rssMb)),
    cpuS: median(runs.map(({ cpuS }) => cpuS)),
  }
}

/** In how many rows the files differ, by feature, where they do; a row that one lacks counts for every feature. */
const compare = async (
  duckdb: Duckdb,
  ours: string,
  { finished, unfinished }: PeerRun,
): Promise<{ readonly [feature: string]: number }> => {
  const found = (await duckdb.rows(`select column_name from (describe from '${ours}')`)).map(({ column_name }) => String(column_name))
  const features = found.filter((name) => name.includes('.'))
  const stated = [...finished, ...unfinished].flatMap((group) => group.features)
  const unmatched = [...features.filter((name) => !stated.includes(name)), ...stated.filter((name) => !features.includes(name))]
  if (unmatched.length > 0) throw new Error(`only one side has ${unmatched.join(', ')}`)
  const differing: { [feature: string]: number } = {}
  for (const group of finished) {
    for (const [name, count] of Object.entries(await differingRowsOf(duckdb, ours, group))) if (count > 0) differing[name] = count
  }
  return differing
}

const differingRowsOf = async (duckdb: Duckdb, ours: string, { features, file }: FinishedGroup): Promise<{ [feature: string]: number }> => {
  const columns = features.map((name) => `"${name}"`)
  const counts = columns.map(
    (name) => `count(*) filter (where a.id is null or b.id is null or a.${name} is distinct from b.${name}) as ${name}`,
  )
  const keyed = `select ${columns.join(', ')}, replace(root_id, 'flights-3m:', '')::bigint as id from '${ours}'`
  const [row] = await duckdb.rows(`select ${counts.join(', ')} from (${keyed}) a full join '${file}' b using (id)`)
  return Object.fromEntries(Object.entries(row!).map(([name, count]) => [name, Number(count)]))
}
