/** Groups over landings: counts, sums and spreads by key, extremes by blocks, percentiles by RANGE frames, the last 20. */
import { dayMs, hourMs, neverMs, type PeerGroup, type SqlTable } from './sql.ts'

interface Window {
  readonly name: string
  /** From `from` to `to` before the root. */
  readonly from: number
  readonly to: number
}

const window = (name: string, from: number, to = 0): Window => ({ name, from, to })
const hours = [window('1h', hourMs), window('3h', 3 * hourMs), window('24h', dayMs)]
const ofAirports = [...hours, window('30d', 30 * dayMs)]
const ofRoutes = [window('24h', dayMs), window('7d', 7 * dayMs), window('30d', 30 * dayMs), window('25h to 23h', 25 * hourMs, 23 * hourMs)]

/** Landings of one key and moment, and a row before all others for each key, from which its running sums begin. */
const moments = (by: string): string => `
  select ${by} as key, landed as moment, count(*) as n, count(*) filter (where delay >= 15) as late, sum(delay)::bigint as total,
    sum(delay * delay)::bigint as squares, max(delay) as worst
  from flights group by all
  union all select distinct ${by}, ${neverMs}, 0, 0, 0, 0, null from flights`

const running = (column: string): string => `(sum(${column}) over so_far)::bigint as ${column}`

/** Over rows in their order; a plain scan that sums as it goes. */
const soFar = 'window so_far as (rows between unbounded preceding and current row)'

const sums = (by: string): SqlTable => ({
  name: `${by}_sums`,
  query: `select key, moment, ${['n', 'late', 'total'].map(running).join(', ')} from (from (${moments(by)}) order by key, moment) ${soFar}`,
})

/**
 * The largest value of a window as long as the blocks that time is cut into: of the block where the window begins what lies from
 * there on, of the next what lies before the root (van Herk, Gil and Werman). Both run along the rows: a value below a block's
 * number in one whole number, so that a running maximum begins anew with every block.
 */
const blockOf = ({ from }: Window): string => `greatest(moment, 0) // ${from}`
/** More than there are blocks of an hour, and an even number of delays (in minutes) about 0. */
const [mostBlocks, delays] = [1_000_000, 100_000]
const valueIn = (packed: string): string => `nullif((${packed}) % ${delays}, 0) - ${delays / 2}`
const packed = (block: string): string => `(${block}) * ${delays} + coalesce(worst + ${delays / 2}, 0)`
const upTo = (w: Window, i: number): string =>
  `${valueIn(`max(${packed(`key * ${mostBlocks} + ${blockOf(w)}`)}) over so_far`)} as up_to_${i}`
const fromOn = (w: Window, i: number): string =>
  `${valueIn(`max(${packed(`(1000 - key) * ${mostBlocks} + ${mostBlocks} - ${blockOf(w)}`)}) over so_far`)} as from_on_${i}`

/** Also what the rows after have: `next_moment`, and from it to the end of its block the worst (`from_on`). */
const sumsAndExtremes = (by: string): readonly SqlTable[] => [
  {
    name: `${by}_backward`,
    query: `select *, ${ofAirports.map(fromOn).join(', ')} from (from (${moments(by)}) order by key desc, moment desc) ${soFar}`,
  },
  {
    name: `${by}_after`,
    query: `
      select key, moment, n, late, total, squares, worst, lag(moment) over () as next_moment,
        ${ofAirports.map((_, i) => `lag(from_on_${i}) over () as from_on_${i}`).join(', ')}
      from ${by}_backward`,
  },
  {
    name: `${by}_sums`,
    query: `
      select key, moment, ${['n', 'late', 'total', 'squares'].map(running).join(', ')}, next_moment,
        ${ofAirports.map((w, i) => `from_on_${i}, ${upTo(w, i)}`).join(', ')}
      from (from ${by}_after order by key, moment) ${soFar}`,
  },
]

/** Each distinct root moment with what ran up to each edge; `a_MS` is the row looked up MS before the root. */
const looked = (by: string, edges: readonly number[]): string => `
  (select distinct ${by} as key, departed from flights) roots
  ${edges.map((ms) => `asof left join ${by}_sums a_${ms} on a_${ms}.key = roots.key and roots.departed - ${ms} > a_${ms}.moment`).join('\n  ')}`

const edgesOf = (windows: readonly Window[]): readonly number[] => [...new Set(windows.flatMap(({ from, to }) => [to, from]))]

const named = (node: string, feature: string, { name }: Window): string => `"${node}.${feature}.${name}"`

const counts = (node: string, w: Window): readonly string[] => {
  const inside = (column: string): string => `(a_${w.to}.${column} - a_${w.from}.${column})`
  return [
    `coalesce(${inside('n')}, 0) as ${named(node, 'landings', w)}`,
    `coalesce(${inside('late')}, 0) as ${named(node, 'late', w)}`,
    `${inside('total')}::double / nullif(${inside('n')}, 0) as ${named(node, 'delay', w)}`,
  ]
}

/** The exact variance of whole numbers, rounded once by its one division. */
const spreads = (node: string, w: Window, i: number): readonly string[] => {
  const inside = (column: string): string => `(a_0.${column} - a_${w.from}.${column})::hugeint`
  const [n, total, squares] = [inside('n'), inside('total'), inside('squares')]
  const block = (time: string): string => `(${time}) // ${w.from}`
  return [
    `sqrt((${n} * ${squares} - ${total} * ${total})::double / nullif(${n} * (${n} - 1), 0)::double) as ${named(node, 'spread', w)}`,
    `greatest(
      case when ${block(`a_${w.from}.next_moment`)} = ${block(`roots.departed - ${w.from}`)} then a_${w.from}.from_on_${i} end,
      case when ${block('a_0.moment')} = ${block('roots.departed')} then a_0.up_to_${i} end) as ${named(node, 'worst', w)}`,
  ]
}

/** Answers of roots that share key and moment, for each of them. */
const forRoots = (by: string, columns: readonly string[], from: string): string => `
  select flights.id, answers.* exclude (key, departed)
  from flights join (select roots.key, roots.departed, ${columns.join(',\n')} from ${from}) answers
    on answers.key = flights.${by} and answers.departed = flights.departed`

const nameIn = (column: string): string => /"(.*)"$/.exec(column)![1]!

const atAirports = (by: 'origin' | 'destination'): PeerGroup => {
  const columns = ofAirports.flatMap((w, i) => [...counts(by, w), ...spreads(by, w, i)])
  return {
    name: `${by}: counts, means, deviations, maxima`,
    features: columns.map(nameIn),
    tables: sumsAndExtremes(by),
    query: forRoots(by, columns, looked(by, edgesOf(ofAirports))),
  }
}

const onRoutes = (): PeerGroup => {
  const columns = ofRoutes.flatMap((w) => counts('route', w))
  return {
    name: 'route: counts, means',
    features: columns.map(nameIn),
    tables: [sums('route')],
    query: forRoots('route', columns, looked('route', edgesOf(ofRoutes))),
  }
}

const percentile = (by: string, w: Window): PeerGroup => ({
  name: `${by}: percentile ${w.name}`,
  features: [`${by}.p90.${w.name}`],
  tables: [],
  query: `
    select id, quantile_disc(delay, 0.9) over (
      partition by key order by moment range between ${w.from} preceding and 1 preceding) as ${named(by, 'p90', w)}
    from (select id, ${by} as key, departed as moment, null as delay from flights
          union all select null, ${by}, landed, delay from flights)
    qualify id is not null`,
})

/** Sums that run along a route's landings, taken from the latest before the root. */
const lastTwenty: PeerGroup = {
  name: 'route: last 20',
  features: ['landings', 'late', 'delay'].map((feature) => `route.${feature}.last 20`),
  tables: [
    {
      name: 'twenty',
      query: `
        select route, landed as moment, count(*) over twenty as n, count(*) filter (where delay >= 15) over twenty as late,
          sum(delay) over twenty as total
        from flights
        window twenty as (partition by route order by landed, id rows between 19 preceding and current row)
        qualify lead(landed) over (partition by route order by landed, id) is distinct from landed`,
    },
  ],
  query: `
    select id, coalesce(n, 0) as "route.landings.last 20", coalesce(late, 0) as "route.late.last 20", total::double / n as "route.delay.last 20"
    from flights asof left join twenty on flights.route = twenty.route and flights.departed > twenty.moment`,
}

export const landingGroups: readonly PeerGroup[] = [atAirports('origin'), atAirports('destination'), onRoutes(), lastTwenty]

/** The slow ones. */
export const percentileGroups: readonly PeerGroup[] = [
  percentile('route', window('30d', 30 * dayMs)),
  percentile('destination', window('24h', dayMs)),
  percentile('destination', window('7d', 7 * dayMs)),
]
