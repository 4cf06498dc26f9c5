/** A platform in a process of its own: imports, batches, first answers, each timed from within. */

import { openPlatform } from '../../src/server/compose.ts'
import { performOn } from '../../src/server/operations/registry.ts'
import { serveChild } from '../harness/child.ts'
import { peakRssMb } from '../harness/machine.ts'

export interface PlatformInput {
  readonly project: string
  readonly data: string
  readonly memoryBytes?: number
  /** One after the other. */
  readonly operations: readonly { readonly name: Parameters<typeof performOn>[1]; readonly input: object }[]
}

export interface PlatformOutput {
  /** From the call to the open platform, in milliseconds. */
  readonly openMs: number
  /** Of each operation, milliseconds and what it gave. */
  readonly done: readonly { readonly ms: number; readonly output: unknown }[]
  readonly rssMb: number
  readonly cpuS: number
}

const work = async ({ project, data, memoryBytes, operations }: PlatformInput): Promise<PlatformOutput> => {
  const began = performance.now()
  const platform = await openPlatform({ project, data, ...(memoryBytes !== undefined && { memoryBytes }) })
  const openMs = performance.now() - began
  const done: { ms: number; output: unknown }[] = []
  try {
    for (const { name, input } of operations) {
      const start = performance.now()
      const output = await performOn(platform, name, input, { onProgress: () => undefined })
      done.push({ ms: performance.now() - start, output })
    }
  } finally {
    await platform.close()
  }
  const { user, system } = process.cpuUsage()
  return { openMs, done, rssMb: peakRssMb(), cpuS: (user + system) / 1e6 }
}

serveChild(work)
