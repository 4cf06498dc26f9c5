import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf } from '../../model/cell.ts'
import type { ProjectPlan } from '../../model/plan.ts'
import { tableOf } from '../../model/tables.ts'
import type { CompiledTree } from '../../tree/compile.ts'
import { type Case, caseOf, events, fields, type Name } from '../../windows/batch/draw.testing.ts'
import { createOutput } from '../../windows/batch/input.ts'
import type { RootColumns } from '../../windows/batch/prepare.ts'
import { createPreparedAnswers, prepareRows } from '../../windows/batch/prepared.ts'
import { openRows, shareRows } from './shared-rows.ts'
import { openTable, shareTable } from './shared-table.ts'

const tablesOf = ({ compiled, versions }: Case) => {
  const types = [...new Set(compiled.members.map(({ event }) => event))]
  const paths = (type: string) => compiled.members.flatMap((member) => (member.event === type ? member.paths : []))
  return new Map(types.map((type) => [type, tableOf(versions.flat(), type, paths(type), events[type as 'pay'])]))
}

const rootsOf = ({ roots, by, stamp }: Case): RootColumns => ({
  count: roots.length,
  time: Float64Array.from(roots, (root) => root.time),
  keys: by.map((name) =>
    columnOf(
      fields[name as Name],
      roots.map((root) => root.data[name]!),
    ),
  ),
  ...(stamp !== undefined && { cutoff: { stamp, at: Float64Array.from(roots, (root) => root.cutoff) } }),
})

describe('rows made once for all threads', () => {
  it.each([undefined, 'recordedAt', 'knownAt'] as const)('answer as those that a thread makes for itself, cut off by %s', (stamp) => {
    fc.assert(
      fc.property(
        fc.constantFrom('sum' as const, 'max' as const, 'distinct' as const).chain((aggregate) => caseOf(aggregate, stamp, 25)),
        (of) => {
          // Roots' own rows are no part of what is shared.
          const compiled = { ...of.compiled, includeRoot: false }
          const tables = tablesOf(of)
          const answered = (prepared: ReturnType<typeof prepareRows>) => {
            const output = createOutput(compiled, of.roots.length)
            createPreparedAnswers(prepared)(rootsOf(of), output)
            return output
          }
          const own = prepareRows({ compiled, tables: compiled.members.map(({ event }) => tables.get(event)!), stamp })
          const inMemory = new Map([...tables].map(([type, table]) => [type, openTable(structuredClone(shareTable(table)))]))
          const tree = { fetches: [{ windows: compiled }] } as unknown as CompiledTree
          const shared = shareRows({ tree, tables: inMemory, plan: { events } as unknown as ProjectPlan, stamps: [stamp] })
          const opened = openRows(structuredClone(shared)).definition(compiled, stamp)
          expect(answered(opened!)).toEqual(answered(own))
        },
      ),
      { numRuns: 30 },
    )
  })
})
