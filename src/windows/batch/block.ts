/**
 * A block: the series of a range of keys, whole, side by side in arrays of their own, so that what one root reads lies together
 * and in the processor's cache.
 */

import { assert } from '../../base/assert.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { FeatureMasks } from './masks.ts'
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
  /** One of the features' masks in the block's rows. */
  mask(index: number): Uint8Array
}

/** Gives one block after the other; the arrays of one are used again by the next. */
export interface Blocks {
  /** `source` up to `rows` is read until the next call. */
  next(source: Int32Array, base: number, rows: number): Block
}

export const createBlocks = ({ time, columns, apart }: KeyedRows, { masks, apart: masksApart }: FeatureMasks): Blocks => {
  const times = doubles()
  const gatherers = columns.map((column, i) => column && createGatherer(column, apart?.columns[i]))
  const maskGatherers = masks.map(() => bytes())
  return {
    next(source, base, rows) {
      const place = { source, base: apart === undefined ? rows : base, rows }
      const held: (Column | undefined)[] = []
      const heldMasks: (Uint8Array | undefined)[] = []
      const column = (index: number): Column => {
        const gather = gatherers[index]
        assert(gather !== undefined, 'a column that is read was kept')
        held[index] ??= gather(place)
        return held[index]
      }
      const mask = (index: number): Uint8Array => {
        heldMasks[index] ??= gatherBytes(masks[index]!, masksApart?.[index], maskGatherers[index]!.atLeast(rows), place)
        return heldMasks[index]
      }
      return { base, rows, source, time: gatherDoubles(time, apart?.time, times.atLeast(rows), place), column, mask }
    },
  }
}

/** Which rows: those of `source`, and from `base` up to `rows` perhaps rows that stand apart. */
interface Place {
  readonly source: Int32Array
  readonly base: number
  readonly rows: number
}

type Gatherer = (place: Place) => Column

/** `apart`: the same column of the rows that stand apart, of the same kind and dictionary. */
const createGatherer = (column: Column, apart: Column | undefined): Gatherer => {
  assert(apart === undefined || apart.kind === column.kind, 'rows that stand apart are of the same kind')
  switch (column.kind) {
    case 'number': {
      const values = doubles()
      const more = apart as typeof column | undefined
      return (place) => ({ kind: 'number', values: gatherDoubles(column.values, more?.values, values.atLeast(place.rows), place) })
    }
    case 'code': {
      const codes = ints()
      const { dictionary } = column
      const more = apart as typeof column | undefined
      return (place) => ({ kind: 'code', dictionary, codes: gatherInts(column.codes, more?.codes, codes.atLeast(place.rows), place) })
    }
    case 'bigint':
      return bigintGatherer(column, apart as typeof column | undefined)
    case 'value': {
      const more = apart as typeof column | undefined
      return (place) => ({ kind: 'value', values: gatherAny(column.values, more?.values, new Array<Value>(place.rows).fill(null), place) })
    }
  }
}

type BigintColumn = Extract<Column, { kind: 'bigint' }>

const bigintGatherer = (column: BigintColumn, apart: BigintColumn | undefined): Gatherer => {
  const values = longs()
  const nulls = bytes()
  const someNulls = column.nulls !== undefined || apart?.nulls !== undefined
  const nullsOf = ({ nulls: some, values: { length } }: BigintColumn) => some ?? new Uint8Array(someNulls ? length : 0)
  const [own, more] = [nullsOf(column), apart && nullsOf(apart)]
  return (place) => {
    const to = gatherAny(column.values, apart?.values, values.atLeast(place.rows), place)
    if (!someNulls) return { kind: 'bigint', values: to }
    return { kind: 'bigint', values: to, nulls: gatherBytes(own, more, nulls.atLeast(place.rows), place) }
  }
}

/** The hot loops are written out for each kind of array, so that each is compiled for one. */
const gatherDoubles = (from: Float64Array, apart: Float64Array | undefined, to: Float64Array, place: Place): Float64Array => {
  const { source, base } = place
  for (let i = 0; i < base; i++) to[i] = from[source[i]!]!
  gatherApart(from, apart, to, place)
  return to
}

const gatherInts = (from: Int32Array, apart: Int32Array | undefined, to: Int32Array, place: Place): Int32Array => {
  const { source, base } = place
  for (let i = 0; i < base; i++) to[i] = from[source[i]!]!
  gatherApart(from, apart, to, place)
  return to
}

const gatherBytes = (from: Uint8Array, apart: Uint8Array | undefined, to: Uint8Array, place: Place): Uint8Array => {
  const { source, base } = place
  for (let i = 0; i < base; i++) to[i] = from[source[i]!]!
  gatherApart(from, apart, to, place)
  return to
}

const gatherAny = <V, T extends { [row: number]: V }>(from: Values<V>, apart: Values<V> | undefined, to: T, place: Place): T => {
  const { source, base } = place
  for (let i = 0; i < base; i++) to[i] = from[source[i]!]!
  gatherApart(from, apart, to, place)
  return to
}

type Values<V> = { readonly length: number; readonly [row: number]: V }

const gatherApart = <V>(from: Values<V>, apart: Values<V> | undefined, to: { [row: number]: V }, { source, base, rows }: Place): void => {
  for (let i = base; i < rows; i++) {
    const row = source[i]!
    to[i] = row < from.length ? from[row]! : apart![row - from.length]!
  }
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
