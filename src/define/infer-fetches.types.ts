// What is inferred, exactly. Compiled by `npm run types`; nothing here runs.
import * as cards from '../../examples/cards/cards.ts'
import type * as flights from '../../examples/flights/flights.ts'
import {
  absence,
  anyOf,
  boolean,
  count,
  decimal,
  delay,
  event,
  int,
  job,
  request,
  schedule,
  sequence,
  state,
  sum,
  time,
  union,
  windows,
} from '../index.ts'
import type { Equal, Expect, Flat } from './expect.types.ts'
import { bought, order, paid, shop, type Tree, user } from './infer-definitions.types.ts'
import type { NodeMeta } from './job.ts'
import type { Decimal } from './types.ts'

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
export const watch = job('watch', {
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
