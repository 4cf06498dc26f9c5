/** Whose a row would be, asked alone: also of rows that do not fit otherwise. */
import { cellAt } from '../../model/cell.ts'
import { fieldAt, type SchemaPlan } from '../../model/field.ts'
import type { EventMappingPlan, MappingPlan } from '../../model/mapping.ts'
import type { EventPlan } from '../../model/plan.ts'
import type { RowBatch } from '../readers/batch.ts'
import { createFieldSource, mappedColumns } from './fields.ts'
import { createColumnJudge } from './source-columns.ts'

export interface SubjectReader {
  /** Names of the source's columns that it reads. */
  readonly columns: readonly string[]
  /** By a function: that it comes to nothing does not say that the row names nobody. */
  readonly isComputed: boolean
  /** The subject of the batch's first row; undefined where it has none, or the mapping does not come to one. */
  read(batch: RowBatch): string | undefined
}

/** Undefined where the mapping has no subject for the event, or reads it from a column that it does not declare. */
export const createSubjectReader = (mapping: MappingPlan, into: EventMappingPlan, plan: EventPlan): SubjectReader | undefined => {
  const sourced = into.fields[plan.subject]
  if (sourced === undefined) return undefined
  const paths = 'column' in sourced ? [sourced.column] : 'of' in sourced ? sourced.of : []
  const names = new Set(paths.map((path) => path.split('.')[0]!))
  const used = Object.entries(mapping.columns).filter(([name]) => names.has(name) || paths.includes(name))
  const schema: SchemaPlan = Object.fromEntries(used.map(([name, { field }]) => [name, field]))
  if (paths.some((path) => fieldAt(schema, path) === undefined)) return undefined
  const judges = used.map(([name, column]) => ({ name, from: column.name, judge: createColumnJudge(name, column) }))
  const field = plan.data[plan.subject]!
  const source = createFieldSource(plan.subject, field, sourced, schema)
  return {
    columns: judges.map(({ from }) => from),
    isComputed: 'by' in sourced,
    read: ({ columns, rows }) => {
      const judged = new Map(judges.map(({ name, from, judge }) => [name, judge(columns.get(from), rows).column]))
      const { column, misfits } = source(mappedColumns(judged, schema, rows), new Uint8Array(rows).fill(1))
      const value = misfits.length > 0 ? null : cellAt(column, field, 0)
      return value === null ? undefined : String(value)
    },
  }
}
