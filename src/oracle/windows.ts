/** One windows node: feature → window → value. */
import { canonical } from '../model/json.ts'
import type { EventPlan, FeaturePlan, Named, WindowsPlan } from '../model/plan.ts'
import { aggregate, defaultNode } from './aggregate.ts'
import { holds } from './condition.ts'
import { jsonOf, leaf, record, type TreeNode } from './node.ts'
import { columnField, type Row } from './rows.ts'
import { type Selection, type Series, select } from './selection.ts'

export const windowsNode = (plan: WindowsPlan, events: Named<EventPlan>, series: Series): TreeNode => {
  const featureNode = (feature: FeaturePlan) => {
    const windows = feature.over ?? plan.over
    return record(
      Object.fromEntries(
        windows.map((window) => [window, valueNode(feature, { plan, events, time: series.time }, select(window, plan, series))]),
      ),
    )
  }
  return record(Object.fromEntries(Object.entries(plan.features).map(([name, feature]) => [name, featureNode(feature)])))
}

interface Question {
  readonly plan: WindowsPlan
  readonly events: Named<EventPlan>
  readonly time: number
}

const valueNode = (feature: FeaturePlan, { plan, events, time }: Question, selection: Selection): TreeNode => {
  const rows = selection.rows.filter((row) => feature.where === undefined || holds(feature.where, row.cell))
  const answer = (some: readonly Row[]): TreeNode => {
    const node = aggregate({
      feature,
      rows: some,
      time,
      ...(selection.lengthMs !== undefined && { lengthMs: selection.lengthMs }),
      ...(feature.column !== undefined && { field: columnField(plan.of, events, feature.column) }),
    })
    return 'field' in node && node.value === null && feature.default !== undefined ? defaultNode(feature.default, node) : node
  }
  if (feature.groupBy === undefined) return answer(rows)
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const cell = row.cell(feature.groupBy)
    if (cell.value === null) continue
    const json = jsonOf(leaf(cell.field, cell.value))
    const name = typeof json === 'string' ? json : canonical(json)
    groups.set(name, [...(groups.get(name) ?? []), row])
  }
  const names = [...groups.keys()].sort() // by UTF-16 code units, as canonical JSON has them
  return { members: names.map((name) => [name, answer(groups.get(name)!)]) }
}
