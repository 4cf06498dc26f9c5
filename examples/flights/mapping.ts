import { column, compute, int, into, mapping, string, time } from 'millrace'
import { departure, landing } from './flights.ts'

/** Before it flies and after it landed, a flight taxis, climbs and waits for half an hour. */
const groundMs = 30 * 60_000
/** 7.4 miles a minute, a jet on its way: 300,000 ms for 37 miles. */
const cruiseMs = (miles: number) => Math.round((miles * 300_000) / 37)
/** How much of the half hour an early flight can have saved. Records of flights an hour early and more (about 150) are errors. */
const mostSavedMinutes = 30

/**
 * When a flight landed is not in the file and is estimated: departure, half an hour on the ground, distance at 7.4 miles a
 * minute, and its delay. Never before the plane can have been there: an early flight saved the half hour at most.
 * Milliseconds, rounded once.
 */
export const landingTime = (departedAt: number, distance: number, delay: number): number =>
  departedAt + groundMs + Math.max(delay, -mostSavedMinutes) * 60_000 + cruiseMs(distance)

/** What a landing tells of its airport. */
export const flowOf = (delay: number): 'open' | 'slowed' | 'stopped' => (delay < 15 ? 'open' : delay < 60 ? 'slowed' : 'stopped')

/**
 * `flights-3m.parquet` of vega-datasets: each row is a departure and, later, a landing. Rows count as they are, the 191 that
 * repeat another in all fields too: an event's id and its place among those of its millisecond are its row number. Times in the
 * file have no zone and are taken as UTC. Each event could be known when it happened, and no sooner.
 */
export const flightsFile = mapping('flights-3m', {
  columns: { date: column(time(), { unit: 'us' }), delay: int(), distance: int(), origin: string(), destination: string() },
  events: (row) => [
    into(departure, {
      fields: { origin: row.origin, destination: row.destination, at: row.date, distance: row.distance },
      knownAt: 'time',
    }),
    into(landing, {
      fields: {
        origin: row.origin,
        destination: row.destination,
        landedAt: compute([row.date, row.distance, row.delay], landingTime),
        distance: row.distance,
        delay: row.delay,
        flow: compute([row.delay], flowOf),
      },
      knownAt: 'time',
    }),
  ],
})
