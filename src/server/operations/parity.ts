import { type ParityReport, runParity } from '../../jobs/parity/parity.ts'
import { parsePolicy, parseRange } from '../moments.ts'
import type { Platform } from '../platform.ts'
import { type Hooks, throttled } from './progress.ts'

export interface ParityInput {
  readonly job: string
  /** How many roots; 100 unless set. */
  readonly sample?: number
  /** How many of them brute force recomputes; 10 unless set. */
  readonly oracle?: number
  readonly from?: string
  readonly to?: string
  readonly read?: string
}

export interface ParityOutput extends ParityReport {
  readonly seconds: number
}

/** Throws JOB_UNKNOWN, TIME_INVALID, READ_INVALID. */
export const parity = async (platform: Platform, input: ParityInput, { onProgress, signal }: Hooks): Promise<ParityOutput> => {
  const began = performance.now()
  const report = throttled(onProgress, () => performance.now())
  const now = platform.now()
  const found = await runParity({
    project: platform.project,
    job: input.job,
    center: platform.center,
    evaluator: platform.evaluator(input.job),
    policy: parsePolicy(input.read ?? 'own'),
    sample: input.sample ?? 100,
    oracle: input.oracle ?? 10,
    ...parseRange(input, now),
    ...(signal && { signal }),
    onProgress: (done, total) => report({ phase: 'comparing', done, total, unit: 'roots' }),
  })
  return { ...found, seconds: (performance.now() - began) / 1000 }
}
