/** A job over a sample, with the definitions as their files say now; nothing is recorded. */
import { MillraceError } from '../../base/error.ts'
import { computeFewRoots, type FewRootsRequest } from '../../jobs/batch/few.ts'
import { resultSchema } from '../../jobs/batch/results.ts'
import { runMain } from '../../jobs/batch/run-main.ts'
import { mainLimitMs } from '../../jobs/evaluate.ts'
import { compileJob, jobPlan, type LoadedProject } from '../../jobs/project.ts'
import { parsePolicy, parseRange } from '../moments.ts'
import type { Platform } from '../platform.ts'
import { type Collected, type ResultRow, resultFields, resultRows } from './collected.ts'
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
const sampled = async (project: LoadedProject, request: Omit<FewRootsRequest, 'project' | 'tree'>): Promise<Collected> => {
  const { job } = request
  const plan = jobPlan(project.plan, job)
  const tree = compileJob(project.plan, plan)
  const slices = (await computeFewRoots({ ...request, project, tree })).map(({ computed }) =>
    runMain(computed, project.plan, job, project.realm.guarded(project.realm.runner(job, tree.shape, computed.columns), mainLimitMs)),
  )
  return {
    schema: resultSchema(plan.returns),
    slices,
    roots: slices.reduce((sum, { rows }) => sum + rows, 0),
    failed: slices.reduce((sum, { failed }) => sum + failed, 0),
  }
}

/** Throws what loading definitions throws, EVENTS_CHANGED, JOB_UNKNOWN, NO_ROOTS, TIME_INVALID, READ_INVALID, CANCELLED. */
export const trial = async (platform: Platform, input: TrialInput, { signal }: Hooks): Promise<TrialOutput> => {
  const began = performance.now()
  const { job, sample, read = 'own' } = input
  const project = await projectNow(platform)
  const { center, keep, endRun } = trialMemoryOf(platform)
  const collected = await sampled(project, {
    job,
    center,
    keep,
    ...parseRange(input, platform.now()),
    policy: parsePolicy(read),
    sample,
  })
  endRun()
  if (signal?.aborted === true) throw new MillraceError('CANCELLED', 'the trial was stopped')
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
