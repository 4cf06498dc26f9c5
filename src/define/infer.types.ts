// What is inferred, exactly. Compiled by `npm run types`; nothing here runs.
import * as cards from '../../examples/cards/cards.ts'
import type * as flights from '../../examples/flights/flights.ts'
import {
  absence,
  anyOf,
  boolean,
  client,
  collect,
  count,
  decayedSum,
  decimal,
  delay,
  deviation,
  distinct,
  distinctCount,
  double,
  entity,
  event,
  featureStore,
  first,
  firstK,
  histogram,
  int,
  int64,
  job,
  last,
  lastK,
  list,
  max,
  mean,
  min,
  mostFrequent,
  type NumberColumn,
  object,
  oneOf,
  optional,
  percentile,
  project,
  type RowOf,
  rate,
  request,
  schedule,
  sequence,
  state,
  string,
  sum,
  time,
  timeSince,
  topK,
  union,
  variance,
  windows,
} from '../index.ts'
import type { Equal, Expect, Flat } from './expect.types.ts'
import type { JobDefinition, NodeMeta } from './job.ts'
import type { Decimal } from './types.ts'

type Tree<J extends { readonly '~tree': unknown }> = J['~tree']
type Data<E extends { readonly '~root': { readonly data: unknown } }> = Flat<E['~root']['data']>

// — schema → data, input, columns
const shop = entity('shop')
const order = event('order', {
  subject: 'shop',
  time: 'at',
  id: 'orderId',
  seq: 'n',
  version: 'n',
  rows: 'facts',
  callAppends: true,
  aliases: { price: 'cost', n: ['number', 'no'] },
  data: {
    orderId: string(),
    shop,
    at: time(),
    n: int(),
    serial: int64(),
    price: decimal(4),
    weight: double(),
    gift: boolean(),
    state: oneOf('new', 'paid'),
    tags: list(string()),
    note: optional(string()),
    buyer: optional(entity('user')),
    address: object({ city: string(), zip: optional(string()) }),
  },
})
type OrderData = {
  readonly orderId: string
  readonly shop: string
  readonly at: number
  readonly n: number
  readonly serial: bigint
  readonly price: Decimal
  readonly weight: number
  readonly gift: boolean
  readonly state: 'new' | 'paid'
  readonly tags: readonly string[]
  readonly note: string | null
  readonly buyer: string | null
  readonly address: Readonly<{ city: string; zip: string | null }>
}
type OrderInput = {
  orderId: string
  shop: string | number
  at: number | Date | string
  n: number
  serial: bigint | number | string
  price: number | string
  weight: number
  gift: boolean
  state: 'new' | 'paid'
  tags: readonly string[]
  address: { city: string; zip?: string | null }
  note?: string | null
  buyer?: string | number | null
}
export type Schemas = [
  Expect<Equal<Data<typeof order>, OrderData>>,
  Expect<Equal<(typeof order)['~input'], OrderInput>>,
  Expect<Equal<(typeof order)['~root']['type'], 'order'>>,
]

// — aggregates → values
type Row = RowOf<typeof order>
const aggregates = (o: Row) => ({
  count: count(),
  sum: sum(o.price),
  mean: mean(o.weight),
  min: min(o.n),
  max: max(o.at),
  variance: variance(o.price),
  deviation: deviation(o.price),
  collect: collect(o.note, { limit: 5 }),
  distinct: distinct(o.state),
  distinctCount: distinctCount(o.buyer),
  first: first(o.gift),
  last: last(o.address.city),
  firstK: firstK(o.shop, 3),
  lastK: lastK(o.price, 3),
  topK: topK(o.price, 3),
  frequent: mostFrequent(o.state, 2),
  percentile: percentile(o.price, 99),
  histogram: histogram(o.price, [1, 10]),
  rate: rate({ per: '1h' }),
  decayed: decayedSum(o.price, { halfLife: '6h' }),
  since: timeSince(),
  sinceMoment: timeSince(o.at),
  serials: sum(o.serial),
  highest: max(o.serial),
  serialRank: percentile(o.serial, 50),
  topSerials: topK(o.serial, 2),
  lastTags: last(o.tags),
  bySerial: count().groupBy(o.serial),
  byPrice: count().groupBy(o.price),
  byState: sum(o.price).groupBy(o.state),
  byCity: count().groupBy(o.address.city),
  byGift: count().groupBy(o.gift),
  filtered: sum(o.price)
    .where(o.state.is('paid').and(o.address.city.isOneOf('Paris', 'Rome')).or(o.gift.is(true)))
    .default(0),
  own: mean(o.price).over('last 5', '90d'),
  tagged: count().where(o.tags.contains('sale')),
  sameShop: count().where(o.price.above(o.weight)),
  numbered: count().where(o.serial.above(9007199254740993n).and(o.serial.atMost(o.n)).and(o.n.between(1, 5))),
  early: count().where(o.at.before('2026-01-01T00:00:00Z').or(o.at.between(0, new Date(1)))),
})
const byShop = windows('by-shop', { of: order, by: 'shop', over: ['1h', '30d'], features: aggregates })
type Shop = (typeof byShop)['~node']
type W<V> = { readonly '1h': V; readonly '30d': V }
export type Aggregates = [
  Expect<Equal<Flat<Shop['count']>, W<number>>>,
  Expect<Equal<Flat<Shop['sum']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['mean']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['min']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['max']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['variance']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['deviation']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['collect']>, W<readonly string[]>>>,
  Expect<Equal<Flat<Shop['distinct']>, W<readonly ('new' | 'paid')[]>>>,
  Expect<Equal<Flat<Shop['distinctCount']>, W<number>>>,
  Expect<Equal<Flat<Shop['first']>, W<boolean | null>>>,
  Expect<Equal<Flat<Shop['last']>, W<string | null>>>,
  Expect<Equal<Flat<Shop['firstK']>, W<readonly string[]>>>,
  Expect<Equal<Flat<Shop['lastK']>, W<readonly Decimal[]>>>,
  Expect<Equal<Flat<Shop['topK']>, W<readonly Decimal[]>>>,
  Expect<Equal<Shop['frequent']['1h'][number]['value'], 'new' | 'paid'>>,
  Expect<Equal<Flat<Shop['percentile']>, W<Decimal | null>>>,
  Expect<Equal<Flat<Shop['histogram']>, W<readonly number[]>>>,
  Expect<Equal<Flat<Shop['rate']>, W<number>>>,
  Expect<Equal<Flat<Shop['decayed']>, W<number>>>,
  Expect<Equal<Flat<Shop['since']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['sinceMoment']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['serials']>, W<number | null>>>,
  Expect<Equal<Flat<Shop['highest']>, W<bigint | null>>>,
  Expect<Equal<Flat<Shop['serialRank']>, W<bigint | null>>>,
  Expect<Equal<Flat<Shop['topSerials']>, W<readonly bigint[]>>>,
  Expect<Equal<Flat<Shop['lastTags']>, W<readonly string[] | null>>>,
  Expect<Equal<Shop['bySerial']['1h']['7'], number | undefined>>,
  Expect<Equal<Shop['byPrice']['1h']['1.5'], number | undefined>>,
  Expect<Equal<Flat<Shop['byState']['1h']>, { readonly new?: number | null; readonly paid?: number | null }>>,
  Expect<Equal<Flat<Shop['byCity']['1h']>, { readonly [city: string]: number | undefined }>>,
  Expect<Equal<Flat<Shop['byGift']['1h']>, { readonly true?: number; readonly false?: number }>>,
  Expect<Equal<Flat<Shop['filtered']>, W<number>>>,
  Expect<Equal<Flat<Shop['own']>, { readonly 'last 5': number | null; readonly '90d': number | null }>>,
]

// — the trees of both examples
type Cards = Tree<typeof cards.cardFraud>
type Flights = Tree<typeof flights.delayRisk>
type CardNodes = 'user' | 'cash' | 'card' | 'refused' | 'device' | 'ownDevice' | 'refunded' | 'limit' | 'history' | 'deviceUsers'
export type Trees = [
  Expect<Equal<keyof Cards, 'root' | 'time' | 'meta' | CardNodes>>,
  Expect<Equal<keyof NonNullable<Cards['meta']>, CardNodes>>,
  Expect<Equal<NonNullable<Cards['meta']>['history'], NodeMeta | undefined>>,
  Expect<Equal<Cards['root']['data']['device'], string | null>>,
  Expect<Equal<Cards['user']['spend']['30d to 1d'], number>>,
  Expect<Equal<Cards['user']['usual']['24h'], number | null>>,
  Expect<Equal<keyof Cards['user']['p95'], '30d'>>,
  Expect<Equal<Cards['user']['byCountry']['1h']['GB'], number | null | undefined>>,
  Expect<Equal<keyof Cards['card']['attempts'], '1m' | '10m' | '1h' | 'day to date'>>,
  Expect<Equal<Cards['history'][number]['type'], 'answer' | 'refund'>>,
  Expect<Equal<NonNullable<Cards['limit']>['data']['daily'], Decimal>>,
  Expect<Equal<Cards['deviceUsers'][number]['firstTime'], number>>,
  Expect<Equal<Flights['arriving'], Flights['leaving']>>,
  Expect<Equal<(typeof flights.delayRisk)['~kept'], never>>,
  Expect<Equal<keyof Flights['root']['data'], 'origin' | 'destination' | 'at' | 'distance'>>,
  Expect<Equal<Flights['flowThere'][number]['data']['flow'], 'open' | 'slowed' | 'stopped'>>,
  Expect<Equal<Flights['flowHere'], Flights['flowThere']>>,
]

// — triggers → root
const user = entity('user')
const bought = event('bought', { subject: 'user', time: 'at', data: { user, shop, at: time(), total: decimal(4) } })
const paid = event('paid', { subject: 'user', time: 'at', data: { user, at: time(), by: oneOf('card', 'cash') } })
const root = <Root>(_: { readonly '~root': Root }): Root => undefined as never
const either = root(
  anyOf(
    bought,
    paid.where((p) => p.by.is('card')),
  ),
)
const later = root(delay(bought, '30m'))
const unpaid = root(absence(paid, { after: bought, by: 'user', within: '15m' }))
const steps = root(sequence([bought, paid], { by: 'user', within: '1h' }))
const daily = root(schedule('0 6 * * *', { zone: 'Europe/London', each: user }))
const asked = root(request({ user, amount: decimal(2) }, { subject: 'user' }))
export type Triggers = [
  Expect<Equal<(typeof either)['type'], 'bought' | 'paid'>>,
  Expect<Equal<(typeof later)['type'], 'bought'>>,
  Expect<Equal<(typeof unpaid)['type'], 'bought'>>,
  Expect<Equal<(typeof steps)['type'], 'paid'>>,
  Expect<Equal<(typeof steps)['steps'][0]['data']['total'], Decimal>>,
  Expect<Equal<(typeof daily)['data']['user'], string>>,
  Expect<Equal<Flat<(typeof asked)['data']>, { readonly user: string; readonly amount: Decimal }>>,
]

// — a union, several dimensions, fetches pointed elsewhere, states with and without a list
const spent = windows('spent', {
  of: union(
    bought.as((b) => ({ who: b.user, amount: b.total })),
    order.as((o) => ({ who: o.buyer, amount: o.price })),
  ),
  by: 'who',
  over: ['1d'],
  features: (row) => ({ total: sum(row.amount) }),
})
const pair = windows('pair', { of: bought, by: ['user', 'shop'], over: ['lifetime'], features: () => ({ times: count() }) })
const watch = job('watch', {
  on: bought,
  fetch: { spent: spent.at({ who: 'user' }), pair },
  returns: { again: boolean() },
  main: ({ spent, pair }) => ({ again: (spent.total['1d'] ?? 0) > 10 && pair.times.lifetime > 1 }),
})
const moved = event('moved', {
  subject: 'mover',
  time: 'at',
  data: { mover: user, lender: user, from: shop, to: shop, at: time() },
})
const hop = job('hop', {
  on: moved,
  fetch: { both: pair.at({ user: 'lender', shop: 'to' }), one: pair.at({ shop: 'from', user: 'mover' }) },
  returns: { n: int() },
  asOf: 'arrival',
  grace: '2s',
  revise: '1h',
  fresh: false,
  main: ({ both, one }) => ({ n: both.times.lifetime - one.times.lifetime }),
})
const onlyShop = job('only-shop', {
  on: event('seen', { subject: 'user', time: 'at', data: { user, where: shop, at: time() } }),
  fetch: { pair: pair.at({ shop: 'where' }) },
  returns: { n: int() },
  main: ({ pair }) => ({ n: pair.times.lifetime }),
})
const latest = state('latest', { of: cards.limitChanged, by: 'card' })
const lastThree = state('last-three', { of: cards.limitChanged, by: 'card', last: 3 })
type Limit = (typeof cards.limitChanged)['~root']
export type Fetches = [
  Expect<Equal<Tree<typeof watch>['pair']['times']['lifetime'], number>>,
  Expect<Equal<Tree<typeof watch>['spent']['total']['1d'], number | null>>,
  Expect<Equal<Tree<typeof hop>['both'], Tree<typeof watch>['pair']>>,
  Expect<Equal<Tree<typeof onlyShop>['pair'], Tree<typeof watch>['pair']>>,
  Expect<Equal<(typeof latest)['~node'], Limit | null>>,
  Expect<Equal<(typeof lastThree)['~node'], readonly Limit[]>>,
]

// — what is narrowed and shared
const standard = ['1h', '24h'] as const
const spending = (row: { readonly price: NumberColumn }) => ({ total: sum(row.price), usual: mean(row.price) })
const shared = windows('shared', { of: order, by: ['shop', 'price'], over: standard, features: spending })
const widened = windows('widened', {
  of: order,
  by: 'shop',
  over: ['week to date', '90d'],
  zone: 'Asia/Tokyo',
  weekStart: 7,
  merge: { unit: 'day', olderThan: '7d' },
  features: spending,
})
const tell = job('tell', {
  on: anyOf(bought, order),
  fetch: {},
  returns: { amount: double() },
  main: ({ root }) => ({ amount: root.type === 'bought' ? root.data.total : root.data.price * root.data.n }),
})
const byUser = windows('by-user', { of: bought, by: 'user', over: ['1h'], features: () => ({ times: count() }) })
const any = job('any', {
  main: ({ bought }) => ({ n: bought.times['1h'] }),
  returns: { n: int() },
  fetch: { bought: byUser },
  on: anyOf(bought, paid),
})
const quote = job('quote', {
  on: request({ user, amount: optional(decimal(2)) }),
  fetch: {},
  returns: { ok: boolean(), serial: int64() },
  main: ({ root }) => ({ ok: (root.data.amount ?? 0) > 0, serial: 1n }),
  output: [featureStore('user')],
})
const engine: readonly JobDefinition[] = [tell, any, quote, cards.cardFraud]
export type Shared = [
  Expect<Equal<Flat<(typeof shared)['~node']['usual']>, { readonly '1h': number | null; readonly '24h': number | null }>>,
  Expect<Equal<keyof (typeof widened)['~node']['total'], 'week to date' | '90d'>>,
  Expect<Equal<(typeof quote)['~input'], { user: string | number; amount?: number | string | null }>>,
  Expect<Equal<(typeof quote)['~kept'], 'user'>>,
  typeof engine,
]

// — project → client
export const all = project('all', { ...cards, watch, byShop, order, quote })
const api = client<typeof cards>({ url: 'http://localhost' })
const both = client<typeof all>({ url: 'http://localhost' })
export const use = async () => {
  const decided = await api.call('card-fraud', {
    paymentId: 'p1',
    user: 'u1',
    card: 'c1',
    merchant: 'm1',
    at: new Date(0),
    amount: '12.50',
    category: 'food',
    country: 'GB',
  })
  const input = {
    paymentId: 'p1',
    user: 7,
    card: 'c1',
    device: null,
    merchant: 'm1',
    at: 0,
    amount: 1,
    category: 'cash',
    country: 'GB',
  } as const
  const group = await api.query('user-spend', { key: { user: 'u1' }, at: '2026-01-01T00:00:00Z' })
  const some = await api.query('user-spend', { key: { user: 'u1' }, features: ['spend', 'merchants'], recorded: 0 })
  const two = await api.query('refunded', { key: { user: 'u1', merchant: 'm1' }, as: 'corrected' })
  const tree = await api.tree('card-fraud', 'p1', { known: new Date(0) })
  const again = await both.call('watch', { user: 'u', shop: 's', at: 0, total: 1 })
  const serials = await both.query('by-shop', { key: { shop: 's' }, features: ['highest'] })
  const prices = await both.query('by-shop', { key: { shop: 's' }, features: ['percentile', 'sum'] })
  const seen = await both.events('order', { key: { shop: 's' }, last: 5, known: 0, at: 10 })
  const sent = await api.send('payment', [input])
  type Result = { decision: 'allow' | 'review' | 'block'; score: number; reasons: readonly string[] }
  type _ = [
    Expect<Equal<typeof decided, Result>>,
    Expect<Equal<(typeof group)['usual']['1h'], number | null>>,
    Expect<Equal<keyof typeof group, keyof Cards['user']>>,
    Expect<Equal<keyof typeof some, 'spend' | 'merchants'>>,
    Expect<Equal<(typeof two)['times']['30d'], number>>,
    Expect<Equal<keyof typeof tree, keyof Cards>>,
    Expect<Equal<(typeof tree)['root']['data']['amount'], number | string>>,
    Expect<Equal<NonNullable<(typeof tree)['limit']>['data']['daily'], number | string>>,
    Expect<Equal<(typeof prices)['percentile']['1h'], number | string | null>>,
    Expect<Equal<(typeof prices)['sum']['1h'], number | null>>,
    Expect<Equal<(typeof seen)[number]['data']['price'], number | string>>,
    Expect<Equal<(typeof seen)[number]['data']['weight'], number>>,
    Expect<Equal<typeof again, { again: boolean }>>,
    Expect<Equal<(typeof serials)['highest']['1h'], string | null>>,
    Expect<Equal<(typeof seen)[number]['data']['serial'], string>>,
    Expect<Equal<(typeof sent)['stored'], number>>,
  ]
  return undefined as _ | undefined
}
