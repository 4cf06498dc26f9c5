/** The event center in one process: runs on disk, the latest events in memory, a log that makes both last. */
import { MillraceError } from '../../../base/error.ts'
import type { EventPlan, Named } from '../../../model/plan.ts'
import { maxAheadMs as defaultMaxAheadMs } from '../../../model/standardise.ts'
import type { Disk } from '../../disk/port.ts'
import { openEmbeddedLog } from '../../log/embedded/log.ts'
import type { Center, EraseRequest, ImportWriter } from '../port.ts'
import { type Breath, createBreath } from './breath.ts'
import { eraseSubject, finishErasure } from './erase.ts'
import { listProgress, readProgress, removeProgress } from './import/progress.ts'
import { createCommittedImport, createImportWriter, type ImportContext } from './import/writer.ts'
import { firstPending, type LostRecords } from './lost.ts'
import { openState, replay } from './open.ts'
import { createReader } from './reader.ts'
import { openStateRun, runsFolder } from './state.ts'
import { createWriter, flushIfPossible, plainBytes, sweep, type WriterOptions } from './writer.ts'

export interface EmbeddedCenterOptions {
  readonly disk: Disk
  /** The data folder below the disk's root: one process at a time. */
  readonly folder: string
  /** The declared event types. */
  readonly events: Named<EventPlan>
  /** Milliseconds since 1970. */
  readonly clock: () => number
  /** Pages of runs kept in memory. Default 64 MB. */
  readonly cacheBytes?: number
  /** Events kept in memory before they are written into runs, by their bytes in the log. Default 32 MB. */
  readonly flushBytes?: number
  /** Rows of an import sorted at once. Default 1,000,000. */
  readonly partRows?: number
  /** What the rows of imports take in memory before they are sorted into parts, about. Default 256 MB. */
  readonly partBytes?: number
  /** What rows take in memory while runs are merged, about. Default 1 GB. */
  readonly mergeBytes?: number
  /** Default 64 MB. */
  readonly segmentBytes?: number
  /** How far an event's time may lie beyond its stamp. Default 5 minutes. */
  readonly maxAheadMs?: number
  /** What long work waits for now and then. Default: a turn of the event loop, after 8 ms. */
  readonly breathe?: Breath
}

export interface EmbeddedCenter extends Center {
  /** Writes what is in memory into runs, so that the next start has nothing to replay. */
  flush(): Promise<void>
  /** Records of the log that cannot be read: reads that they could touch are refused, unless they were given up. */
  lost(): readonly LostRecords[]
}

/**
 * Throws DATA_FOLDER_IN_USE, MANIFEST_DAMAGED, FORMAT_TOO_NEW, SCHEMA_CHANGED, and what the disk throws. What else is damaged is
 * withheld: a read that it could touch throws DATA_DAMAGED or LOG_DAMAGED, with what is damaged and where.
 */
export const openEmbeddedCenter = async (options: EmbeddedCenterOptions): Promise<EmbeddedCenter> => {
  const { disk, folder, events, clock } = options
  disk.makeFolder(folder)
  disk.makeFolder(runsFolder(folder))
  const lock = disk.lock(folder)
  try {
    return await openLocked(options, () => lock.release())
  } catch (error) {
    lock.release()
    throw error
  }

  async function openLocked(
    {
      cacheBytes = 64 << 20,
      flushBytes = 32 << 20,
      partRows = 1_000_000,
      partBytes = 256 << 20,
      mergeBytes = 1 << 30,
      segmentBytes,
      maxAheadMs = defaultMaxAheadMs,
      breathe = createBreath(),
    }: EmbeddedCenterOptions,
    release: () => void,
  ) {
    const { state, kept, isErasing, isDeclared } = openState({ disk, folder, events, cacheBytes, mergeBytes, maxAheadMs, breathe })
    const durable = { offset: state.manifest.logOffset, stamp: state.manifest.stamp }
    const log = await openEmbeddedLog({
      disk,
      folder: `${folder}/log`,
      clock,
      durable,
      ...(segmentBytes !== undefined && { segmentBytes }),
    })
    await replay(state, log)
    const imports = new Map<string, ImportContext['progress']>()
    const brokenOff = await dropCommitted()
    const writerOptions: WriterOptions = { state, log, clock, flushBytes, maxAheadMs }
    const writer = createWriter(writerOptions)
    // Lost records may name files that nothing else does.
    if (firstPending(state) === undefined)
      sweep(state, [...kept, ...[...state.types.values()].flatMap(({ runs }) => runs.map(({ entry }) => entry.file)), ...brokenOff])
    // A crash may have come between a manifest and what it lets go of.
    await log.dropBelow(state.manifest.keepFrom)
    if (!isDeclared) await writer.inTurn(writer.declare)
    // An erasure that a crash broke off is brought to its end.
    if (isErasing || state.erased.length > state.manifest.erased.length) {
      await writer.inTurn(() => finishErasure({ flush: () => flushIfPossible(writer) }))
    }

    /** A crash may leave the progress of an import that was committed. */
    async function dropCommitted(): Promise<string[]> {
      const under = listProgress(disk, folder)
      const isCommitted = (id: string): boolean => state.imports.some((done) => done.id === id)
      for (const { id } of under.filter((one) => isCommitted(one.id))) await removeProgress(disk, folder, id)
      return under.filter(({ id }) => !isCommitted(id)).flatMap(({ parts }) => parts.map(({ file }) => file))
    }

    /** One whose parts cannot be read any more begins anew: nothing of it was visible. */
    function usable(progress: ImportContext['progress']['current'] | undefined) {
      const parts = progress?.parts.filter((part) => state.types.has(part.type)).map((part) => openStateRun(state, part)) ?? []
      for (const part of parts) part.close()
      return parts.some(({ isDamaged }) => isDamaged) ? undefined : progress
    }

    const startImport = async (id: string): Promise<ImportWriter> => {
      const done = state.imports.find((one) => one.id === id)
      if (done !== undefined) return createCommittedImport(done)
      if (imports.has(id))
        throw new MillraceError('IMPORT_RUNNING', 'the import is under way', { at: id, hint: 'let it end, or give it up first' })
      const before = usable(readProgress(disk, folder, id))
      const progress = { current: before ?? { id, position: -1, parts: [] } }
      imports.set(id, progress)
      return createImportWriter(
        { state, log, writer, clock, partRows, partBytes, progress, ended: () => imports.delete(id) },
        before !== undefined,
      )
    }

    return {
      ...createReader(state),
      append: writer.append,
      import: startImport,
      erase: (request: EraseRequest) =>
        writer.inTurn(() => eraseSubject({ state, log, writer, isImporting: () => imports.size > 0 }, request)),
      flush: () => writer.inTurn(writer.flush),
      lost: () => state.lost,
      close: () =>
        writer.inTurn(async () => {
          // So that the next start has little to replay.
          try {
            if (plainBytes(state) > replayedBytes) await flushIfPossible(writer)
            await log.close()
          } finally {
            for (const { runs } of state.types.values()) for (const run of runs) run.close()
            release()
          }
        }),
    }
  }
}

/** What closing leaves in the log: a command that appends a little makes no runs of its own. */
const replayedBytes = 1 << 20
