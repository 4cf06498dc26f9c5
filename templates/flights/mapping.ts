import { compute, int, into, mapping, string, time } from 'millrace'
import { departure, landing } from './flights.ts'

/** The file does not say when a flight landed: half an hour on the ground, 7.4 miles a minute, and its delay. */
const landingTime = (departedAt: number, distance: number, delay: number): number =>
  departedAt + 30 * 60_000 + Math.round((distance / 7.4) * 60_000) + Math.max(delay, -30) * 60_000

/** Each row of `data/flights.csv` is two events. When they could be known is said here; where it is not, the import asks. */
export const flightsFile = mapping('flights', {
  columns: { date: time(), origin: string(), destination: string(), distance: int(), delay: int() },
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
        delay: row.delay,
      },
      knownAt: 'time',
    }),
  ],
})
