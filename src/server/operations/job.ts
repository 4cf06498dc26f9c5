/** One root of a job: a request that is recorded first, or an event that is there. */
import { randomUUID } from 'node:crypto'
import { MillraceError } from '../../base/error.ts'
import { callJob } from '../../jobs/calls.ts'
import type { Evaluated } from '../../jobs/evaluate.ts'
import { jobPlan, simpleTriggers } from '../../jobs/project.ts'
import type { Json } from '../../model/json.ts'
import { parsePolicy } from '../moments.ts'
import type { Platform } from '../platform.ts'

export interface CallInput {
  readonly job: string
  readonly input: unknown
}

export interface CallOutput {
  readonly id: string
  readonly recordedAt: number
  readonly result: { readonly [name: string]: Json }
}

/** Throws JOB_UNKNOWN, INPUT_INVALID, and what main failed with. */
export const call = async (platform: Platform, { job, input }: CallInput): Promise<CallOutput> => {
  const { plan } = platform.project
  const called = await callJob(
    { plan, center: platform.center, evaluator: platform.evaluator(job), now: platform.now, newId: randomUUID },
    job,
    input,
  )
  return { id: called.id, recordedAt: called.recordedAt, result: resultOf(called) }
}

const resultOf = ({ result, failed }: Evaluated): { readonly [name: string]: Json } => {
  if (result !== null) return result
  throw new MillraceError(failed!.code as Uppercase<string>, failed!.reason)
}

export interface EvaluateInput {
  readonly job: string
  /** Id of an event that fires the job. */
  readonly event: string
  /** Which, where several types do. */
  readonly type?: string
  /** `own` unless set; see `parsePolicy`. */
  readonly read?: string
}

/** Computes a recorded event as root and appends nothing. Throws JOB_UNKNOWN, ROOT_NOT_FOUND, TYPE_AMBIGUOUS. */
export const evaluate = async (platform: Platform, { job, event, type, read = 'own' }: EvaluateInput): Promise<Evaluated> => {
  if (typeof event !== 'string')
    throw new MillraceError('REQUEST_INVALID', 'the root is not named', {
      at: 'event',
      value: event ?? null,
      expected: 'the id of an event',
    })
  return platform.evaluator(job).event(rootType(platform, job, type), event, parsePolicy(read))
}

export const rootType = ({ project }: Platform, job: string, type: string | undefined): string => {
  const types = simpleTriggers(jobPlan(project.plan, job).on).flatMap((trigger) => (trigger.on === 'event' ? [trigger.event] : []))
  if (type !== undefined ? types.includes(type) : types.length === 1) return type ?? types[0]!
  throw new MillraceError(
    'TYPE_AMBIGUOUS',
    type === undefined ? 'the job has roots of several event types, or of none' : 'no event of this type fires the job',
    { value: type ?? null, expected: types.join(' or ') },
  )
}
