/** Tables in memory that threads share: what is posted to a worker, and the table again on the other side. */
import type { Column, EventTable } from '../../model/table.ts'
import type { Memory } from '../../windows/batch/key-order.ts'

/** An `EventTable` that can be posted: numbers in SharedArrayBuffers, texts and amended events copied. */
export interface SharedTable extends Omit<EventTable, 'ids'> {
  readonly ids: SharedIds
}

type SharedIds = { readonly prefix: string; readonly numbers: Float64Array } | { readonly bytes: Uint8Array; readonly ends: Float64Array }

export const shareTable = (table: EventTable): SharedTable => {
  const numbers = createSharer()
  const shareStamp = (stamp: number | Float64Array): number | Float64Array => (typeof stamp === 'number' ? stamp : numbers(stamp))
  return {
    ...table,
    time: numbers(table.time),
    seq: numbers(table.seq),
    ids: shareIds(table, numbers),
    recordedAt: shareStamp(table.recordedAt),
    knownAt: shareStamp(table.knownAt),
    columns: Object.fromEntries(Object.entries(table.columns).map(([path, column]) => [path, shareColumn(column, numbers)])),
  }
}

type Numbers = Float64Array | Int32Array | Uint8Array | BigInt64Array
type ShareNumbers = (values: Float64Array) => Float64Array

/**
 * Memory of its own: growable memory comes from the system page by page, and goes back to it, while arrays among all others leave
 * holes behind that nothing fits. A view of fixed length is as fast as any.
 */
const pages = (bytes: number): SharedArrayBuffer => new SharedArrayBuffer(bytes, { maxByteLength: Math.max(1, bytes) })

/** Arrays in shared memory. */
export const sharedMemory: Memory = {
  doubles: (length) => new Float64Array(pages(8 * length), 0, length),
  ints: (length) => new Int32Array(pages(4 * length), 0, length),
  bytes: (length) => new Uint8Array(pages(length), 0, length),
  longs: (length) => new BigInt64Array(pages(8 * length), 0, length),
}

/** The same values in shared memory. */
export const shared = <T extends Numbers>(values: T): T => {
  if (values.buffer instanceof SharedArrayBuffer) return values
  const Type = values.constructor as new (buffer: SharedArrayBuffer, from: number, length: number) => T
  const copy = new Type(pages(values.byteLength), 0, values.length)
  copy.set(values as never)
  return copy
}

/** Columns that say the same (a time that stands among the data too, a stamp that is the time) are one in memory. */
const createSharer = (): ShareNumbers => {
  const held: Float64Array[] = []
  return (values) => {
    const same = held.find((one) => isSame(one, values))
    if (same !== undefined) return same
    const copy = shared(values)
    held.push(copy)
    return copy
  }
}

const isSame = (a: Float64Array, b: Float64Array): boolean => {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Numbers by `numbers`; texts and values are copied when they are posted. */
export const shareColumn = (column: Column, numbers: ShareNumbers): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: numbers(column.values) }
    case 'bigint':
      return { kind: 'bigint', values: shared(column.values), ...(column.nulls && { nulls: shared(column.nulls) }) }
    case 'code':
      return { kind: 'code', codes: shared(column.codes), dictionary: column.dictionary }
    case 'value':
      return column
  }
}

const shareIds = ({ ids, rows }: EventTable, numbers: ShareNumbers): SharedIds => {
  if (ids.derived !== undefined) return { prefix: ids.derived.prefix, numbers: numbers(ids.derived.numbers) }
  const encoder = new TextEncoder()
  const ends = new Float64Array(pages(rows * 8), 0, rows)
  let room = new Uint8Array(Math.max(64, rows * 16))
  let end = 0
  for (let row = 0; row < rows; row++) {
    const id = ids.at(row)
    if (room.length - end < id.length * 3) room = grown(room, end + id.length * 3)
    end += encoder.encodeInto(id, room.subarray(end)).written
    ends[row] = end
  }
  return { bytes: shared(room.subarray(0, end)), ends }
}

const grown = (bytes: Uint8Array<ArrayBuffer>, atLeast: number): Uint8Array<ArrayBuffer> => {
  const more = new Uint8Array(Math.max(bytes.length * 2, atLeast))
  more.set(bytes)
  return more
}

/** The table behind what was posted. */
export const openTable = (table: SharedTable): EventTable => ({ ...table, ids: openIds(table.ids) })

const openIds = (ids: SharedIds): EventTable['ids'] => {
  if ('prefix' in ids) return { at: (row) => `${ids.prefix}${ids.numbers[row]!}`, derived: ids }
  const decoder = new TextDecoder()
  // A decoder takes no shared memory: the few bytes of one id are copied out.
  return { at: (row) => decoder.decode(ids.bytes.slice(row === 0 ? 0 : ids.ends[row - 1]!, ids.ends[row]!)) }
}
