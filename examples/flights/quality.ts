/** How good `delay-risk` is: its results beside the delays that then happened. */
import { DuckDBInstance } from '@duckdb/node-api'
import { table } from '../../src/cli/output.ts'

const sqlText = (path: string): string => `'${path.replaceAll("'", "''")}'`

/** A root's id ends with the number of its row in the file, from 0. */
const query = (results: string, flights: string): string => `
  with predicted as (
    select cast(split_part(root_id, ':', 2) as bigint) as row, risk, expectedDelay from read_parquet(${sqlText(results)}) where main_error is null
  ), happened as (
    select file_row_number as row, delay from read_parquet(${sqlText(flights)}, file_row_number = true)
  )
  select risk, count(*) as flights, round(avg(expectedDelay), 1) as expected, round(avg(delay), 1) as happened,
    round(100.0 * count(*) filter (delay >= 15) / count(*), 1) as late, round(100.0 * count(*) filter (delay >= 60) / count(*), 1) as very_late
  from predicted join happened using (row) group by risk order by expected`

/** One line for each risk. */
export const riskTable = async (results: string, flights: string): Promise<string> => {
  const database = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await database.connect()
  try {
    const reader = await connection.runAndReadAll(query(results, flights))
    const rows = reader.getRows().map((row) => row.map((cell, i) => (i === 0 ? String(cell) : Number(cell))))
    return table(['risk', 'flights', 'expected delay', 'delay', '≥ 15 min %', '≥ 60 min %'], rows)
  } finally {
    connection.closeSync()
    database.closeSync()
  }
}
