// What is inferred, exactly. Compiled by `npm run types`; nothing here runs.
import {
  collect,
  count,
  decayedSum,
  deviation,
  distinct,
  distinctCount,
  first,
  firstK,
  histogram,
  last,
  lastK,
  max,
  mean,
  min,
  mostFrequent,
  percentile,
  type RowOf,
  rate,
  sum,
  timeSince,
  topK,
  variance,
  windows,
} from '../index.ts'
import type { Equal, Expect, Flat } from './expect.types.ts'
import { type Data, order } from './infer-definitions.types.ts'
import type { Decimal } from './types.ts'

// — schema → data, input, columns
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
export const byShop = windows('by-shop', { of: order, by: 'shop', over: ['1h', '30d'], features: aggregates })
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
