/** A job over a sample, with the definitions as their files say now; nothing is recorded. */
import { computeFewRoots, type FewRootsRequest } from '../../jobs/batch/few.ts'
import { type ResultSlice, resultSchema } from '../../jobs/batch/results.ts'
import { mainSteps } from '../../jobs/batch/run-main.ts'
import { createBreath } from '../../jobs/breathe.ts'
import { mainLimitMs } from '../../jobs/evaluate.ts'
import { compileJob, jobPlan, type LoadedProject } from '../../jobs/project.ts'
import { parsePolicy, parseRange } from '../moments.ts'
import type { Platform } from '../platform.ts'
import { type Collected, type ResultRow, resultFields, resultRows } from './collected.ts'
import { checkWhole } from './input.ts'
import type { Hooks } from './progress.ts'
import { trialMemoryOf } from './trial-memory.ts'
import { projectNow } from './versions.ts'

export interface TrialInput {
  readonly job: string
  /** At most so many roots, evenly spread. */
  readonly sample: number
  /** Moments, or durations before now; left out: everything. */
  readonly from?: string
  readonly to?: string
  /** `own` unless set; see `parsePolicy`. */
  readonly read?: string
}

export interface TrialOutput {
  /** Hash of the definitions that ran. */
  readonly project: string
  readonly job: string
  readonly fields: readonly string[]
  readonly rows: readonly ResultRow[]
  readonly failed: number
  readonly seconds: number
}

/** The sample's results; one slice for each set of roots. */
const sampled = async (
  project: LoadedProject,
  request: Omit<FewRootsRequest, 'project' | 'tree'>,
  signal: AbortSignal | undefined,
): Promise<Collected> => {
  const { job } = request
  const plan = jobPlan(project.plan, job)
  const tree = compileJob(project.plan, plan)
  const slices: ResultSlice[] = []
  for (const { computed } of await computeFewRoots({ ...request, project, tree })) {
    const run = project.realm.guarded(project.realm.runner(job, tree.shape, computed.columns), mainLimitMs)
    slices.push(await finished(mainSteps(computed, project.plan, job, run), signal))
  }
  return {
    schema: resultSchema(plan.returns),
    slices,
    roots: slices.reduce((sum, { rows }) => sum + rows, 0),
    failed: slices.reduce((sum, { failed }) => sum + failed, 0),
  }
}

const finished = async <T>(steps: Generator<void, T>, signal: AbortSignal | undefined): Promise<T> => {
  const breathe = createBreath(signal)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    await breathe()
  }
}

/** Throws what loading definitions throws, EVENTS_CHANGED, JOB_UNKNOWN, NO_ROOTS, TIME_INVALID, READ_INVALID, CANCELLED. */
export const trial = async (platform: Platform, input: TrialInput, { signal }: Hooks): Promise<TrialOutput> => {
  const began = performance.now()
  const { job, sample, read = 'own' } = input
  const project = await projectNow(platform)
  const { center, keep, endRun } = trialMemoryOf(platform)
  const range = parseRange(input, platform.now())
  checkWhole('sample', sample)
  const collected = await sampled(project, { job, center, keep, ...range, policy: parsePolicy(read), sample }, signal).finally(endRun)
  const { schema, failed } = collected
  return {
    project: project.hash,
    job,
    fields: resultFields(schema),
    rows: resultRows(collected),
    failed,
    seconds: (performance.now() - began) / 1000,
  }
}
