/** Rows of a mapped table as events of their own, for what is appended one by one. */
import { cellAt } from '../../model/cell.ts'
import type { EventPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { NewEvent } from '../../store/center/port.ts'

export const newEventAt = (table: EventTable, plan: EventPlan, row: number): NewEvent => {
  const data: Record<string, Value> = {}
  for (const [name, field] of Object.entries(plan.data)) {
    const column = table.columns[name]
    data[name] = column === undefined ? null : cellAt(column, field, row)
  }
  const knownAt = typeof table.knownAt === 'number' ? table.knownAt : table.knownAt[row]!
  return {
    type: table.type,
    id: table.ids.at(row),
    subject: data[plan.subject] as string,
    time: table.time[row]!,
    seq: table.seq[row]!,
    data,
    op: 'put',
    ...(plan.version !== undefined && { version: Number(data[plan.version] ?? 0) }),
    ...(!Number.isNaN(knownAt) && { knownAt }),
  }
}
