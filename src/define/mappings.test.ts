import { describe, expect, it } from 'vitest'
import { cardsFile } from '../../examples/cards/mapping.ts'
import * as flights from '../../examples/flights/flights.ts'
import { flightsFile, flowOf, landingTime } from '../../examples/flights/mapping.ts'
import { column, entity, event, into, mapping, not, object, optional, string, time } from '../index.ts'

describe('mappings', () => {
  it('say of each field where it comes from', () => {
    const [departure, landing] = flightsFile.plan.events
    expect(flightsFile.plan.columns['date']).toEqual({ name: 'date', field: { kind: 'time' }, unit: 'us' })
    expect(departure).toEqual({
      event: 'departure',
      fields: {
        origin: { column: 'origin' },
        destination: { column: 'destination' },
        at: { column: 'date' },
        distance: { column: 'distance' },
      },
      knownAt: { time: 'event' },
    })
    expect(landing?.fields).toMatchObject({
      landedAt: { of: ['date', 'distance', 'delay'] },
      delay: { column: 'delay' },
      flow: { of: ['delay'] },
    })
    expect(cardsFile.plan.events.map(({ event, where, knownAt }) => [event, where, knownAt])).toContainEqual([
      'refund',
      { op: 'is', column: 'type', value: 'refund' },
      { column: 'sentAt' },
    ])
  })

  it('read columns under other names, constants, and lags', () => {
    const flown = mapping('flown', {
      columns: { when: column(time(), { name: 'dep_time', unit: 's' }), to: string() },
      events: (row) =>
        into(flights.departure, {
          where: not(row.to.is('JFK')),
          fields: { at: row.when, origin: 'ORD', destination: row.to, distance: 740 },
          knownAt: { lag: '5m' },
        }),
    })
    expect(flown.plan.columns).toEqual({
      when: { name: 'dep_time', field: { kind: 'time' }, unit: 's' },
      to: { name: 'to', field: { kind: 'string' } },
    })
    expect(flown.plan.events).toEqual([
      {
        event: 'departure',
        where: { op: 'not-of', of: { op: 'is', column: 'to', value: 'JFK' } },
        fields: { at: { column: 'when' }, origin: { value: 'ORD' }, destination: { column: 'to' }, distance: { value: 740 } },
        knownAt: { time: 'event', lag: '5m' },
      },
    ])
  })

  it('read a nested object whole, or what lies in it', () => {
    const place = object({ city: string(), zip: optional(string()) })
    const moved = event('moved', {
      subject: 'user',
      time: 'at',
      data: { user: entity('user'), at: time(), home: place, before: optional(place), city: string() },
    })
    const { plan } = mapping('moves', {
      columns: { who: string(), at: time(), address: object({ now: place, old: optional(place) }) },
      events: ({ who, at, address }) =>
        into(moved, { fields: { user: who, at, home: address.now, before: address.old, city: address.now.city } }),
    })
    expect(plan.events[0]!.fields).toEqual({
      user: { column: 'who' },
      at: { column: 'at' },
      home: { column: 'address.now' },
      before: { column: 'address.old' },
      city: { column: 'address.now.city' },
    })
  })

  it.each([
    [0, 740, 0, 30 * 60_000 + 6_000_000],
    [1_000, 37, 20, 1_000 + 50 * 60_000 + 300_000],
    [0, 37, -1116, 300_000],
    [0, 1, -30, 8_108],
  ])('a flight at %d over %d miles, %d minutes late, lands at %d', (departedAt, distance, delay, landed) => {
    expect(landingTime(departedAt, distance, delay)).toBe(landed)
  })

  it.each([
    [-10, 'open'],
    [14, 'open'],
    [15, 'slowed'],
    [59, 'slowed'],
    [60, 'stopped'],
  ])('a landing %d minutes late tells %s', (delay, flow) => expect(flowOf(delay)).toBe(flow))
})
