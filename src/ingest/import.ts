/** A file into the event center: its rows become visible together, or never. */
import { MillraceError } from '../base/error.ts'
import { maxAheadMs } from '../model/standardise.ts'
import type { ImportCommit, ImportConflict, ImportWriter } from '../store/center/port.ts'
import { keepConflicts } from './import-conflicts.ts'
import { importId } from './import-id.ts'
import { lettersOf } from './import-letters.ts'
import { defaultMaxRefused, type ImportOptions, type ImportProgress } from './import-options.ts'
import { checkColumns, createMapper, type MappedBatch, type MapperInput } from './map/mapper.ts'
import type { RowBatch, RowReader } from './readers/batch.ts'
import { openRows } from './readers/open.ts'
import { hashFile, openSourceFile } from './readers/source-file.ts'

export interface ImportReport {
  readonly id: string
  /** `already`: this file was imported by these rules before; nothing has changed. `stopped`: by the signal; it can go on. */
  readonly state: 'committed' | 'already' | 'stopped'
  readonly rows: number
  /** Row number that this call began with: above 0 where an earlier try was broken off. */
  readonly from: number
  /** Events given to the center since `from`, by type. */
  readonly events: { readonly [type: string]: number }
  /** Dead letters of this import, by code. */
  readonly refused: { readonly [code: string]: number }
  /** Of the whole import, once committed. Rows in conflict are dead letters too (`ID_CONFLICT`); the first 1,000 are listed here. */
  readonly stored: number
  readonly duplicates: number
  readonly conflictCount: number
  readonly conflicts: readonly ImportConflict[]
  /**
   * Rows in conflict that were counted and not looked for, so that they are no dead letters; left out where there are none: those
   * beyond `maxRefused`; all where looking for them was stopped, which the same import given again goes on with; and, where that is
   * what brought them, those beyond the first 1,000, which no commit remembers.
   */
  readonly unsoughtConflicts?: number
  readonly stamp?: number
  /** Optional columns of the mapping that the file lacks. */
  readonly absentColumns: readonly string[]
  readonly seconds: number
}

/** What a kill can cost, against the number of parts that must be merged. */
const defaultSyncRows = 1_000_000
const listedConflicts = 1000

/**
 * Imports a file. Throws what opening and reading throw (FILE_…), COLUMN_MISSING, EVENT_UNKNOWN, KNOWN_AT_MISSING and the other
 * refusals of the mapping before anything is written; TOO_MANY_REFUSED; CONFLICTS_NOT_KEPT, once every event is there; and what the
 * center throws.
 */
export const importFile = async (options: ImportOptions): Promise<ImportReport> => {
  const reader = openRows(options.file, options)
  try {
    return await importRows(options, reader)
  } finally {
    reader.close()
  }
}

const importRows = async (options: ImportOptions, reader: RowReader): Promise<ImportReport> => {
  const { mapping, plan, center, knownAt, source = mapping.name } = options
  const began = performance.now()
  const input: MapperInput = { mapping, events: plan.events, source, knownAt }
  const absentColumns = checkColumns(options.file, mapping, reader.columns)
  const mapper = createMapper(input)
  const id = await importId(await contentHash(options), reader, input)
  const writer = await center.import(id)
  const run: Run = {
    options,
    reader,
    writer,
    id,
    source,
    began,
    rows: writer.resumeAfter + 1,
    from: writer.resumeAfter + 1,
    events: {},
    refused: 0,
    bytes: 0,
  }
  const report = (state: ImportReport['state']) => reportOf(run, state, absentColumns)
  if (writer.state === 'committed') {
    const commit = await writer.commit()
    await keepConflicts(run, mapper, commit)
    return { ...report('already'), ...told(run, commit) }
  }
  if (options.isInferred === true) options.deadLetters.keepMapping(id, mapping.plan)
  try {
    const isWhole = await readAll(run, mapper)
    if (!isWhole) return report('stopped')
    const commit = await writer.commit({ mostConflicts: options.maxRefused ?? defaultMaxRefused })
    await keepConflicts(run, mapper, commit)
    return { ...report('committed'), ...told(run, commit), seconds: secondsSince(began) }
  } finally {
    // Whatever stopped it: the same call goes on from the last sync, in this process too.
    await writer.release()
  }
}

const told = ({ options, id }: Run, commit: ImportCommit) => {
  const unsought = commit.conflictCount - options.deadLetters.soughtConflicts(id)
  return { ...commit, conflicts: commit.conflicts.slice(0, listedConflicts), ...(unsought > 0 && { unsoughtConflicts: unsought }) }
}

const contentHash = async ({ file, signal }: ImportOptions): Promise<string> => {
  const content = openSourceFile(file)
  try {
    return await hashFile(content, signal)
  } finally {
    content.close()
  }
}

interface Run {
  readonly options: ImportOptions
  readonly reader: RowReader
  readonly writer: ImportWriter
  readonly id: string
  readonly source: string
  readonly began: number
  readonly from: number
  rows: number
  readonly events: Record<string, number>
  refused: number
  bytes: number
}

const secondsSince = (began: number): number => (performance.now() - began) / 1000

/** False when the signal stopped it; everything up to there is synced. */
const readAll = async (run: Run, mapper: ReturnType<typeof createMapper>): Promise<boolean> => {
  const { options, reader, writer, from } = run
  const { batchRows, syncRows = defaultSyncRows } = options
  const request = { columns: mapper.columns, times: mapper.times, from, ...(batchRows !== undefined && { most: batchRows }) }
  let synced = run.rows
  for await (const batch of untilDamaged(run, reader.batches(request))) {
    if (options.signal?.aborted === true) {
      await syncAll(run)
      return false
    }
    const mapped = mapper.map(batch, Math.max(options.clock(), options.center.safe()) + maxAheadMs)
    run.refused += mapped.refused.length
    options.deadLetters.append(lettersOf(run, batch, mapped.refused))
    if (run.refused > (options.maxRefused ?? defaultMaxRefused)) await giveUp(run, tooMany(run, mapped))
    for (const table of mapped.tables) {
      await writer.write(table, batch.position + batch.rows - 1)
      run.events[table.type] = (run.events[table.type] ?? 0) + table.rows
    }
    run.rows = batch.position + batch.rows
    run.bytes = Math.max(run.bytes, batch.bytesDone)
    if (run.rows - synced >= syncRows) {
      await syncAll(run)
      synced = run.rows
    }
    options.onProgress?.(progressOf(run))
    await new Promise(setImmediate)
  }
  await options.deadLetters.sync()
  return true
}

/** A file that stops making sense will do so the next time too: its import is given up. */
async function* untilDamaged(run: Run, batches: AsyncIterable<RowBatch>): AsyncGenerator<RowBatch> {
  try {
    yield* batches
  } catch (error) {
    if (error instanceof MillraceError && error.code !== 'FILE_ACCESS') await giveUp(run, error)
    throw error
  }
}

const giveUp = async ({ options, writer, id }: Run, reason: MillraceError): Promise<never> => {
  options.deadLetters.dropImport(id)
  await options.deadLetters.sync()
  await writer.abort()
  throw reason
}

const tooMany = ({ options, refused, rows, id }: Run, { refused: latest }: MappedBatch): MillraceError => {
  const counts = Object.entries(options.deadLetters.counts({ importId: id })).map(([code, count]) => `${count} ${code}`)
  const { position, refusal } = latest.at(-1)!
  return new MillraceError(
    'TOO_MANY_REFUSED',
    `${refused} records do not fit the mapping '${options.mapping.name}' (${counts.join(', ')})`,
    {
      at: options.file,
      hint: `nothing was imported; the last one is row ${position}: ${refusal.message} (of some ${rows} rows). Correct the mapping, or allow more refusals`,
    },
  )
}

/** Letters last before the rows that they stand among do, so that a kill loses none; a repeated one is known by its key. */
const syncAll = async ({ options, writer }: Run): Promise<void> => {
  await options.deadLetters.sync()
  await writer.sync()
}

const progressOf = ({ reader, began, from, rows, events, refused, bytes }: Run): ImportProgress => {
  const elapsedMs = performance.now() - began
  const done = rows - from
  const { totalRows } = reader
  const share = totalRows === undefined ? bytes / reader.bytes : (rows - from) / Math.max(1, totalRows - from)
  return {
    rows,
    events: Object.values(events).reduce((sum, count) => sum + count, 0),
    refused,
    bytes: totalRows === undefined ? bytes : Math.round((reader.bytes * rows) / Math.max(1, totalRows)),
    totalBytes: reader.bytes,
    totalRows,
    ratePerS: elapsedMs === 0 ? 0 : (done * 1000) / elapsedMs,
    etaMs: share > 0 ? (elapsedMs * (1 - share)) / share : undefined,
  }
}

const reportOf = (
  { id, options, rows, from, events, began }: Run,
  state: ImportReport['state'],
  absentColumns: readonly string[],
): ImportReport => ({
  id,
  state,
  rows,
  from: state === 'already' ? 0 : from,
  events,
  refused: options.deadLetters.counts({ importId: id, withReplayed: true }),
  stored: 0,
  duplicates: 0,
  conflictCount: 0,
  conflicts: [],
  absentColumns,
  seconds: secondsSince(began),
})
