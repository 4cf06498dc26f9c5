/** What a trial leaves for the next one over the same data: scans, and what was made of them. */
import { createKept, type Keep } from '../../jobs/batch/kept.ts'
import type { CenterReader } from '../../store/center/port.ts'
import type { Platform } from '../platform.ts'
import { createScanCache } from './scan-cache.ts'

export interface TrialMemory {
  readonly center: CenterReader
  readonly keep: Keep
  /** Ends a run: what it did not ask for is forgotten at once, the rest when no other run comes. */
  endRun(): void
}

/** Tables of millions of events are not held for a trial that may never be run again. */
const forgetAfterMs = 10 * 60_000

const memories = new WeakMap<Platform, TrialMemory>()

export const trialMemoryOf = (platform: Platform): TrialMemory => {
  const known = memories.get(platform)
  if (known !== undefined) return known
  const scans = createScanCache(platform.center)
  const kept = createKept()
  let timer: NodeJS.Timeout | undefined
  const memory: TrialMemory = {
    center: scans.center,
    keep: kept.keep,
    endRun: () => {
      scans.endRun()
      kept.endRun()
      clearTimeout(timer)
      timer = setTimeout(() => memories.delete(platform), forgetAfterMs).unref()
    },
  }
  memories.set(platform, memory)
  return memory
}
