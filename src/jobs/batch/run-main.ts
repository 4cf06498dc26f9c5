import type { ProjectPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import type { Guarded } from '../realm/realm.ts'
import type { ComputedSlice } from './compute.ts'
import { createCollector, type ResultSlice } from './results.ts'

type RunRow = (row: number) => Guarded

/** A job's results for every root of a slice that has been computed; `run`: main for the root in a row. */
export const runMain = (computed: ComputedSlice, plan: ProjectPlan, job: string, run: RunRow): ResultSlice => {
  const { add, finish } = createRun(computed, plan, job, run)
  for (let row = 0; row < computed.roots.rows; row++) add(row)
  return finish()
}

/** The same, a root a step. */
export function* mainSteps(computed: ComputedSlice, plan: ProjectPlan, job: string, run: RunRow): Generator<void, ResultSlice> {
  const { add, finish } = createRun(computed, plan, job, run)
  for (let row = 0; row < computed.roots.rows; row++) {
    add(row)
    yield
  }
  return finish()
}

const createRun = ({ roots, failure }: ComputedSlice, plan: ProjectPlan, job: string, run: RunRow) => {
  const collector = createCollector(plan.jobs[job]!.returns, roots.rows)
  return {
    add: (row: number): void => {
      const ran = failure(row) ?? run(row)
      if ('failed' in ran) collector.fail(ran.failed, ran.reason)
      else collector.add(ran.result)
    },
    finish: (): ResultSlice => collector.finish(rootsOf(roots, plan.events[roots.type]!.subject)),
  }
}

const rootsOf = (table: EventTable, subject: string) => {
  const ids: string[] = []
  for (let row = 0; row < table.rows; row++) ids.push(table.ids.at(row))
  return { ids, times: table.time.slice(), subjects: table.columns[subject]! }
}
