import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf, valueAt } from '../../model/cell.ts'
import { aggregateNames, type FeaturePlan } from '../../model/plan.ts'
import { tableOf } from '../../model/tables.ts'
import type { Value } from '../../model/value.ts'
import { compileWindows } from '../compile.ts'
import type { CompiledWindows } from '../compiled.ts'
import { expected } from './brute.testing.ts'
import { type Case, caseOf, compileCase, events, fields, midnight, type Name, type Root } from './draw.testing.ts'
import { computeWindows } from './engine.ts'
import { hidesRows } from './hidden.ts'
import { type BatchOutput, createOutput } from './input.ts'
import { prepareBatch, type RootColumns } from './prepare.ts'
import { createPreparedAnswers, type PreparedQuestion, prepareRows } from './prepared.ts'

/** How many times the usual number of draws. */
const effort = Number(process.env['MILLRACE_BATCH_EFFORT'] ?? 1)

interface Question extends PreparedQuestion {
  readonly rootsFrom: (from: number, to: number) => RootColumns
}

const questionOf = ({ compiled, by, versions, roots, stamp }: Case): Question => {
  const paths = (type: string) => compiled.members.flatMap((member) => (member.event === type ? member.paths : []))
  const type = roots.find((root) => root.own !== undefined)?.own?.type
  return {
    compiled,
    stamp,
    tables: compiled.members.map(({ event }) => tableOf(versions.flat(), event, paths(event), events[event as 'pay'])),
    rootsFrom: (from, to) => {
      const some = roots.slice(from, to)
      return {
        count: some.length,
        time: Float64Array.from(some, (root) => root.time),
        keys: by.map((name) =>
          columnOf(
            fields[name as Name],
            some.map((root) => root.data[name]!),
          ),
        ),
        ...(stamp !== undefined && { cutoff: { stamp, at: Float64Array.from(some, (root) => root.cutoff) } }),
        ...(type !== undefined && { own: ownTable(some, type, paths(type)) }),
      }
    },
  }
}

const valuesOf = ({ slots }: CompiledWindows, output: BatchOutput, count: number): Value[][] => {
  const nothing = (value: number) => (Number.isNaN(value) ? null : value)
  return Array.from({ length: count }, (_, root) =>
    slots.map(({ index }) => output.values[index]?.[root] ?? nothing(output.numbers[index]?.[root] ?? Number.NaN)),
  )
}

/** All roots at once, `partition` keys at a time. */
const answered = (of: Case, partition: number): Value[][] => {
  const { compiled, tables, rootsFrom } = questionOf(of)
  const { length } = of.roots
  const task = prepareBatch({ compiled, tables, roots: rootsFrom(0, length) })
  const output = createOutput(compiled, length)
  for (let from = 0; from === 0 || from < task.keyCount; from += partition) {
    computeWindows({ ...task, keyRange: { from, to: Math.min(from + partition, task.keyCount) }, output })
  }
  return valuesOf(compiled, output, length)
}

/** Some roots at a time, over rows that were prepared once. */
const answeredInSlices = (of: Case, size: number): Value[][] => {
  const question = questionOf(of)
  const answer = createPreparedAnswers(prepareRows(question))
  const answers: Value[][] = []
  for (let from = 0; from < of.roots.length; from += size) {
    const roots = question.rootsFrom(from, from + size)
    const output = createOutput(of.compiled, roots.count)
    answer(roots, output)
    answers.push(...valuesOf(of.compiled, output, roots.count))
  }
  return answers
}

const ownTable = (roots: readonly Root[], type: string, paths: readonly string[]) => {
  const own = roots.map((root) => root.own!)
  const table = tableOf([], type, paths, events[type as 'pay'])
  const fieldOf = (path: string) => events[type as 'pay'].data[path]!
  return {
    ...table,
    rows: own.length,
    time: Float64Array.from(own, (event) => event.time),
    columns: Object.fromEntries(
      paths.map((path) => [
        path,
        columnOf(
          fieldOf(path),
          own.map((event) => valueAt(event.data, path)),
        ),
      ]),
    ),
  }
}

const check = (of: Case, partition = 2): void => {
  const want = expected(of)
  const ways = { 'at once': answered(of, partition), 'in slices': answeredInSlices(of, 3) }
  for (const [way, got] of Object.entries(ways)) {
    of.roots.forEach((root, r) => {
      of.compiled.slots.forEach((slot, s) => {
        const feature = of.compiled.features[slot.feature]!
        const name = of.compiled.windows[slot.window]!.name
        const where = `${way}, root ${r} at ${root.time} cutoff ${root.cutoff}: ${feature.aggregate} in ${name}`
        expect({ where, value: got[r]![s] }).toEqual({ where, value: want[r]![s] })
      })
    })
  }
}

it('answers more roots than are written to their places at once', () => {
  const pay = { kind: 'action', subject: 'user', time: 'at', rows: 'facts', data: { user: fields.user, at: fields.at } } as const
  const features = { n: { aggregate: 'count' }, since: { aggregate: 'timeSince' } } as const
  const compiled = compileWindows('w', { of: [{ event: 'pay' }], by: ['user'], over: ['lifetime'], includeRoot: false, features }, { pay })
  const [users, many, span] = [['a', 'b', 'c'], 300_000, 1_000]
  const codes = Int32Array.from({ length: 40 }, (_, i) => (i * 7) % 3)
  const time = Float64Array.from({ length: 40 }, (_, i) => i * 25)
  const table = { ...tableOf([], 'pay', ['user', 'at'], pay), rows: 40, time, seq: time }
  const columns = { user: { kind: 'code', codes, dictionary: users }, at: { kind: 'number', values: time } } as const
  const asked = Int32Array.from({ length: many }, (_, i) => (i % 5 === 4 ? -1 : (i * 11) % 3))
  const at = Float64Array.from({ length: many }, (_, i) => (i * 7919) % span)
  const roots = { count: many, time: at, keys: [{ kind: 'code', codes: asked, dictionary: users }] } as const
  const output = createOutput(compiled, many)
  computeWindows({ ...prepareBatch({ compiled, tables: [{ ...table, columns }], roots }), output })
  const [counts, since] = [output.numbers[0]!, output.numbers[1]!]
  for (let root = 0; root < many; root += 17) {
    const seen = Array.from(time.keys()).filter((i) => codes[i] === asked[root] && time[i]! < at[root]!)
    expect([root, counts[root], since[root]]).toEqual([root, seen.length, seen.length === 0 ? Number.NaN : at[root]! - time[seen.at(-1)!]!])
  }
})

describe.each(aggregateNames)('%s', (aggregate) => {
  it.each([undefined, 'recordedAt', 'knownAt'] as const)('is what plain loops say, cut off by %s', (stamp) => {
    fc.assert(
      fc.property(caseOf(aggregate, stamp, 25), (of) => check(of)),
      { numRuns: 8 * effort },
    )
  })
  it('is what plain loops say of longer series', () => {
    fc.assert(
      fc.property(caseOf(aggregate, 'recordedAt', 300), (of) => check(of, 1)),
      { numRuns: effort },
    )
  })
})

/** Those that keep what a window holds, and take out and put back what a root sees otherwise. */
describe.each(['percentile', 'distinctCount'] as const)('%s', (aggregate) => {
  it('is what plain loops say where roots see rows otherwise', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(60, 400).chain((events) => caseOf(aggregate, 'recordedAt', events)),
        (of) => check(of, 1),
      ),
      { numRuns: 40 * effort },
    )
  })
})

describe('a decayed sum', () => {
  it('forgets what lies beyond a thousand half-lives, however far roots and rows are apart', () => {
    const far = (of: Case, stretch: number): Case => {
      const place = (time: number) => Math.round((time - midnight) * stretch)
      const versions = of.versions.map((list) => list.map((version) => ({ ...version, time: place(version.time) })))
      return { ...of, versions, roots: of.roots.map((root) => ({ ...root, time: place(root.time) })) }
    }
    const lifetimes = caseOf('decayedSum', undefined, 60).map((of) => ({
      ...of,
      compiled: compileCase([decayed], ['lifetime'], { by: of.by }),
    }))
    const decayed: FeaturePlan = { aggregate: 'decayedSum', column: 'wide', options: { halfLife: '3ms' } }
    fc.assert(
      fc.property(lifetimes, fc.constantFrom(40, 100, 3000), (of, stretch) => check({ ...far(of, stretch), merge: undefined })),
      { numRuns: 20 * effort },
    )
  })
})

describe('cut-offs that hide little or nothing', () => {
  const prompt = (of: Case, [late, lag]: readonly [number, number]): Case => ({
    ...of,
    versions: of.versions.map(([first], i) => [{ ...first!, recordedAt: first!.time + (i % 7 === 3 ? late : 0) }]),
    roots: of.roots.map((root) => ({ ...root, cutoff: root.time + lag })).sort((a, b) => a.time - b.time),
  })
  const drawn = fc.constantFrom(...aggregateNames).chain((aggregate) => caseOf(aggregate, 'recordedAt', 40))

  it('are answered as plain loops say', () => {
    const delays = fc.constantFrom([0, 0], [0, -1], [0, -2], [1, 0], [2, 0], [2, 1], [3, 2], [9, 0]) as fc.Arbitrary<[number, number]>
    fc.assert(
      fc.property(drawn, delays, (of, delay) => check(prompt(of, delay))),
      { numRuns: 60 * effort },
    )
  })

  it('are told apart to the millisecond', () => {
    const rows = { plain: 2, time: Float64Array.of(10, 20), keys: new Int32Array(2), columns: [], stamps: Float64Array.of(15, 20) }
    const roots = (time: number[], cutoff: number[]) => ({
      count: time.length,
      time: Float64Array.from(time),
      keys: new Int32Array(time.length),
      cutoff: Float64Array.from(cutoff),
    })
    expect(hidesRows(rows, roots([11], [15]))).toBe(false)
    expect(hidesRows(rows, roots([11], [14]))).toBe(true)
    expect(hidesRows(rows, roots([10], [0]))).toBe(false)
    expect(hidesRows(rows, roots([10, 20, 21], [0, 15, 20]))).toBe(false)
    expect(hidesRows(rows, roots([10, 20, 21], [0, 15, 19]))).toBe(true)
    expect(hidesRows(rows, roots([10, 20, 21], [0, 14, 20]))).toBe(true)
    expect(hidesRows({ ...rows, stamps: 15 }, roots([11, 21], [15, 15]))).toBe(false)
    expect(hidesRows({ ...rows, stamps: 15 }, roots([11, 21], [15, 14]))).toBe(true)
  })
})

describe('the root included', () => {
  it('stands last in every window that ends at its time', () => {
    const rooted = fc
      .constantFrom(undefined, 'recordedAt' as const)
      .chain((stamp) => fc.constantFrom(...aggregateNames).chain((aggregate) => caseOf(aggregate, stamp, 40)))
    fc.assert(
      fc.property(rooted, fc.constantFrom('pay', 'refund'), ({ merge, by, ...of }, type) => {
        const roots = of.versions
          .map((versions) => versions[0]!)
          .filter((event) => event.type === type)
          .map((event): Root => ({ time: event.time, data: event.data, own: event, cutoff: event.recordedAt }))
        if (roots.length === 0) return
        const compiled = { ...of.compiled, includeRoot: true }
        check({ ...of, compiled, roots, by, merge })
      }),
      { numRuns: 60 * effort },
    )
  })
})
