import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../base/error.ts'
import { createPrng } from '../../base/prng.ts'
import type { EventVersion } from '../../model/event.ts'
import type { FeaturePlan } from '../../model/plan.ts'
import { tableOf } from '../../model/tables.ts'
import type { Value } from '../../model/value.ts'
import { compileWindows } from '../compile.ts'
import { createRowEngine, type RowQuestion } from './engine.ts'
import { anyRead, events, expectedSlots, runs, windowsPlan } from './rows.testing.ts'

const names = ['count', 'sum', 'mean', 'min', 'max', 'variance', 'deviationPop', 'first', 'last'] as const
const features: { readonly [name: string]: FeaturePlan } = Object.fromEntries([
  ...['n', 'ratio', 'amount'].flatMap((column) => names.map((aggregate) => [`${aggregate}.${column}`, { aggregate, column }])),
  ...(['count', 'timeSince'] as const).map((aggregate) => [aggregate, { aggregate }]),
  ['rate', { aggregate: 'rate', options: { per: '1s' } }],
  ['okSum', { aggregate: 'sum', column: 'n', where: { op: 'is', column: 'ok', value: true } }],
  ['kinds', { aggregate: 'distinctCount', column: 'shop' }],
  ['latest', { aggregate: 'lastK', column: 'amount', options: { k: 3 } }],
])
const compiled = compileWindows(
  'spend',
  windowsPlan({
    of: [{ event: 'payment' }],
    over: ['50ms', '400ms', '2s', '2s to 300ms', 'last 150', 'last 200 in 1s', 'lifetime'],
    includeRoot: true,
    features,
  }),
  events,
)

/** Values of one size, so that doubles stay in limbs; `wild`: of any, so that they do not. */
const anyEvents = (count: number, wild: boolean): fc.Arbitrary<readonly EventVersion[]> =>
  fc
    .array(
      fc.record({
        time: fc.integer({ min: -500, max: 2_500 }),
        n: fc.option(fc.integer({ min: -200_000_000, max: 200_000_000 })),
        ratio: fc.option(
          wild
            ? fc.double({ noNaN: true, min: -1e300, max: 1e300 }).map((x) => x + 0)
            : fc.integer({ min: -1e7, max: 1e7 }).map((x) => x / 100),
        ),
        amount: fc.option(fc.bigInt({ min: -100_000n, max: 100_000n })),
        ok: fc.boolean(),
        shop: fc.constantFrom('a', 'b', 'c'),
        late: fc.integer({ min: 0, max: 60 }),
        fate: fc.integer({ min: 0, max: 30 }),
      }),
      { minLength: count, maxLength: count, size: 'max' },
    )
    .map((rows) =>
      rows.flatMap(({ time, late, fate, ...data }, i): EventVersion[] => {
        const put: EventVersion = {
          type: 'payment',
          id: i % 3 === 0 ? `id-${String.fromCharCode(97 + (i % 26))}${i}x` : `id-${i}`,
          subject: 'u',
          time,
          seq: 0,
          op: 'put',
          version: 1,
          recordedAt: late === 60 ? 40 : 5,
          knownAt: late,
          data: { user: 'u', at: time, big: null, seen: null, tags: null, ...data },
        }
        if (fate > 1) return [put]
        const later = { ...put, version: 2, recordedAt: 30, knownAt: put.knownAt + 1 }
        return [put, fate === 0 ? { ...later, op: 'delete' } : { ...later, data: { ...put.data, n: 7 } }]
      }),
    )

const check = (engine: ReturnType<typeof createRowEngine>, versions: readonly EventVersion[], question: RowQuestion): void => {
  const found = engine.createSlotValues()
  engine.query(question, found)
  const expected = expectedSlots(compiled, versions, question)
  for (const { index, feature, window } of compiled.slots) {
    const at = `${compiled.features[feature]!.name} ${compiled.windows[window]!.name}`
    if (compiled.features[feature]!.output.store === 'value') expect([at, found.values[index]]).toEqual([at, expected.values[index]])
    else expect([at, found.numbers[index]]).toEqual([at, expected.numbers[index]])
  }
}

const anyQuestion = fc.record({ key: fc.constant<readonly Value[]>(['u']), time: fc.integer({ min: -600, max: 2_700 }), read: anyRead })

describe('a long series', () => {
  for (const wild of [false, true]) {
    it(`answers as the oracle does while it grows, in any order${wild ? ', with doubles of any size' : ''}`, () => {
      fc.assert(
        fc.property(anyEvents(500, wild), fc.array(anyQuestion, { minLength: 4, maxLength: 4 }), (versions, questions) => {
          const engine = createRowEngine(compiled)
          for (const [step, question] of questions.entries()) {
            const [from, to] = [step * 150, (step + 1) * 150].map((at) => Math.min(at, versions.length)) as [number, number]
            for (const version of versions.slice(from, to)) engine.insert(version)
            check(engine, versions.slice(0, to), { ...question, ...(step % 2 === 0 && { root: { ...versions[0]!, time: question.time } }) })
          }
        }),
        { numRuns: runs(2), endOnFailure: true },
      )
    })
  }

  it('gives its rows back one by one', () => {
    fc.assert(
      fc.property(anyEvents(300, false), anyQuestion, (versions, question) => {
        const engine = createRowEngine(compiled)
        for (const version of versions) engine.insert(version)
        const gone = versions
          .filter((version, i) => version.version === 1 && i % 5 !== 0)
          .map((version): EventVersion => ({ ...version, op: 'delete', version: 3, recordedAt: 50, knownAt: 61 }))
        for (const version of gone) engine.insert(version)
        check(engine, [...versions, ...gone], question)
        check(engine, [...versions, ...gone], { ...question, read: { as: 'corrected' } })
      }),
      { numRuns: runs(2), endOnFailure: true },
    )
  })
})

describe('columns that have not varied', () => {
  it('are kept once some row differs, in series of any length', () => {
    fc.assert(
      fc.property(
        anyEvents(260, false),
        anyQuestion,
        fc.constantFrom('seq', 'recordedAt', 'knownAt', 'id'),
        (versions, question, varied) => {
          const alike = versions
            .filter(({ version }) => version === 1)
            .map((version, i): EventVersion => ({ ...version, id: `id-${i}`, seq: 0, recordedAt: 5, knownAt: 5 }))
          const [short, long] = [alike.slice(0, 9), alike.slice(9, 250)]
          const others = [...short.map((version): EventVersion => ({ ...version, data: { ...version.data, user: 'v' } })), ...long]
          const engine = createRowEngine(compiled)
          engine.insertTables([tableOf(others, 'payment', compiled.members[0]!.paths, events['payment']!)])
          const before = engine.memoryBytes()
          const late = alike.slice(250).map((version): EventVersion => ({ ...version, [varied]: varied === 'id' ? `x-${version.id}` : 17 }))
          for (const version of late) engine.insert(version)
          expect(late.length === 0 || engine.memoryBytes() > before).toBe(true)
          for (const key of [['u'], ['v']]) check(engine, [...others, ...late], { ...question, key })
        },
      ),
      { numRuns: runs(6), endOnFailure: true },
    )
  })

  it('take no memory', () => {
    const [alike, varied] = [createRowEngine(compiled), createRowEngine(compiled)]
    const versions = fc.sample(anyEvents(200, false), { numRuns: 1, seed: 1 })[0]!.filter(({ version }) => version === 1)
    const plain = versions.map((version, i): EventVersion => ({ ...version, id: `id-${i}`, recordedAt: 5, knownAt: 5 }))
    const table = (of: readonly EventVersion[]) => [tableOf(of, 'payment', compiled.members[0]!.paths, events['payment']!)]
    alike.insertTables(table(plain))
    varied.insertTables(table(plain.map((version, i) => ({ ...version, recordedAt: i, seq: i }))))
    expect(varied.memoryBytes() / alike.memoryBytes()).toBeGreaterThan(1.1)
  })
})

describe('a series of many leaves', () => {
  const sized = compileWindows(
    'spend',
    windowsPlan({
      of: [{ event: 'payment' }],
      over: ['3s', '15s', '40s', 'lifetime'],
      features: Object.fromEntries((['count', 'sum', 'min', 'max'] as const).map((aggregate) => [aggregate, { aggregate, column: 'n' }])),
    }),
    events,
  )
  const random = createPrng(7)
  const row = (i: number, time: number): EventVersion => ({
    type: 'payment',
    id: `p${i}`,
    subject: 'u',
    time,
    seq: 0,
    op: 'put',
    version: 1,
    recordedAt: i % 4_000 === 17 ? 100 : 1,
    knownAt: 1,
    data: {
      user: 'u',
      at: time,
      n: Math.floor(random() * 2e6) - 1e6,
      big: null,
      ratio: null,
      seen: null,
      shop: null,
      ok: null,
      tags: null,
      amount: null,
    },
  })

  it('answers by leaves and blocks of leaves, late rows and hidden ones included', () => {
    const engine = createRowEngine(sized)
    const versions = Array.from({ length: 20_000 }, (_, i) => row(i, 2 * i))
    engine.insertTables([tableOf(versions, 'payment', sized.members[0]!.paths, events['payment']!)])
    for (let step = 0; step < 5; step++) {
      for (let late = 0; late < 5; late++) {
        versions.push(row(versions.length, Math.floor(random() * 40_000)))
        engine.insert(versions.at(-1)!)
      }
      for (const read of [{ as: 'corrected' }, { as: 'recorded', cutoff: 50 }] as const) {
        const time = Math.floor(random() * 50_000)
        const into = engine.createSlotValues()
        engine.query({ key: ['u'], time, read }, into)
        for (const { index, feature, window } of sized.slots) {
          const { spec } = sized.windows[window]!
          const from = spec.kind === 'time' ? time - spec.fromMs : Number.NEGATIVE_INFINITY
          const values = versions
            .filter(
              (version) => version.time >= from && version.time < time && (read.as === 'corrected' || version.recordedAt <= read.cutoff),
            )
            .map(({ data }) => data['n'] as number)
          const sum = values.reduce((a, b) => a + b, 0)
          const expected = { count: values.length, sum, min: Math.min(...values), max: Math.max(...values) }
          const name = sized.features[feature]!.name as keyof typeof expected
          const isNull = values.length === 0 && name !== 'count'
          expect([name, window, into.numbers[index]]).toEqual([name, window, isNull ? Number.NaN : expected[name]])
        }
      }
    }
  })
})

describe('keys that are loaded and forgotten', () => {
  const version = (user: string, i: number): EventVersion => ({
    type: 'payment',
    id: `p${i}`,
    subject: user,
    time: i,
    seq: 0,
    op: 'put',
    version: 1,
    recordedAt: 1,
    knownAt: 1,
    data: { user, at: i, n: i, big: null, ratio: null, seen: null, shop: 'a', ok: true, tags: null, amount: 5n },
  })
  const tablesOf = (versions: readonly EventVersion[]) => [tableOf(versions, 'payment', compiled.members[0]!.paths, events['payment']!)]
  const counted = (engine: ReturnType<typeof createRowEngine>, user: string): number => {
    const into = engine.createSlotValues()
    engine.query({ key: [user], time: 2_000, read: { as: 'corrected' } }, into)
    const count = compiled.slots.find(
      ({ feature, window }) => compiled.features[feature]!.name === 'count' && compiled.windows[window]!.name === 'lifetime',
    )!
    return into.numbers[count.index]!
  }

  it('passes over keys that are not loaded, and says so when asked', () => {
    const engine = createRowEngine(compiled, { holds: 'loaded' })
    engine.insert(version('u', 1))
    expect(engine.has(['u'])).toBe(false)
    expect(() => counted(engine, 'u')).toThrow(MillraceError)
    engine.load(['u'], tablesOf([version('u', 1)]))
    engine.insert(version('u', 2))
    engine.insert(version('v', 3))
    expect([counted(engine, 'u'), engine.has(['v'])]).toEqual([2, false])
    engine.evict(['u'])
    expect([engine.has(['u']), engine.memoryBytes()]).toEqual([false, 0])
    engine.load(['u'], tablesOf([version('u', 1), version('u', 2), { ...version('u', 2), version: 2, op: 'delete', recordedAt: 2 }]))
    expect(counted(engine, 'u')).toBe(1)
  })

  it('keeps to its memory, forgetting keys that nobody asks for', () => {
    const evicted: string[] = []
    const one = createRowEngine(compiled)
    for (let i = 0; i < 200; i++) one.insert(version('u', i))
    expect(counted(one, 'u')).toBe(200)
    const engine = createRowEngine(compiled, {
      holds: 'loaded',
      memoryBytes: 10 * one.memoryBytes(),
      evicted: ([user]) => evicted.push(user as string),
    })
    for (let k = 0; k < 40; k++) {
      engine.load([`u${k}`], tablesOf(Array.from({ length: 200 }, (_, i) => version(`u${k}`, i))))
      expect(counted(engine, 'u0')).toBe(200)
    }
    expect(engine.memoryBytes()).toBeLessThanOrEqual(10 * one.memoryBytes())
    expect(engine.memoryBytes()).toBeGreaterThan(9 * one.memoryBytes())
    expect(evicted.length).toBeGreaterThan(26)
    expect(evicted).not.toContain('u0')
  })
})
