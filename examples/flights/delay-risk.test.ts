import fc from 'fast-check'
import { expect, it } from 'vitest'
import { freeze } from '../../src/index.ts'
import { jsonOf } from '../../src/oracle/node.ts'
import { oracleTree } from '../../src/oracle/tree.ts'
import { mapped } from '../mapped.suite.ts'
import { flightsFile, landingTime } from './mapping.ts'
import { flightsProject } from './project.ts'

const plan = freeze(flightsProject)
const { fetch } = plan.jobs['delay-risk']!
const noon = Date.UTC(2001, 0, 10, 12)

const row = fc.record({
  date: fc.integer({ min: -600, max: 600 }).map((minutes) => noon + minutes * 60_000),
  delay: fc.integer({ min: -40, max: 200 }),
  distance: fc.integer({ min: 20, max: 2_000 }),
  origin: fc.constantFrom('ORD', 'JFK', 'LAX'),
  destination: fc.constantFrom('ORD', 'JFK', 'LAX'),
})
type Flight = {
  readonly date: number
  readonly delay: number
  readonly distance: number
  readonly origin: string
  readonly destination: string
}

const treeOf = (rows: readonly Flight[], root: number): string => {
  const versions = mapped(flightsFile, rows)
  const departure = versions.find(({ type, id }) => type === 'departure' && id === `flights-3m:${root}`)!
  const read = { as: 'known', cutoff: departure.knownAt } as const
  return JSON.stringify(
    jsonOf(oracleTree({ plan, versions, root: { sort: 'event', type: 'departure', id: departure.id }, fetch, read, asOf: 'event' })),
  )
}

it('no feature of a departure sees a delay before the landing that told it', () => {
  let changed = 0
  fc.assert(
    fc.property(fc.array(row, { minLength: 3, maxLength: 10 }), fc.nat(), fc.integer({ min: -40, max: 1_000 }), (rows, at, delay) => {
      const root = at % rows.length
      const now = rows[root]!.date
      const lands = (flight: Flight) => landingTime(flight.date, flight.distance, flight.delay)
      const later = rows.map((flight) => {
        const other = { ...flight, delay }
        return lands(flight) >= now && lands(other) >= now ? other : flight
      })
      changed += later.filter((flight, n) => flight !== rows[n]).length
      expect(treeOf(later, root)).toBe(treeOf(rows, root))
    }),
    { numRuns: 60 },
  )
  expect(changed).toBeGreaterThan(60)
})

it('and sees it right after', () => {
  const flight = { date: noon, delay: 90, distance: 370, origin: 'ORD', destination: 'JFK' }
  const landed = landingTime(flight.date, flight.distance, flight.delay)
  const tree = (date: number) => JSON.parse(treeOf([flight, { ...flight, date, origin: 'JFK', destination: 'ORD' }], 1))
  expect(tree(landed).flowHere).toEqual([])
  expect(tree(landed).leaving.departures['1h']).toBe(1)
  expect(tree(landed + 1).flowHere).toMatchObject([{ data: { flow: 'stopped', delay: 90 } }])
})

it('has at least 40 features by three dimensions, over windows of 1 hour to 30 days', () => {
  const groups = Object.values(plan.windows)
  const counted = groups.flatMap(({ features, over }) => Object.values(features).flatMap((feature) => feature.over ?? over))
  expect(counted).toHaveLength(70)
  expect(new Set(groups.map(({ by }) => by.join()))).toEqual(new Set(['origin', 'destination', 'origin,destination']))
  expect(counted).toEqual(expect.arrayContaining(['1h', '3h', '24h', '30d']))
})
