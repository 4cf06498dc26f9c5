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

export interface RowsFormat {
  readonly header: Uint8Array
  /** The bytes of a slice that begins at byte `at` of the file. */
  encode(slice: ResultRows, at: number): { readonly bytes: Uint8Array; readonly note: SliceNote }
  /** What follows the last slice. */
  footer(notes: readonly SliceNote[]): Uint8Array
}

export type FormatOf = (schema: SchemaPlan) => RowsFormat
