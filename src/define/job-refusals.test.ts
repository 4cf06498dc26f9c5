import { describe, expect, it } from 'vitest'
import * as cards from '../../examples/cards/cards.ts'
import {
  anyOf,
  checkProject,
  column,
  count,
  decimal,
  entity,
  event,
  featureStore,
  freeze,
  int,
  into,
  job,
  links,
  mapping,
  oneOf,
  optional,
  type ProjectPlan,
  project,
  request,
  schedule,
  sequence,
  state,
  string,
  time,
  windows,
} from '../index.ts'
import { refuses, untyped } from './refused.suite.ts'

const user = entity('user')
const data = { user, at: time(), amount: decimal(2), note: optional(string()) }
const paid = event('paid', { subject: 'user', time: 'at', data })
const group = { of: cards.payment, by: 'card', over: ['1h'] } as const
const times = () => ({ n: count() })
const yes = { returns: { ok: oneOf('yes') }, main: () => ({ ok: 'yes' as const }) }

describe('jobs and what they fetch refuse', () => {
  refuses([
    [
      'an action as a state',
      () => state('s', { of: untyped(cards.payment), by: untyped('card') }),
      'EVENT_KIND_WRONG',
      "state 's': event 'payment' sets no state",
    ],
    ['one event as a list', () => state('s', { of: cards.limitChanged, by: 'card', last: 1 }), 'OPTION_INVALID', 'leave it out'],
    [
      'links without a bound',
      () => links('l', untyped({ of: cards.payment, from: 'device', to: 'user' })),
      'OPTION_INVALID',
      "links 'l', last",
    ],
    [
      'links to no field',
      () => links('l', { of: cards.payment, from: 'device', to: untyped('users'), last: 3 }),
      'COLUMN_UNKNOWN',
      "did you mean 'user'?",
    ],
    [
      'a dimension the group does not have',
      () => cards.userSpend.at(untyped({ buyer: 'user' })),
      'DIMENSION_UNKNOWN',
      "windows 'user-spend': there is no dimension 'buyer'",
    ],
    [
      'a fetch named as a part of the tree',
      () => job('j', { on: cards.payment, fetch: untyped({ meta: cards.userSpend }), ...yes }),
      'NAME_TAKEN',
      "job 'j', fetch: 'meta' is the tree's own",
    ],
    [
      'a main that waits',
      () => job('j', { on: cards.payment, fetch: {}, returns: { n: int() }, main: untyped(async () => ({ n: 1 })) }),
      'MAIN_INVALID',
      "job 'j'",
    ],
    ['no main', () => job('j', untyped({ on: cards.payment, fetch: {}, returns: { n: int() } })), 'MAIN_INVALID', "job 'j'"],
    [
      'a grace that is no duration',
      () => job('j', { on: cards.payment, fetch: {}, ...yes, grace: untyped('soon') }),
      'DURATION_INVALID',
      "job 'j', grace",
    ],
    [
      'an asOf that does not exist',
      () => job('j', { on: cards.payment, fetch: {}, ...yes, asOf: untyped('arival') }),
      'OPTION_INVALID',
      "did you mean 'arrival'?",
    ],
    ['a trigger of nothing', () => anyOf(), 'OPTION_INVALID', 'anyOf'],
    ['a schedule of four parts', () => schedule('0 6 * *', { zone: 'UTC', each: user }), 'SCHEDULE_INVALID', '"0 6 * *"'],
    ['a request about no field', () => request({ user }, { subject: untyped('users') }), 'FIELD_UNKNOWN', "did you mean 'user'?"],
    [
      'a sequence in no time',
      () => sequence([paid, cards.payment], { by: 'user', within: untyped('1 hour') }),
      'DURATION_INVALID',
      'sequence, within',
    ],
  ])
})

describe('mappings refuse', () => {
  const columns = { who: string(), at: time(), n: decimal(2) }
  refuses([
    [
      'a column that does not exist',
      () => mapping('m', { columns, events: (row) => into(paid, { fields: { user: row['whom' as 'who'], at: row.at, amount: row.n } }) }),
      'COLUMN_UNKNOWN',
      "mapping 'm': there is no column 'whom'; did you mean 'who'?",
    ],
    [
      'a field that does not exist',
      () => mapping('m', { columns, events: (row) => into(paid, { fields: untyped({ users: row.who }) }) }),
      'FIELD_UNKNOWN',
      "into 'paid', fields: there is no field 'users'; did you mean 'user'?",
    ],
    ['no event', () => mapping('m', { columns, events: () => [] }), 'OPTION_INVALID', 'a row becomes no event'],
    [
      'a lag that is no duration',
      () =>
        mapping('m', {
          columns,
          events: (row) => into(paid, { fields: { user: row.who, at: row.at, amount: row.n }, knownAt: { lag: untyped('soon') } }),
        }),
      'DURATION_INVALID',
      "into 'paid', knownAt",
    ],
    ['a unit of what is no time', () => column(int(), { unit: 'us' }), 'OPTION_INVALID', 'only times have a unit'],
  ])
})

describe('freeze and checkProject refuse', () => {
  const plan = freeze(cards)
  /** The plan with one part of it replaced, or left out. */
  const changed = (path: string, value?: unknown): ProjectPlan => {
    const copy = structuredClone(plan)
    const names = path.split('/')
    const last = names.pop()!
    const parent = names.reduce<object>((part, name) => Reflect.get(part, name) as object, copy)
    if (value === undefined) Reflect.deleteProperty(parent, last)
    else Reflect.set(parent, last, value)
    return copy
  }
  const other = windows('user-spend', { ...group, features: times })

  refuses([
    [
      'two definitions of one name',
      () => project('twice', { ...cards, copy: other }),
      'DEFINED_TWICE',
      'windows \'user-spend\' is defined twice; found ["userSpend","copy"]',
    ],
    ['one of them out of sight', () => freeze({ other, cards }), 'DEFINED_TWICE', "windows 'user-spend' is defined twice"],
    ['an event type that is not there', () => checkProject(changed('events/refund')), 'EVENT_UNKNOWN', "there is no event 'refund'"],
    [
      'a definition that is not there',
      () => checkProject(changed('windows/user-spend')),
      'DEFINITION_UNKNOWN',
      "job 'card-fraud', fetch 'user': there is no windows 'user-spend'",
    ],
    [
      'a dimension that is not there',
      () => checkProject(changed('jobs/card-fraud/fetch/user/at', { users: 'user' })),
      'DIMENSION_UNKNOWN',
      "did you mean 'user'?",
    ],
    [
      'a field that no root has',
      () => checkProject(changed('jobs/card-fraud/fetch/user/at', { user: 'buyer' })),
      'FIELD_UNKNOWN',
      "the root has no field 'buyer'",
    ],
    [
      'another sort of key',
      () => checkProject(changed('jobs/card-fraud/fetch/user/at', { user: 'merchant' })),
      'FIELD_KIND_WRONG',
      'found "entity merchant"; expected entity user',
    ],
    [
      'a column of a filter',
      () => checkProject(changed('windows/cash-out/of/1/where/column', 'kategory')),
      'COLUMN_UNKNOWN',
      "did you mean 'category'?",
    ],
    [
      'a column of a union',
      () => checkProject(changed('windows/cash-out/of/0/columns/amount', 'sum')),
      'COLUMN_UNKNOWN',
      "windows 'cash-out', event 'withdrawal': there is no column 'sum'",
    ],
    [
      'a column of a feature',
      () => checkProject(changed('windows/cash-out/features/amount/column', 'total')),
      'COLUMN_UNKNOWN',
      "windows 'cash-out', feature 'amount'",
    ],
    ['a state of an action', () => checkProject(changed('events/limit-changed/kind', 'action')), 'EVENT_KIND_WRONG', "state 'card-limit'"],
    [
      'results kept by no entity',
      () => freeze([job('j', { on: cards.payment, fetch: {}, ...yes, output: [untyped(featureStore('country'))] })]),
      'FIELD_KIND_WRONG',
      "'country' names no entity",
    ],
    [
      'a trigger on a missing event type',
      () => checkProject(changed('jobs/card-fraud/on', { on: 'delay', by: '1h', of: { on: 'event', event: 'paymant' } })),
      'EVENT_UNKNOWN',
      "did you mean 'payment'?",
    ],
    [
      'steps without the field they share',
      () =>
        checkProject(
          changed('jobs/card-fraud/on', {
            on: 'sequence',
            by: 'device',
            within: '1h',
            steps: [
              { on: 'event', event: 'answer' },
              { on: 'event', event: 'payment' },
            ],
          }),
        ),
      'COLUMN_UNKNOWN',
      "there is no column 'device'",
    ],
  ])

  it('nothing of the examples', () => {
    expect(() => checkProject(plan)).not.toThrow()
  })

  it('no root of several that lacks a key, as long as one has it', () => {
    const mixed = job('mixed', { on: anyOf(paid, cards.limitChanged), fetch: untyped({ user: cards.userSpend }), ...yes })
    expect(Object.keys(freeze([mixed]).jobs)).toEqual(['mixed'])
  })
})
