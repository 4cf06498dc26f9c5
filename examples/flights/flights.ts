import {
  behaviour,
  count,
  deviation,
  distinctCount,
  double,
  entity,
  event,
  file,
  int,
  job,
  list,
  max,
  mean,
  oneOf,
  percentile,
  type RowOf,
  state,
  stream,
  string,
  time,
  windows,
} from 'millrace'

export const airport = entity('airport')
export const flights = stream('travel.air.flights')
export const level = oneOf('open', 'slowed', 'stopped')

/** A flight leaves: what is known then. Its delay is not, so main cannot read it. */
export const departure = event('departure', {
  stream: flights,
  subject: 'origin',
  time: 'at',
  data: { origin: airport, destination: airport, at: time(), distance: int() },
})

/**
 * The same flight has landed, and how late (minutes, negative when early). It also tells how its destination stands until the
 * next one lands: open, slowed from 15 minutes of delay on, stopped from 60 on. So an airport's flow is a state.
 */
export const landing = event('landing', {
  kind: 'state',
  stream: flights,
  subject: 'destination',
  time: 'landedAt',
  data: { origin: airport, destination: airport, landedAt: time(), distance: int(), delay: int(), flow: level },
})

const punctuality = (flight: RowOf<typeof landing>) => ({
  /** Landings seen. */
  landings: count(),
  /** Those late by 15 minutes or more. */
  late: count().where(flight.delay.atLeast(15)),
  /** Mean delay in minutes. */
  delay: mean(flight.delay),
  spread: deviation(flight.delay),
  worst: max(flight.delay),
})

export const fromOrigin = windows('from-origin', { of: landing, by: 'origin', over: ['1h', '3h', '24h', '30d'], features: punctuality })

export const toDestination = windows('to-destination', {
  of: landing,
  by: 'destination',
  over: ['1h', '3h', '24h', '30d'],
  features: (flight) => ({ ...punctuality(flight), p90: percentile(flight.delay, 90).over('24h', '7d') }),
})

export const onRoute = windows('on-route', {
  of: landing,
  by: ['origin', 'destination'],
  over: ['24h', '7d', '30d', '25h to 23h', 'last 20'],
  features: (flight) => ({
    landings: count(),
    late: count().where(flight.delay.atLeast(15)),
    delay: mean(flight.delay),
    p90: percentile(flight.delay, 90).over('30d'),
  }),
})

/** How busy an airport is; the flight that leaves counts itself. The file's times have no zone, so its days are those of UTC. */
export const traffic = windows('traffic', {
  of: departure,
  by: 'origin',
  over: ['1h', '3h', '24h', 'day to date'],
  zone: 'UTC',
  includeRoot: true,
  features: (flight) => ({ departures: count(), destinations: distinctCount(flight.destination), distance: mean(flight.distance) }),
})

/** What the last three landings tell of an airport. */
export const flow = state('flow', { of: landing, by: 'destination', last: 3 })
export const arrivals = behaviour('arrivals', { of: [landing], by: 'destination', last: 10, within: '6h' })

/** How much later than usual; nothing known is nothing unusual. */
const excess = (now: number | null, usual: number | null) => (now === null || usual === null ? 0 : now - usual)

/** The level that all of an airport's last landings tell, when the oldest of them is not three hours old. */
const agreed = (told: readonly { readonly time: number; readonly data: { readonly flow: string } }[], now: number) =>
  told.length === 3 && told[0]!.time > now - 10_800_000 && told.every((landing) => landing.data.flow === told[0]!.data.flow)
    ? told[0]!.data.flow
    : 'open'

export const delayRisk = job('delay-risk', {
  on: departure,
  fetch: {
    origin: fromOrigin,
    destination: toDestination,
    route: onRoute,
    leaving: traffic,
    arriving: traffic.at({ origin: 'destination' }),
    arrivals,
    flowHere: flow.at({ destination: 'origin' }),
    flowThere: flow,
  },
  returns: { risk: oneOf('low', 'raised', 'high'), expectedDelay: double(), because: list(string()) },
  output: [file('delay-risk.parquet')],
  main: ({ time, origin, destination, route, leaving, arriving, arrivals, flowHere, flowThere }) => {
    const usual = route.delay['30d'] ?? destination.delay['30d'] ?? origin.delay['30d'] ?? 0
    const hereNow = excess(origin.delay['1h'], origin.delay['30d'])
    const hereToday = excess(origin.delay['24h'], origin.delay['30d'])
    const thereToday = excess(destination.delay['24h'], destination.delay['30d'])
    const routeToday = excess(route.delay['24h'], route.delay['30d'])
    const queue = leaving.departures['1h'] / Math.max(1, leaving.departures['3h'] / 3)
    const late = arrivals.filter((landing) => landing.data.delay >= 15).length
    const [stoppedHere, stoppedThere] = [agreed(flowHere, time) === 'stopped', agreed(flowThere, time) === 'stopped']
    // Weights by least squares over the file itself, rounded.
    const expectedDelay =
      2.5 +
      0.65 * usual +
      0.15 * hereNow +
      0.25 * hereToday +
      0.3 * thereToday +
      0.15 * routeToday +
      (stoppedHere ? 20 : 0) +
      (stoppedThere ? 20 : 0)
    const because = [
      hereNow > 10 && 'flights from here have run late this hour',
      thereToday > 10 && 'flights into the destination have run late today',
      routeToday > 10 && 'this route has run late today',
      late >= 5 && `${late} of the last ${arrivals.length} arrivals were late`,
      (route.delay['25h to 23h'] ?? 0) >= 15 && 'this route ran late at this hour yesterday',
      (route.p90['30d'] ?? 0) >= 60 && 'one in ten flights on this route is an hour late or more',
      queue > 1.5 && 'more flights leave than in the hours before',
      arriving.departures['1h'] > (2 * arriving.departures['3h']) / 3 && 'the destination is busier than it was',
      stoppedHere && 'the last three landings here were an hour late or more',
      stoppedThere && 'the last three landings there were an hour late or more',
    ].filter((reason) => reason !== false)
    const risk = expectedDelay >= 20 ? 'high' : expectedDelay >= 10 ? 'raised' : 'low'
    return { risk, expectedDelay: Math.round(expectedDelay * 10) / 10, because }
  },
})
