/**
 * What a stored row holds beside its place: one double (a cell) for each column that features read, and for each column seen
 * through a feature's `where`. So all features and windows of a definition share one series for each such column, and filters
 * are judged once, when a row comes in.
 */
import type { CompiledFeature, CompiledWindows } from '../compiled.ts'
import type { Condition } from '../condition.ts'

interface Cell {
  /** Index into the definition's columns; −1: the cell is 1 where the filter passes. */
  readonly column: number
  /** Index into `wheres`; −1: unfiltered. A row that does not pass has no value (NaN). */
  readonly where: number
}

interface FeatureCells {
  /** The cell of its values; −1 where it counts rows. */
  readonly value: number
  /** With groupBy: the cells of the filter (−1: none) and of the group. */
  readonly mask: number
  readonly group: number
}

export interface Layout {
  readonly cells: readonly Cell[]
  readonly wheres: readonly Condition[]
  readonly features: readonly FeatureCells[]
}

export const layoutOf = (compiled: CompiledWindows): Layout => {
  const cells: Cell[] = []
  const wheres: Condition[] = []
  const whereKeys: string[] = []
  const cellOf = (column: number, where: number): number => {
    const known = cells.findIndex((cell) => cell.column === column && cell.where === where)
    return known >= 0 ? known : cells.push({ column, where }) - 1
  }
  const whereOf = ({ where, whereKey }: CompiledFeature): number => {
    if (where === undefined || whereKey === undefined) return -1
    if (!whereKeys.includes(whereKey)) wheres[whereKeys.push(whereKey) - 1] = where
    return whereKeys.indexOf(whereKey)
  }
  const features = compiled.features.map((feature): FeatureCells => {
    const { column = -1, groupBy = -1 } = feature
    const where = whereOf(feature)
    if (groupBy < 0) return { value: column < 0 && where < 0 ? -1 : cellOf(column, where), mask: -1, group: -1 }
    return { value: column < 0 ? -1 : cellOf(column, -1), mask: where < 0 ? -1 : cellOf(-1, where), group: cellOf(groupBy, -1) }
  })
  return { cells, wheres, features }
}
