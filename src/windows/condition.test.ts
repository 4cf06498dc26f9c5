import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf, valueAt } from '../model/cell.ts'
import { type FieldPlan, fieldAt, type SchemaPlan } from '../model/field.ts'
import type { Comparison, ConditionPlan } from '../model/plan.ts'
import type { Data, Value } from '../model/value.ts'
import { compareScaled } from './comparison.ts'
import { compileCondition } from './condition.ts'

const optional = (of: FieldPlan): FieldPlan => ({ kind: 'optional', of })
const schema: SchemaPlan = {
  user: { kind: 'entity', name: 'user' },
  text: optional({ kind: 'string' }),
  level: optional({ kind: 'enum', values: ['low', 'high'] }),
  n: optional({ kind: 'int' }),
  big: optional({ kind: 'int64' }),
  ratio: optional({ kind: 'double' }),
  amount: optional({ kind: 'decimal', scale: 2 }),
  fee: optional({ kind: 'decimal', scale: 3 }),
  ok: optional({ kind: 'boolean' }),
  at: optional({ kind: 'time' }),
  tags: optional({ kind: 'list', of: { kind: 'string' } }),
  amounts: optional({ kind: 'list', of: { kind: 'decimal', scale: 1 } }),
  place: optional({ kind: 'object', fields: { city: optional({ kind: 'string' }) } }),
}
const compile = (plan: ConditionPlan) =>
  compileCondition(plan, {
    at: 'where',
    names: Object.keys(schema),
    column: (path) => {
      const field = fieldAt(schema, path)
      return field && { path, field }
    },
  })

/** One answer, by the test and by the mask, which must agree. */
const judge = (plan: ConditionPlan, data: Data): boolean => {
  const condition = compile(plan)
  const columns = Object.fromEntries(condition.paths.map((path) => [path, columnOf(fieldAt(schema, path)!, [valueAt(data, path)])]))
  const passes = condition.test(data)
  expect(condition.mask(columns, 1)).toEqual(Uint8Array.of(passes ? 1 : 0))
  return passes
}
const op = (name: Comparison, column: string, value: string | number | boolean): ConditionPlan => ({ op: name, column, value })
const pair = (name: Comparison, column: string, other: string): ConditionPlan => ({ op: name, column, other })

/** A value as a fraction: what the comparison of numbers is checked against. */
const fraction = (value: Value, scale: number): readonly [bigint, bigint] => {
  if (typeof value === 'bigint') return [value, 10n ** BigInt(scale)]
  let down = 1n
  let number = value as number
  for (; !Number.isInteger(number); down *= 2n) number *= 2
  return [BigInt(number), down]
}
const signOf = (a: readonly [bigint, bigint], b: readonly [bigint, bigint]): number => {
  const [x, y] = [a[0] * b[1], b[0] * a[1]]
  return x < y ? -1 : x > y ? 1 : 0
}
const expected: { readonly [name: string]: (sign: number) => boolean } = {
  is: (sign) => sign === 0,
  not: (sign) => sign !== 0,
  below: (sign) => sign < 0,
  atMost: (sign) => sign <= 0,
  above: (sign) => sign > 0,
  atLeast: (sign) => sign >= 0,
}

const anyNumber: { readonly [column: string]: readonly [fc.Arbitrary<Value>, number] } = {
  n: [fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger()), 0],
  big: [fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), 0],
  ratio: [fc.oneof(fc.constantFrom(0, 0.5, 1, 2.5, 5e-324, 2 ** 53, 2 ** 63), fc.double({ noNaN: true, noDefaultInfinity: true })), 0],
  amount: [fc.oneof(fc.bigInt({ min: -300n, max: 300n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), 2],
  fee: [fc.oneof(fc.bigInt({ min: -3000n, max: 3000n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), 3],
}
const comparisons = Object.keys(expected) as Comparison[]

describe('conditions', () => {
  it('compares numbers of any two types and scales exactly', () => {
    const names = Object.keys(anyNumber)
    const anyPair = fc.tuple(
      fc.constantFrom(...names),
      fc.constantFrom(...names).map((name) => (name === 'fee' ? 'amount' : name)),
    )
    const cases = anyPair.chain(([left, right]) => fc.tuple(fc.constant([left, right] as const), anyNumber[left]![0], anyNumber[right]![0]))
    fc.assert(
      fc.property(cases, fc.constantFrom(...comparisons), ([[left, right], a, b], name) => {
        const data = left === right ? { [left]: a } : { [left]: a, [right]: b }
        const sign = left === right ? 0 : signOf(fraction(a, anyNumber[left]![1]), fraction(b, anyNumber[right]![1]))
        expect(judge(pair(name, left, right), data)).toBe(expected[name]!(sign))
      }),
      { numRuns: 1_000 },
    )
  })

  it('compares decimals with text of any number of digits', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -3000n, max: 3000n }),
        fc.integer({ min: -30_000, max: 30_000 }),
        fc.constantFrom(...comparisons),
        (units, tenths, name) => {
          const text = `${tenths < 0 ? '-' : ''}${Math.floor(Math.abs(tenths) / 1000)}.${String(Math.abs(tenths) % 1000).padStart(3, '0')}`
          const sign = signOf([units, 100n], [BigInt(tenths), 1000n])
          expect(judge(op(name, 'amount', text), { amount: units })).toBe(expected[name]!(sign))
        },
      ),
    )
  })

  it('takes a JSON number for the decimal it is written as', () => {
    expect(judge(op('is', 'amount', 1.1), { amount: 110n })).toBe(true)
    expect(judge(op('atLeast', 'amount', 1e-2), { amount: 1n })).toBe(true)
    expect(judge(op('below', 'amount', 0.005), { amount: 0n })).toBe(true)
    expect(judge(op('below', 'n', 2.5), { n: 2 })).toBe(true)
    expect(judge(op('is', 'n', 2.5), { n: 2 })).toBe(false)
    expect(judge(op('not', 'n', 2.5), { n: 2 })).toBe(true)
    expect(judge(op('is', 'big', '9223372036854775807'), { big: 2n ** 63n - 1n })).toBe(true)
    expect(judge(op('is', 'ratio', 0.1), { ratio: 0.1 })).toBe(true)
  })

  it('is false where a side is missing, and only isNull asks for that', () => {
    const none: Data = { text: null, n: null, amount: null, ok: null, at: null, tags: null, ratio: null, fee: null }
    for (const name of comparisons) {
      expect(judge(op(name, 'n', 0), none)).toBe(false)
      expect(judge(pair(name, 'n', 'ratio'), { ...none, ratio: 1 })).toBe(false)
      expect(judge(pair(name, 'amount', 'fee'), { ...none, amount: 1n })).toBe(false)
    }
    expect(judge(op('startsWith', 'text', ''), none)).toBe(false)
    expect(judge(op('contains', 'tags', 'a'), none)).toBe(false)
    expect(judge(op('is', 'place.city', 'Rome'), { place: null })).toBe(false)
    expect(judge({ op: 'not-of', of: op('is', 'n', 0) }, none)).toBe(true)
    expect(judge({ op: 'isNull', column: 'n' }, none)).toBe(true)
    expect(judge({ op: 'isNull', column: 'place.city' }, { place: { city: 'Rome' } })).toBe(false)
  })

  it('compares texts, booleans and times', () => {
    expect(judge(op('is', 'level', 'low'), { level: 'low' })).toBe(true)
    expect(judge(op('not', 'user', 'u'), { user: 'v' })).toBe(true)
    expect(judge(pair('is', 'user', 'text'), { user: 'v', text: 'v' })).toBe(true)
    expect(judge(op('is', 'ok', false), { ok: false })).toBe(true)
    expect(judge(op('not', 'ok', false), { ok: false })).toBe(false)
    expect(judge(op('atLeast', 'at', '1970-01-01T00:00:01Z'), { at: 1000 })).toBe(true)
    expect(judge(op('below', 'at', 1000), { at: 1000 })).toBe(false)
    expect(judge(op('startsWith', 'text', 'ab'), { text: 'abc' })).toBe(true)
    expect(judge(pair('startsWith', 'text', 'user'), { text: 'abc', user: 'b' })).toBe(false)
    expect(judge({ op: 'in', column: 'level', values: ['low', 'high'] }, { level: 'high' })).toBe(true)
    expect(judge({ op: 'in', column: 'amount', values: ['1.10', 2] }, { amount: 200n })).toBe(true)
  })

  it('looks into lists', () => {
    expect(judge(op('contains', 'tags', 'b'), { tags: ['a', 'b'] })).toBe(true)
    expect(judge(op('contains', 'tags', 'c'), { tags: ['a', 'b'] })).toBe(false)
    expect(judge(op('contains', 'amounts', '1.5'), { amounts: [15n] })).toBe(true)
    expect(judge(pair('contains', 'amounts', 'fee'), { amounts: [15n], fee: 1500n })).toBe(true)
    expect(judge(pair('contains', 'tags', 'user'), { tags: ['u'], user: 'u' })).toBe(true)
  })

  it('combines', () => {
    const both: ConditionPlan = { op: 'and', of: [op('above', 'n', 1), { op: 'or', of: [op('is', 'ok', true), op('is', 'level', 'low')] }] }
    expect(judge(both, { n: 2, ok: false, level: 'low' })).toBe(true)
    expect(judge(both, { n: 2, ok: false, level: null })).toBe(false)
    expect(judge({ op: 'not-of', of: both }, { n: 1, ok: true, level: 'low' })).toBe(true)
  })

  it('refuses what has no meaning, naming what would', () => {
    expect(() => compile(op('is', 'amonut', 1))).toThrow(/COLUMN_UNKNOWN|no such column.*did you mean 'amount'/)
    expect(() => compile(op('below', 'text', 'a'))).toThrow(/'below' does not apply/)
    expect(() => compile(op('is', 'level', 'middle'))).toThrow(/does not fit/)
    expect(() => compile(op('is', 'n', 'many'))).toThrow(/does not fit/)
    expect(() => compile(op('is', 'ratio', 'NaN'))).toThrow(/does not fit/)
    expect(() => compile(op('startsWith', 'n', '1'))).toThrow(/does not apply/)
    expect(() => compile(op('is', 'tags', 'a'))).toThrow(/does not apply/)
    expect(() => compile(pair('is', 'n', 'text'))).toThrow(/does not apply/)
    expect(() => compile(pair('is', 'n', 'at'))).toThrow(/does not apply/)
    expect(() => compile({ op: 'in', column: 'n', values: [] })).toThrow(/at least one/)
    expect(() => compile({ op: 'and', of: [] })).toThrow(/at least one/)
  })

  it('compares over scales without rounding', () => {
    expect(compareScaled(1n, 18, 1e-18, 0)).toBe(signOf([1n, 10n ** 18n], fraction(1e-18, 0)))
    expect(compareScaled(5e-324, 0, 0n, 2)).toBe(1)
  })
})
