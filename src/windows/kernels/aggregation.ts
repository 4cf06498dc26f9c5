/** What a kernel computes, and over which rows: one feature bound to the columns of one table of rows. */
import type { FieldPlan } from '../../model/field.ts'
import type { AggregateName } from '../../model/plan.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { CompiledOptions } from '../compiled.ts'

/** A column with the field it was declared as. */
export interface TypedColumn {
  readonly column: Column
  readonly field: FieldPlan
}

export interface Aggregation {
  readonly aggregate: AggregateName
  readonly options: CompiledOptions
  /** The rows' times. */
  readonly time: Float64Array
  readonly column?: TypedColumn
  /** 1 where a row passes the feature's own `where`. Left out: all do. */
  readonly mask?: Uint8Array
  readonly group?: TypedColumn
  /** In place of null; with `group`, of a group's null. Null: none. */
  readonly fallback: Value
}

/** The rows a window selects, in the total order: `rows[from]` up to `rows[to − 1]` are row numbers of the columns. */
export interface RowWindow {
  readonly rows: Int32Array
  readonly from: number
  readonly to: number
  /** The root's time. */
  readonly time: number
  /** For `rate`: the window's length, or NaN where it is the time since the first row (`last n`, `lifetime`). */
  readonly lengthMs: number
}

/**
 * The aggregate over a window: a Value in the result's type, null for nothing. A number that overflowed is ±Infinity, which is
 * NUMBER_OVERFLOW of that root: whoever reads it must say so.
 */
export type Kernel = (window: RowWindow) => Value

/** A kernel over rows that already passed the mask and, where there is a column, have a value in it. */
export type ValuesKernel = (rows: Int32Array, from: number, to: number, window: RowWindow) => Value
