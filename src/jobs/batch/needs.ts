/** Which columns of which events a job's batch reads, and how far back. */
import { fieldAt } from '../../model/field.ts'
import type { JobPlan, ProjectPlan } from '../../model/plan.ts'
import type { ScanRequest, TimeRange } from '../../store/center/port.ts'
import type { CompiledTree } from '../../tree/compile.ts'
import { simpleTriggers } from '../project.ts'

interface Need {
  readonly columns: Set<string>
  reachMs: number
}

/** One scan for each event type, over the events that roots of the range can see and the roots themselves. */
export const scansFor = (plan: ProjectPlan, job: JobPlan, tree: CompiledTree, { from, to }: TimeRange): readonly ScanRequest[] => {
  const needs = new Map<string, Need>()
  const need = (type: string, columns: readonly string[], reachMs: number): void => {
    const known = needs.get(type) ?? { columns: new Set(), reachMs: 0 }
    for (const column of columns) known.columns.add(column)
    known.reachMs = Math.max(known.reachMs, reachMs)
    needs.set(type, known)
  }
  const whole = (type: string, reachMs: number) => need(type, Object.keys(plan.events[type]!.data), reachMs)
  const keyFields = tree.fetches.flatMap((part) => part.keyFields)
  for (const trigger of simpleTriggers(job.on)) {
    if (trigger.on !== 'event') continue
    whole(trigger.event, 0)
    need(
      trigger.event,
      keyFields.filter((path) => fieldAt(plan.events[trigger.event]!.data, path) !== undefined),
      0,
    )
  }
  for (const { windows, node } of tree.fetches) {
    for (const member of windows?.members ?? []) need(member.event, member.paths, windows!.reachMs)
    for (const { type } of node?.members ?? []) whole(type, node!.reachMs)
  }
  const end = job.asOf === 'arrival' ? Infinity : to
  return [...needs].map(([type, { columns, reachMs }]) => ({
    type,
    columns: [...columns],
    from: job.asOf === 'arrival' ? -Infinity : from - reachMs,
    to: end,
  }))
}
