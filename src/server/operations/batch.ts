/** A job over history into a file: resumable, with progress. */
import { resolve } from 'node:path'
import { MillraceError } from '../../base/error.ts'
import { type BatchSummary, runBatch } from '../../jobs/batch/run.ts'
import { openResultFile } from '../../jobs/outputs/open.ts'
import { canonical } from '../../model/json.ts'
import { parsePolicy, parseRange } from '../moments.ts'
import type { Platform } from '../platform.ts'
import { checkWhole } from './input.ts'
import { type Hooks, throttled } from './progress.ts'

export interface BatchInput {
  readonly job: string
  /** Moments, or durations before now; left out: everything. */
  readonly from?: string
  readonly to?: string
  /** `.parquet`, `.csv` or `.jsonl`. */
  readonly out: string
  /** `own` unless set; see `parsePolicy`. */
  readonly read?: string
  /** Features beside main's result. */
  readonly features?: boolean
  readonly threads?: number
  /** At most so many roots, evenly spread. */
  readonly sample?: number
  /** Roots that are written and synced together: what a kill can cost. */
  readonly sliceRoots?: number
  /** How long main may take for one root, in milliseconds. */
  readonly mainLimitMs?: number
  /** How much memory a thread that runs main may take, in MB; 2,048 unless set. */
  readonly mainMemoryMb?: number
}

/** Beyond this, threads only cost memory. */
export const mostThreads = 64

export interface BatchOutput extends BatchSummary {
  readonly seconds: number
  readonly out: string
}

/** Throws JOB_UNKNOWN, FILE_FORMAT_UNKNOWN, TIME_INVALID, READ_INVALID, RANGE_INVALID, REQUEST_INVALID, CANCELLED. The same command goes on after any end. */
export const batch = async (platform: Platform, input: BatchInput, { onProgress, signal }: Hooks): Promise<BatchOutput> => {
  const began = performance.now()
  const out = resolve(input.out)
  if (input.threads !== undefined) checkWhole('threads', input.threads, mostThreads)
  if (input.sample !== undefined) checkWhole('sample', input.sample)
  const report = throttled(onProgress, () => performance.now())
  const now = platform.now()
  const summary = await resumable(
    runBatch({
      project: platform.project,
      job: input.job,
      center: platform.center,
      ...parseRange(input, now),
      policy: parsePolicy(input.read ?? 'own'),
      ...(input.features === true && { withFeatures: true }),
      ...(input.threads !== undefined && { threads: input.threads }),
      ...(input.sample !== undefined && { sample: input.sample }),
      ...(input.sliceRoots !== undefined && { sliceRoots: input.sliceRoots }),
      ...(input.mainLimitMs !== undefined && { mainLimitMs: input.mainLimitMs }),
      ...(input.mainMemoryMb !== undefined && { mainMemoryMb: input.mainMemoryMb }),
      ...(signal && { signal }),
      openSink: async (schema, key) => {
        const writer = await openResultFile({ file: out, schema, key: canonical({ ...key, from: String(key.from), to: String(key.to) }) })
        return { file: out, done: writer.slices, write: writer.write, finish: writer.finish, close: writer.close }
      },
      onProgress: ({ phase, done, roots, failed }) =>
        report({
          phase: phase === 'read' ? 'reading' : 'computing',
          done,
          ...(roots > 0 && { total: roots }),
          unit: 'roots',
          ...(failed > 0 && { note: `${failed} failed` }),
        }),
    }),
  )
  return { ...summary, seconds: (performance.now() - began) / 1000, out }
}

const resumable = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'CANCELLED') throw error
    throw new MillraceError('CANCELLED', 'the batch was stopped; the same command goes on where it stopped', { retryable: true })
  }
}
