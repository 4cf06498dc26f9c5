/** The root's own rows, for definitions that include it. */
import { valueAt } from '../../model/cell.ts'
import type { EventVersion } from '../../model/event.ts'
import type { Value } from '../../model/value.ts'
import type { RowQuestion } from './question.ts'
import { firstCell } from './series.ts'
import type { RowState } from './state.ts'
import type { VersionRows } from './version-rows.ts'

/** Gives them where the definition includes the root, it passes a member's filter, and its key is the one asked for. Each is to be released. */
export const createRootRows = ({ compiled, layout, extents }: RowState, versionRows: VersionRows) => {
  const isKey = (member: number, root: EventVersion, key: readonly Value[]): boolean =>
    compiled.dimensions.every((column, i) => valueAt(root.data, compiled.members[member]!.sources[column]!) === key[i])

  return ({ root, key }: RowQuestion): readonly Float64Array[] => {
    if (!compiled.includeRoot || root === undefined || key === null) return noRows
    const rows: Float64Array[] = []
    for (let member = 0; member < compiled.members.length; member++) {
      if (compiled.members[member]!.event !== root.type) continue
      const made = versionRows.rowOf(member, root)
      if (made === undefined) continue
      if (!isKey(member, root, key)) {
        versionRows.release(made)
        continue
      }
      for (let cell = 0; cell < layout.cells.length; cell++) extents.note(cell, made[firstCell + cell]!)
      rows.push(made)
    }
    return rows
  }
}

/** Most questions have none. */
export const noRows: readonly Float64Array[] = []
