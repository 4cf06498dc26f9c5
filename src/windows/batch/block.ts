/**
 * A block: the series of a range of keys, whole, side by side in arrays of their own, so that what one root reads lies together
 * and in the processor's cache.
 */

import { assert } from '../../base/assert.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { FeatureMasks } from './masks.ts'
import type { KeyedRows } from './partition.ts'
import { bytes, doubles, ints, longs, type Scratch } from './scratch.ts'

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
  /** A new task. */
  open(keyed: KeyedRows, masks: FeatureMasks): void
  /** `source` up to `rows` is read until the next call. */
  next(source: Int32Array, base: number, rows: number): Block
}

export const createBlocks = (): Blocks => {
  const times = doubles()
  const rooms: ColumnRoom[] = []
  const maskRooms: Scratch<Uint8Array>[] = []
  let keyed: KeyedRows
  let masks: FeatureMasks
  let gatherers: readonly (Gatherer | undefined)[]
  return {
    open(ofTask, masksOfTask) {
      keyed = ofTask
      masks = masksOfTask
      gatherers = keyed.columns.map((column, i) => {
        rooms[i] ??= columnRoom()
        return column && createGatherer(column, keyed.apart?.columns[i], rooms[i])
      })
      for (let i = maskRooms.length; i < masks.masks.length; i++) maskRooms.push(bytes())
    },
    next(source, base, rows) {
      const { time, apart } = keyed
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
        heldMasks[index] ??= gatherBytes(masks.masks[index]!, masks.apart?.[index], maskRooms[index]!.atLeast(rows), place)
        return heldMasks[index]
      }
      return { base, rows, source, time: gatherDoubles(time, apart?.time, times.atLeast(rows), place), column, mask }
    },
  }
}

/** For the values of one column in a block, of whatever kind. */
interface ColumnRoom {
  readonly doubles: Scratch<Float64Array>
  readonly ints: Scratch<Int32Array>
  readonly longs: Scratch<BigInt64Array>
  readonly bytes: Scratch<Uint8Array>
}

const columnRoom = (): ColumnRoom => ({ doubles: doubles(), ints: ints(), longs: longs(), bytes: bytes() })

/** Which rows: those of `source`, and from `base` up to `rows` perhaps rows that stand apart. */
interface Place {
  readonly source: Int32Array
  readonly base: number
  readonly rows: number
}

type Gatherer = (place: Place) => Column

/** `apart`: the same column of the rows that stand apart, of the same kind and dictionary. */
const createGatherer = (column: Column, apart: Column | undefined, room: ColumnRoom): Gatherer => {
  assert(apart === undefined || apart.kind === column.kind, 'rows that stand apart are of the same kind')
  switch (column.kind) {
    case 'number': {
      const more = apart as typeof column | undefined
      return (place) => ({ kind: 'number', values: gatherDoubles(column.values, more?.values, room.doubles.atLeast(place.rows), place) })
    }
    case 'code': {
      const { dictionary } = column
      const more = apart as typeof column | undefined
      return (place) => ({ kind: 'code', dictionary, codes: gatherInts(column.codes, more?.codes, room.ints.atLeast(place.rows), place) })
    }
    case 'bigint':
      return bigintGatherer(column, apart as typeof column | undefined, room)
    case 'value': {
      const more = apart as typeof column | undefined
      return (place) => ({ kind: 'value', values: gatherAny(column.values, more?.values, new Array<Value>(place.rows).fill(null), place) })
    }
  }
}

type BigintColumn = Extract<Column, { kind: 'bigint' }>

const bigintGatherer = (column: BigintColumn, apart: BigintColumn | undefined, room: ColumnRoom): Gatherer => {
  const someNulls = column.nulls !== undefined || apart?.nulls !== undefined
  const nullsOf = ({ nulls: some, values: { length } }: BigintColumn) => some ?? new Uint8Array(someNulls ? length : 0)
  const [own, more] = [nullsOf(column), apart && nullsOf(apart)]
  return (place) => {
    const to = gatherAny(column.values, apart?.values, room.longs.atLeast(place.rows), place)
    if (!someNulls) return { kind: 'bigint', values: to }
    return { kind: 'bigint', values: to, nulls: gatherBytes(own, more, room.bytes.atLeast(place.rows), place) }
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
