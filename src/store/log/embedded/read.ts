/** Records of a log in their order, from the segments that hold them; what is damaged is named and passed over. */
import type { LogGap, LogRecord } from '../port.ts'
import { damaged, type Segment } from './recover.ts'
import { createRecordReader, segmentHeaderBytes, segmentName } from './segment.ts'
import type { LogState } from './state.ts'

/** Given out together: so many records at most, or those that pass so many bytes. */
const batchRecords = 1024
const batchBytes = 1 << 20

/** Up to what is durable now. A gap is named when everything before it was given out. */
export async function* readRecords(
  { folder, segments, end }: LogState,
  fromOffset: number,
  onGap: (gap: LogGap) => void = refuse,
): AsyncGenerator<readonly LogRecord[]> {
  const { offset, stamp } = end
  for (let next = fromOffset; next < offset; ) {
    const at = segments.findLastIndex((one) => one.offset <= next)
    const segment = segments[at]
    const after = segments[at + 1] ?? end
    const until = Math.min(offset, after.offset)
    const upTo = after.stamp > 0 ? after.stamp : stamp
    if (segment === undefined) onGap({ segment: `${folder}/${segmentName(next)}`, byte: 0, from: next, to: until, after: 0, upTo })
    else yield* readSegment(segment, { from: next, to: until, upTo, onGap })
    next = until
  }
}

const refuse = (gap: LogGap): never => {
  throw damaged(gap)
}

interface SegmentRead {
  /** Offsets [from, to). */
  readonly from: number
  readonly to: number
  /** No record's stamp lies above. */
  readonly upTo: number
  readonly onGap: (gap: LogGap) => void
}

function* readSegment(segment: Segment, { from, to, upTo, onGap }: SegmentRead): Generator<readonly LogRecord[]> {
  const mark = segment.marks.findLast((one) => one.offset <= from) ?? { offset: segment.offset, at: segmentHeaderBytes }
  const reader = createRecordReader(segment.file, mark.at, segment.bytes)
  let [expected, after] = [mark.offset, segment.stamp]
  let batch: LogRecord[] = []
  let bytes = 0
  while (expected < to) {
    const byte = reader.position()
    let record = reader.next()
    while (record === undefined || record.offset < expected) {
      record = reader.resync()
      if (record === undefined) break
    }
    const found = Math.min(to, record?.offset ?? to)
    if (found > expected && found > from) {
      if (batch.length > 0) yield batch
      batch = []
      bytes = 0
      onGap({ segment: segment.file.path, byte, from: Math.max(from, expected), to: found, after, upTo: record?.stamp ?? upTo })
    }
    if (record === undefined || record.offset >= to) break
    expected = record.offset + 1
    after = record.stamp
    if (record.offset < from) continue
    batch.push({ offset: record.offset, stamp: record.stamp, kind: record.kind, bytes: record.bytes })
    bytes += record.size
    if (batch.length < batchRecords && bytes < batchBytes) continue
    yield batch
    batch = []
    bytes = 0
  }
  if (batch.length > 0) yield batch
}
