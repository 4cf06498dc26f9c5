/** A file format that can be written a slice at a time, and taken up again after any of them. */
import type { SchemaPlan } from '../../model/field.ts'
import type { Column } from '../../model/table.ts'

export interface ResultRows {
  readonly rows: number
  /** One for each field of the schema, in the forms that `model/table.ts` states. */
  readonly columns: { readonly [name: string]: Column }
}

/** What a format must know of a slice when the file is finished: plain JSON. */
export type SliceNote = null | { readonly [name: string]: unknown }

/** A slice as it will stand in the file. */
export interface EncodedRows {
  readonly rows: number
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly note: SliceNote
}

export interface PlacedNote {
  /** Where the slice begins in the file. */
  readonly at: number
  readonly note: SliceNote
}

export interface RowsFormat {
  readonly header: Uint8Array
  /** The same bytes wherever the slice will stand, so that any thread can make them. They lie in memory of their own. */
  encode(slice: ResultRows): EncodedRows
  /** What follows the last slice. */
  footer(slices: readonly PlacedNote[]): Uint8Array
}

export type FormatOf = (schema: SchemaPlan) => RowsFormat
