// What must not compile. Each directive fails the build if its line begins to compile.
import type * as cards from '../../examples/cards/cards.ts'
import { card, type cardFraud, limitChanged, payment, user, userSpend, withdrawal } from '../../examples/cards/cards.ts'
import {
  absence,
  anyOf,
  behaviour,
  client,
  column,
  compute,
  count,
  decimal,
  distinctCount,
  entity,
  event,
  featureStore,
  int,
  int64,
  into,
  job,
  links,
  list,
  mapping,
  mean,
  mostFrequent,
  type NumberColumn,
  object,
  oneOf,
  optional,
  percentile,
  rate,
  request,
  sequence,
  state,
  stream,
  string,
  sum,
  time,
  topK,
  union,
  windows,
} from '../index.ts'

const tagged = event('tagged', {
  subject: 'user',
  time: 'at',
  data: { user, at: time(), tags: list(string()), serial: int64(), n: optional(int()) },
})
const group = { of: payment, by: 'card', over: ['1h'] } as const

// — features: wrong field, aggregate on a wrong type, names
// @ts-expect-error wrong field
windows('a', { ...group, features: (p) => ({ x: sum(p.ammount) }) })
// @ts-expect-error sum of text
windows('a', { ...group, features: (p) => ({ x: sum(p.country) }) })
// @ts-expect-error sum of a time
windows('a', { ...group, features: (p) => ({ x: sum(p.at) }) })
// @ts-expect-error the largest of texts
windows('a', { ...group, features: (p) => ({ x: topK(p.merchant, 3) }) })
// @ts-expect-error groups named by a time
windows('a', { ...group, features: (p) => ({ x: count().groupBy(p.at) }) })
// @ts-expect-error a default of another type
windows('a', { ...group, features: (p) => ({ x: sum(p.amount).default('0') }) })
// @ts-expect-error duplicate feature name
// biome-ignore lint/suspicious/noDuplicateObjectKeys: that the compiler refuses it is what is tested
windows('a', { ...group, features: (p) => ({ spend: sum(p.amount), spend: mean(p.amount) }) })
// @ts-expect-error a value that is no feature
windows('a', { ...group, features: (p) => ({ spend: p.amount }) })

// @ts-expect-error the different values of lists
windows('a', { of: tagged, by: 'user', over: ['1h'], features: (t) => ({ x: distinctCount(t.tags) }) })
// @ts-expect-error the most frequent of lists
windows('a', { of: tagged, by: 'user', over: ['1h'], features: (t) => ({ x: mostFrequent(t.tags, 3) }) })
// @ts-expect-error a percentile of a time
windows('a', { ...group, features: (p) => ({ x: percentile(p.at, 50) }) })
// @ts-expect-error a default of another number
windows('a', { of: tagged, by: 'user', over: ['1h'], features: (t) => ({ x: percentile(t.serial, 50).default(0) }) })

// — filters
// @ts-expect-error an int64 with text
tagged.where((t) => t.serial.is('7'))
// @ts-expect-error a list is compared by what it contains
tagged.where((t) => t.tags.is('x'))
// @ts-expect-error number with text
windows('a', { ...group, features: (p) => ({ x: count().where(p.amount.above('100')) }) })
// @ts-expect-error number with text, by equality
windows('a', { ...group, features: (p) => ({ x: count().where(p.amount.is('100')) }) })
// @ts-expect-error number column with text column
windows('a', { ...group, features: (p) => ({ x: count().where(p.amount.is(p.country)) }) })
// @ts-expect-error a value the enum does not have
windows('a', { ...group, features: (p) => ({ x: count().where(p.category.is('toys')) }) })
// @ts-expect-error text has no above
windows('a', { ...group, features: (p) => ({ x: count().where(p.country.above(3)) }) })
// @ts-expect-error a bare boolean is no condition
windows('a', { ...group, features: (p) => ({ x: count().where(p.amount === 3) }) })
// @ts-expect-error filter of an event type
payment.where((p) => p.amount.above('1'))

// — windows
// @ts-expect-error '7 days'
windows('a', { ...group, over: ['1h', '7 days'], features: () => ({ x: count() }) })
// @ts-expect-error '0h'
windows('a', { ...group, over: ['0h'], features: () => ({ x: count() }) })
// @ts-expect-error '-1h'
windows('a', { ...group, over: ['-1h'], features: () => ({ x: count() }) })
// @ts-expect-error '1.5h'
windows('a', { ...group, over: ['1.5h'], features: () => ({ x: count() }) })
// @ts-expect-error 'last 0'
windows('a', { ...group, over: ['last 0'], features: () => ({ x: count() }) })
// @ts-expect-error '30d to 0d'
windows('a', { ...group, over: ['30d to 0d'], features: () => ({ x: count() }) })
// @ts-expect-error calendar window without a zone
windows('a', { ...group, over: ['day to date'], features: () => ({ x: count() }) })
// @ts-expect-error a feature's own windows
windows('a', { ...group, features: () => ({ x: count().over('1 hour') }) })
// @ts-expect-error a rate per what
windows('a', { ...group, features: () => ({ x: rate({ per: 'hour' }) }) })

// @ts-expect-error windows known only at run time
windows('a', { ...group, over: ['1h', '2h'].filter(Boolean), features: () => ({ x: count() }) })
// @ts-expect-error a source that lacks what shared features read
windows('a', { ...group, features: (p: { readonly total: NumberColumn }) => ({ x: sum(p.total) }) })

// — dimensions, unions, events
// @ts-expect-error no such field
windows('a', { of: payment, by: 'cart', over: ['1h'], features: () => ({ x: count() }) })
// @ts-expect-error a time names no series
windows('a', { of: payment, by: 'at', over: ['1h'], features: () => ({ x: count() }) })
const holders = withdrawal.as((w) => ({ who: w.holder }))
const totals = withdrawal.as((w) => ({ who: w.holder, amount: w.total }))
const paidBy = payment.as((p) => ({ who: p.user }))
const paidWith = payment.as((p) => ({ who: p.card }))
// @ts-expect-error columns of different entities
union(holders, paidWith)
// @ts-expect-error a column is missing
union(totals, paidBy)
// @ts-expect-error the subject is no entity
event('x', { data: { user, at: time(), amount: decimal(2) }, subject: 'amount', time: 'at' })
// @ts-expect-error the time is no time
event('x', { data: { user, at: time(), amount: decimal(2) }, subject: 'user', time: 'amount' })
// @ts-expect-error two parts
stream('risk.payments')
// @ts-expect-error four parts
stream('risk.cards.payments.v2')
// @ts-expect-error an action is no state
state('x', { of: payment, by: 'card' })
// @ts-expect-error one member lacks the field
behaviour('x', { of: [payment, limitChanged], by: 'user', last: 10 })

// @ts-expect-error an entity does not order events
event('x', { data: { user, at: time() }, subject: 'user', time: 'at', seq: 'user' })
// @ts-expect-error a version may not be missing
event('x', { data: { user, at: time(), n: optional(int()) }, subject: 'user', time: 'at', version: 'n' })
// @ts-expect-error an alias of no field
event('x', { data: { user, at: time() }, subject: 'user', time: 'at', aliases: { buyer: 'user' } })
// @ts-expect-error neither changes nor facts
event('x', { data: { user, at: time() }, subject: 'user', time: 'at', rows: 'updates' })
// @ts-expect-error a unit that does not exist
windows('a', { ...group, merge: 'fortnight', features: () => ({ x: count() }) })
// @ts-expect-error merged from when
windows('a', { ...group, merge: { unit: 'hour', olderThan: 'a day' }, features: () => ({ x: count() }) })
// @ts-expect-error no eighth day
windows('a', { ...group, weekStart: 8, features: () => ({ x: count() }) })
// @ts-expect-error links to no field
links('x', { of: payment, from: 'device', to: 'users', last: 5 })

// — jobs
const yes = { returns: { ok: oneOf('yes') }, main: () => ({ ok: 'yes' as const }) }
// @ts-expect-error the root has no user
job('x', { on: limitChanged, fetch: { user: userSpend }, ...yes })
// @ts-expect-error pointed at another entity
job('x', { on: payment, fetch: { user: userSpend.at({ user: 'merchant' }) }, ...yes })
// @ts-expect-error pointed at no field
job('x', { on: payment, fetch: { user: userSpend.at({ user: 'buyer' }) }, ...yes })
// @ts-expect-error a dimension the group does not have
userSpend.at({ card: 'card' })
// @ts-expect-error one dimension it has, and one it does not
userSpend.at({ user: 'user', card: 'card' })
// @ts-expect-error 'meta' is taken
job('x', { on: payment, fetch: { meta: userSpend }, ...yes })
// @ts-expect-error as of what
job('x', { on: payment, fetch: {}, ...yes, asOf: 'now' })
// @ts-expect-error how long
job('x', { on: payment, fetch: {}, ...yes, grace: '5 seconds' })
// @ts-expect-error one of the roots has no user
job('x', { on: anyOf(payment, limitChanged), fetch: { user: userSpend }, ...yes })
// @ts-expect-error 'root' is taken
job('x', { on: payment, fetch: { root: userSpend }, ...yes })
// @ts-expect-error kept by a field that holds no entity
job('x', { on: payment, fetch: {}, ...yes, output: [featureStore('country')] })
// @ts-expect-error kept by a field the root does not have
job('x', { on: payment, fetch: {}, ...yes, output: [featureStore('shop')] })
// @ts-expect-error steps by a field that one of them lacks
sequence([payment, limitChanged], { by: 'user', within: '1h' })
// @ts-expect-error a delay that is no duration
absence(withdrawal, { after: payment, by: 'card', within: 'soon' })
// @ts-expect-error the subject is no field
request({ user }, { subject: 'card' })

// — main
const fetching = { on: payment, fetch: { user: userSpend }, returns: { n: int() } }
// @ts-expect-error unknown feature
job('x', { ...fetching, main: ({ user }) => ({ n: user.spent['1h'] }) })
// @ts-expect-error unknown window
job('x', { ...fetching, main: ({ user }) => ({ n: user.spend['2h'] }) })
// @ts-expect-error a window that only other features have
job('x', { ...fetching, main: ({ user }) => ({ n: user.p95['1h'] ?? 0 }) })
// @ts-expect-error not fetched
job('x', { ...fetching, main: ({ card }) => ({ n: card.attempts['1m'] }) })
// @ts-expect-error null not handled
job('x', { ...fetching, main: ({ user }) => ({ n: user.usual['1h'] }) })
// @ts-expect-error a group may have no events
job('x', { ...fetching, main: ({ user }) => ({ n: user.byCountry['1h']['GB'] }) })
// @ts-expect-error a field the root does not have
job('x', { ...fetching, main: ({ root }) => ({ n: root.data.delay }) })
// @ts-expect-error wrong result
job('x', { ...fetching, main: () => ({ n: '1' }) })
// @ts-expect-error a missing result
job('x', { ...fetching, main: () => ({}) })
// @ts-expect-error main waits for nothing
job('x', { ...fetching, main: async () => ({ n: 1 }) })
export const changing = ({ user, root }: (typeof cardFraud)['~tree']) => {
  // @ts-expect-error the tree does not change
  user.spend['1h'] = 3
  // @ts-expect-error nor does the root
  root.data.amount = 3
}

// — client
const api = client<typeof cards>({ url: '' })
const call = { paymentId: 'p', user: 'u', card: 'c', merchant: 'm', at: 0, amount: 1, category: 'food', country: 'GB' } as const
// @ts-expect-error no such job
void api.call('card-frod', call)
// @ts-expect-error wrong input type
void api.call('card-fraud', { ...call, amount: true })
// @ts-expect-error a category that does not exist
void api.call('card-fraud', { ...call, category: 'toys' })
// @ts-expect-error missing input
void api.call('card-fraud', { user: 'u' })
// @ts-expect-error unknown input
void api.call('card-fraud', { ...call, colour: 'red' })
// @ts-expect-error wrong key
void api.query('user-spend', { key: { card: 'c' } })
// @ts-expect-error unknown feature
void api.query('user-spend', { key: { user: 'u' }, features: ['spent'] })

// @ts-expect-error one read at a time
void api.tree('card-fraud', 'p', { recorded: 0, known: 0 })
// @ts-expect-error events of a type that does not exist
void api.events('payments', { key: { user: 'u' } })
// @ts-expect-error events by a field that does not exist
void api.events('payment', { key: { buyer: 'u' } })
// @ts-expect-error an event that lacks a field
void api.send('refund', { user: 'u' })

// — mappings
const columns = { who: string(), at: time(), n: int(), what: string() }
const paid = event('paid', { subject: 'user', time: 'at', data: { user, at: time(), n: int(), how: optional(oneOf('card', 'cash')) } })
// @ts-expect-error a column the source does not have
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.whom, at: row.at, n: row.n } }) })
// @ts-expect-error a field the event does not have
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.who, at: row.at, n: row.n, m: row.n } }) })
// @ts-expect-error a field left out
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.who, at: row.at } }) })
// @ts-expect-error text for a number
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.who, at: row.at, n: row.what } }) })
// @ts-expect-error any text for one of few
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.who, at: row.at, n: row.n, how: row.what } }) })
// @ts-expect-error a constant it cannot be
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.who, at: row.at, n: row.n, how: 'cheque' } }) })
// @ts-expect-error computed to something else
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.who, at: row.at, n: compute([row.n], (n) => String(n)) } }) })
// @ts-expect-error a function of another type than its column
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.who, at: row.at, n: compute([row.what], (n: number) => n) } }) })
// @ts-expect-error known so much later
mapping('m', { columns, events: (row) => into(paid, { fields: { user: row.who, at: row.at, n: row.n }, knownAt: { lag: 'soon' } }) })
// @ts-expect-error a unit of time that does not exist
column(time(), { unit: 'min' })

export const unused = [card, entity]
const nested = { who: string(), at: time(), place: object({ city: int() }) }
const housed = event('housed', { data: { user, at: time(), place: object({ city: string() }) }, subject: 'user', time: 'at' })
// @ts-expect-error an object of other fields
mapping('m', { columns: nested, events: (row) => into(housed, { fields: { user: row.who, at: row.at, place: row.place } }) })
