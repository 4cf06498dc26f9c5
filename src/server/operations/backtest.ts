/** Two versions of a job over the same roots. */
import { resolve } from 'node:path'
import { parsePolicy, parseRange } from '../moments.ts'
import type { Platform } from '../platform.ts'
import { collectResults } from './collected.ts'
import { type Hooks, throttled } from './progress.ts'
import { type ResultDifferences, resultDifferences } from './result-differences.ts'
import { projectNow, versionAt } from './versions.ts'

export interface BacktestInput {
  readonly job: string
  /** The version before: a folder or a file of definitions, absolute or from where the holder of the data runs. */
  readonly against: string
  /** Moments, or durations before now; left out: everything. */
  readonly from?: string
  readonly to?: string
  /** `known` unless set, each root with its own cut-off; see `parsePolicy`. */
  readonly read?: string
  /** At most so many roots, evenly spread. */
  readonly sample?: number
  /** How many roots that differ are named; 10 unless set. */
  readonly show?: number
}

export interface BacktestOutput extends ResultDifferences {
  readonly before: VersionRan
  readonly after: VersionRan
  readonly seconds: number
}

export interface VersionRan {
  readonly entry: string
  /** Hash of definitions and code. */
  readonly project: string
  readonly roots: number
  readonly failed: number
}

/** Throws what loading definitions throws, EVENTS_CHANGED, JOB_UNKNOWN, NO_ROOTS, TIME_INVALID, READ_INVALID, CANCELLED. */
export const backtest = async (platform: Platform, input: BacktestInput, { onProgress, signal }: Hooks): Promise<BacktestOutput> => {
  const began = performance.now()
  const { job, read = 'known', sample, show = 10 } = input
  const now = platform.now()
  const range = parseRange(input, now)
  const policy = parsePolicy(read)
  const report = throttled(onProgress, () => performance.now())
  const versions = { before: await versionAt(platform, resolve(input.against)), after: await projectNow(platform) }
  const run = (version: 'before' | 'after') =>
    collectResults({
      project: versions[version],
      job,
      center: platform.center,
      ...range,
      policy,
      ...(sample !== undefined && { sample }),
      ...(signal && { signal }),
      onProgress: ({ done, roots }) => report({ phase: `the version ${version}`, done, ...(roots > 0 && { total: roots }), unit: 'roots' }),
    })
  const before = await run('before')
  const after = await run('after')
  const ran = (version: 'before' | 'after', { roots, failed }: typeof before): VersionRan => {
    const { entry, hash } = versions[version]
    return { entry, project: hash, roots, failed }
  }
  return {
    ...resultDifferences(before, after, show),
    before: ran('before', before),
    after: ran('after', after),
    seconds: (performance.now() - began) / 1000,
  }
}
