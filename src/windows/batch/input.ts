/** What the batch core reads and writes: plain columns, so that threads can share them. */
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { CompiledWindows } from '../compiled.ts'

/**
 * A definition's rows. Those below `plain` are in the total order and, save for their stamps, always there; of the rows beyond, only
 * those named by `extras` or as a root's own are read.
 */
export interface BatchRows {
  readonly plain: number
  readonly time: Float64Array
  /** Which series a row is in, a dense number below `keyCount`; −1: in none. */
  readonly keys: Int32Array
  /** By definition column. */
  readonly columns: readonly Column[]
  /** A root with a cut-off sees the plain rows with a stamp at or below it. Read only where roots have cut-offs; left out: all are seen. */
  readonly stamps?: Float64Array | number
  readonly extras?: ExtraRows
}

/**
 * Rows that some roots see: versions of amended events, each for the cut-offs for which it holds. In the total order; a row may come
 * more than once, for ranges that do not touch.
 */
export interface ExtraRows {
  readonly rows: Int32Array
  /** How many plain rows stand before it. */
  readonly before: Int32Array
  /** Seen by roots with `from ≤ cutoff < until`. Infinite `until`: for good, as all of them must be where roots have no cut-offs. */
  readonly from: Float64Array
  readonly until: Float64Array
}

/** Roots in any order; faster in the order of time. */
export interface BatchRoots {
  readonly count: number
  readonly time: Float64Array
  /** The series asked for; −1: none, the windows are empty. */
  readonly keys: Int32Array
  /** Left out: as corrected. Infinity for a root as corrected. */
  readonly cutoff?: Float64Array
  readonly own?: OwnRows
}

/**
 * For `includeRoot`: the rows that are the root itself, where its type, filter and key make it part of the series asked for (one
 * for each member of its type): root r's are `rows[starts[r]]` up to `rows[starts[r + 1] − 1]`, in order.
 */
export interface OwnRows {
  readonly starts: Int32Array
  readonly rows: Int32Array
}

/** Slot → its answers by root: doubles with NaN for null and ±Infinity for NUMBER_OVERFLOW, or values. */
export interface BatchOutput {
  readonly numbers: readonly (Float64Array | undefined)[]
  readonly values: readonly (Value[] | undefined)[]
}

export interface BatchTask {
  readonly compiled: CompiledWindows
  readonly rows: BatchRows
  readonly roots: BatchRoots
  readonly keyCount: number
  /** Only roots of the keys in [from, to), and −1 with the first; others' places in the output are left alone. Left out: all. */
  readonly keyRange?: { readonly from: number; readonly to: number }
  readonly output: BatchOutput
}

/** Room for the answers of `roots` roots. `numbers`: makes a slot's. */
export const createOutput = (
  { features, slots }: CompiledWindows,
  roots: number,
  numbers: (slot: number, roots: number) => Float64Array = (_, count) => new Float64Array(count),
): BatchOutput => {
  const isNumber = slots.map((slot) => features[slot.feature]!.output.store === 'number')
  return {
    numbers: isNumber.map((yes, slot) => (yes ? numbers(slot, roots) : undefined)),
    values: isNumber.map((yes) => (yes ? undefined : new Array<Value>(roots).fill(null))),
  }
}
