/** Payments as files, drawn here and written by DuckDB. */
import { fileURLToPath } from 'node:url'
import { DOUBLE, INTEGER } from '@duckdb/node-api'
import { createPrng } from '../../src/base/prng.ts'
import { cached } from '../harness/cache.ts'
import { openDuckdb } from '../harness/duckdb.ts'

export const paymentsProject = fileURLToPath(new URL('./payments/project.ts', import.meta.url))
export const paymentUsers = 100_000
export const paymentsFirstMs = Date.UTC(2025, 0, 1)
export const paymentsSpanMs = 90 * 86_400_000
const seed = 6

/** `payments.parquet` and `payments.jsonl`, of the same rows in the order of time. */
export const paymentFiles = async (rows: number): Promise<{ readonly parquet: string; readonly jsonl: string }> => {
  const folder = await cached(`payments-${rows}-${seed}`, (into) => write(rows, into))
  return { parquet: `${folder}/payments.parquet`, jsonl: `${folder}/payments.jsonl` }
}

const write = async (rows: number, folder: string): Promise<void> => {
  const duckdb = await openDuckdb(2)
  const random = createPrng(seed)
  try {
    await duckdb.run('create table drawn(ms double, k integer, amount integer)')
    await duckdb.append('drawn', [DOUBLE, INTEGER, INTEGER], rows, (from, count) => {
      const columns: (number | null)[][] = [[], [], []]
      for (let i = 0; i < count; i++) {
        columns[0]!.push(paymentsFirstMs + Math.floor((paymentsSpanMs * (from + i)) / rows))
        columns[1]!.push(Math.floor(random() * paymentUsers))
        columns[2]!.push(random() < 0.05 ? null : 1 + Math.floor(random() * 1_000_000))
      }
      return columns
    })
    const user = `'user-' || lpad(k::varchar, 8, '0') as "user"`
    const moment = 'make_timestamp((ms * 1000)::bigint)'
    await duckdb.run(`copy (select ${user}, ${moment} as "at", amount from drawn) to '${folder}/payments.parquet' (format parquet)`)
    const text = `strftime(${moment}, '%Y-%m-%dT%H:%M:%S.%gZ') as "at"`
    await duckdb.run(`copy (select ${user}, ${text}, amount from drawn) to '${folder}/payments.jsonl' (format json)`)
  } finally {
    duckdb.close()
  }
}
