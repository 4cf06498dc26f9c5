import type { Misfit } from '../../model/coerce.ts'
import type { Column } from '../../model/table.ts'

/** A column, and the rows whose value did not fit (ascending; null in the column). */
export interface Judged {
  readonly column: Column
  readonly misfits: readonly RowMisfit[]
}

export interface RowMisfit {
  readonly row: number
  readonly misfit: Misfit
}
