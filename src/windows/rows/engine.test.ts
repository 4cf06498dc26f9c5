import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventVersion } from '../../model/event.ts'
import type { WindowsPlan } from '../../model/plan.ts'
import { tableOf } from '../../model/tables.ts'
import type { Value } from '../../model/value.ts'
import { compileWindows } from '../compile.ts'
import type { CompiledWindows } from '../compiled.ts'
import { createRowEngine, type RowEngine, type RowQuestion, type SlotValues } from './engine.ts'
import { anyCommits, anyRead, events, expectedSlots, runs, windowsPlan } from './rows.testing.ts'

const compile = (part: Partial<WindowsPlan>): CompiledWindows => compileWindows('spend', windowsPlan(part), events)

const named = (compiled: CompiledWindows, { numbers, values }: SlotValues): { readonly [slot: string]: Value } =>
  Object.fromEntries(
    compiled.slots.map(({ index, feature, window }) => {
      const { name, output } = compiled.features[feature]!
      return [`${name} ${compiled.windows[window]!.name}`, output.store === 'value' ? values[index]! : numbers[index]!]
    }),
  )

const check = (engine: RowEngine, versions: readonly EventVersion[], question: RowQuestion): void => {
  const found = engine.createSlotValues()
  engine.query(question, found)
  expect(named(engine.compiled, found)).toEqual(named(engine.compiled, expectedSlots(engine.compiled, versions, question)))
}

const tables = (compiled: CompiledWindows, versions: readonly EventVersion[]) =>
  compiled.members.map(({ event, paths }) => tableOf(versions, event, paths, events[event]!))

type Insert = (engine: RowEngine, commits: readonly (readonly EventVersion[])[]) => void

/** As an owner does that follows a center: an event's versions come together with those that came before. */
const follow: Insert = (engine, commits) => {
  const arrived = new Map<string, EventVersion[]>()
  for (const commit of commits) {
    const { type, id } = commit[0]!
    const versions = [...(arrived.get(`${type} ${id}`) ?? []), ...commit]
    arrived.set(`${type} ${id}`, versions)
    engine.insertVersions(versions)
  }
}

/** Ways in which the same versions come in. */
const ways: { readonly [name: string]: Insert } = {
  'commit by commit': follow,
  'commit by commit, twice': (engine, commits) => follow(engine, [...commits, ...commits]),
  'as a table': (engine, commits) => engine.insertTables(tables(engine.compiled, commits.flat())),
  'as a table, and then again commit by commit': (engine, commits) => {
    engine.insertTables(tables(engine.compiled, commits.flat()))
    follow(engine, commits)
  },
  'one half commit by commit, then all as a table': (engine, commits) => {
    follow(engine, commits.slice(0, commits.length / 2))
    engine.insertTables(tables(engine.compiled, commits.flat()))
  },
  'event by event': (engine, commits) => {
    const byId = Map.groupBy(commits.flat(), ({ type, id }) => `${type} ${id}`)
    for (const versions of byId.values()) engine.insertVersions(versions)
  },
}

const plans: { readonly [name: string]: Partial<WindowsPlan> } = {
  plain: {},
  'with the root': { includeRoot: true },
  'by user and shop': { by: ['user', 'shop'], includeRoot: true },
  merged: { merge: { unit: 'second' }, over: ['5ms', '1500ms', '2s to 500ms', 'last 3', 'last 4 in 10ms', 'lifetime'] },
  'merged when old': { merge: { unit: 'second', olderThan: '10ms' }, over: ['5ms', '20ms', '20ms to 5ms', 'day to date'] },
}

const anyQuestion = fc.record({
  user: fc.constantFrom('u', 'u', 'u', 'v', 'w'),
  shop: fc.constantFrom('a', 'b'),
  time: fc.integer({ min: -5, max: 40 }),
  read: anyRead,
  root: fc.nat(),
})

describe('the row-by-row engine', () => {
  it('takes versions one by one in any order, where markers name the places they left', () => {
    const compiled = compile({ of: [{ event: 'refund', columns: { amount: 'total' } }, { event: 'payment' }] })
    const shuffled = anyCommits(14).chain((commits) => fc.shuffledSubarray([...commits, ...commits], { minLength: 2 * commits.length }))
    fc.assert(
      fc.property(shuffled, anyQuestion, (commits, { user, time, read }) => {
        const engine = createRowEngine(compiled)
        for (const version of commits.flat()) engine.insert(version)
        check(engine, commits.flat(), { key: [user], time, read })
      }),
      { numRuns: runs(8) },
    )
  })

  for (const [planName, part] of Object.entries(plans)) {
    const compiled = compile(part)
    it(`${planName}: answers as the oracle does, however the versions came`, () => {
      const shuffled = anyCommits(12).chain((commits) => fc.shuffledSubarray([...commits], { minLength: commits.length }))
      const anyWay = fc.constantFrom(...Object.keys(ways))
      fc.assert(
        fc.property(anyWay, shuffled, fc.array(anyQuestion, { minLength: 1, maxLength: 2 }), (way, commits, questions) => {
          const engine = createRowEngine(compiled)
          ways[way]!(engine, commits)
          const versions = commits.flat()
          for (const { user, shop, time, read, root } of questions) {
            const own = versions.filter(({ op }) => op === 'put')[root % Math.max(1, versions.length)]
            const key = compiled.dimensions.length === 1 ? [user] : [user, shop]
            check(engine, versions, { key, time, read, ...(own !== undefined && { root: { ...own, time } }) })
          }
        }),
        { numRuns: runs(8) },
      )
    })
  }
})
