/**
 * Events as columns: what a center's scan gives and both engines read. Row i of every column belongs to event i.
 */
import type { EventVersion } from './event.ts'
import type { Value } from './value.ts'

export type Column = NumberColumn | BigintColumn | CodeColumn | ValueColumn

/** int, double, time, boolean (0, 1), and decimals (as whole numbers of 10^-scale) that all fit ±(2^53 − 1). NaN is null: no value ever is. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly values: Float64Array
}

/** int64, and decimals beyond ±(2^53 − 1). */
export interface BigintColumn {
  readonly kind: 'bigint'
  readonly values: BigInt64Array
  /** 1 where the row has no value; left out where all have. */
  readonly nulls?: Uint8Array
}

/** string, enum, entity: −1 is null, else an index into `dictionary`, whose texts are all different and in no stated order. */
export interface CodeColumn {
  readonly kind: 'code'
  readonly codes: Int32Array
  readonly dictionary: readonly string[]
}

/** list, object. */
export interface ValueColumn {
  readonly kind: 'value'
  readonly values: readonly Value[]
}

/** Ids by row: made only where asked for, since most are derived (`flights-3m:17`) or cold. */
export interface Ids {
  at(row: number): string
  /** Set where every id is `prefix` followed by a whole number in decimal digits (no leading zero, the prefix not ending in a digit): a writer then makes no texts. */
  readonly derived?: { readonly prefix: string; readonly numbers: Float64Array }
}

/**
 * Events of one type in the total order, each with one version, a `put`. Whatever has more versions, or another, stands in
 * `amended` and not in the rows, so that the rows are plain and the exceptions few.
 */
export interface EventTable {
  readonly type: string
  readonly rows: number
  readonly time: Float64Array
  readonly seq: Float64Array
  readonly ids: Ids
  /** One stamp for all rows, or one each. */
  readonly recordedAt: number | Float64Array
  readonly knownAt: number | Float64Array
  /** By path in the event's data (`amount`, `address.city`): those that were asked for. */
  readonly columns: { readonly [path: string]: Column }
  /** All versions of each event that is not plain, grouped by id; complete, whichever of them lie in the range asked for. */
  readonly amended: readonly (readonly EventVersion[])[]
}
