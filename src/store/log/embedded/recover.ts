import { MillraceError } from '../../../base/error.ts'
import type { Disk, DiskFile } from '../../disk/port.ts'
import { createRecordReader, isSegmentName, readSegmentHeader, segmentHeaderBytes } from './segment.ts'

export interface Segment {
  readonly file: DiskFile
  readonly offset: number
  /** Bytes of whole commits; the rest, if any, is being written. */
  bytes: number
  /** Every so often an offset and where it stands, ascending: reads begin at the last one not above what they look for. */
  readonly marks: { readonly offset: number; readonly at: number }[]
}

export interface Recovered {
  readonly segments: Segment[]
  readonly offset: number
  readonly stamp: number
}

const markEveryBytes = 1 << 17

/**
 * Opens a log's segments and finds its end. In the last segment, what follows the last whole commit was never acknowledged and
 * is cut off, unless a record further on says that it was durable: then it is damage, and named. Earlier segments were synced
 * whole before the next was begun; reads check them.
 */
export const recoverLog = async (disk: Disk, folder: string): Promise<Recovered> => {
  const segments: Segment[] = []
  const names = disk.list(folder).filter(isSegmentName)
  for (const [i, name] of names.entries()) {
    const path = `${folder}/${name}`
    const file = disk.open(path, 'write')
    const header = readSegmentHeader(file)
    if (header !== undefined && header.offset === Number(name.slice(0, 20))) {
      segments.push({ file, offset: header.offset, bytes: file.size(), marks: [] })
      if (i === names.length - 1) return { segments, ...(await findEnd(segments.at(-1)!, header.stamp)) }
      continue
    }
    file.close()
    // A new segment's header is synced before its first record is written: without one it never held anything.
    if (i < names.length - 1 || hasRecords(disk, path)) throw damaged(path, Number(name.slice(0, 20)), 0, 'the header')
    disk.remove(path)
    await disk.syncFolder(folder)
  }
  const last = segments.at(-1)
  return last === undefined
    ? { segments, offset: 0, stamp: 0 }
    : { segments, ...(await findEnd(last, readSegmentHeader(last.file)!.stamp)) }
}

const hasRecords = (disk: Disk, path: string): boolean => {
  const file = disk.open(path, 'read')
  try {
    return createRecordReader(file, segmentHeaderBytes - 8, file.size()).resync() !== undefined
  } finally {
    file.close()
  }
}

/** Walks the last segment, cuts its torn tail, and gives the offset and stamp that come after. */
const findEnd = async (segment: Segment, startStamp: number): Promise<{ offset: number; stamp: number }> => {
  const { file } = segment
  const reader = createRecordReader(file, segmentHeaderBytes, file.size())
  // The end after the last whole commit, and how far the walk has come.
  let [offset, stamp, bytes] = [segment.offset, startStamp, segmentHeaderBytes]
  let walked = segment.offset
  for (let record = reader.next(); record !== undefined && record.offset === walked; record = reader.next()) {
    walked++
    if (record.left > 0) continue
    ;[offset, stamp, bytes] = [walked, record.stamp, reader.position()]
    addMark(segment, walked, bytes)
  }
  refuseDamage(file, offset, bytes)
  segment.bytes = bytes
  if (file.size() > bytes) {
    file.truncate(bytes)
    await file.sync()
  }
  return { offset, stamp }
}

const refuseDamage = (file: DiskFile, offset: number, at: number): void => {
  const beyond = createRecordReader(file, at - 8, file.size())
  for (let record = beyond.resync(); record !== undefined; record = beyond.next() ?? beyond.resync()) {
    if (record.durable > offset) throw damaged(file.path, offset, at, 'a record')
  }
}

/** Notes where a commit ends, so that a later read can begin there. */
export const addMark = (segment: Segment, offset: number, at: number): void => {
  if (at - (segment.marks.at(-1)?.at ?? 0) >= markEveryBytes) segment.marks.push({ offset, at })
}

export const damaged = (path: string, offset: number, at: number, what: string): MillraceError =>
  new MillraceError('LOG_DAMAGED', `${what} of the log is damaged`, {
    at: path,
    value: { offset, byte: at },
    expected: 'bytes as they were written',
    hint: 'bring back the file from a copy; nothing from this offset on is given out until then',
  })
