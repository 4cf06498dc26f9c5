import { assert } from '../../../base/assert.ts'
import { MillraceError } from '../../../base/error.ts'
import { nextStamp } from '../../../model/stamp.ts'
import type { Disk } from '../../disk/port.ts'
import type { Log, LogRecord, NewRecord } from '../port.ts'
import { putRecord, recordSize } from './record.ts'
import { addMark, damaged, recoverLog, type Segment } from './recover.ts'
import { createRecordReader, segmentHeader, segmentHeaderBytes, segmentName } from './segment.ts'

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
}

interface Waiting {
  readonly records: readonly NewRecord[]
  readonly resolve: (commit: { readonly stamp: number; readonly offset: number }) => void
  readonly reject: (error: unknown) => void
}

/**
 * The log in one process. All appends that wait are written together and share one fdatasync (group commit); each is a commit
 * with a stamp of its own. Nothing of a group is acknowledged, or read, before its sync.
 */
export const openEmbeddedLog = async (options: LogOptions): Promise<Log> => {
  const { disk, folder, clock } = options
  const segmentBytes = options.segmentBytes ?? 64 << 20
  const recordBytes = options.recordBytes ?? 16 << 20
  disk.makeFolder(folder)
  const recovered = await recoverLog(disk, folder)
  const segments = recovered.segments
  let { offset, stamp } = recovered
  let waiting: Waiting[] = []
  let failed: MillraceError | undefined
  let closed = false
  /** Writes, rolls and drops happen one after another. */
  let work: Promise<void> = Promise.resolve()

  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = work.then(task)
    work = result.then(
      () => {},
      () => {},
    )
    return result
  }

  const fail = (cause: unknown): MillraceError => {
    failed ??= new MillraceError('LOG_FAILED', 'a write to the log could not be made sure, so nothing after it is accepted', {
      at: folder,
      hint: 'see the cause, then start anew: what was acknowledged is read back and checked',
      cause,
    })
    return failed
  }

  const roll = async (): Promise<void> => {
    const path = `${folder}/${segmentName(offset)}`
    const file = disk.open(path, 'create')
    try {
      file.truncate(0)
      file.write(segmentHeader(offset, stamp), 0)
      await file.sync()
      await disk.syncFolder(folder)
    } catch (error) {
      file.close()
      if ((error as { code?: string }).code !== 'DISK_FULL') throw fail(error)
      disk.remove(path)
      throw error
    }
    segments.push({ file, offset, bytes: segmentHeaderBytes, marks: [] })
  }

  const writeGroup = async (group: readonly Waiting[]): Promise<void> => {
    if (failed !== undefined) throw failed
    if (segments.length === 0 || segments.at(-1)!.bytes >= segmentBytes) await roll()
    const segment = segments.at(-1)!
    const { bytes, commits, end } = frames(group, offset, stamp, clock)
    try {
      segment.file.write(bytes, segment.bytes)
    } catch (error) {
      await undo(segment, error)
    }
    await segment.file.sync().catch((error) => Promise.reject(fail(error)))
    ;[offset, stamp] = [end.offset, end.stamp]
    segment.bytes += bytes.length
    addMark(segment, offset, segment.bytes)
    group.forEach((one, i) => {
      one.resolve(commits[i]!)
    })
  }

  /** Takes back what a refused group left in the file, surely: part of it must not come back after a crash. */
  const undo = async (segment: Segment, error: unknown): Promise<never> => {
    try {
      segment.file.truncate(segment.bytes)
      await segment.file.sync()
    } catch (second) {
      throw fail(second)
    }
    throw (error as { code?: string }).code === 'DISK_FULL' ? error : fail(error)
  }

  const writeWaiting = async (): Promise<void> => {
    const group = waiting
    waiting = []
    if (group.length === 0) return
    await writeGroup(group).catch((error) => {
      for (const one of group) one.reject(error)
    })
  }

  const append = (records: readonly NewRecord[]): Promise<{ readonly stamp: number; readonly offset: number }> => {
    assert(records.length > 0, 'a commit has at least one record')
    if (closed)
      return Promise.reject(new MillraceError('LOG_CLOSED', 'the log is closed', { at: folder, hint: 'open the data folder anew' }))
    if (failed !== undefined) return Promise.reject(failed)
    for (const { bytes } of records) {
      if (bytes.length > recordBytes) return Promise.reject(tooLarge(bytes.length, recordBytes))
    }
    return new Promise((resolve, reject) => {
      waiting.push({ records, resolve, reject })
      if (waiting.length === 1) void inTurn(writeWaiting)
    })
  }

  async function* read(fromOffset: number): AsyncGenerator<LogRecord> {
    const until = offset
    for (let next = Math.max(fromOffset, segments[0]?.offset ?? 0); next < until; ) {
      const segment = segments.findLast((one) => one.offset <= next)
      if (segment === undefined) return
      const mark = segment.marks.findLast((one) => one.offset <= next) ?? { offset: segment.offset, at: segmentHeaderBytes }
      const end = Math.min(until, segments[segments.indexOf(segment) + 1]?.offset ?? until)
      yield* readSegment(segment, mark, next, end)
      next = end
    }
  }

  const dropBelow = async (below: number): Promise<void> => {
    assert(below <= offset, 'only what was written can be dropped')
    if (failed !== undefined) throw failed
    const last = segments.at(-1)
    if (last !== undefined && below === offset && last.offset < offset) await roll()
    const keep = segments.findLastIndex((segment) => segment.offset <= below)
    for (const segment of segments.splice(0, Math.max(0, keep))) {
      disk.remove(segment.file.path)
      segment.file.close()
    }
    if (keep > 0) await disk.syncFolder(folder)
  }

  return {
    append,
    read,
    end: () => ({ offset, stamp }),
    dropBelow: (below) => inTurn(() => dropBelow(below)),
    close: () => {
      closed = true
      return inTurn(async () => {
        for (const segment of segments.splice(0)) segment.file.close()
      })
    },
  }
}

const tooLarge = (length: number, limit: number): MillraceError =>
  new MillraceError('RECORD_TOO_LARGE', 'the record does not fit into the log', { value: length, expected: `at most ${limit} bytes` })

/** Lays out a group of commits as they will stand in the file. */
const frames = (group: readonly Waiting[], durable: number, lastStamp: number, clock: () => number) => {
  let total = 0
  for (const { records } of group) for (const { bytes } of records) total += recordSize(bytes.length)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  let [at, offset, stamp] = [0, durable, lastStamp]
  const commits = group.map(({ records }) => {
    stamp = nextStamp(clock(), stamp)
    const commit = { stamp, offset }
    for (const [i, record] of records.entries()) {
      at = putRecord(bytes, view, at, { ...record, offset, stamp, durable, left: records.length - 1 - i })
      offset++
    }
    return commit
  })
  assert(at === total, 'records fill the group')
  return { bytes, commits, end: { offset, stamp } }
}

function* readSegment(
  segment: Segment,
  mark: { readonly offset: number; readonly at: number },
  from: number,
  end: number,
): Generator<LogRecord> {
  const reader = createRecordReader(segment.file, mark.at, segment.bytes)
  for (let expected = mark.offset; expected < end; expected++) {
    const record = reader.next()
    if (record === undefined || record.offset !== expected) throw damaged(segment.file.path, expected, reader.position(), 'a record')
    if (expected >= from) yield { offset: record.offset, stamp: record.stamp, kind: record.kind, bytes: record.bytes }
  }
}
