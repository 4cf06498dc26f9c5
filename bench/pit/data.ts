/** Events and roots of the `pit` bench as Parquet files, drawn here and written by DuckDB. */
import { DOUBLE, INTEGER } from '@duckdb/node-api'
import { createPrng } from '../../src/base/prng.ts'
import { cached } from '../harness/cache.ts'
import { type Duckdb, openDuckdb } from '../harness/duckdb.ts'
import { createKeyDraw, exponential, type KeyShape } from '../harness/random.ts'

export interface PitShape {
  readonly keys: KeyShape
  readonly events: number
  readonly roots: number
  readonly keyCount: number
  readonly seed: number
}

export interface PitFiles {
  /** user, at, amount. */
  readonly events: string
  /** id, user, at. A root's cut-off is its own time: it is recorded as it happens. */
  readonly roots: string
  /** The same events, each as first recorded, those corrected later left out: row, user, at, amount, recorded. */
  readonly recorded: string
  /** Both versions of the events that were corrected: row, version, user, at, amount, recorded. */
  readonly amended: string
}

export const spanMs = 90 * 86_400_000
export const firstMs = Date.UTC(2025, 0, 1)
/** Shares of events that are recorded late, that are corrected later, and that have no amount. */
export const lateShare = 0.01
export const correctedShare = 0.001
export const nullShare = 0.05
export const meanLateMs = 3_600_000
export const meanCorrectedMs = 86_400_000

/** In the order of time, as an event center scans them; made once for each shape. */
export const pitFiles = async (shape: PitShape): Promise<PitFiles> => {
  const { keys, events, roots, keyCount, seed } = shape
  const folder = await cached(`pit-${keys}-${events}-${roots}-${keyCount}-${seed}`, (into) => write(shape, into))
  return {
    events: `${folder}/events.parquet`,
    roots: `${folder}/roots.parquet`,
    recorded: `${folder}/recorded.parquet`,
    amended: `${folder}/amended.parquet`,
  }
}

const write = async (shape: PitShape, folder: string): Promise<void> => {
  const duckdb = await openDuckdb(2)
  try {
    await drawEvents(duckdb, shape)
    await drawRoots(duckdb, shape)
    const name = `'user-' || lpad(k::varchar, 8, '0') as "user"`
    const copy = (query: string, file: string) => duckdb.run(`copy (${query}) to '${folder}/${file}.parquet' (format parquet)`)
    const time = (column: string) => `make_timestamp((${column} * 1000)::bigint)`
    await copy(`select ${name}, ${time('ms')} as at, amount from events order by row`, 'events')
    await copy(`select row::bigint as id, ${name}, ${time('ms')} as at from roots order by row`, 'roots')
    const recorded = `row::bigint as row, ${name}, ${time('ms')} as at, amount, ${time('recorded')} as recorded`
    await copy(`select ${recorded} from events where corrected = 0 order by row`, 'recorded')
    const corrected = `select row, k, ms, corrected_amount as amount, corrected as recorded, 2 as version from events where corrected > 0`
    const first = `select row, k, ms, amount, recorded, 1 as version from events where corrected > 0`
    await copy(`select ${recorded}, version from (${first} union all ${corrected}) order by row, version`, 'amended')
  } finally {
    duckdb.close()
  }
}

const drawEvents = async (duckdb: Duckdb, { keys, events, keyCount, seed }: PitShape): Promise<void> => {
  const draw = createKeyDraw(keys, keyCount, seed)
  const random = createPrng(seed + 1)
  const amount = (): number | null => (random() < nullShare ? null : 1 + Math.floor(random() * 1_000_000))
  await duckdb.run(
    'create table events(row double, k integer, ms double, amount integer, recorded double, corrected double, corrected_amount integer)',
  )
  const types = [DOUBLE, INTEGER, DOUBLE, INTEGER, DOUBLE, DOUBLE, INTEGER]
  await duckdb.append('events', types, events, (from, count) => {
    const columns = types.map((): (number | null)[] => new Array(count))
    for (let i = 0; i < count; i++) {
      const ms = firstMs + Math.floor((spanMs * (from + i)) / events)
      const recorded = random() < lateShare ? Math.ceil(ms + exponential(random, meanLateMs)) : ms
      const corrected = random() < correctedShare ? Math.ceil(recorded + 1 + exponential(random, meanCorrectedMs)) : 0
      const row = [from + i, draw(), ms, amount(), recorded, corrected, corrected === 0 ? null : amount()]
      for (const [c, value] of row.entries()) columns[c]![i] = value
    }
    return columns
  })
}

/** As many roots of a key as it has events, on average; evenly over the time after the first day. */
const drawRoots = async (duckdb: Duckdb, { keys, roots, keyCount, seed }: PitShape): Promise<void> => {
  const draw = createKeyDraw(keys, keyCount, seed, seed + 2)
  await duckdb.run('create table roots(row double, k integer, ms double)')
  await duckdb.append('roots', [DOUBLE, INTEGER, DOUBLE], roots, (from, count) => {
    const columns: number[][] = [[], [], []]
    for (let i = 0; i < count; i++) {
      columns[0]!.push(from + i)
      columns[1]!.push(draw())
      columns[2]!.push(firstMs + 1 + Math.floor((spanMs * (from + i)) / roots))
    }
    return columns
  })
}
