/** The only place that wires rooms into a process. */
import { mkdirSync } from 'node:fs'
import { MillraceError } from '../base/error.ts'
import { openDeadLetters } from '../ingest/dead-letters.ts'
import { storedEvents } from '../jobs/calls.ts'
import { createEvaluator, type Evaluator } from '../jobs/evaluate.ts'
import { type LoadedProject, loadProject } from '../jobs/project.ts'
import { openEmbeddedCenter } from '../store/center/embedded/center.ts'
import type { Center } from '../store/center/port.ts'
import { createRealDisk } from '../store/disk/real/disk.ts'
import { attempt } from '../store/disk/real/errors.ts'
import { createEmbeddedSeries, type EmbeddedSeries } from '../store/series/embedded/series.ts'
import { centerFolder, lettersFolder, seriesFolder } from './folders.ts'
import { dataFolder } from './holder.ts'
import { type MemoryShares, sharesOf } from './memory.ts'
import type { Platform } from './platform.ts'
import { createWarmth, type Warmth } from './warmth.ts'

export interface PlatformOptions {
  /** A project's folder or its file of definitions. */
  readonly project: string
  /** Default: `.millrace` beside the definitions. */
  readonly data?: string
  /**
   * What the process may have resident, about, from 384 MB on: what is kept of series and pages, and gathered for imports and
   * merges, is held to shares of it. Left out: series and pages have 256 MB each, and work takes what it is fastest with.
   */
  readonly memoryBytes?: number
}

/** Throws what loading a project and opening a center throw; DATA_FOLDER_IN_USE when another process holds the folder; DISK_ACCESS. */
export const openPlatform = async (options: PlatformOptions): Promise<Platform> => {
  const project = await loadProject(options.project)
  return openProject(project, dataFolder(project.entry, options.data), sharesOf(options.memoryBytes))
}

const openProject = async (project: LoadedProject, folder: string, shares: MemoryShares): Promise<Platform> => {
  const { seriesBytes, ...ofCenter } = shares
  const disk = createRealDisk(folder)
  attempt('make', folder, () => mkdirSync(folder, { recursive: true }))
  const now = () => Date.now()
  const stored = await openEmbeddedCenter({
    disk,
    folder: centerFolder,
    events: storedEvents(project.plan),
    clock: now,
    ...ofCenter,
  })
  const series = createEmbeddedSeries({ plan: project.plan, center: stored, memoryBytes: seriesBytes })
  const warmth = createWarmth(series, disk, seriesFolder)
  const center = withSeries(stored, series, warmth)
  const source = { center, windows: series }
  const evaluators = new Map<string, Evaluator>()
  const deadLetters = await openDeadLetters(disk, lettersFolder)
  return {
    project,
    folder,
    center,
    series,
    warmth,
    source,
    deadLetters,
    now,
    evaluator: (job) => {
      const known = evaluators.get(job)
      if (known !== undefined) return known
      const made = createEvaluator(project, job, source)
      evaluators.set(job, made)
      return made
    },
    close: async () => {
      try {
        await warmth.stop()
      } finally {
        deadLetters.close()
        await center.close()
      }
    },
  }
}

/**
 * What is recorded is in the series before anyone is told that it is recorded; an import makes them be read anew. Where damage
 * keeps a series from being told, all are forgotten: what is recorded is recorded, and reads say what is damaged.
 */
const withSeries = (center: Center, series: EmbeddedSeries, warmth: Warmth): Center => ({
  ...center,
  append: async (events) => {
    const appended = await center.append(events)
    await series.recorded(events.filter((_, i) => appended.outcomes[i]!.outcome === 'stored')).catch((error) => {
      if (!(error instanceof MillraceError)) throw error
      series.clear()
    })
    return appended
  },
  import: async (id) => {
    const writer = await center.import(id)
    return {
      ...writer,
      commit: (options) => writer.commit(options).finally(warmth.renew),
    }
  },
})
