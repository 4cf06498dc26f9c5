// What is inferred, exactly. Compiled by `npm run types`; nothing here runs.
import * as cards from '../../examples/cards/cards.ts'
import {
  anyOf,
  boolean,
  client,
  count,
  decimal,
  double,
  featureStore,
  int,
  int64,
  job,
  mean,
  type NumberColumn,
  optional,
  project,
  request,
  sum,
  windows,
} from '../index.ts'
import type { Equal, Expect, Flat } from './expect.types.ts'
import { bought, order, paid, type Tree, user } from './infer-definitions.types.ts'
import { byShop } from './infer-features.types.ts'
import { watch } from './infer-fetches.types.ts'
import type { JobDefinition } from './job.ts'

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
type Cards = Tree<typeof cards.cardFraud>
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
