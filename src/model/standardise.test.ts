import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventPlan } from './plan.ts'
import { createStandardiser } from './standardise.ts'

const plan: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  id: ['pid'],
  rows: 'changes',
  data: {
    pid: { kind: 'string' },
    user: { kind: 'entity', name: 'user' },
    at: { kind: 'time' },
    amount: { kind: 'decimal', scale: 2 },
    big: { kind: 'optional', of: { kind: 'int64' } },
    n: { kind: 'optional', of: { kind: 'int' } },
    ratio: { kind: 'optional', of: { kind: 'double' } },
    kind: { kind: 'optional', of: { kind: 'enum', values: ['retail', 'wholesale'] } },
    tags: { kind: 'optional', of: { kind: 'list', of: { kind: 'string' } } },
    place: { kind: 'optional', of: { kind: 'object', fields: { city: { kind: 'string' } } } },
  },
  aliases: { amount: ['sum'] },
}
const standardise = createStandardiser('payment', plan)
const context = { sourceId: 'file:1', seq: 1, latest: Number.POSITIVE_INFINITY }
const good = { pid: 'a', user: 'u1', at: 1000, amount: 1.1 }
const of = (more: object) => standardise({ ...good, ...more }, context)

describe('standardise', () => {
  it('gives every declared field its exact value', () => {
    expect(of({ at: '1970-01-01T01:00:01.5+01:00', big: '-9223372036854775808', amount: '12.30', user: 7 })).toEqual({
      event: {
        type: 'payment',
        id: 'a',
        subject: '7',
        time: 1500,
        seq: 1,
        data: {
          pid: 'a',
          user: '7',
          at: 1500,
          amount: 1230n,
          big: -9_223_372_036_854_775_808n,
          n: null,
          ratio: null,
          kind: null,
          tags: null,
          place: null,
        },
      },
    })
  })
  it('takes a field under an old name', () => {
    expect(standardise({ pid: 'a', user: 'u', at: 1, sum: 2 }, context)).toMatchObject({ event: { data: { amount: 200n } } })
  })
  it.each([
    [{ at: 'x' }, 'TIME_INVALID', 'at'],
    [{ at: 1.5 }, 'TIME_INVALID', 'at'],
    [{ at: '2024-02-30T00:00:00Z' }, 'TIME_INVALID', 'at'],
    [{ at: '2024-02-03T00:00:00' }, 'TIME_INVALID', 'at'],
    [{ at: 9e15 }, 'TIME_OUT_OF_RANGE', 'at'],
    [{ at: undefined }, 'FIELD_MISSING', 'at'],
    [{ user: '' }, 'KEY_EMPTY', 'user'],
    [{ user: 'é'.repeat(513) }, 'KEY_TOO_LONG', 'user'],
    [{ pid: '' }, 'ID_EMPTY', 'pid'],
    [{ pid: '\ud800' }, 'TEXT_INVALID', 'pid'],
    [{ amount: '1.105' }, 'DECIMAL_INEXACT', 'amount'],
    [{ amount: 0.1 + 0.2 }, 'DECIMAL_INEXACT', 'amount'],
    [{ amount: '1e17' }, 'DECIMAL_OUT_OF_RANGE', 'amount'],
    [{ amount: 'ten' }, 'TYPE_MISMATCH', 'amount'],
    [{ n: 2 ** 53 }, 'INTEGER_OUT_OF_RANGE', 'n'],
    [{ n: 10n ** 310n }, 'INTEGER_OUT_OF_RANGE', 'n'],
    [{ n: 1.5 }, 'INTEGER_EXPECTED', 'n'],
    [{ n: Number.NaN }, 'NUMBER_NOT_FINITE', 'n'],
    [{ ratio: Number.POSITIVE_INFINITY }, 'NUMBER_NOT_FINITE', 'ratio'],
    [{ big: 2 ** 60 }, 'NUMBER_INEXACT', 'big'],
    [{ big: '9223372036854775808' }, 'INTEGER_OUT_OF_RANGE', 'big'],
    [{ kind: 'retial' }, 'ENUM_UNKNOWN', 'kind'],
    [{ tags: ['a', 3] }, 'TYPE_MISMATCH', 'tags[1]'],
    [{ place: { city: 'x', zip: 1 } }, 'FIELD_UNKNOWN', 'place.zip'],
    [{ colour: 'red' }, 'FIELD_UNKNOWN', 'colour'],
  ])('refuses %o as %s at %s', (more, code, at) => {
    expect(of(more)).toMatchObject({ refusal: { code, at } })
  })
  it('names the field, the value and what was expected', () => {
    expect(of({ kind: 'retial' })).toMatchObject({
      refusal: { message: expect.stringMatching(/kind: found "retial"; expected .*did you mean 'retail'/) },
    })
  })
  it('never throws, whatever comes, and is a function of its input', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }), fc.anything(), (a, b) => {
        for (const raw of [a, { ...good, amount: a, at: b }, { ...good, place: a, tags: b, big: a, n: b }]) {
          expect(standardise(raw, context)).toEqual(standardise(raw, context))
        }
      }),
      { numRuns: 2000 },
    )
  })
  it('keeps the sign of no zero', () => {
    expect(of({ ratio: -0 })).toMatchObject({ event: { data: { ratio: 0 } } })
  })
})
