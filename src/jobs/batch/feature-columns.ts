/** Features beside results: a training set is a batch that keeps them. */
import { columnOf } from '../../model/cell.ts'
import type { FieldPlan, SchemaPlan } from '../../model/field.ts'
import { canonical } from '../../model/json.ts'
import type { Column } from '../../model/table.ts'
import type { CompiledTree } from '../../tree/compile.ts'
import { slotShape } from '../../tree/compile.ts'
import { type TreeColumns, valueToJson } from '../../tree/shape.ts'

export interface FeatureColumn {
  /** `NODE.FEATURE.WINDOW`. */
  readonly name: string
  readonly field: FieldPlan
  read(columns: TreeColumns, rows: number): Column
}

/** One column for each feature in each window of the tree's windows; grouped ones as canonical JSON text. */
export const featureColumns = (tree: CompiledTree): readonly FeatureColumn[] =>
  tree.fetches.flatMap(({ name, windows, base }) =>
    (windows?.slots ?? []).map((slot) => {
      const feature = windows!.features[slot.feature]!
      const { output } = feature
      const shape = slotShape(windows!, slot, base)
      const isText = output.grouped
      const values = (columns: TreeColumns, rows: number) => Array.from({ length: rows }, (_, row) => columns.value(base + slot.index, row))
      return {
        name: `${name}.${feature.name}.${windows!.windows[slot.window]!.name}`,
        field: isText ? optional({ kind: 'string' }) : optional(output.field),
        read: (columns: TreeColumns, rows: number): Column => {
          if (shape.from === 'numbers') return { kind: 'number', values: columns.numbers[shape.column]! }
          if (shape.from !== 'values') throw new Error('a slot is a column')
          const found = values(columns, rows)
          return isText
            ? columnOf(
                { kind: 'string' },
                found.map((value) => canonical(valueToJson(value, shape.shape))),
              )
            : columnOf(output.field, found)
        },
      }
    }),
  )

const optional = (field: FieldPlan): FieldPlan => (field.kind === 'optional' ? field : { kind: 'optional', of: field })

export const featureSchema = (features: readonly FeatureColumn[]): SchemaPlan =>
  Object.fromEntries(features.map(({ name, field }) => [name, field]))
