import { behaviour, count, double, entity, event, file, int, job, mean, oneOf, percentile, time, windows } from 'millrace'

export const airport = entity('airport')

/** A flight leaves: what is known then. Its delay is not, so no job can see it before it lands. */
export const departure = event('departure', {
  subject: 'origin',
  time: 'at',
  data: { origin: airport, destination: airport, at: time(), distance: int() },
})

/** The same flight has landed, and how late: minutes, negative when early. */
export const landing = event('landing', {
  subject: 'destination',
  time: 'landedAt',
  data: { origin: airport, destination: airport, landedAt: time(), delay: int() },
})

/** How punctual the flights into an airport have been. A feature in a window is asked for as `delay['3h']`. */
export const toAirport = windows('to-airport', {
  of: landing,
  by: 'destination',
  over: ['1h', '3h', '24h', '7d'],
  features: (flight) => ({
    landings: count(),
    late: count().where(flight.delay.atLeast(15)),
    delay: mean(flight.delay),
    p90: percentile(flight.delay, 90).over('24h'),
  }),
})

export const onRoute = windows('on-route', {
  of: landing,
  by: ['origin', 'destination'],
  over: ['24h', '7d', 'last 10'],
  features: (flight) => ({ landings: count(), delay: mean(flight.delay) }),
})

/** How busy an airport is; the flight that leaves counts itself. */
export const traffic = windows('traffic', {
  of: departure,
  by: 'origin',
  over: ['1h', 'day to date'],
  zone: 'America/Los_Angeles',
  includeRoot: true,
  features: () => ({ departures: count() }),
})

export const arrivals = behaviour('arrivals', { of: [landing], by: 'destination', last: 5, within: '6h' })

/** Guesses a departure's delay. main is a pure function: the same tree gives the same result, in batch, on call and on trial. */
export const delayRisk = job('delay-risk', {
  on: departure,
  fetch: { there: toAirport, here: toAirport.at({ destination: 'origin' }), route: onRoute, traffic, arrivals },
  returns: { risk: oneOf('low', 'raised', 'high'), expectedDelay: double(), lateArrivals: int() },
  output: [file('delay-risk.parquet')],
  main: ({ there, here, route, traffic, arrivals }) => {
    const usual = route.delay['7d'] ?? there.delay['7d'] ?? 0
    const today = (there.delay['3h'] ?? usual) - usual
    const queue = traffic.departures['1h'] > 10 ? 3 : 0
    const expectedDelay = Math.round(10 * (usual + 0.4 * today + 0.2 * (here.delay['1h'] ?? 0) + queue)) / 10
    return {
      risk: expectedDelay >= 25 ? 'high' : expectedDelay >= 12 ? 'raised' : 'low',
      expectedDelay,
      lateArrivals: arrivals.filter((flight) => flight.data.delay >= 15).length,
    }
  },
})
