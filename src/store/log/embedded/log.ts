import { assert } from '../../../base/assert.ts'
import { MillraceError } from '../../../base/error.ts'
import { nextStamp } from '../../../model/stamp.ts'
import type { Disk } from '../../disk/port.ts'
import type { Log, LogGap, LogRecord, NewRecord } from '../port.ts'
import { type LogEnd, noEnd, readEnd, writeEnd } from './end.ts'
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
  /** What is known from elsewhere to have been durable: records below that are not found are damage, not a torn end. */
  readonly durable?: LogEnd
  /** Nothing is changed, also where a crash left something to be mended; appends are refused. */
  readonly isReadOnly?: boolean
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
  const { disk, folder, clock, isReadOnly = false } = options
  const segmentBytes = options.segmentBytes ?? 64 << 20
  const recordBytes = options.recordBytes ?? 16 << 20
  if (!isReadOnly) disk.makeFolder(folder)
  const closedAt = readEnd(disk, folder) ?? noEnd
  const recovered = await recoverLog(disk, folder, latest(closedAt, options.durable ?? noEnd), isReadOnly)
  const segments = recovered.segments
  let { offset, stamp, isEndDamaged } = recovered
  let waiting: Waiting[] = []
  let failed: MillraceError | undefined
  let closed = isReadOnly
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
    segments.push({ file, offset, stamp, bytes: segmentHeaderBytes, marks: [] })
    isEndDamaged = false
  }

  const writeGroup = async (group: readonly Waiting[]): Promise<void> => {
    if (failed !== undefined) throw failed
    if (isEndDamaged || segments.at(-1)!.bytes >= segmentBytes) await roll()
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

  async function* read(fromOffset: number, onGap: (gap: LogGap) => void = refuse): AsyncGenerator<LogRecord> {
    const end = { offset, stamp }
    for (let next = fromOffset; next < end.offset; ) {
      const at = segments.findLastIndex((one) => one.offset <= next)
      const segment = segments[at]
      const after = segments[at + 1] ?? end
      const until = Math.min(end.offset, after.offset)
      const upTo = after.stamp > 0 ? after.stamp : end.stamp
      if (segment === undefined) onGap({ segment: `${folder}/${segmentName(next)}`, byte: 0, from: next, to: until, after: 0, upTo })
      else yield* readSegment(segment, { from: next, to: until, upTo, onGap })
      next = until
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
        const isNew = !isReadOnly && failed === undefined && offset > closedAt.offset
        try {
          if (isNew) await writeEnd(options, { offset, stamp })
        } finally {
          for (const segment of segments.splice(0)) segment.file.close()
        }
      })
    },
  }
}

const latest = (a: LogEnd, b: LogEnd): LogEnd => ({ offset: Math.max(a.offset, b.offset), stamp: Math.max(a.stamp, b.stamp) })

const refuse = (gap: LogGap): never => {
  throw damaged(gap)
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

interface SegmentRead {
  /** Offsets [from, to). */
  readonly from: number
  readonly to: number
  /** No record's stamp lies above. */
  readonly upTo: number
  readonly onGap: (gap: LogGap) => void
}

function* readSegment(segment: Segment, { from, to, upTo, onGap }: SegmentRead): Generator<LogRecord> {
  const mark = segment.marks.findLast((one) => one.offset <= from) ?? { offset: segment.offset, at: segmentHeaderBytes }
  const reader = createRecordReader(segment.file, mark.at, segment.bytes)
  let [expected, after] = [mark.offset, segment.stamp]
  while (expected < to) {
    const byte = reader.position()
    let record = reader.next()
    while (record === undefined || record.offset < expected) {
      record = reader.resync()
      if (record === undefined) break
    }
    const found = Math.min(to, record?.offset ?? to)
    if (found > expected && found > from)
      onGap({ segment: segment.file.path, byte, from: Math.max(from, expected), to: found, after, upTo: record?.stamp ?? upTo })
    if (record === undefined || record.offset >= to) return
    expected = record.offset + 1
    after = record.stamp
    if (record.offset >= from) yield { offset: record.offset, stamp: record.stamp, kind: record.kind, bytes: record.bytes }
  }
}
