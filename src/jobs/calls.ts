/**
 * Calls: a request becomes an event, durable before anything is computed from it, and is then a root like any other. Each job
 * has an event type of its own for its requests, `JOB.request`, which no definition reads, so that a call never counts in a
 * window; a job on an event type that declares `callAppends` records an event of that type instead.
 */
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import type { EventVersion } from '../model/event.ts'
import type { SchemaPlan } from '../model/field.ts'
import type { EventPlan, JobPlan, Named, ProjectPlan } from '../model/plan.ts'
import { cutoffOf } from '../model/stamp.ts'
import { createStandardiser, maxAheadMs, type Outcome, type Standardised } from '../model/standardise.ts'
import type { Center } from '../store/center/port.ts'
import { type Root, requestType, rootOfEvent } from '../tree/root.ts'
import type { Evaluated, Evaluator } from './evaluate.ts'
import { jobPlan, simpleTriggers } from './project.ts'
import { graceMs } from './reads.ts'

export const requestEvent = (job: string): string => `${job}.request`

const jobField = 'millrace_job'
const timeField = 'millrace_at'

/** The plan's event types and those of its jobs' requests: what a center over this project keeps. */
export const storedEvents = (plan: ProjectPlan): Named<EventPlan> => ({
  ...plan.events,
  ...Object.fromEntries(Object.entries(plan.jobs).map(([name, job]) => [requestEvent(name), requestPlan(plan, job)])),
})

const requestPlan = (plan: ProjectPlan, job: JobPlan): EventPlan => {
  const schema = inputSchema(plan, job)
  const subject = inputSubject(plan, job)
  return {
    kind: 'action',
    rows: 'changes',
    subject: subject ?? jobField,
    time: timeField,
    data: { ...schema, [jobField]: { kind: 'entity', name: 'job' }, [timeField]: { kind: 'time' } },
  }
}

/** The one event type or request schema that a caller's input must fit. Throws CALL_AMBIGUOUS. */
const inputTrigger = (job: JobPlan) => {
  const triggers = simpleTriggers(job.on)
  if (triggers.length === 1) return triggers[0]!
  const request = triggers.find(({ on }) => on === 'request')
  if (request !== undefined) return request
  throw new MillraceError('CALL_AMBIGUOUS', 'the job has several event types as roots and no request', {
    hint: 'add request(…) to its triggers',
  })
}

const inputSchema = (plan: ProjectPlan, job: JobPlan): SchemaPlan => {
  const trigger = inputTrigger(job)
  return trigger.on === 'request' ? trigger.data : plan.events[trigger.event]!.data
}

const inputSubject = (plan: ProjectPlan, job: JobPlan): string | undefined => {
  const trigger = inputTrigger(job)
  return trigger.on === 'request' ? trigger.subject : plan.events[trigger.event]!.subject
}

export interface Called extends Evaluated {
  /** By which the request is found again: an event of the type `JOB.request`, or of the job's own type. */
  readonly id: string
  readonly recordedAt: number
}

export interface CallSource {
  readonly plan: ProjectPlan
  readonly center: Center
  readonly evaluator: Evaluator
  readonly now: () => number
  readonly newId: () => string
}

/** Records the request, then computes it as of its own time and cut-off. Throws JOB_UNKNOWN, INPUT_INVALID. */
export const callJob = async (source: CallSource, name: string, input: unknown): Promise<Called> => {
  const job = jobPlan(source.plan, name)
  const trigger = inputTrigger(job)
  const now = source.now()
  const sourceId = source.newId()
  const appends = trigger.on === 'event' && source.plan.events[trigger.event]!.callAppends === true
  const type = appends ? trigger.event : requestEvent(name)
  const plan = appends ? source.plan.events[type]! : requestPlan(source.plan, job)
  if (!appends) refuseOwnFields(input)
  const raw = appends || !isRecord(input) ? input : { ...input, [jobField]: name, [timeField]: now }
  const event = accepted(
    createStandardiser(type, plan)(raw, { sourceId, seq: 0, latest: Math.max(now, source.center.safe()) + maxAheadMs }),
    Object.keys(inputSchema(source.plan, job)),
  )
  const { stamp, outcomes } = await source.center.append([{ ...event, op: 'put' }])
  const [outcome] = outcomes
  if (outcome?.outcome === 'refused') throw new MillraceError(outcome.code, outcome.reason)
  const recorded = { ...event, op: 'put', version: stamp, recordedAt: stamp, knownAt: stamp } as const
  const root = appends ? rootOfEvent(recorded) : requestRoot(source.plan, job, recorded)
  const evaluated = await source.evaluator.root(root, { as: 'recorded', cutoff: cutoffOf(stamp, graceMs(job)) })
  return { ...evaluated, id: event.id, recordedAt: stamp }
}

const isRecord = (input: unknown): input is { readonly [field: string]: unknown } =>
  typeof input === 'object' && input !== null && !Array.isArray(input)

/** What Millrace itself records with a request is no caller's to say. */
const refuseOwnFields = (input: unknown): void => {
  if (!isRecord(input)) return
  const name = [jobField, timeField].find((field) => Object.hasOwn(input, field))
  if (name === undefined) return
  throw new MillraceError('INPUT_INVALID', 'the input does not fit (FIELD_UNKNOWN)', {
    at: `input.${name}`,
    value: input[name],
    expected: "a declared field; names that begin with millrace_ are Millrace's own",
  })
}

/** `fields` are those that a caller may give: Millrace's own, beside which they are recorded, are not suggested to him. */
const accepted = (outcome: Outcome, fields: readonly string[]): Standardised => {
  if ('event' in outcome) return outcome.event
  const { code, at, value, expected } = outcome.refusal
  throw new MillraceError('INPUT_INVALID', `the input does not fit (${code})`, {
    at: at === '' ? 'input' : `input.${at}`,
    value,
    ...(code === 'FIELD_UNKNOWN' && !at.includes('.') ? { expected: 'a declared field', hint: didYouMean(at, fields) } : { expected }),
  })
}

/** A stored request as the root that main sees: of the job's event type where it has one, else a request. */
export const requestRoot = (plan: ProjectPlan, job: JobPlan, recorded: EventVersion): Root => {
  const { [jobField]: _job, [timeField]: at, ...data } = recorded.data
  const trigger = inputTrigger(job)
  if (trigger.on === 'request') {
    const subject = trigger.subject === undefined ? null : (data[trigger.subject] as string)
    return { type: requestType, id: recorded.id, subject, time: at as number, data }
  }
  const event = plan.events[trigger.event]!
  return rootOfEvent({ ...recorded, type: trigger.event, subject: data[event.subject] as string, time: data[event.time] as number, data })
}
