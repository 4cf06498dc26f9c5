/**
 * A block: the series of a range of keys, whole, side by side in arrays of their own, so that what one root reads lies together
 * and in the processor's cache.
 */

import { assert } from '../../base/assert.ts'
import type { Column } from '../../model/table.ts'
import type { KeyedRows } from './partition.ts'
import { bytes, doubles, ints, longs } from './scratch.ts'

export interface Block {
  /** Rows 0 … base − 1 are series, one key after the other, each in the total order. */
  readonly base: number
  /** Rows base … rows − 1 are loose: some root sees them beside its series. */
  readonly rows: number
  /** Row of the block → row of the keyed columns. */
  readonly source: Int32Array
  readonly time: Float64Array
  /** A definition's column in the block's rows; made when first asked for. */
  column(index: number): Column
  /** One of the batch's masks in the block's rows. */
  mask(index: number): Uint8Array
}

/** Gives one block after the other; the arrays of one are used again by the next. */
export interface Blocks {
  /** `source` up to `rows` is read until the next call. */
  next(source: Int32Array, base: number, rows: number): Block
}

export const createBlocks = ({ time, columns }: KeyedRows, masks: readonly Uint8Array[]): Blocks => {
  const times = doubles()
  const gatherers = columns.map((column) => column && createGatherer(column))
  const maskGatherers = masks.map(() => bytes())
  return {
    next(source, base, rows) {
      const held: (Column | undefined)[] = []
      const heldMasks: (Uint8Array | undefined)[] = []
      const column = (index: number): Column => {
        const gather = gatherers[index]
        assert(gather !== undefined, 'a column that is read was kept')
        held[index] ??= gather(source, rows)
        return held[index]
      }
      const mask = (index: number): Uint8Array => {
        heldMasks[index] ??= gatherBytes(masks[index]!, maskGatherers[index]!.atLeast(rows), source, rows)
        return heldMasks[index]
      }
      return { base, rows, source, time: gatherDoubles(time, times.atLeast(rows), source, rows), column, mask }
    },
  }
}

type Gatherer = (source: Int32Array, rows: number) => Column

const createGatherer = (column: Column): Gatherer => {
  switch (column.kind) {
    case 'number': {
      const values = doubles()
      return (source, rows) => ({ kind: 'number', values: gatherDoubles(column.values, values.atLeast(rows), source, rows) })
    }
    case 'code': {
      const codes = ints()
      const { dictionary } = column
      return (source, rows) => ({ kind: 'code', dictionary, codes: gatherInts(column.codes, codes.atLeast(rows), source, rows) })
    }
    case 'bigint':
      return bigintGatherer(column)
    case 'value':
      return (source, rows) => ({ kind: 'value', values: Array.from({ length: rows }, (_, i) => column.values[source[i]!] ?? null) })
  }
}

const bigintGatherer = (column: Extract<Column, { kind: 'bigint' }>): Gatherer => {
  const values = longs()
  const nulls = bytes()
  return (source, rows) => {
    const to = values.atLeast(rows)
    for (let i = 0; i < rows; i++) to[i] = column.values[source[i]!]!
    if (column.nulls === undefined) return { kind: 'bigint', values: to }
    return { kind: 'bigint', values: to, nulls: gatherBytes(column.nulls, nulls.atLeast(rows), source, rows) }
  }
}

const gatherDoubles = (from: Float64Array, to: Float64Array, source: Int32Array, rows: number): Float64Array => {
  for (let i = 0; i < rows; i++) to[i] = from[source[i]!]!
  return to
}

const gatherInts = (from: Int32Array, to: Int32Array, source: Int32Array, rows: number): Int32Array => {
  for (let i = 0; i < rows; i++) to[i] = from[source[i]!]!
  return to
}

const gatherBytes = (from: Uint8Array, to: Uint8Array, source: Int32Array, rows: number): Uint8Array => {
  for (let i = 0; i < rows; i++) to[i] = from[source[i]!]!
  return to
}

/** Remembers what it made for a block until the next one. */
export const perBlock = <T>(make: (block: Block) => T): ((block: Block) => T) => {
  let last: Block | undefined
  let made: T
  return (block) => {
    if (block !== last) {
      made = make(block)
      last = block
    }
    return made
  }
}
