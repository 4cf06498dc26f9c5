import { describe, expect, it } from 'vitest'
import * as cards from '../../examples/cards/cards.ts'
import { cardsProject } from '../../examples/cards/project.ts'
import * as flights from '../../examples/flights/flights.ts'
import { flightsProject } from '../../examples/flights/project.ts'
import {
  count,
  decimal,
  double,
  entity,
  event,
  first,
  freeze,
  int,
  int64,
  job,
  max,
  object,
  optional,
  string,
  sum,
  time,
  windows,
} from '../index.ts'

const isPlain = (value: unknown): boolean => {
  if (typeof value !== 'object' || value === null) return ['string', 'number', 'boolean'].includes(typeof value) || value === null
  const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
  return Object.isFrozen(value) && plain && Object.values(value).every(isPlain)
}

describe('definitions build plans', () => {
  it.each([...Object.entries(cards), ...Object.entries(flights)])('%s is frozen, and its plan is plain JSON', (_, definition) => {
    expect(Object.isFrozen(definition)).toBe(true)
    const { plan } = definition as { readonly plan?: unknown }
    if (plan === undefined) return
    expect(isPlain(plan)).toBe(true)
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
  })

  it.each([
    ['cards', cardsProject],
    ['flights', flightsProject],
  ] as const)('the whole of %s freezes into plain JSON', (_, project) => {
    const plan = freeze(project)
    expect(isPlain(plan)).toBe(true)
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan)
    expect(plan.format).toBe('millrace-plan/1')
  })

  it('says what a group reads, filters, groups and covers', () => {
    const { plan } = cards.userSpend
    expect(plan.of).toEqual([{ event: 'answer', where: { op: 'is', column: 'result', value: 'approved' } }])
    expect(plan.by).toEqual(['user'])
    expect(plan.over).toEqual(['1h', '24h', '30d', '30d to 1d'])
    expect(plan.features).toMatchObject({
      payments: { aggregate: 'count' },
      spend: { aggregate: 'sum', column: 'amount', default: 0 },
      byCountry: { aggregate: 'sum', column: 'amount', groupBy: 'country' },
      p95: { aggregate: 'percentile', column: 'amount', options: { percent: 95 }, over: ['30d'] },
      home: { aggregate: 'mostFrequent', column: 'country', options: { k: 1 }, over: ['last 20'] },
    })
  })

  it('maps the columns of a union, those it keeps spelled out', () => {
    expect(cards.cashOut.plan.of).toEqual([
      { event: 'withdrawal', columns: { user: 'holder', amount: 'total' } },
      { event: 'payment', where: { op: 'is', column: 'category', value: 'cash' }, columns: { user: 'user', amount: 'amount' } },
    ])
  })

  it('holds what a definition says of order, versions, calls and old names', () => {
    const shop = entity('shop')
    const sale = event('sale', {
      subject: 'shop',
      time: 'at',
      seq: 'n',
      version: 'n',
      id: 'n',
      rows: 'facts',
      callAppends: true,
      core: true,
      aliases: { n: ['no', 'number'], at: 'sold' },
      data: { shop, at: time(), n: int() },
    })
    expect(sale.plan).toEqual({
      kind: 'action',
      subject: 'shop',
      time: 'at',
      seq: 'n',
      version: 'n',
      id: ['n'],
      rows: 'facts',
      callAppends: true,
      core: true,
      aliases: { n: ['no', 'number'], at: ['sold'] },
      data: { shop: { kind: 'entity', name: 'shop' }, at: { kind: 'time' }, n: { kind: 'int' } },
    })
    expect(cards.payment.plan).toMatchObject({ kind: 'action', rows: 'changes', id: ['paymentId'], stream: 'risk.cards.payments' })
  })

  it('writes conditions in JSON form', () => {
    const thing = event('thing', {
      subject: 'who',
      time: 'at',
      data: {
        who: entity('user'),
        at: time(),
        n: int(),
        m: double(),
        big: int64(),
        place: object({ city: string() }),
        note: optional(string()),
      },
    })
    const where = (ask: Parameters<typeof thing.where>[0]) => {
      const { trigger } = thing.where(ask)
      return trigger.on === 'event' ? trigger.where : undefined
    }
    expect(where((t) => t.n.between(1, 5))).toEqual({
      op: 'and',
      of: [
        { op: 'atLeast', column: 'n', value: 1 },
        { op: 'atMost', column: 'n', value: 5 },
      ],
    })
    expect(where((t) => t.n.above(t.m))).toEqual({ op: 'above', column: 'n', other: 'm' })
    expect(where((t) => t.big.is(9007199254740993n))).toEqual({ op: 'is', column: 'big', value: '9007199254740993' })
    expect(where((t) => t.at.before(new Date(7)))).toEqual({ op: 'below', column: 'at', value: 7 })
    expect(where((t) => t.note.isPresent())).toEqual({ op: 'not-of', of: { op: 'isNull', column: 'note' } })
    expect(where((t) => t.place.city.isOneOf('Rome', 'Oslo'))).toEqual({ op: 'in', column: 'place.city', values: ['Rome', 'Oslo'] })
    expect(where((t) => t.n.is(1).and(t.n.isNot(2)).and(t.note.startsWith('x')).or(t.note.isMissing()))).toEqual({
      op: 'or',
      of: [
        {
          op: 'and',
          of: [
            { op: 'is', column: 'n', value: 1 },
            { op: 'not', column: 'n', value: 2 },
            { op: 'startsWith', column: 'note', value: 'x' },
          ],
        },
        { op: 'isNull', column: 'note' },
      ],
    })
    expect(thing.where((t) => t.n.is(1)).where((t) => t.n.is(2)).trigger).toMatchObject({
      where: { op: 'and', of: [{ value: 1 }, { value: 2 }] },
    })
  })

  it('holds zone, first weekday and merging', () => {
    const group = windows('group', {
      of: cards.payment,
      by: ['user', 'card'],
      over: ['week to date'],
      zone: 'Asia/Tokyo',
      weekStart: 7,
      merge: { unit: 'day', olderThan: '30d' },
      features: (p) => ({ most: max(p.amount).default(1), first: first(p.at) }),
    })
    expect(group.plan).toMatchObject({ by: ['user', 'card'], zone: 'Asia/Tokyo', weekStart: 7, merge: { unit: 'day', olderThan: '30d' } })
    const hourly = windows('hourly', { of: cards.payment, by: 'user', over: ['1d'], merge: 'hour', features: () => ({ n: count() }) })
    expect(hourly.plan.merge).toEqual({ unit: 'hour' })
  })

  it('points a fetch at other fields of the root, and keeps the name of those it does not', () => {
    expect(flights.delayRisk.plan.fetch['leaving']).toEqual({ sort: 'windows', of: 'traffic' })
    expect(flights.delayRisk.plan.fetch['arriving']).toEqual({ sort: 'windows', of: 'traffic', at: { origin: 'destination' } })
    expect(flights.onRoute.at({ origin: 'destination', destination: 'origin' }).fetch.at).toEqual({
      origin: 'destination',
      destination: 'origin',
    })
  })

  it('holds a state as one event or as a list', () => {
    expect(cards.cardLimit.plan).toEqual({ of: { event: 'limit-changed' }, by: 'card', last: 1 })
    expect(flights.flow.plan).toEqual({ of: { event: 'landing' }, by: 'destination', last: 3 })
  })

  it('holds how a job reads and when it runs again', () => {
    const watch = job('watch', {
      on: cards.payment,
      fetch: { limit: cards.cardLimit },
      returns: { n: int() },
      main: () => ({ n: 1 }),
      asOf: 'arrival',
      grace: '2s',
      revise: '1h',
      fresh: true,
    })
    expect(watch.plan).toMatchObject({ asOf: 'arrival', grace: '2s', revise: '1h', fresh: true, output: [] })
    expect(cards.cardFraud.plan.asOf).toBe('event')
  })

  it('copies what a caller holds, and freezes only its own', () => {
    const bounds = ['1h'] as ['1h']
    const data = { user: entity('user'), at: time(), amount: decimal(2) }
    const paid = event('paid', { subject: 'user', time: 'at', data })
    windows('w', { of: paid, by: 'user', over: bounds, features: (p) => ({ s: sum(p.amount) }) })
    expect(Object.isFrozen(bounds)).toBe(false)
    expect(Object.isFrozen(data)).toBe(false)
    bounds.push('1h')
    expect(freeze({ paid }).events['paid']?.data).toEqual(data)
  })
})

describe('freeze', () => {
  it('finds what a job reaches, exported or not', () => {
    expect(freeze([cards.cardFraud])).toEqual(freeze(cardsProject))
    expect(Object.keys(freeze({ spend: cards.userSpend }).events)).toEqual(['answer'])
  })

  it('takes modules, projects and lists in one another, and names in one order', () => {
    const plan = freeze({ flights, cards: [cards.cardFraud, { ignored: cards.user }] })
    expect(Object.keys(plan.jobs)).toEqual(['card-fraud', 'delay-risk'])
    expect(Object.keys(plan.events)).toEqual([...Object.keys(plan.events)].sort())
    expect(JSON.stringify(freeze({ a: cards.cardFraud, b: flights.delayRisk }))).toBe(
      JSON.stringify(freeze({ a: flights.delayRisk, b: cards.cardFraud })),
    )
  })

  it('knows a filtered event type as the same one', () => {
    const large = cards.payment.where((p) => p.amount.above(100))
    expect(freeze({ payment: cards.payment, large })).toEqual(freeze({ payment: cards.payment }))
  })
})

it('runs main on a tree by hand', () => {
  const w = <V>(value: V) => new Proxy({}, { get: () => value })
  const landing = (flow: string) => ({ time: -1, data: { flow, delay: 70 } })
  const tree = {
    time: 0,
    root: { type: 'departure', id: '1', subject: 'ORD', time: 0, data: { origin: 'ORD', destination: 'JFK', at: 0, distance: 740 } },
    origin: { delay: { '1h': 40, '24h': 3, '30d': 8 } },
    destination: { delay: w(null) },
    route: { delay: { '24h': 50, '30d': 30, '25h to 23h': 15 }, p90: w(60) },
    arrivals: [],
    leaving: { departures: w(24) },
    arriving: { departures: { '1h': 3, '3h': 3 } },
    flowHere: [landing('stopped'), landing('stopped'), landing('open')],
    flowThere: [landing('stopped'), landing('stopped'), landing('stopped')],
  }
  expect(flights.delayRisk.main(tree as never)).toEqual({
    risk: 'high',
    // 2.5 + 0.65 · 30 + 0.15 · 32 − 0.25 · 5 + 0.15 · 20 + 20 = 48.55
    expectedDelay: 48.6,
    because: [
      'flights from here have run late this hour',
      'this route has run late today',
      'this route ran late at this hour yesterday',
      'one in ten flights on this route is an hour late or more',
      'more flights leave than in the hours before',
      'the destination is busier than it was',
      'the last three landings there were an hour late or more',
    ],
  })
})
