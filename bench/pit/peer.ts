/** DuckDB's side of the `pit` bench: the same answers by `RANGE` windows over events and roots together. */
import { freshFolder } from '../harness/cache.ts'
import type { Duckdb } from '../harness/duckdb.ts'
import { timed } from '../harness/measure.ts'
import type { PitFiles } from './data.ts'
import { intervals } from './definition.ts'

/** Sums are of integers, exact in 64 bits. The peer's own root row has no amount and counts nothing. */
const query = ({ events, roots }: PitFiles): string => {
  const windows = Object.entries(intervals)
  const features = windows.flatMap(([name]) => [
    `count(amount) over w_${name} as "count_${name}"`,
    `(sum(amount) over w_${name})::bigint as "sum_${name}"`,
    `max(amount) over w_${name} as "max_${name}"`,
  ])
  const frames = windows.map(
    ([name, length]) =>
      `w_${name} as (partition by "user" order by "at" range between interval '${length}' preceding and interval '1 millisecond' preceding)`,
  )
  return `select * from (
    select id, ${features.join(', ')}
    from (select -1::bigint as id, "user", "at", amount from '${events}' union all select id, "user", "at", null from '${roots}')
    window ${frames.join(', ')}
  ) where id >= 0`
}

export const runPeer = async (duckdb: Duckdb, files: PitFiles): Promise<{ readonly seconds: number; readonly file: string }> => {
  const file = `${freshFolder('pit-peer')}/answers.parquet`
  const { seconds } = await timed(() => duckdb.run(`copy (${query(files)}) to '${file}' (format parquet)`))
  return { seconds, file }
}
