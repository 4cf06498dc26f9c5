import { assert } from '../../../base/assert.ts'
import { MillraceError } from '../../../base/error.ts'
import type { Disk } from '../../disk/port.ts'
import type { Log, NewRecord } from '../port.ts'
import { type LogEnd, noEnd, readEnd, writeEnd } from './end.ts'
import { readRecords } from './read.ts'
import { recoverLog } from './recover.ts'
import type { LogState } from './state.ts'
import { type Commit, createLogWriter, type LogWriter } from './write.ts'

export interface LogOptions {
  readonly disk: Disk
  /** Where the segments are, below the disk's root. */
  readonly folder: string
  /** Milliseconds since 1970; read once for each commit. */
  readonly clock: () => number
  /** A segment that has grown beyond this is closed and the next begun. Default 64 MB. */
  readonly segmentBytes?: number
  /** The largest payload of one record. Default 16 MB. */
  readonly recordBytes?: number
  /** What is known from elsewhere to have been durable: records below that are not found are damage, not a torn end. */
  readonly durable?: LogEnd
  /** Nothing is changed, also where a crash left something to be mended; appends are refused. */
  readonly isReadOnly?: boolean
}

/**
 * The log in one process. All appends that wait are written together and share one fdatasync (group commit); each is a commit
 * with a stamp of its own. Nothing of a group is acknowledged, or read, before its sync.
 */
export const openEmbeddedLog = async (options: LogOptions): Promise<Log> => {
  const { disk, folder, clock, segmentBytes = 64 << 20, recordBytes = 16 << 20, isReadOnly = false } = options
  if (!isReadOnly) disk.makeFolder(folder)
  const closedAt = readEnd(disk, folder) ?? noEnd
  const recovered = await recoverLog(disk, folder, latest(closedAt, options.durable ?? noEnd), isReadOnly)
  const state: LogState = { disk, folder, ...recovered, failed: undefined }
  const writer = createLogWriter(state, { clock, segmentBytes })
  let isClosed = isReadOnly
  return {
    append: async (records) => {
      if (isClosed) throw new MillraceError('LOG_CLOSED', 'the log is closed', { at: folder, hint: 'open the data folder anew' })
      return append(state, writer, records, recordBytes)
    },
    read: (fromOffset, onGap) => readRecords(state, fromOffset, onGap),
    end: () => state.end,
    dropBelow: writer.dropBelow,
    close: () => {
      isClosed = true
      return writer.inTurn(() => close(state, !isReadOnly && state.failed === undefined && state.end.offset > closedAt.offset))
    },
  }
}

const latest = (a: LogEnd, b: LogEnd): LogEnd => ({ offset: Math.max(a.offset, b.offset), stamp: Math.max(a.stamp, b.stamp) })

const append = (state: LogState, writer: LogWriter, records: readonly NewRecord[], recordBytes: number): Promise<Commit> => {
  assert(records.length > 0, 'a commit has at least one record')
  if (state.failed !== undefined) throw state.failed
  for (const { bytes } of records) if (bytes.length > recordBytes) throw tooLarge(bytes.length, recordBytes)
  return writer.append(records)
}

const tooLarge = (length: number, limit: number): MillraceError =>
  new MillraceError('RECORD_TOO_LARGE', 'the record does not fit into the log', { value: length, expected: `at most ${limit} bytes` })

const close = async ({ disk, folder, segments, end }: LogState, writesEnd: boolean): Promise<void> => {
  try {
    if (writesEnd) await writeEnd({ disk, folder }, end)
  } finally {
    for (const segment of segments.splice(0)) segment.file.close()
  }
}
