/**
 * The features of the job `delay-risk` (examples/flights) stated once more, by hand, in DuckDB's SQL: an independent answer, and
 * the peer. Each group is the fastest statement that we found for it. DuckDB's RANGE frames walk a tree for every row and aggregate
 * (three counts and sums over 30 days take it minutes), so counts and sums are differences of sums that run along a key,
 * looked up at both edges of a window by ASOF joins; keys are numbers, and running sums stream over rows that lie in order.
 * Times are milliseconds; a window [T − w, T) is what lies before T without what lies before T − w.
 */
/** Of features that share their statements. */
export interface PeerGroup {
  readonly name: string
  /** `NODE.FEATURE.WINDOW`. */
  readonly features: readonly string[]
  /** Temporary tables that the query reads, in order. Each statement is timed; the tables are dropped after the query. */
  readonly tables: readonly SqlTable[]
  /** One row a departure: `id`, its row number, then a column for each feature. */
  readonly query: string
}

export interface SqlTable {
  readonly name: string
  readonly query: string
}

export const hourMs = 3_600_000
export const dayMs = 24 * hourMs

/** Before all times. */
export const neverMs = -9_000_000_000_000_000

/** When a flight lands: half an hour on the ground, 7.4 miles a minute, and its delay, of which moment most half an hour is saved. */
const landedAt = 'departed + 1800000 + greatest(delay, -30) * 60000 + floor((distance * 300000)::double / 37 + 0.5)::bigint'

/** What all groups read: `flights(id, departed, landed, delay, distance, origin, destination, route)` with numbers for airports. */
export const flightsTables = (file: string, to: string | undefined): readonly SqlTable[] => [
  {
    name: 'rows_read',
    query: `
      select file_row_number as id, epoch_ms(date) as departed, delay::int as delay, distance::int as distance, origin, destination
      from read_parquet('${file}', file_row_number = true) ${to === undefined ? '' : `where date < timestamp '${to}'`}`,
  },
  {
    name: 'airports',
    query: `
      select name, (row_number() over (order by name))::int as code
      from (select origin as name from rows_read union select destination from rows_read)`,
  },
  {
    name: 'flights',
    query: `
      select id, departed, ${landedAt} as landed, delay, distance, a.code as origin, b.code as destination, a.code * 1000 + b.code as route
      from rows_read join airports a on a.name = origin join airports b on b.name = destination`,
  },
]
