import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../base/error.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import type { FeaturePlan } from '../../model/plan.ts'
import { tableOf } from '../../model/tables.ts'
import { compileWindows } from '../compile.ts'
import { createRowEngine, type RowEngine } from './engine.ts'
import { events, expectedSlots, runs, windowsPlan } from './rows.testing.ts'

const names = ['count', 'sum', 'mean', 'min', 'max', 'variance', 'deviationPop', 'first', 'last', 'distinctCount'] as const
const where = { op: 'is', column: 'ok', value: true } as const
const features: { readonly [name: string]: FeaturePlan } = Object.fromEntries([
  ...['n', 'ratio', 'amount'].flatMap((column) => names.map((aggregate) => [`${aggregate}.${column}`, { aggregate, column }])),
  ...(['count', 'timeSince'] as const).map((aggregate) => [aggregate, { aggregate }]),
  ['rate', { aggregate: 'rate', options: { per: '1s' } }],
  ['shops', { aggregate: 'distinctCount', column: 'shop', where }],
  ['shop', { aggregate: 'last', column: 'shop' }],
  ['okSum', { aggregate: 'sum', column: 'n', where }],
])
const over = ['1s', '5s', '12s', '20s to 6s', 'day to date', 'lifetime']
const compile = (merge: { readonly unit: 'second'; readonly olderThan?: string }) =>
  compileWindows('spend', windowsPlan({ of: [{ event: 'payment' }], over, features, merge }), events)

const anyValues = fc.record({
  n: fc.option(fc.integer({ min: -2_000_000, max: 2_000_000 })),
  ratio: fc.option(fc.integer({ min: -1e7, max: 1e7 }).map((x) => x / 100)),
  amount: fc.option(fc.bigInt({ min: -500n, max: 500n })),
  ok: fc.boolean(),
  shop: fc.option(fc.constantFrom('a', 'b', 'c', 'd')),
})
const anyRow = fc.record({ time: fc.integer({ min: -1_000, max: 30_000 }), stamp: fc.integer({ min: 0, max: 9 }), values: anyValues })
const anyRows = fc.array(anyRow, { minLength: 420, maxLength: 420, size: 'max' })
const versionOf = ({ time, stamp, values }: typeof anyRow extends fc.Arbitrary<infer T> ? T : never, i: number): EventVersion => ({
  type: 'payment',
  id: i % 5 === 0 ? `odd-${i}x` : `id-${i}`,
  subject: 'u',
  time,
  seq: 0,
  op: 'put',
  version: 1,
  recordedAt: stamp,
  knownAt: stamp,
  data: { user: 'u', at: time, big: null, seen: null, tags: null, ...values },
})

const anyChange = fc.record({
  of: fc.nat({ max: 419 }),
  sort: fc.constantFrom('new', 'again', 'corrected', 'deleted' as const),
  row: anyRow,
  isLate: fc.boolean(),
})
const anyRead: fc.Arbitrary<Read> = fc.oneof(
  fc.constant<Read>({ as: 'corrected' }),
  fc.record({ as: fc.constantFrom('recorded' as const, 'known' as const), cutoff: fc.integer({ min: 7, max: 31 }) }),
)
const anyQuestion = fc.record({ time: fc.integer({ min: 24_000, max: 42_000 }), read: anyRead })

/** As an owner does: loads the key when it must, and asks an engine that does not merge where single events are needed. */
const createOwner = (engine: RowEngine, versions: readonly EventVersion[][]) => {
  const { compiled } = engine
  const tables = () => [tableOf(versions.flat(), 'payment', compiled.members[0]!.paths, events['payment']!)]
  let [answered, merged] = [0, 0]
  /** Whether a question about the middle of an old unit is refused. */
  const isMerged = (): boolean => {
    try {
      engine.query({ key: ['u'], time: 10_500, read: { as: 'corrected' } }, engine.createSlotValues())
      return false
    } catch {
      return true
    }
  }
  const check = (question: { readonly time: number; readonly read: Read }): void => {
    const asked = { key: ['u'], ...question }
    if (!engine.has(asked.key)) {
      engine.load(asked.key, tables())
    }
    const found = engine.createSlotValues()
    try {
      engine.query(asked, found)
      answered++
      if (isMerged()) merged++
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'UNITS_MERGED') throw error
      return
    }
    const expected = expectedSlots(compiled, versions.flat(), asked)
    for (const { index, feature, window } of compiled.slots) {
      const { name, output } = compiled.features[feature]!
      const at = `${name} ${compiled.windows[window]!.name}`
      if (output.store === 'value') expect([at, found.values[index]]).toEqual([at, expected.values[index]])
      else expect([at, found.numbers[index]]).toEqual([at, expected.numbers[index]])
    }
  }
  return { check, tables, counts: () => ({ answered, merged }) }
}

const changed = (versions: EventVersion[][], { of, sort, row, isLate }: typeof anyChange extends fc.Arbitrary<infer T> ? T : never) => {
  const made = versionOf({ ...row, time: isLate ? row.time : 29_000 + (row.time % 4_000), stamp: 12 }, versions.length)
  if (sort === 'new') {
    versions.push([made])
    return versions.at(-1)!
  }
  const group = versions[of]!
  const last = group.at(-1)!
  const next = { ...last, version: last.version + 1, recordedAt: 10 + group.length, knownAt: 10 + group.length }
  if (sort === 'corrected') group.push({ ...next, op: 'put', data: { ...last.data, ...row.values } })
  if (sort === 'deleted') group.push({ ...next, op: 'delete' })
  return group
}

describe('rows merged by unit', () => {
  for (const merge of [{ unit: 'second' }, { unit: 'second', olderThan: '7s' }] as const) {
    it(`answer as the oracle does${'olderThan' in merge ? ', also where young edges stay' : ''}, or not at all, whatever arrives`, () => {
      const compiled = compile(merge)
      let answered = 0
      fc.assert(
        fc.property(anyRows, fc.array(fc.tuple(anyChange, anyQuestion), { minLength: 6, maxLength: 6 }), (rows, steps) => {
          const versions = rows.map((row, i) => [versionOf(row, i)])
          const engine = createRowEngine(compiled, { holds: 'loaded', mergesUnits: true, fewestRows: 64 })
          const owner = createOwner(engine, versions)
          owner.check({ time: 31_000, read: { as: 'corrected' } })
          expect(owner.counts()).toEqual({ answered: 1, merged: 1 })
          for (const [, question] of steps) owner.check(question)
          for (const [change, question] of steps) {
            engine.insertVersions(changed(versions, change))
            owner.check(question)
          }
          answered += owner.counts().merged
        }),
        { numRuns: runs(3), endOnFailure: true },
      )
      expect(answered).toBeGreaterThan(runs(3))
    })
  }

  it('take memory by units, not by events', () => {
    const compiled = compile({ unit: 'second' })
    const memory = [1, 8].map((often) => {
      const versions = Array.from({ length: 2_000 * often }, (_, i) => {
        const values = { n: i % 100, ratio: i % 7, amount: 5n, ok: true, shop: 'a' } as const
        return [versionOf({ time: Math.floor((i * 15) / often), stamp: 1, values }, 5 * i + 1)]
      })
      const engine = createRowEngine(compiled, { holds: 'loaded', mergesUnits: true })
      engine.load(['u'], createOwner(engine, versions).tables())
      return engine.memoryBytes()
    })
    expect(memory[1]! / memory[0]!).toBeLessThan(2)
  })

  it('are forgotten when something arrives among them, and not when it arrives behind', () => {
    const evicted: unknown[] = []
    const compiled = compile({ unit: 'second' })
    const values = { n: 1, ratio: 1, amount: 5n, ok: true, shop: 'a' } as const
    const versions = Array.from({ length: 2_000 }, (_, i) => [versionOf({ time: i * 15, stamp: 1, values }, i)])
    const engine = createRowEngine(compiled, { holds: 'loaded', mergesUnits: true, evicted: (key) => evicted.push(key) })
    const owner = createOwner(engine, versions)
    engine.load(['u'], owner.tables())
    engine.insert(versionOf({ time: 29_900, stamp: 1, values }, 9_001))
    expect([evicted, engine.has(['u'])]).toEqual([[], true])
    const ask = (time: number, read: Read) => () => engine.query({ key: ['u'], time, read }, engine.createSlotValues())
    expect(ask(10_500, { as: 'corrected' })).toThrow('which have been merged')
    expect(ask(30_000, { as: 'recorded', cutoff: 0 })).toThrow('which have been merged')
    expect(ask(30_000, { as: 'recorded', cutoff: 1 })).not.toThrow()
    engine.insert(versions[7]![0]!)
    expect([evicted, engine.has(['u']), engine.memoryBytes()]).toEqual([[['u']], false, 0])
  })

  it('is not done where records of units do not answer all that is asked', () => {
    const plans = [
      { over: ['last 3'] },
      { includeRoot: true },
      { features: { all: { aggregate: 'collect', column: 'n' } } },
      { features: { all: { aggregate: 'sum', column: 'n', groupBy: 'shop' } } },
      { features: { all: { aggregate: 'count', column: 'tags' } } },
    ] as const
    const values = { n: 1, ratio: 1, amount: 5n, ok: true, shop: 'a' } as const
    const versions = Array.from({ length: 1_000 }, (_, i) => [versionOf({ time: i * 30, stamp: 1, values }, 5 * i + 1)])
    for (const plan of plans) {
      const part = windowsPlan({
        of: [{ event: 'payment' }],
        over,
        merge: { unit: 'second' },
        features: { n: { aggregate: 'count' } },
        ...plan,
      })
      const compiled = compileWindows('spend', part, events)
      const [plain, merging] = [false, true].map((mergesUnits) => createRowEngine(compiled, { holds: 'loaded', mergesUnits }))
      for (const engine of [plain!, merging!]) engine.load(['u'], createOwner(engine, versions).tables())
      expect(merging!.memoryBytes()).toBe(plain!.memoryBytes())
    }
  })
})
