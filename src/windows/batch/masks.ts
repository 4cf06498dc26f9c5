/** What a definition's features read of its rows: which columns, and which rows pass their filters. */
import type { Column } from '../../model/table.ts'
import type { CompiledWindows } from '../compiled.ts'

/** Columns that features read, as values, groups or in filters: dimensions alone are not needed once keys are known. */
export const usedColumns = ({ columns, features }: CompiledWindows): readonly boolean[] =>
  columns.map(({ name }, i) => features.some(({ column, groupBy, where }) => column === i || groupBy === i || where?.paths.includes(name)))

/** The filters of features as masks over all rows; equal ones are one. */
export interface FeatureMasks {
  readonly masks: readonly Uint8Array[]
  /** The same over rows that stand apart (see `KeyedRows`), where there are any. */
  readonly apart?: readonly Uint8Array[]
  /** Feature → its mask. */
  readonly maskOf: readonly (number | undefined)[]
}

export const featureMasks = (compiled: CompiledWindows, columns: readonly (Column | undefined)[], rows: number): FeatureMasks => {
  const byName = Object.fromEntries(compiled.columns.flatMap(({ name }, i) => (columns[i] === undefined ? [] : [[name, columns[i]]])))
  const whereKeys: (string | undefined)[] = []
  const masks: Uint8Array[] = []
  const maskOf = compiled.features.map(({ where, whereKey }) => {
    if (where === undefined) return undefined
    const known = whereKeys.indexOf(whereKey)
    if (known >= 0) return known
    whereKeys.push(whereKey)
    return masks.push(where.mask(byName, rows)) - 1
  })
  return { masks, maskOf }
}
