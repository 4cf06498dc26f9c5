/** What changes a log: commits, new segments, and old ones that are forgotten, one after another. */
import { assert } from '../../../base/assert.ts'
import { MillraceError } from '../../../base/error.ts'
import { nextStamp } from '../../../model/stamp.ts'
import type { NewRecord } from '../port.ts'
import type { LogEnd } from './end.ts'
import { putRecord, recordSize } from './record.ts'
import { addMark, type Segment } from './recover.ts'
import { segmentHeader, segmentHeaderBytes, segmentName } from './segment.ts'
import type { LogState } from './state.ts'

export interface WriteOptions {
  readonly clock: () => number
  readonly segmentBytes: number
}

export interface Commit {
  readonly stamp: number
  readonly offset: number
}

/** One commit that waits to be written. */
interface Waiting {
  readonly records: readonly NewRecord[]
  readonly resolve: (commit: Commit) => void
  readonly reject: (error: unknown) => void
}

export interface LogWriter {
  append(records: readonly NewRecord[]): Promise<Commit>
  dropBelow(offset: number): Promise<void>
  /** Runs a task behind all that was begun before. */
  inTurn<T>(task: () => Promise<T>): Promise<T>
}

export const createLogWriter = (state: LogState, options: WriteOptions): LogWriter => {
  let waiting: Waiting[] = []
  let work: Promise<void> = Promise.resolve()

  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const result = work.then(task)
    work = result.then(
      () => {},
      () => {},
    )
    return result
  }

  const writeWaiting = async (): Promise<void> => {
    const group = waiting
    waiting = []
    if (group.length === 0) return
    await writeGroup(state, group, options).catch((error) => {
      for (const one of group) one.reject(error)
    })
  }
  return {
    inTurn,
    append: (records) =>
      new Promise((resolve, reject) => {
        waiting.push({ records, resolve, reject })
        if (waiting.length === 1) void inTurn(writeWaiting)
      }),
    dropBelow: (below) => inTurn(() => dropBelow(state, below)),
  }
}

const fail = (state: LogState, cause: unknown): MillraceError => {
  state.failed ??= new MillraceError('LOG_FAILED', 'a write to the log could not be made sure, so nothing after it is accepted', {
    at: state.folder,
    hint: 'see the cause, then start anew: what was acknowledged is read back and checked',
    cause,
  })
  return state.failed
}

const isDiskFull = (error: unknown): boolean => (error as { code?: string }).code === 'DISK_FULL'

const beginSegment = async (state: LogState): Promise<void> => {
  const { disk, folder, segments, end } = state
  const path = `${folder}/${segmentName(end.offset)}`
  const file = disk.open(path, 'create')
  try {
    file.truncate(0)
    file.write(segmentHeader(end.offset, end.stamp), 0)
    await file.sync()
    await disk.syncFolder(folder)
  } catch (error) {
    file.close()
    if (!isDiskFull(error)) throw fail(state, error)
    disk.remove(path)
    throw error
  }
  segments.push({ file, ...end, bytes: segmentHeaderBytes, marks: [] })
  state.needsSegment = false
}

const writeGroup = async (state: LogState, group: readonly Waiting[], { clock, segmentBytes }: WriteOptions): Promise<void> => {
  if (state.failed !== undefined) throw state.failed
  if (state.needsSegment || state.segments.at(-1)!.bytes >= segmentBytes) await beginSegment(state)
  const segment = state.segments.at(-1)!
  const { bytes, commits, end } = frames(group, state.end, clock)
  try {
    segment.file.write(bytes, segment.bytes)
  } catch (error) {
    await undo(state, segment, error)
  }
  await segment.file.sync().catch((error) => Promise.reject(fail(state, error)))
  state.end = end
  segment.bytes += bytes.length
  addMark(segment, end.offset, segment.bytes)
  group.forEach((one, i) => {
    one.resolve(commits[i]!)
  })
}

/** Takes back what a refused group left in the file, surely: part of it must not come back after a crash. */
const undo = async (state: LogState, segment: Segment, error: unknown): Promise<never> => {
  try {
    segment.file.truncate(segment.bytes)
    await segment.file.sync()
  } catch (second) {
    throw fail(state, second)
  }
  throw isDiskFull(error) ? error : fail(state, error)
}

const dropBelow = async (state: LogState, below: number): Promise<void> => {
  const { disk, folder, segments, end, failed } = state
  assert(below <= end.offset, 'only what was written can be dropped')
  if (failed !== undefined) throw failed
  const last = segments.at(-1)
  if (last !== undefined && below === end.offset && last.offset < end.offset) await beginSegment(state)
  const keep = segments.findLastIndex((segment) => segment.offset <= below)
  for (const segment of segments.splice(0, Math.max(0, keep))) {
    disk.remove(segment.file.path)
    segment.file.close()
  }
  if (keep > 0) await disk.syncFolder(folder)
}

/** Lays out a group of commits as they will stand in the file. */
const frames = (group: readonly Waiting[], durable: LogEnd, clock: () => number) => {
  let total = 0
  for (const { records } of group) for (const { bytes } of records) total += recordSize(bytes.length)
  const bytes = new Uint8Array(total)
  const view = new DataView(bytes.buffer)
  let [at, offset, stamp] = [0, durable.offset, durable.stamp]
  const commits = group.map(({ records }) => {
    stamp = nextStamp(clock(), stamp)
    const commit = { stamp, offset }
    for (const [i, record] of records.entries()) {
      at = putRecord(bytes, view, at, { ...record, offset, stamp, durable: durable.offset, left: records.length - 1 - i })
      offset++
    }
    return commit
  })
  assert(at === total, 'records fill the group')
  return { bytes, commits, end: { offset, stamp } }
}
