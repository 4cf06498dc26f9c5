/** Rows brought together by key once and for good: every column is copied into the order of keys. */
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { BatchRows } from './input.ts'

/** Arrays for what is kept: perhaps in memory that threads share. */
export interface Memory {
  doubles(length: number): Float64Array
  ints(length: number): Int32Array
  bytes(length: number): Uint8Array
  longs(length: number): BigInt64Array
}

export const ownMemory: Memory = {
  doubles: (length) => new Float64Array(length),
  ints: (length) => new Int32Array(length),
  bytes: (length) => new Uint8Array(length),
  longs: (length) => new BigInt64Array(length),
}

export interface KeyOrder {
  /** Place → row; the x-th of `extras` is row `plain + x`. */
  readonly order: Int32Array
  /** Place → the row that its time and columns stand in. */
  readonly source: Int32Array
  /** Key k's places are those from `starts[k]` to before `starts[k + 1]`. */
  readonly starts: Int32Array
  /** By row its key, where rows are best dealt out: each place is the next of its row's key. */
  readonly dealt: Int32Array | undefined
}

/**
 * Rows of so many keys are dealt out in their own order: a place that is written lies beside the last one of its key, and the cache
 * holds one of each, while reading row by row in the order of places would miss it every time. Of more keys it holds neither.
 */
const mostDealt = 16_384

/** A stable counting sort, amended events in their places among the plain ones. */
export const keyOrder = ({ plain, keys, extras }: BatchRows, keyCount: number, memory: Memory): KeyOrder => {
  const starts = memory.ints(keyCount + 1)
  const more = extras?.rows.length ?? 0
  for (let row = 0; row < plain; row++) starts[keys[row]! + 1]!++
  for (let x = 0; x < more; x++) starts[keys[extras!.rows[x]!]! + 1]!++
  for (let key = 0; key < keyCount; key++) starts[key + 1]! += starts[key]!
  const next = starts.slice()
  const order = new Int32Array(plain + more)
  let row = 0
  for (let x = 0; x < more; x++) {
    for (; row < extras!.before[x]!; row++) order[next[keys[row]!]!++] = row
    order[next[keys[extras!.rows[x]!]!]!++] = plain + x
  }
  for (; row < plain; row++) order[next[keys[row]!]!++] = row
  const source = extras === undefined ? order : order.map((place) => (place < plain ? place : extras.rows[place - plain]!))
  return { order, source, starts, dealt: extras === undefined && keyCount <= mostDealt ? keys.subarray(0, plain) : undefined }
}

/** Values of rows as they stand in `order`. */
export const orderedDoubles = (values: Float64Array, order: Int32Array, memory: Memory): Float64Array => {
  const into = memory.doubles(order.length)
  for (let i = 0; i < order.length; i++) into[i] = values[order[i]!]!
  return into
}

/** The hot loops are written out for each kind of array, so that each is compiled for one. */
export const placedDoubles = (values: Float64Array, { source, starts, dealt }: KeyOrder, memory: Memory): Float64Array => {
  if (dealt === undefined) return orderedDoubles(values, source, memory)
  const into = memory.doubles(source.length)
  const next = starts.slice()
  for (let row = 0; row < dealt.length; row++) into[next[dealt[row]!]!++] = values[row]!
  return into
}

const placedInts = (values: Int32Array, { source, starts, dealt }: KeyOrder, memory: Memory): Int32Array => {
  const into = memory.ints(source.length)
  if (dealt === undefined) for (let i = 0; i < source.length; i++) into[i] = values[source[i]!]!
  else {
    const next = starts.slice()
    for (let row = 0; row < dealt.length; row++) into[next[dealt[row]!]!++] = values[row]!
  }
  return into
}

const placedBytes = (values: Uint8Array, { source }: KeyOrder, memory: Memory): Uint8Array => {
  const into = memory.bytes(source.length)
  for (let i = 0; i < source.length; i++) into[i] = values[source[i]!]!
  return into
}

const placedLongs = (values: BigInt64Array, { source }: KeyOrder, memory: Memory): BigInt64Array => {
  const into = memory.longs(source.length)
  for (let i = 0; i < source.length; i++) into[i] = values[source[i]!]!
  return into
}

export const placedColumn = (column: Column, order: KeyOrder, memory: Memory): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: placedDoubles(column.values, order, memory) }
    case 'code':
      return { kind: 'code', codes: placedInts(column.codes, order, memory), dictionary: column.dictionary }
    case 'bigint': {
      const nulls = column.nulls && placedBytes(column.nulls, order, memory)
      return { kind: 'bigint', values: placedLongs(column.values, order, memory), ...(nulls && { nulls }) }
    }
    case 'value':
      return { kind: 'value', values: Array.from(order.source, (row): Value => column.values[row] ?? null) }
  }
}
