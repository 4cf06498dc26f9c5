/** A job over a sample, with the definitions as their files say now; nothing is recorded. */
import { parsePolicy, parseRange } from '../moments.ts'
import type { Platform } from '../platform.ts'
import { collectResults, type ResultRow, resultFields, resultRows } from './collected.ts'
import type { Hooks } from './progress.ts'
import { createScanCache, type ScanCache } from './scan-cache.ts'
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

const caches = new WeakMap<Platform, ScanCache>()

const cacheOf = (platform: Platform): ScanCache => {
  const cache = caches.get(platform) ?? createScanCache(platform.center)
  caches.set(platform, cache)
  return cache
}

/** Throws what loading definitions throws, EVENTS_CHANGED, JOB_UNKNOWN, NO_ROOTS, TIME_INVALID, READ_INVALID, CANCELLED. */
export const trial = async (platform: Platform, input: TrialInput, { signal }: Hooks): Promise<TrialOutput> => {
  const began = performance.now()
  const { job, sample, read = 'own' } = input
  const project = await projectNow(platform)
  const cache = cacheOf(platform)
  const now = platform.now()
  const collected = await collectResults({
    project,
    job,
    center: cache.center,
    ...parseRange(input, now),
    policy: parsePolicy(read),
    sample,
    threads: 1,
    ...(signal && { signal }),
  })
  cache.endRun()
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
