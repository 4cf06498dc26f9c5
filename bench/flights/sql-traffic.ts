/**
 * The group over departures, each root among its own. How many places are flown to within w: an edge from an airport is in use from
 * a departure until w later, unless the next comes first; so places in use are the beginnings of use before the root without the
 * ends, and both run along an airport's events like counts do.
 */
import { dayMs, hourMs, neverMs, type PeerGroup, type SqlTable } from './sql.ts'

interface Window {
  readonly name: string
  /** Undefined: the day's. */
  readonly ms: number | undefined
  /** Where it begins. */
  readonly start: string
}

const hours: readonly Window[] = [1, 3, 24].map((h) => ({ name: `${h}h`, ms: h * hourMs, start: `roots.departed - ${h * hourMs}` }))
const windows: readonly Window[] = [...hours, { name: 'day to date', ms: undefined, start: `roots.departed - roots.departed % ${dayMs}` }]

const changes = hours.map((_, i) => `used_${i}`)
const none = changes.map(() => '0').join(', ')

/** Departures of one route and moment, with those next to them; `last` and `next` are null where there is none. */
const uses: SqlTable = {
  name: 'uses',
  query: `
    select *, lag(moment) over along as last, lead(moment) over along as next
    from (select route, origin, departed as moment, count(*) as n, sum(distance)::bigint as miles from flights group by all)
    window along as (partition by route order by moment)`,
}

/** What begins and what ends, by airport and moment, then as running sums. */
const trafficSums: SqlTable = {
  name: 'traffic_sums',
  query: `
    select key, moment, ${['n', 'miles', 'first_of_day', ...changes].map((name) => `(sum(${name}) over so_far)::bigint as ${name}`).join(', ')}
    from (
      select key, moment, sum(n)::bigint as n, sum(miles)::bigint as miles, sum(first_of_day)::bigint as first_of_day,
        ${changes.map((name) => `sum(${name})::bigint as ${name}`).join(', ')}
      from (
        select origin as key, moment, n, miles, (last is null or last // ${dayMs} < moment // ${dayMs})::int as first_of_day,
          ${hours.map(({ ms }, i) => `(last is null or last + ${ms} < moment)::int as used_${i}`).join(', ')}
        from uses
        ${hours
          .map(
            ({ ms }, i) => `union all select origin, moment + ${ms}, 0, 0, 0, ${changes.map((_, c) => (c === i ? '-1' : '0')).join(', ')}
        from uses where next is null or next > moment + ${ms}`,
          )
          .join('\n        ')}
        union all select code, ${neverMs}, 0, 0, 0, ${none} from airports)
      group by all order by key, moment)
    window so_far as (rows between unbounded preceding and current row)`,
}

/** `isIn`: whether the root counts itself. */
const answers = (node: string, isIn: string): readonly string[] =>
  windows.flatMap(({ name, ms, start }, i) => {
    const inside = (column: string): string => `(now.${column} - w${i}.${column})`
    const own = `(case when ${isIn} then 1 else 0 end)`
    const places = ms === undefined ? inside('first_of_day') : `now.used_${i}`
    return [
      `${inside('n')} + ${own} as "${node}.departures.${name}"`,
      `${places} + (case when ${isIn} and (last is null or last < ${start}) then 1 else 0 end) as "${node}.destinations.${name}"`,
      `(${inside('miles')} + ${own} * distance)::double / nullif(${inside('n')} + ${own}, 0) as "${node}.distance.${name}"`,
    ]
  })

/** The airport at which a node looks; a root arrives where it counts only if it flies in a circle. */
const traffic = (node: string, by: string, isIn: string): SqlTable => ({
  name: node,
  query: `
    select id, ${answers(node, isIn).join(',\n      ')}
    from (select flights.*, last from flights join uses on uses.route = flights.route and uses.moment = flights.departed) roots
    asof join traffic_sums now on now.key = roots.${by} and roots.departed > now.moment
    ${windows.map(({ start }, i) => `asof join traffic_sums w${i} on w${i}.key = roots.${by} and ${start} > w${i}.moment`).join('\n    ')}`,
})

const nodes = [traffic('leaving', 'origin', 'true'), traffic('arriving', 'destination', 'origin = destination')]

export const trafficGroup: PeerGroup = {
  name: 'traffic: counts, distinct counts, means',
  features: ['leaving', 'arriving'].flatMap((node) =>
    windows.flatMap(({ name }) => ['departures', 'destinations', 'distance'].map((feature) => `${node}.${feature}.${name}`)),
  ),
  tables: [uses, trafficSums, ...nodes],
  query: 'select * from leaving join arriving using (id)',
}
