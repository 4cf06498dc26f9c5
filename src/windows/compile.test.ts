import { describe, expect, it } from 'vitest'
import { MillraceError } from '../base/error.ts'
import type { EventPlan, FeaturePlan, WindowsPlan } from '../model/plan.ts'
import { compileWindows } from './compile.ts'

const base = { kind: 'action', subject: 'user', time: 'at', rows: 'changes' } as const
const events: { readonly [type: string]: EventPlan } = {
  payment: {
    ...base,
    data: {
      user: { kind: 'entity', name: 'user' },
      at: { kind: 'time' },
      amount: { kind: 'decimal', scale: 2 },
      n: { kind: 'optional', of: { kind: 'int' } },
      big: { kind: 'int64' },
      shop: { kind: 'string' },
      tags: { kind: 'list', of: { kind: 'string' } },
    },
  },
  refund: { ...base, data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' }, total: { kind: 'decimal', scale: 3 } } },
}
const total: FeaturePlan = { aggregate: 'sum', column: 'amount' }
const compile = (part: Partial<WindowsPlan>, features: { readonly [name: string]: FeaturePlan } = { total }) =>
  compileWindows('spend', { of: [{ event: 'payment' }], by: ['user'], over: ['1h'], includeRoot: false, features, ...part }, events)
const refusal = (part: Partial<WindowsPlan>, features?: { readonly [name: string]: FeaturePlan }): string => {
  try {
    compile(part, features)
  } catch (error) {
    if (error instanceof MillraceError) return `${error.code} ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('compileWindows', () => {
  it('gives slots by feature and window, each window once', () => {
    const compiled = compile(
      { over: ['1h', '7d to 1d', '1h'] },
      {
        total,
        first: { aggregate: 'first', column: 'amount', over: ['last 3 in 2h', '1h'] },
        spread: { aggregate: 'deviation', column: 'n' },
      },
    )
    expect(compiled.windows.map(({ name }) => name)).toEqual(['1h', '7d to 1d', 'last 3 in 2h'])
    expect(compiled.slots).toEqual([
      { index: 0, feature: 0, window: 0 },
      { index: 1, feature: 0, window: 1 },
      { index: 2, feature: 1, window: 2 },
      { index: 3, feature: 1, window: 0 },
      { index: 4, feature: 2, window: 0 },
      { index: 5, feature: 2, window: 1 },
    ])
    expect(compiled.features.map(({ output }) => output.store)).toEqual(['number', 'value', 'number'])
    expect(compiled.columns.map(({ name }) => name)).toEqual(['user', 'amount', 'n'])
    expect(compiled.dimensions).toEqual([0])
    expect(compiled.reachMs).toBe(7 * 86_400_000)
    expect(compiled.members[0]!.paths).toEqual(['user', 'amount', 'n'])
  })

  it('reaches over all history for lifetimes and the last n', () => {
    expect(compile({ over: ['lifetime'] }).reachMs).toBe(Number.POSITIVE_INFINITY)
    expect(compile({ over: ['last 3'] }).reachMs).toBe(Number.POSITIVE_INFINITY)
    expect(compile({ over: ['last 3 in 1h'] }).reachMs).toBe(3_600_000)
    expect(compile({ over: ['month to date'], zone: 'UTC' }).reachMs).toBeGreaterThanOrEqual(31 * 86_400_000)
  })

  it('reads what filters read', () => {
    const compiled = compile(
      { of: [{ event: 'payment', where: { op: 'is', column: 'shop', value: 'a' } }] },
      { total: { ...total, where: { op: 'above', column: 'n', value: 1 } } },
    )
    expect(compiled.members[0]!.paths).toEqual(['user', 'amount', 'n', 'shop'])
    expect(compiled.features[0]!.where!.paths).toEqual(['n'])
  })

  it('resolves options and defaults by the column', () => {
    const { features } = compile(
      {},
      {
        p: { aggregate: 'percentile', column: 'amount', options: { percent: 99.5 }, default: '0.50' },
        h: { aggregate: 'histogram', column: 'amount', options: { bounds: [0.005, 1, 10.25] } },
        r: { aggregate: 'rate', options: { per: '1m' } },
        d: { aggregate: 'decayedSum', column: 'n', options: { halfLife: '1h' } },
        c: { aggregate: 'collect', column: 'tags' },
        m: { aggregate: 'max', column: 'big', default: '9223372036854775807' },
      },
    )
    expect(features.map(({ options }) => options)).toMatchObject([
      { part: 995n, whole: 1000n },
      { unitBounds: [1n, 100n, 1025n], bounds: [1, 100, 1025] },
      { perMs: 60_000 },
      { halfLifeMs: 3_600_000 },
      { limit: 1_000 },
      {},
    ])
    expect(features.map(({ fallback }) => fallback)).toEqual([50n, null, null, null, null, 9_223_372_036_854_775_807n])
  })

  it('says what is wrong, where, and what would be right', () => {
    const feature = (plan: FeaturePlan) => refusal({}, { f: plan })
    expect(refusal({ of: [{ event: 'paymnt' }] })).toMatch(/^EVENT_UNKNOWN windows.spend.of\[0\].*did you mean 'payment'/)
    expect(refusal({ by: ['usr'] })).toMatch(/^COLUMN_UNKNOWN windows.spend.by.*did you mean 'user'/)
    expect(refusal({ by: ['tags'] })).toMatch(/^COLUMN_TYPE/)
    expect(refusal({ over: ['1 hour'] })).toMatch(/^WINDOW_INVALID windows.spend.over\[0\].*'15m'/)
    expect(refusal({ over: ['day to date'] })).toMatch(/^ZONE_MISSING/)
    expect(refusal({ merge: { unit: 'day' } })).toMatch(/^ZONE_MISSING/)
    expect(refusal({ merge: { unit: 'hour' } })).toBe('accepted')
    expect(refusal({ zone: 'Mars/Base' })).toMatch(/^ZONE_INVALID/)
    expect(refusal({ weekStart: 8 })).toMatch(/^OPTION_INVALID/)
    expect(refusal({ over: [] })).toMatch(/^WINDOWS_EMPTY windows.spend.features.total/)
    expect(refusal({}, {})).toMatch(/^OPTION_INVALID windows.spend.features/)
    expect(refusal({ of: [] })).toMatch(/^OPTION_INVALID windows.spend.of/)
    expect(feature({ aggregate: 'sun' as 'sum', column: 'amount' })).toMatch(
      /^AGGREGATE_UNKNOWN windows.spend.features.f.*did you mean 'sum'/,
    )
    expect(feature({ aggregate: 'sum' })).toMatch(/^COLUMN_MISSING/)
    expect(feature({ aggregate: 'sum', column: 'shop' })).toMatch(/^COLUMN_TYPE.*'sum' does not apply/)
    expect(feature({ aggregate: 'sum', column: 'at' })).toMatch(/^COLUMN_TYPE/)
    expect(feature({ aggregate: 'max', column: 'at' })).toBe('accepted')
    expect(feature({ aggregate: 'distinct', column: 'tags' })).toMatch(/^COLUMN_TYPE/)
    expect(feature({ aggregate: 'rate', column: 'amount', options: { per: '1h' } })).toMatch(/^COLUMN_TYPE/)
    expect(feature({ aggregate: 'rate' })).toMatch(/^OPTION_INVALID/)
    expect(feature({ aggregate: 'topK', column: 'amount' })).toMatch(/^OPTION_INVALID/)
    expect(feature({ aggregate: 'topK', column: 'amount', options: { k: 0 } })).toMatch(/^OPTION_INVALID/)
    expect(feature({ aggregate: 'sum', column: 'amount', options: { k: 3 } })).toMatch(/^OPTION_UNKNOWN/)
    expect(feature({ aggregate: 'percentile', column: 'amount', options: { percent: 0 } })).toMatch(/^OPTION_INVALID/)
    expect(feature({ aggregate: 'percentile', column: 'amount', options: { percent: 5, sketched: true } })).toMatch(/^SKETCH_UNSUPPORTED/)
    expect(feature({ aggregate: 'histogram', column: 'amount', options: { bounds: [2, 1] } })).toMatch(/^OPTION_INVALID/)
    expect(feature({ ...total, groupBy: 'tags' })).toMatch(/^COLUMN_TYPE/)
    expect(feature({ ...total, default: 'none' })).toMatch(/^LITERAL_INVALID windows.spend.features.f.default/)
    expect(feature({ ...total, where: { op: 'is', column: 'nn', value: 1 } })).toMatch(/^COLUMN_UNKNOWN windows.spend.features.f.where/)
  })

  it('wants the columns of a union to agree', () => {
    const of = [{ event: 'payment' }, { event: 'refund', columns: { amount: 'total' } }]
    expect(refusal({ of })).toMatch(/^COLUMN_TYPE windows.spend.*'amount' has another type in 'refund'/)
    expect(refusal({ of: [{ event: 'payment' }, { event: 'refund' }] })).toMatch(/^COLUMN_UNKNOWN.*map it under 'columns'/)
    expect(refusal({ of }, { n: { aggregate: 'count' } })).toBe('accepted')
  })
})
