/**
 * The features of the job `delay-risk` (examples/flights) stated once more, by hand, in DuckDB's SQL: an independent answer, and
 * the peer. Times are milliseconds; a window [T − w, T) is the range from w to 1 ms before.
 */
const hourMs = 3_600_000
const dayMs = 24 * hourMs

const lengths: { readonly [window: string]: number } = { '1h': hourMs, '3h': 3 * hourMs, '24h': dayMs, '7d': 7 * dayMs, '30d': 30 * dayMs }

/** When a flight lands: half an hour on the ground, 7.4 miles a minute, and its delay, of which moment most half an hour is saved. */
const landedAt = 'departed + 1800000 + greatest(delay, -30) * 60000 + floor((distance * 300000)::double / 37 + 0.5)::bigint'

const flights = (file: string, to: string | undefined): string => `
  flights as materialized (
    select file_row_number as id, epoch_ms(date) as departed, delay, distance, origin, destination
    from read_parquet('${file}', file_row_number = true) ${to === undefined ? '' : `where date < timestamp '${to}'`}
  )`

/** Departures and landings together; `id` and `distance` stand for departures only, `delay` for landings only. */
const both = `
  both_events as (
    select id, departed as moment, origin, destination, distance, null as delay, destination as flown_to from flights
    union all
    select null, ${landedAt}, origin, destination, null, delay, null from flights
  )`

interface Frame {
  readonly window: string
  readonly by: string
  readonly range: string
}

const frames = (windows: readonly string[], by: string): readonly Frame[] =>
  windows.map((window) => ({
    window,
    by,
    range: window === '25h to 23h' ? between(25 * hourMs, 23 * hourMs) : between(lengths[window]!, 0),
  }))

const between = (from: number, to: number): string => `range between ${from} preceding and ${to + 1} preceding`

const over = ({ by, range }: Frame): string => `over (partition by ${by} order by moment ${range})`

const name = (node: string, feature: string, { window }: Frame): string => `"${node}.${feature}.${window}"`

const landings = (node: string, frame: Frame): readonly string[] => [
  `count(delay) ${over(frame)} as ${name(node, 'landings', frame)}`,
  `count(*) filter (where delay >= 15) ${over(frame)} as ${name(node, 'late', frame)}`,
  `sum(delay) ${over(frame)}::double / nullif(count(delay) ${over(frame)}, 0) as ${name(node, 'delay', frame)}`,
]

/** The exact variance of whole numbers, rounded once by its one division. */
const spread = (node: string, frame: Frame): readonly string[] => {
  const [n, sum] = [`count(delay) ${over(frame)}::hugeint`, `sum(delay) ${over(frame)}::hugeint`]
  const squares = `sum(delay * delay) ${over(frame)}::hugeint`
  return [
    `sqrt((${n} * ${squares} - ${sum} * ${sum})::double / nullif(${n} * (${n} - 1), 0)::double) as ${name(node, 'spread', frame)}`,
    `max(delay) ${over(frame)} as ${name(node, 'worst', frame)}`,
  ]
}

const percentile = (node: string, frame: Frame): string => `quantile_disc(delay, 0.9) ${over(frame)} as ${name(node, 'p90', frame)}`

/** Traffic: parts of which the answers are made once it is known whether the root is one of its own rows. */
const trafficParts = (frame: Frame, i: number): readonly string[] => [
  `count(distance) ${over(frame)} as n${i}`,
  `sum(distance) ${over(frame)} as miles${i}`,
  `count(distinct flown_to) ${over(frame)} as places${i}`,
  `count(distance) over (partition by ${frame.by}, place order by moment ${frame.range}) as here${i}`,
]

const trafficWindows = ['1h', '3h', '24h', 'day to date']

const trafficFrames = (by: string): readonly Frame[] => [
  ...frames(['1h', '3h', '24h'], by),
  { window: 'day to date', by: `${by}, moment // ${dayMs}`, range: 'range between unbounded preceding and 1 preceding' },
]

/** `isIn`: whether the root counts itself. */
const trafficAnswers = (node: string, isIn: string): readonly string[] =>
  trafficWindows.flatMap((window, i) => {
    const frame = { window, by: '', range: '' }
    const own = `(case when ${isIn} then 1 else 0 end)`
    return [
      `n${i} + ${own} as ${name(node, 'departures', frame)}`,
      `places${i} + (case when ${isIn} and here${i} = 0 then 1 else 0 end) as ${name(node, 'destinations', frame)}`,
      `(coalesce(miles${i}, 0) + ${own} * own)::double / nullif(n${i} + ${own}, 0) as ${name(node, 'distance', frame)}`,
    ]
  })

const origin = frames(['1h', '3h', '24h', '30d'], 'origin')
const destination = frames(['1h', '3h', '24h', '30d'], 'destination')
const route = frames(['24h', '7d', '30d', '25h to 23h'], 'origin, destination')

const series = `
  series as (
    select id,
      ${[
        ...origin.flatMap((frame) => [...landings('origin', frame), ...spread('origin', frame)]),
        ...destination.flatMap((frame) => [...landings('destination', frame), ...spread('destination', frame)]),
        ...frames(['24h', '7d'], 'destination').map((frame) => percentile('destination', frame)),
        ...route.flatMap((frame) => landings('route', frame)),
        ...frames(['30d'], 'origin, destination').map((frame) => percentile('route', frame)),
      ].join(',\n      ')}
    from both_events qualify id is not null
  )`

const leaving = `
  leaving as (
    select id, ${trafficAnswers('leaving', 'true').join(',\n      ')}
    from (select id, distance as own, ${trafficFrames('origin').flatMap(trafficParts).join(', ')}
          from (select id, departed as moment, origin, distance, destination as flown_to, destination as place from flights))
  )`

/** Keyed by where the root goes: departures from there, and the roots, which count themselves only where they fly in a circle. */
const arriving = `
  arriving as (
    select id, ${trafficAnswers('arriving', 'is_circle').join(',\n      ')}
    from (select id, own, is_circle, ${trafficFrames('airport').flatMap(trafficParts).join(', ')}
          from (select null as id, departed as moment, origin as airport, distance, destination as flown_to, destination as place, null as own, false as is_circle
                from flights
                union all
                select id, departed, destination, null, null, destination, distance, origin = destination from flights)
          qualify id is not null)
  )`

/** The last 20 landings of the route: sums that run along them, taken from the latest landing before the root. */
const lastTwenty = `
  landed as (
    select id as row, ${landedAt} as moment, origin, destination, delay from flights
  ),
  running as (
    select moment, origin, destination,
      count(delay) over twenty as n, count(*) filter (where delay >= 15) over twenty as late, sum(delay) over twenty as total
    from landed
    window twenty as (partition by origin, destination order by moment, row rows between 19 preceding and current row)
    qualify row_number() over (partition by origin, destination, moment order by row desc) = 1
  ),
  twenty as (
    select f.id, coalesce(n, 0) as "route.landings.last 20", coalesce(late, 0) as "route.late.last 20", total::double / n as "route.delay.last 20"
    from flights f asof left join running r
      on f.origin = r.origin and f.destination = r.destination and f.departed > r.moment
  )`

/** One row a departure: its row number as `id`, then a column for each feature in each window. Flights before `to` only. */
export const flightsQuery = (file: string, to?: string): string =>
  `with ${[flights(file, to), both, series, leaving, arriving, lastTwenty].join(',')}
  select * from series join leaving using (id) join arriving using (id) join twenty using (id)`
