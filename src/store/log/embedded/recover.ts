import { MillraceError } from '../../../base/error.ts'
import type { Disk, DiskFile } from '../../disk/port.ts'
import type { LogGap } from '../port.ts'
import type { LogEnd } from './end.ts'
import type { StoredRecord } from './record.ts'
import { createRecordReader, isSegmentName, readSegmentHeader, segmentHeaderBytes } from './segment.ts'

export interface Segment {
  readonly file: DiskFile
  readonly offset: number
  /** Of the last record before it; 0 where its header is damaged and does not tell. */
  readonly stamp: number
  /** Bytes of whole commits; the rest, if any, is being written. */
  bytes: number
  /** Every so often an offset and where it stands, ascending: reads begin at the last one not above what they look for. */
  readonly marks: { readonly offset: number; readonly at: number }[]
}

export interface Recovered {
  readonly segments: Segment[]
  /** Offset and stamp that the next record will exceed. */
  readonly end: LogEnd
  /** The next record begins a segment: there is none, or the last one's end is damaged and stays as it is. */
  readonly needsSegment: boolean
}

const markEveryBytes = 1 << 17

/**
 * Opens a log's segments and finds its end. In the last segment, what follows the last whole commit was never acknowledged and
 * is cut off, unless a record further on, or `durable`, says that it was: then it is damage, which reads name and pass over.
 * Earlier segments were synced whole before the next was begun. A damaged header costs nothing: the file's name says the offset.
 */
export const recoverLog = async (disk: Disk, folder: string, durable: LogEnd, isReadOnly = false): Promise<Recovered> => {
  const segments: Segment[] = []
  const names = disk.list(folder).filter(isSegmentName)
  for (const [i, name] of names.entries()) {
    const segment = openSegment(disk, `${folder}/${name}`, isReadOnly)
    const isLast = i === names.length - 1
    if (isLast && neverHeld(segment, durable)) {
      segment.file.close()
      if (!isReadOnly) await remove(disk, folder, segment.file.path)
      break
    }
    segments.push(segment)
  }
  const last = segments.at(-1)
  if (last === undefined) return { segments, end: durable, needsSegment: true }
  return { segments, ...(await settleEnd(last, durable, isReadOnly)) }
}

const openSegment = (disk: Disk, path: string, isReadOnly: boolean): Segment => {
  const offset = Number(path.slice(path.lastIndexOf('/') + 1).slice(0, 20))
  const file = disk.open(path, isReadOnly ? 'read' : 'write')
  const header = readSegmentHeader(file)
  return { file, offset, stamp: header?.offset === offset ? header.stamp : 0, bytes: file.size(), marks: [] }
}

/** A new segment's header is synced before its first record is written: without one, and without records, it never held anything. */
const neverHeld = ({ file, offset }: Segment, durable: LogEnd): boolean =>
  durable.offset <= offset && readSegmentHeader(file)?.offset !== offset && recordsIn(file).next().done === true

const remove = async (disk: Disk, folder: string, path: string): Promise<void> => {
  disk.remove(path)
  await disk.syncFolder(folder)
}

interface Found {
  readonly record: StoredRecord
  /** Where the record ends. */
  readonly end: number
}

/** Every whole record of a segment, in the order of the file. */
function* recordsIn(file: DiskFile): Generator<Found> {
  const reader = createRecordReader(file, segmentHeaderBytes, file.size())
  for (let record = reader.next() ?? reader.resync(); record !== undefined; record = reader.next() ?? reader.resync())
    yield { record, end: reader.position() }
}

/** A stretch of records whose offsets follow each other. */
interface Stretch {
  readonly from: number
  /** After its last record, and after the last one that ends a commit. */
  last: { offset: number; stamp: number; bytes: number }
  commit: { offset: number; stamp: number; bytes: number }
}

/**
 * What was durable is told by the latest record that is whole: every offset below its `durable` was. The stretch that reaches
 * beyond that ends the log, at its last whole commit.
 */
const settleEnd = async (segment: Segment, known: LogEnd, isReadOnly: boolean): Promise<Omit<Recovered, 'segments'>> => {
  const { file } = segment
  const { stretches, durable } = stretchesIn(segment, known.offset)
  // Behind the first hole that may be torn, nothing was acknowledged.
  const torn = stretches.findIndex((stretch, i) => i > 0 && stretch.from > durable)
  const kept = torn < 0 ? stretches : stretches.slice(0, torn)
  const { last, commit } = kept.at(-1)!
  const end = last.offset <= durable || commit.offset < durable ? last : commit
  segment.bytes = end.bytes
  segment.marks.splice(segment.marks.findLastIndex(({ at }) => at <= end.bytes) + 1)
  if (end.offset < durable) return { end: { offset: durable, stamp: Math.max(end.stamp, known.stamp) }, needsSegment: true }
  if (!isReadOnly && file.size() > end.bytes) {
    file.truncate(end.bytes)
    await file.sync()
  }
  const stamp = Math.max(end.stamp, known.offset === end.offset ? known.stamp : 0)
  return { end: { offset: end.offset, stamp }, needsSegment: false }
}

const stretchesIn = (segment: Segment, known: number): { readonly stretches: readonly Stretch[]; readonly durable: number } => {
  const start = { offset: segment.offset, stamp: segment.stamp, bytes: segmentHeaderBytes }
  const stretches: Stretch[] = [{ from: segment.offset, last: start, commit: start }]
  let durable = known
  for (const { record, end } of recordsIn(segment.file)) {
    let stretch = stretches.at(-1)!
    if (record.offset < stretch.last.offset) continue
    if (record.durable > durable) durable = record.durable
    if (record.offset > stretch.last.offset) {
      const before = { offset: record.offset, stamp: stretch.last.stamp, bytes: stretch.last.bytes }
      stretch = { from: record.offset, last: before, commit: before }
      stretches.push(stretch)
    }
    stretch.last = { offset: record.offset + 1, stamp: record.stamp, bytes: end }
    if (record.left > 0) continue
    stretch.commit = stretch.last
    addMark(segment, record.offset + 1, end)
  }
  return { stretches, durable }
}

/** Notes where a commit ends, so that a later read can begin there. */
export const addMark = (segment: Segment, offset: number, at: number): void => {
  if (at - (segment.marks.at(-1)?.at ?? 0) >= markEveryBytes) segment.marks.push({ offset, at })
}

export const damaged = ({ segment, byte, from, to }: Pick<LogGap, 'segment' | 'byte' | 'from' | 'to'>): MillraceError =>
  new MillraceError('LOG_DAMAGED', to - from === 1 ? 'a record of the log is damaged' : `${to - from} records of the log are damaged`, {
    at: segment,
    value: { offset: from, to, byte },
    expected: 'bytes as they were written',
    hint: "bring back the file from a copy, or give the records up with 'millrace doctor --give-up'; what they could touch is withheld until then",
  })
