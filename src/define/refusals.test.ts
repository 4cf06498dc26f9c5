import { describe, expect, it } from 'vitest'
import * as cards from '../../examples/cards/cards.ts'
import {
  count,
  decayedSum,
  decimal,
  distinct,
  entity,
  event,
  histogram,
  int,
  into,
  lastK,
  mapping,
  object,
  oneOf,
  optional,
  percentile,
  rate,
  stream,
  string,
  sum,
  time,
  topK,
  union,
  windows,
} from '../index.ts'
import { refusal, refuses, untyped } from './refused.suite.ts'

const user = entity('user')
const data = { user, at: time(), amount: decimal(2), note: optional(string()) }
const paid = event('paid', { subject: 'user', time: 'at', data })
const group = { of: cards.payment, by: 'card', over: ['1h'] } as const
const times = () => ({ n: count() })

describe('windows refuse', () => {
  refuses([
    [
      'a window that is none',
      () => windows('w', { ...group, over: untyped(['7 days']), features: times }),
      'WINDOW_INVALID',
      'windows \'w\', over: not a window; found "7 days"',
    ],
    [
      'a window that ends before it begins',
      () => windows('w', { ...group, over: ['1d to 30d'], features: times }),
      'WINDOW_INVALID',
      "write the earlier end first: '30d to 1d'",
    ],
    ['no window', () => windows('w', { ...group, over: [], features: times }), 'WINDOWS_EMPTY', "windows 'w', over: there is no window"],
    [
      "a feature's own calendar window without a zone",
      () => windows('w', { ...group, features: () => ({ n: count().over('day to date') }) }),
      'ZONE_MISSING',
      "feature 'n', over: a calendar needs a zone",
    ],
    [
      'a calendar unit without a zone',
      () => windows('w', { ...group, merge: 'month', features: times }),
      'ZONE_MISSING',
      "windows 'w', merge",
    ],
    [
      'a unit that does not exist',
      () => windows('w', { ...group, merge: untyped('hours'), features: times }),
      'OPTION_INVALID',
      "did you mean 'hour'?",
    ],
    [
      'a weekday that does not exist',
      () => windows('w', { ...group, weekStart: untyped(8), features: times }),
      'OPTION_INVALID',
      "windows 'w', weekStart",
    ],
    [
      'a field that does not exist',
      () => windows('w', { ...group, features: (p) => ({ n: sum(p['amuont' as 'amount']) }) }),
      'COLUMN_UNKNOWN',
      "windows 'w': there is no column 'amuont'; did you mean 'amount'?",
    ],
    [
      'a dimension that does not exist',
      () => windows('w', { ...group, by: untyped('cards'), features: times }),
      'COLUMN_UNKNOWN',
      "windows 'w', by: there is no column 'cards'; did you mean 'card'?",
    ],
    ['no dimension', () => windows('w', { ...group, by: [], features: times }), 'OPTION_INVALID', "windows 'w', by: there is no dimension"],
    ['no feature', () => windows('w', { ...group, features: () => ({}) }), 'OPTION_INVALID', 'there is no feature'],
    [
      'what is no feature',
      () => windows('w', { ...group, features: () => untyped({ n: 1 }) }),
      'FEATURE_INVALID',
      "feature 'n': not a feature",
    ],
    [
      'an option that does not exist',
      () => windows('w', untyped({ ...group, features: times, timezone: 'UTC' })),
      'OPTION_UNKNOWN',
      "there is no option 'timezone'",
    ],
    ['a name with a blank', () => windows('user spend', { ...group, features: times }), 'NAME_INVALID', '"user spend"'],
    ['a feature name with a dot', () => windows('w', { ...group, features: () => ({ 'a.b': count() }) }), 'NAME_INVALID', '"a.b"'],
  ])

  it("a column that came from another group's callback", () => {
    let tried = 0
    cards.withdrawal.where((w) => {
      const error = refusal(() => windows('w', { ...group, features: () => ({ n: count().where(w.total.above(1)) }) }))
      expect(error.code).toBe('COLUMN_UNKNOWN')
      expect(error.message).toContain("windows 'w', feature 'n': there is no column 'total'")
      tried++
      return w.total.above(0)
    })
    expect(tried).toBe(1)
  })
})

describe('aggregates refuse', () => {
  const of =
    <T>(build: (p: Parameters<Parameters<typeof cards.payment.where>[0]>[0]) => T) =>
    () =>
      windows('w', { ...group, features: (p) => untyped({ n: build(p) }) })
  refuses([
    ['a limit below 1', of((p) => distinct(p.country, { limit: 0 })), 'OPTION_INVALID', 'distinct, limit'],
    ['half a value', of((p) => lastK(p.amount, 1.5)), 'OPTION_INVALID', 'lastK, k'],
    ['a k below 1', of((p) => topK(p.amount, 0)), 'OPTION_INVALID', 'topK, k'],
    ['a percentile of 0', of((p) => percentile(p.amount, 0)), 'OPTION_INVALID', 'above 0, at most 100'],
    ['a percentile above 100', of((p) => percentile(p.amount, 100.1)), 'OPTION_INVALID', 'found 100.1'],
    ['bounds that fall', of((p) => histogram(p.amount, [10, 1])), 'OPTION_INVALID', 'ascending'],
    ['no bounds', of((p) => histogram(p.amount, [])), 'OPTION_INVALID', 'at least one'],
    ['a rate per nothing', of(() => rate({ per: untyped('hour') })), 'DURATION_INVALID', 'rate, per: not a duration; found "hour"'],
    ['a half-life of none', of((p) => decayedSum(p.amount, { halfLife: untyped('0h') })), 'DURATION_INVALID', 'decayedSum, halfLife'],
    ['a comparison with nothing', of((p) => count().where(p.amount.above(untyped(null)))), 'VALUE_INVALID', 'isMissing()'],
    ['a comparison with NaN', of((p) => count().where(p.amount.is(Number.NaN))), 'VALUE_INVALID', 'amount'],
  ])
})

describe('events refuse', () => {
  refuses([
    [
      'a subject that is no entity',
      () => event('x', { data, subject: untyped('amount'), time: 'at' }),
      'FIELD_KIND_WRONG',
      "event 'x', subject: 'amount' is of another kind; found \"decimal\"; expected entity",
    ],
    [
      'a time that does not exist',
      () => event('x', { data, subject: 'user', time: untyped('att') }),
      'FIELD_UNKNOWN',
      "event 'x', time: there is no field 'att'; did you mean 'at'?",
    ],
    [
      'an id that does not exist',
      () => event('x', { data, subject: 'user', time: 'at', id: untyped(['userId']) }),
      'FIELD_UNKNOWN',
      "event 'x', id",
    ],
    [
      'an order by text',
      () => event('x', { data, subject: 'user', time: 'at', seq: untyped('note') }),
      'FIELD_KIND_WRONG',
      "event 'x', seq",
    ],
    [
      'a version that may be missing',
      () => event('x', { data: { ...data, v: optional(int()) }, subject: 'user', time: 'at', version: untyped('v') }),
      'FIELD_KIND_WRONG',
      'it must not be optional',
    ],
    [
      'an old name that is a field',
      () => event('x', { data, subject: 'user', time: 'at', aliases: { amount: 'note' } }),
      'OPTION_INVALID',
      "'note' is a field of its own",
    ],
    [
      'a kind that does not exist',
      () => event('x', { data, subject: 'user', time: 'at', kind: untyped('states') }),
      'OPTION_INVALID',
      "did you mean 'state'?",
    ],
    [
      'an option that does not exist',
      () => event('x', untyped({ data, subject: 'user', time: 'at', calAppends: true })),
      'OPTION_UNKNOWN',
      "did you mean 'callAppends'?",
    ],
    [
      'a field name with a dot',
      () => event('x', { data: { ...data, 'a.b': int() }, subject: 'user', time: 'at' }),
      'NAME_INVALID',
      '"a.b"',
    ],
    ['a name that begins with a digit', () => event('1x', { data, subject: 'user', time: 'at' }), 'NAME_INVALID', '"1x"'],
    ['a nested name with a dot', () => object({ 'a.b': int() }), 'NAME_INVALID', '"a.b"'],
    ['nineteen digits', () => decimal(19), 'OPTION_INVALID', '0 to 18'],
    ['a choice of none', () => oneOf(), 'OPTION_INVALID', 'there are no values'],
    ['a choice named twice', () => oneOf('a', 'b', 'a'), 'OPTION_INVALID', 'found "a"'],
    ['a stream of two parts', () => stream(untyped('risk.cards')), 'NAME_INVALID', '"risk.cards"'],
    [
      'a union whose parts differ in a kind',
      () =>
        union(
          paid.as((p) => ({ n: p.amount })),
          untyped(cards.payment.as((p) => ({ n: p.user }))),
        ),
      'COLUMN_TYPE',
      "union, 'payment': 'n' is of another kind",
    ],
    [
      'a union whose parts differ in digits',
      () =>
        union(
          paid.as((p) => ({ n: p.amount })),
          event('exact', { data: { user, at: time(), n: decimal(4) }, subject: 'user', time: 'at' }).as((e) => ({ n: e.n })),
        ),
      'COLUMN_TYPE',
      'declare both alike',
    ],
    [
      'a union that lacks a column',
      () =>
        union(
          paid.as((p) => ({ n: p.amount })),
          untyped(cards.payment.as((p) => ({ m: p.amount }))),
        ),
      'COLUMN_MISSING',
      "there is no column 'n'",
    ],
    [
      'an object put together of columns',
      () =>
        mapping('m', {
          columns: { user: string(), at: time(), city: string() },
          events: (row) =>
            into(event('moved', { data: { user, at: time(), place: object({ city: string() }) }, subject: 'user', time: 'at' }), {
              fields: { user: row.user, at: row.at, place: untyped({ city: row.city }) },
            }),
        }),
      'COLUMN_INVALID',
      'compute(',
    ],
    ['a union of what is no column', () => paid.as(() => ({ n: 1 })), 'COLUMN_INVALID', "'n' is not given a column"],
  ])
})
