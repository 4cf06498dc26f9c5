/** Tables in memory that threads share: what is posted to a worker, and the table again on the other side. */
import type { Column, EventTable } from '../../model/table.ts'

/** An `EventTable` that can be posted: numbers in SharedArrayBuffers, texts and amended events copied. */
export interface SharedTable extends Omit<EventTable, 'ids'> {
  readonly ids: SharedIds
}

type SharedIds = { readonly prefix: string; readonly numbers: Float64Array } | { readonly bytes: Uint8Array; readonly ends: Float64Array }

export const shareTable = (table: EventTable): SharedTable => ({
  ...table,
  time: shared(table.time),
  seq: shared(table.seq),
  ids: shareIds(table),
  recordedAt: shareStamp(table.recordedAt),
  knownAt: shareStamp(table.knownAt),
  columns: Object.fromEntries(Object.entries(table.columns).map(([path, column]) => [path, shareColumn(column)])),
})

type Numbers = Float64Array | Int32Array | Uint8Array | BigInt64Array

const shared = <T extends Numbers>(values: T): T => {
  if (values.buffer instanceof SharedArrayBuffer) return values
  const Type = values.constructor as new (buffer: SharedArrayBuffer) => T
  const copy = new Type(new SharedArrayBuffer(values.byteLength))
  copy.set(values as never)
  return copy
}

const shareStamp = (stamp: number | Float64Array): number | Float64Array => (typeof stamp === 'number' ? stamp : shared(stamp))

const shareColumn = (column: Column): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: shared(column.values) }
    case 'bigint':
      return { kind: 'bigint', values: shared(column.values), ...(column.nulls && { nulls: shared(column.nulls) }) }
    case 'code':
      return { kind: 'code', codes: shared(column.codes), dictionary: column.dictionary }
    case 'value':
      return column
  }
}

const shareIds = ({ ids, rows }: EventTable): SharedIds => {
  if (ids.derived !== undefined) return { prefix: ids.derived.prefix, numbers: shared(ids.derived.numbers) }
  const encoder = new TextEncoder()
  const ends = new Float64Array(new SharedArrayBuffer(rows * 8))
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
