/** Operations that bring events in: import, send, dead letters. */
import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import { MillraceError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import type { LetterFilter } from '../../ingest/dead-letters.ts'
import { type ImportReport, importFile } from '../../ingest/import.ts'
import type { DeadLetter } from '../../ingest/letter.ts'
import { parseKnownAt } from '../../ingest/map/known-at.ts'
import type { Steps } from '../../ingest/record-texts.ts'
import { type RecordOutcome, readInSteps } from '../../ingest/records.ts'
import { type ReplayReport, replayDeadLetters } from '../../ingest/replay.ts'
import { createBreath } from '../../jobs/breathe.ts'
import { maxAheadMs } from '../../model/standardise.ts'
import type { Platform } from '../platform.ts'
import { inferMapping } from './infer.ts'
import { type Hooks, throttled } from './progress.ts'

export interface ImportInput {
  /** Absolute, or from where the holder of the folder runs. */
  readonly file: string
  /** Name of a mapping; left out: the project's only one. */
  readonly mapping?: string
  /** Finds a mapping by the names of the file's columns, in place of a declared one; `infer` shows which. */
  readonly infer?: boolean
  /** `recorded`, `time`, `time+LAG`, where the mapping says nothing. */
  readonly knownAt?: string
  /** What derived ids begin with, in place of the mapping's name. */
  readonly source?: string
  readonly maxRefused?: number
}

/** Throws MAPPING_UNKNOWN, MAPPING_MISSING, MAPPING_NOT_INFERRED and what `importFile` throws. */
export const importInto = async (platform: Platform, input: ImportInput, { onProgress, signal }: Hooks): Promise<ImportReport> => {
  const report = throttled(onProgress, () => performance.now())
  return importFile({
    file: resolve(input.file),
    mapping: input.infer === true ? await inferMapping(input.file, platform.project.plan.events) : mappingOf(platform, input.mapping),
    ...(input.infer === true && { isInferred: true }),
    plan: platform.project.plan,
    center: platform.center,
    deadLetters: platform.deadLetters,
    clock: platform.now,
    ...(input.knownAt !== undefined && { knownAt: parseKnownAt(input.knownAt) }),
    ...(input.source !== undefined && { source: input.source }),
    ...(input.maxRefused !== undefined && { maxRefused: input.maxRefused }),
    ...(signal && { signal }),
    onProgress: ({ rows, totalRows, refused }) =>
      report({
        phase: 'importing',
        done: rows,
        ...(totalRows !== undefined && { total: totalRows }),
        unit: 'rows',
        ...(refused > 0 && { note: `${refused} refused` }),
      }),
  })
}

const mappingOf = ({ project }: Platform, name: string | undefined) => {
  const { mappings } = project.realm
  const names = Object.keys(mappings)
  const chosen = name ?? (names.length === 1 ? names[0]! : undefined)
  if (chosen === undefined)
    throw new MillraceError(
      'MAPPING_MISSING',
      names.length === 0 ? 'the project declares no mapping' : 'the project declares several mappings',
      { hint: names.length === 0 ? 'declare one with mapping(…), or import with --infer' : `choose with --mapping: ${names.join(', ')}` },
    )
  if (!Object.hasOwn(mappings, chosen))
    throw new MillraceError('MAPPING_UNKNOWN', 'there is no such mapping', { value: chosen, hint: didYouMean(chosen, names) })
  return { name: chosen, plan: mappings[chosen]! }
}

export interface SendInput {
  /** JSON or lines of JSON, as text: digits of long numbers are lost in anything else. */
  readonly body: string
  /** Of every record; left out: each names its own. */
  readonly type?: string
}

export interface SendOutput {
  readonly stored: number
  readonly duplicates: number
  readonly refused: readonly { readonly position: number; readonly code: string; readonly message: string }[]
  /** The stamp of the commit; of the last one, where there are several. */
  readonly recordedAt: number
}

/** Records of one commit, at most: of a request that has more, others are answered between. */
const commitRecords = 1_000

/**
 * Records events: durable and readable when it resolves. What does not fit is a dead letter and named in the answer; what fits and
 * contradicts what is recorded (ID_CONFLICT, CORRECTION_…) is named in the answer and kept nowhere, since its sender has it.
 * Throws REQUEST_INVALID, TOO_MANY_RECORDS and TOO_MANY_REFUSED before anything is recorded or kept; what a center throws, with where it stopped.
 */
export const send = async (platform: Platform, { body, type }: SendInput): Promise<SendOutput> => {
  if (!/\S/.test(body))
    throw new MillraceError('REQUEST_INVALID', 'there are no records', {
      value: body,
      expected: 'an event, an array of them, or one on each line',
    })
  const breathe = createBreath(undefined)
  const reading = readInSteps(body, {
    events: platform.project.plan.events,
    source: `http-${randomUUID()}`,
    latest: Math.max(platform.now(), platform.center.safe()) + maxAheadMs,
    ...(type !== undefined && { type }),
  })
  const outcomes = await driven(reading, breathe)
  const done = { stored: 0, duplicates: 0, refused: [] as SendOutput['refused'][number][], recordedAt: platform.center.safe() }
  for (let from = 0; from < outcomes.length; from += commitRecords) {
    const part = await record(platform, outcomes.slice(from, from + commitRecords), from).catch((error: unknown) => {
      throw from === 0 ? error : stoppedAt(error, from)
    })
    done.stored += part.stored
    done.duplicates += part.duplicates
    done.refused.push(...part.refused)
    done.recordedAt = part.recordedAt
    await breathe()
  }
  return done
}

const driven = async <T>(steps: Steps<T>, breathe: () => Promise<void> | undefined): Promise<T> => {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    const rest = breathe()
    if (rest !== undefined) await rest
  }
}

const stoppedAt = (error: unknown, from: number): unknown => {
  if (!(error instanceof MillraceError)) return error
  const { hint, ...details } = error.details
  const further = `the ${from} records before position ${from} are recorded: send those from there on again`
  return new MillraceError(error.code, error.summary, {
    ...details,
    hint: hint === undefined ? further : `${hint}; ${further}`,
    cause: error,
  })
}

/** One commit, of the records from this position on. */
const record = async (platform: Platform, outcomes: readonly RecordOutcome[], from: number): Promise<SendOutput> => {
  const accepted = outcomes.flatMap((outcome, i) => ('event' in outcome ? [{ position: from + i, event: outcome.event }] : []))
  const appended =
    accepted.length === 0
      ? { stamp: platform.center.safe(), outcomes: [] }
      : await platform.center.append(accepted.map(({ event }) => event))
  await keepRefused(platform, outcomes, from)
  const refused = [
    ...outcomes.flatMap((outcome, i) =>
      'refusal' in outcome ? [{ position: from + i, code: outcome.refusal.code, message: outcome.refusal.message }] : [],
    ),
    ...appended.outcomes.flatMap((outcome, i) =>
      outcome.outcome === 'refused' ? [{ position: accepted[i]!.position, code: outcome.code, message: outcome.reason }] : [],
    ),
  ]
  return {
    stored: appended.outcomes.filter(({ outcome }) => outcome === 'stored').length,
    duplicates: appended.outcomes.filter(({ outcome }) => outcome === 'duplicate').length,
    refused: refused.sort((a, b) => a.position - b.position),
    recordedAt: appended.stamp,
  }
}

const keepRefused = async ({ deadLetters, now }: Platform, outcomes: readonly RecordOutcome[], from: number): Promise<void> => {
  const letters = outcomes.flatMap((outcome, i) => {
    if ('event' in outcome) return []
    const { refusal, type, record, sourceId, seq } = outcome
    return [
      {
        key: sourceId,
        code: refusal.code,
        reason: refusal.message,
        at: refusal.at,
        ...(type !== undefined && { event: type }),
        position: from + i,
        origin: { via: 'http' as const, sourceId, seq },
        record,
        refusedAt: now(),
      },
    ]
  })
  if (letters.length === 0) return
  deadLetters.append(letters)
  await deadLetters.sync()
}

export interface DeadInput extends LetterFilter {
  readonly limit?: number
}

export interface DeadOutput {
  readonly counts: { readonly [code: string]: number }
  readonly letters: readonly DeadLetter[]
}

export const listDead = async ({ deadLetters }: Platform, { limit = 20, ...filter }: DeadInput): Promise<DeadOutput> => ({
  counts: deadLetters.counts(filter),
  letters: deadLetters.list(filter, limit),
})

/** Tries refused records again with the definitions of today. */
export const replayDead = ({ deadLetters, project, center, now }: Platform, filter: LetterFilter): Promise<ReplayReport> =>
  replayDeadLetters({ deadLetters, filter, events: project.plan.events, mappings: project.realm.mappings, center, clock: now })
