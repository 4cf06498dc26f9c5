/** Point-in-time features of millions of roots, from Parquet to Parquet, against DuckDB's `RANGE` windows. */
import { type Bench, type BenchContext, type Case, timeCase } from '../harness/bench.ts'
import { differingRows, openDuckdb } from '../harness/duckdb.ts'
import { median } from '../harness/measure.ts'
import type { KeyShape } from '../harness/random.ts'
import { differingSample } from './check.ts'
import { correctedShare, lateShare, nullShare, type PitFiles, pitFiles } from './data.ts'
import { compilePit, intervals, slotNames } from './definition.ts'
import { type PitRun, runPit } from './ours.ts'
import { runPeer } from './peer.ts'

const threads = 2
const seed = 1
const keyCount = 100_000
const sampleRoots = 300

export const pit: Bench = {
  name: 'pit',
  about: 'count, sum, max in 5 windows at 2 M roots over 20 M events, Parquet to Parquet, against DuckDB RANGE',
  bar: 'uniform ≥ 8x, zipf ≥ 50x (15x, 100x); with a cut-off per root ≤ 4x the plain time; all values equal',
  run: async (context) => {
    const uniform = await measured(context, 'uniform')
    const zipf = await measured(context, 'zipf')
    return { top: uniform.plain, cases: { zipf: zipf.plain, cutoff: uniform.cutoff, cutoffZipf: zipf.cutoff } }
  },
}

const measured = async (context: BenchContext, keys: KeyShape): Promise<{ readonly plain: Case; readonly cutoff: Case }> => {
  // The peer's time over few large keys would alone take more than a quick run's minute at a tenth.
  const share = context.quick && keys === 'zipf' ? 0.5 : 1
  const events = context.size(20_000_000 * share)
  const roots = context.size(2_000_000 * share)
  context.say(`${keys}: ${events} events, ${roots} roots (files are made once)`)
  const files = await pitFiles({ keys, events, roots, keyCount, seed })
  const params = {
    events,
    roots,
    keys: keyCount,
    keyShape: keys,
    types: 'string keys, nullable int',
    nullShare,
    days: 90,
    aggregates: ['count', 'sum', 'max'],
    windows: Object.keys(intervals),
    threads,
    seed,
  }
  const { plain, bounded } = await oursInTurn(context, files)
  const duckdb = await openDuckdb(threads)
  try {
    context.say(`${keys}: values with cut-offs, ${sampleRoots} roots by plain loops`)
    const sampleDiffers = await differingSample(duckdb, files, bounded.files, sampleRoots)
    const latest = await runPit(files, threads, false)
    context.say(`${keys}: DuckDB`)
    const cpu = process.cpuUsage()
    const peer = await runPeer(duckdb, files)
    const peerCpuS = cpuSeconds(process.cpuUsage(cpu))
    const differing = await differingRows(duckdb, `'${latest.files}'`, `'${peer.file}'`, slotNames(compilePit()))
    return {
      plain: timeCase(plain.seconds, peer.seconds, {
        unit: 's',
        equal: differing === 0,
        differing,
        phasesMs: plain.phases,
        oursCpuS: plain.cpuS,
        peerCpuS,
        params: { ...params, peer: `DuckDB ${await duckdb.version()}` },
      }),
      cutoff: timeCase(bounded.seconds, null, {
        unit: 's',
        timesPlain: bounded.seconds / plain.seconds,
        timesPlainCpu: bounded.cpuS / plain.cpuS,
        equal: sampleDiffers === 0,
        phasesMs: bounded.phases,
        oursCpuS: bounded.cpuS,
        params: { ...params, lateShare, correctedShare, checkedRoots: sampleRoots },
      }),
    }
  } finally {
    duckdb.close()
  }
}

type Timed = Pick<PitRun, 'files' | 'phases' | 'seconds'> & { readonly cpuS: number }

const cpuSeconds = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6

/** Plain and with cut-offs in turn; medians. */
const oursInTurn = async ({ quick, say }: BenchContext, files: PitFiles): Promise<{ readonly plain: Timed; readonly bounded: Timed }> => {
  const plain: Timed[] = []
  const bounded: Timed[] = []
  for (let run = 0; run < (quick ? 1 : 3); run++) {
    for (const [isBounded, into] of [
      [false, plain],
      [true, bounded],
    ] as const) {
      const cpu = process.cpuUsage()
      const done = await runPit(files, threads, isBounded)
      into.push({ ...done, cpuS: cpuSeconds(process.cpuUsage(cpu)) })
      say(`ours${isBounded ? ' with cut-offs' : ''}: ${done.seconds.toFixed(2)} s ${JSON.stringify(done.phases)}`)
    }
  }
  return { plain: middle(plain), bounded: middle(bounded) }
}

const middle = (runs: readonly Timed[]): Timed => {
  const seconds = median(runs.map((run) => run.seconds))
  return { ...(runs.find((run) => run.seconds === seconds) ?? runs[0]!), seconds }
}
