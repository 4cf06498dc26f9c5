import type { ProjectPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import type { Guarded } from '../realm/realm.ts'
import type { ComputedSlice } from './compute.ts'
import { createCollector, type ResultSlice } from './results.ts'

/** A job's results for every root of a slice that has been computed; `run`: main for the root in a row. */
export const runMain = (computed: ComputedSlice, plan: ProjectPlan, job: string, run: (row: number) => Guarded): ResultSlice => {
  const steps = mainSteps(computed, plan, job, run)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** The same, a root a step. */
export function* mainSteps(
  computed: ComputedSlice,
  plan: ProjectPlan,
  job: string,
  run: (row: number) => Guarded,
): Generator<void, ResultSlice> {
  const { roots } = computed
  const collector = createCollector(plan.jobs[job]!.returns, roots.rows)
  for (let row = 0; row < roots.rows; row++) {
    const ran = computed.failure(row) ?? run(row)
    if ('failed' in ran) collector.fail(ran.failed, ran.reason)
    else collector.add(ran.result)
    yield
  }
  return collector.finish(rootsOf(roots, plan.events[roots.type]!.subject))
}

const rootsOf = (table: EventTable, subject: string) => {
  const ids: string[] = []
  for (let row = 0; row < table.rows; row++) ids.push(table.ids.at(row))
  return { ids, times: table.time.slice(), subjects: table.columns[subject]! }
}
