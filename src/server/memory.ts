/** How a limit of memory is divided among what keeps and gathers. */
import { MillraceError } from '../base/error.ts'

const mb = 1 << 20

/** The least limit that the parts below can keep to. */
const leastMemoryBytes = 384 * mb

/** Node, the program, the project's realm, rows of a file between its pages and a part, and what the engine has freed and not returned. */
const runtimeBytes = 300 * mb

export interface MemoryShares {
  readonly seriesBytes: number
  readonly cacheBytes: number
  /** Bytes of the log: its events in memory take some ten times as much. */
  readonly flushBytes: number
  readonly partBytes: number
  readonly mergeBytes: number
}

const unlimited: MemoryShares = {
  seriesBytes: 256 * mb,
  cacheBytes: 256 * mb,
  flushBytes: 32 * mb,
  partBytes: 256 * mb,
  mergeBytes: 1024 * mb,
}

/**
 * Shares of a limit. Parts of an import are copied when they are sorted and merges while they are written, each some three times
 * over, and of the two only one runs at a time; freed memory is not returned at once. Throws MEMORY_TOO_SMALL.
 */
export const sharesOf = (limitBytes: number | undefined): MemoryShares => {
  if (limitBytes === undefined) return unlimited
  if (limitBytes < leastMemoryBytes)
    throw new MillraceError('MEMORY_TOO_SMALL', 'the process needs more memory than that', {
      value: limitBytes,
      expected: `at least ${leastMemoryBytes} bytes (${leastMemoryBytes / mb} MB)`,
    })
  const free = limitBytes - runtimeBytes
  return { seriesBytes: free * 0.25, cacheBytes: free * 0.15, flushBytes: free * 0.02, partBytes: free * 0.1, mergeBytes: free * 0.12 }
}
