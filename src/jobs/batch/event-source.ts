/** The events of states and behaviours, and the roots themselves, read where they lie. */
import { assert } from '../../base/assert.ts'
import { cellAt, valueAt } from '../../model/cell.ts'
import { type FieldPlan, required } from '../../model/field.ts'
import type { EventPlan, Named } from '../../model/plan.ts'
import type { Column, EventTable } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { EventSource, FieldColumn } from '../../tree/shape.ts'
import type { EventChooser } from './event-chooser.ts'
import type { KeyedTable } from './keyed-table.ts'

/** The events that a chooser chose among the members' tables. */
export const createEventSource = (
  { chosen, select }: EventChooser,
  { members, last }: { readonly members: readonly { readonly type: string }[]; readonly last: number },
  keyed: readonly KeyedTable[],
  events: Named<EventPlan>,
): EventSource => {
  const tableOf = (i: number): EventTable => keyed[chosen.members[i]!]!.table
  const columnOf = (type: string, name: string): Column => {
    const column = keyed[members.findIndex((member) => member.type === type)]!.table.columns[name]
    assert(column !== undefined, `the table of '${type}' lacks '${name}'`)
    return column
  }
  return {
    select,
    most: last,
    type: (i) => members[chosen.members[i]!]!.type,
    id: (i) => (chosen.rows[i]! < 0 ? chosen.versions[i]!.id : tableOf(i).ids.at(chosen.rows[i]!)),
    subject: (i) => (chosen.rows[i]! < 0 ? chosen.versions[i]!.subject : subjectAt(tableOf(i), chosen.rows[i]!, events)),
    time: (i) => (chosen.rows[i]! < 0 ? chosen.versions[i]!.time : tableOf(i).time[chosen.rows[i]!]!),
    fieldOf: (type, name) => {
      const read = cellReader(columnOf(type, name), events[type]!.data[name]!)
      return (i) => (chosen.rows[i]! < 0 ? valueAt(chosen.versions[i]!.data, name) : read(chosen.rows[i]!))
    },
    ...(keyed.length === 1 && {
      table: {
        rows: chosen.rows,
        time: keyed[0]!.table.time,
        column: (type, name) => readable(columnOf(type, name), events[type]!.data[name]!),
      },
    }),
  }
}

/** `cellAt` of one column, what its kind asks for settled once. */
const cellReader = (given: Column, field: FieldPlan): ((row: number) => Value) => {
  const column = readable(given, field)
  if (column === undefined) return (row) => cellAt(given, field, row)
  if (column.kind === 'code') {
    const { codes, dictionary } = column
    return (row) => (codes[row]! < 0 ? null : dictionary[codes[row]!]!)
  }
  const { values } = column
  return (row) => (Number.isNaN(values[row]!) ? null : values[row]!)
}

/** A column whose numbers or texts are what main sees. */
const readable = (column: Column, field: FieldPlan): FieldColumn | undefined => {
  if (column.kind === 'code') return column
  return column.kind === 'number' && plainNumbers.has(required(field).kind) ? column : undefined
}

const plainNumbers: ReadonlySet<FieldPlan['kind']> = new Set(['int', 'double', 'time'])

const subjectAt = (table: EventTable, row: number, events: Named<EventPlan>): string => {
  const { subject, data } = events[table.type]!
  return String(cellAt(table.columns[subject]!, data[subject]!, row))
}

/** The roots of one slice after the other, one event each. */
export interface RootSource {
  readonly source: EventSource
  show(roots: EventTable): void
}

export const createRootSource = (events: Named<EventPlan>): RootSource => {
  let roots: EventTable
  let row = 0
  /** Readers of fields that were asked for, made anew for each table. */
  const shown: ((roots: EventTable) => void)[] = []
  return {
    show: (next) => {
      roots = next
      for (const show of shown) show(next)
    },
    source: {
      most: 1,
      select: (chosen) => {
        row = chosen
        return 1
      },
      type: () => roots.type,
      id: () => roots.ids.at(row),
      subject: () => subjectAt(roots, row, events),
      time: () => roots.time[row]!,
      fieldOf: (type, name) => {
        let read: (row: number) => Value = () => null
        const show = (of: EventTable): void => {
          const column = type === of.type ? of.columns[name] : undefined
          const field = events[type]?.data[name]
          read = column === undefined || field === undefined ? () => null : cellReader(column, field)
        }
        shown.push(show)
        if (roots !== undefined) show(roots)
        return () => read(row)
      },
    },
  }
}
