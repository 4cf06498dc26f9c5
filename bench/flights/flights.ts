/** The whole job `delay-risk` over three million real flights, against DuckDB computing its features alone. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Bench, type BenchContext, timeCase } from '../harness/bench.ts'
import { cached, freshFolder } from '../harness/cache.ts'
import { type Duckdb, openDuckdb } from '../harness/duckdb.ts'
import { median, timed } from '../harness/measure.ts'
import { onPlatform } from '../platform/child.ts'
import { flightsQuery } from './sql.ts'

const project = join(import.meta.dirname, '../../examples/flights')
/** The package exports its code, not its files. */
export const flightsFile = join(dirname(createRequire(import.meta.url).resolve('vega-datasets')), '../data/flights-3m.parquet')
const threads = 2
/** A tenth of the flights leave before. */
const quickTo = '2001-01-20 00:00:00'

export const flights: Bench = {
  name: 'flights',
  about: 'the whole job delay-risk at 3 M flights, features and main, Parquet out, against DuckDB computing the features alone',
  bar: '≥ 5x; under 1,500 MB resident; equal',
  run: async (context) => {
    const data = await imported(context)
    const out = `${freshFolder('flights')}/delay-risk.parquet`
    const batches = await batch(context, data, out)
    context.say('DuckDB')
    const duckdb = await openDuckdb(threads)
    try {
      const peerFile = `${freshFolder('flights-peer')}/features.parquet`
      const query = flightsQuery(flightsFile, context.quick ? quickTo : undefined)
      const before = process.cpuUsage()
      const { seconds } = await timed(() => duckdb.run(`copy (${query}) to '${peerFile}' (format parquet)`))
      const { user, system } = process.cpuUsage(before)
      const { columns, differing } = await compare(duckdb, out, peerFile)
      const roots = await duckdb.number(`select count(*) from '${out}'`)
      return {
        top: timeCase(batches.seconds, seconds, {
          unit: 's',
          equal: Object.keys(differing).length === 0,
          differing,
          rssMb: batches.rssMb,
          oursCpuS: batches.cpuS,
          peerCpuS: (user + system) / 1e6,
          params: {
            roots,
            events: 2 * roots,
            features: columns.length,
            keys: 'airports and routes',
            types: 'text keys, ints, times',
            aggregates: ['count', 'mean', 'deviation', 'max', 'percentile', 'distinctCount'],
            threads,
            peer: `DuckDB ${await duckdb.version()}, features only`,
          },
        }),
      }
    } finally {
      duckdb.close()
    }
  },
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

/** Columns of features, and by column in how many rows the files differ, where they do. */
const compare = async (duckdb: Duckdb, ours: string, peer: string) => {
  const names = (await duckdb.rows(`select column_name from (describe from '${peer}')`)).map(({ column_name }) => String(column_name))
  const columns = names.filter((name) => name !== 'id')
  const found = (await duckdb.rows(`select column_name from (describe from '${ours}')`)).map(({ column_name }) => String(column_name))
  const features = found.filter((name) => name.includes('.'))
  if (features.length !== columns.length || !columns.every((name) => features.includes(name))) {
    throw new Error(`the files have different features: ${features.filter((name) => !columns.includes(name)).join(', ')}`)
  }
  const counts = columns.map((name) => `count(*) filter (where a."${name}" is distinct from b."${name}") as "${name}"`)
  const keyed = `select *, replace(root_id, 'flights-3m:', '')::bigint as id from '${ours}'`
  const [row] = await duckdb.rows(
    `select count(*) filter (where a.id is null or b.id is null) as rows_missing, ${counts.join(', ')} from (${keyed}) a full join '${peer}' b using (id)`,
  )
  return {
    columns,
    differing: Object.fromEntries(Object.entries(row!).flatMap(([name, count]) => (Number(count) > 0 ? [[name, Number(count)]] : []))),
  }
}
