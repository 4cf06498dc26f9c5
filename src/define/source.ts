import { MillraceError } from '../base/error.ts'
import type { SchemaPlan } from '../model/field.ts'
import type { MemberPlan } from '../model/plan.ts'
import { checkMembers } from './check.ts'
import { type Definition, type Uses, usedBy } from './definition.ts'
import { frozen } from './frozen.ts'
import { RowColumn } from './row.ts'

/** Anything whose rows can be read by windows: an event type, a filtered one, a union. */
export interface Source<Row> extends Uses {
  readonly '~row': Row
  readonly source: SourcePlan
}

/** Its members, and the fields that a definition over them sees. */
interface SourcePlan {
  readonly of: readonly MemberPlan[]
  readonly row: SchemaPlan
}

/** The columns of a source, for functions that declare features of several groups. */
export type RowOf<S extends Source<unknown>> = S['~row']

/** An event type under column names of a definition's own. */
export const renamed = (at: string, event: Definition<'event'>, member: MemberPlan, columns: object): Source<unknown> => {
  checkMembers(at, columns)
  const named = Object.entries(columns).map(([name, column]) => [name, asColumn(at, name, column)] as const)
  return frozen({
    source: {
      of: [{ ...member, columns: Object.fromEntries(named.map(([name, column]) => [name, column.path])) }],
      row: Object.fromEntries(named.map(([name, column]) => [name, column.field])),
    },
    uses: [event],
  }) as unknown as Source<unknown>
}

const asColumn = (at: string, name: string, column: unknown): RowColumn => {
  if (column instanceof RowColumn) return column
  throw new MillraceError('COLUMN_INVALID', `'${name}' is not given a column`, {
    at,
    value: column,
    hint: 'a column of the event, as given to the function: row.amount, or row.address.zip of a nested object',
  })
}

/**
 * Several event types read as one. Every part names the same columns, of the same sorts; what else it has is left out.
 * Throws COLUMN_MISSING, COLUMN_TYPE.
 */
export const union = <Row>(first: Source<Row>, ...others: readonly Source<NoInfer<Row>>[]): Source<Row> => {
  const parts = [first, ...others]
  const { row } = first.source
  for (const part of others) checkSame(part.source, row)
  return frozen({
    source: { row, of: parts.flatMap(({ source }) => source.of.map((member) => explicit(member, row))) },
    uses: usedBy(...parts),
  }) as unknown as Source<Row>
}

/** A member with each of the union's columns spelled out, so that nothing depends on what else its event has. */
const explicit = (member: MemberPlan, row: SchemaPlan): MemberPlan => ({
  ...member,
  columns: Object.fromEntries(Object.keys(row).map((name) => [name, member.columns?.[name] ?? name])),
})

const checkSame = (part: SourcePlan, row: SchemaPlan): void => {
  const at = `union, ${part.of.map(({ event }) => `'${event}'`).join(' and ')}`
  for (const [name, field] of Object.entries(row)) {
    const other = Object.hasOwn(part.row, name) ? part.row[name] : undefined
    if (other === undefined) {
      throw new MillraceError('COLUMN_MISSING', `there is no column '${name}'`, {
        at,
        value: Object.keys(part.row),
        expected: Object.keys(row).join(', '),
      })
    }
    if (sortOf(other) === sortOf(field)) continue
    throw new MillraceError('COLUMN_TYPE', `'${name}' is of another kind than in the first`, {
      at,
      value: other,
      expected: sortOf(field),
      hint: 'declare both alike: a union has one type for each column',
    })
  }
}

const sortOf = (field: SchemaPlan[string]): string => JSON.stringify(field.kind === 'optional' ? field.of : field)
