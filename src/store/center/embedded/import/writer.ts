/** One import: rows into part runs, and all of them into the center by one commit. */
import { assert } from '../../../../base/assert.ts'
import { MillraceError } from '../../../../base/error.ts'
import type { EventTable } from '../../../../model/table.ts'
import type { Log } from '../../../log/port.ts'
import type { CommitOptions, ImportCommit, ImportWriter } from '../../port.ts'

import type { CommittedImport } from '../manifest.ts'
import { mergeRuns } from '../merge-runs.ts'
import { applyImport } from '../open.ts'
import { type ImportRecord, jsonRecord, recordKinds } from '../records.ts'
import type { Run, RunEntry } from '../run/open.ts'
import { openStateRun, runPath, runsFolder, type State, type TypeState, typeState } from '../state.ts'
import { writeRuns } from '../write-runs.ts'
import { flushIfPossible, type Writer } from '../writer.ts'
import { createRowBuffer, type RowBuffer } from './buffer.ts'
import { type Found, firstConflicts, hideKnown, type Part } from './duplicates.ts'
import { type ImportProgress, removeProgress, writeProgress } from './progress.ts'

export interface ImportContext {
  readonly state: State
  readonly log: Log
  readonly writer: Writer
  readonly clock: () => number
  /** Rows of a type that are gathered before they are sorted into parts. */
  readonly partRows: number
  /** Bytes of all types together, gathered in memory, beyond which parts are made of them. */
  readonly partBytes: number
  /** Called when the import is over, whichever way. */
  readonly ended: () => void
  /** As it was last made, synced or not. */
  readonly progress: { current: ImportProgress }
}

/** Parts of a bucket beyond which they are merged before they are read for years. */
const partsLeft = 4
/** Of a commit's rows in conflict, so many are kept with it for good. */
const listedConflicts = 1000

export const createImportWriter = (context: ImportContext, isResumed: boolean): ImportWriter => {
  const { state, progress, writer } = context
  const resumeAfter = progress.current.position
  const buffers = new Map<string, RowBuffer>()
  let position = resumeAfter
  let synced = progress.current
  let over = false

  const refuseOver = (): void => {
    if (over)
      throw new MillraceError('IMPORT_OVER', 'the import was committed, given up or let go', {
        at: progress.current.id,
        hint: 'begin another with an id of its own',
      })
  }

  const makeParts = async (type: string): Promise<void> => {
    const taken = await buffers.get(type)?.take()
    if (taken === undefined) return
    const entries = await writeRuns(state, taken.input, taken.order)
    progress.current = { ...progress.current, parts: [...progress.current.parts, ...entries.map((entry) => ({ ...entry, position }))] }
  }

  const write = async (table: EventTable, upTo: number): Promise<void> => {
    refuseOver()
    assert(table.amended.length === 0, 'an import has plain rows only')
    const { plan } = typeState(state, table.type)
    const buffer = buffers.get(table.type) ?? createRowBuffer(state.breathe, table.type, plan)
    buffers.set(table.type, buffer)
    buffer.add(table)
    position = Math.max(position, upTo)
    if (buffer.rows() >= context.partRows) await makeParts(table.type)
    let bytes = 0
    for (const one of buffers.values()) bytes += one.bytes()
    if (bytes >= context.partBytes) for (const type of buffers.keys()) await makeParts(type)
  }

  const sync = async (): Promise<void> => {
    refuseOver()
    for (const type of buffers.keys()) await makeParts(type)
    await state.disk.syncFolder(runsFolder(state.folder))
    progress.current = { ...progress.current, position }
    await writeProgress(state.disk, state.folder, progress.current)
    synced = progress.current
  }

  const end = async (): Promise<void> => {
    over = true
    context.ended()
    await removeProgress(state.disk, state.folder, progress.current.id)
  }

  return {
    state: isResumed ? 'resumed' : 'new',
    resumeAfter,
    write,
    sync,
    commit: async (options = {}) => {
      await sync()
      const committed = await writer.inTurn(() => commitImport(context, options))
      await end()
      return committed
    },
    release: async () => {
      if (over) return
      over = true
      context.ended()
      const kept = new Set(synced.parts.map(({ file }) => file))
      for (const { file } of progress.current.parts) if (!kept.has(file)) state.disk.remove(runPath(state, file))
    },
    abort: async () => {
      refuseOver()
      await end()
      for (const { file } of progress.current.parts) state.disk.remove(runPath(state, file))
    },
  }
}

/** An import that is in the center already: there is nothing to write. */
export const createCommittedImport = ({ id, position, ...committed }: CommittedImport): ImportWriter => {
  const refuse = async (): Promise<never> => {
    throw new MillraceError('IMPORT_OVER', 'the import is committed', { at: id, hint: 'begin another with an id of its own' })
  }
  return {
    state: 'committed',
    resumeAfter: position,
    write: refuse,
    sync: async () => {},
    commit: async () => committed,
    abort: refuse,
    release: async () => {},
  }
}

const commitImport = async (context: ImportContext, { mostConflicts = 0 }: CommitOptions): Promise<ImportCommit> => {
  const { state, log, clock, progress, writer } = context
  refuseAhead(progress.current, Math.max(clock(), state.stamp) + state.maxAheadMs, state.maxAheadMs)
  const found: Found = { duplicates: 0, conflictCount: 0, conflicts: [], most: Math.max(mostConflicts, listedConflicts) }
  const runs: RunEntry[] = []
  for (const [type, parts] of partsByType(state, progress.current)) {
    try {
      const of = typeState(state, type)
      await hideKnown(state.breathe, of, parts, found)
      for (const bucket of new Set(parts.map(({ run }) => run.entry.bucket))) {
        runs.push(
          ...(await settleBucket(
            state,
            of,
            parts.map(({ run }) => run).filter((run) => run.entry.bucket === bucket),
          )),
        )
      }
    } finally {
      for (const { run } of parts) run.close()
    }
  }
  await state.disk.syncFolder(runsFolder(state.folder))
  const stored = runs.reduce((sum, { rows }) => sum + rows, 0)
  const { id, position } = progress.current
  const { duplicates, conflictCount } = found
  const conflicts = firstConflicts(found)
  const counts = { stored, duplicates, conflictCount }
  const record: ImportRecord = { committed: { id, position, ...counts, conflicts: conflicts.slice(0, listedConflicts) }, runs }
  const commit = await log.append([jsonRecord(recordKinds.import, record)])
  applyImport(state, record, commit)
  state.stamp = commit.stamp
  for (const { file } of progress.current.parts) if (!runs.some((run) => run.file === file)) state.droppable.add(file)
  // From here on the log has it; the manifest only spares the next start the work.
  await flushIfPossible(writer)
  return { stamp: commit.stamp, ...counts, conflicts }
}

const refuseAhead = ({ parts }: ImportProgress, latestTime: number, maxAheadMs: number): void => {
  const ahead = parts.find(({ maxTime }) => maxTime > latestTime)
  if (ahead === undefined) return
  throw new MillraceError('TIME_AHEAD', `events of the import lie more than ${maxAheadMs} ms ahead of now`, {
    at: ahead.type,
    value: ahead.maxTime,
    expected: `at most ${latestTime}`,
  })
}

const partsByType = (state: State, { parts }: ImportProgress): Map<string, Part[]> => {
  const types = new Map<string, Part[]>()
  for (const { position, ...entry } of parts) {
    types.set(entry.type, [...(types.get(entry.type) ?? []), { position, run: openStateRun(state, entry) }])
  }
  return types
}

/** The runs that stand for a bucket's parts: these themselves when they are few and nothing in them is hidden. */
const settleBucket = async (state: State, of: TypeState, parts: readonly Run[]): Promise<readonly RunEntry[]> => {
  if (parts.length > partsLeft) return mergeRuns(state, of, parts)
  const settled: RunEntry[] = []
  for (const part of parts) settled.push(...(part.hidden.size === 0 ? [part.entry] : await mergeRuns(state, of, [part])))
  return settled
}
