/** Versions as they are appended, made into a table as a center's scan gives it. */
import { assert } from '../base/assert.ts'
import { columnOf, valueAt } from './cell.ts'
import type { EventVersion } from './event.ts'
import { fieldAt } from './field.ts'
import { compareEvents } from './order.ts'
import type { EventPlan } from './plan.ts'
import type { Column, EventTable } from './table.ts'

/**
 * The table of one type's events. Versions may come in any order, more than once, and with those of other types among them.
 * An event with one version, a `put`, is a row; every other is in `amended`, its versions in their order.
 * `paths` are columns asked for; each must name a declared field.
 */
export const tableOf = (versions: readonly EventVersion[], type: string, paths: readonly string[], plan: EventPlan): EventTable => {
  const { plain, amended } = grouped(versions, type)
  return { ...plainTable(plain.sort(compareEvents), type, paths, plan), amended }
}

const plainTable = (events: readonly EventVersion[], type: string, paths: readonly string[], plan: EventPlan): EventTable => ({
  type,
  rows: events.length,
  time: Float64Array.from(events, (event) => event.time),
  seq: Float64Array.from(events, (event) => event.seq),
  ids: { at: (row) => events[row]!.id },
  recordedAt: Float64Array.from(events, (event) => event.recordedAt),
  knownAt: Float64Array.from(events, (event) => event.knownAt),
  columns: Object.fromEntries(paths.map((path) => [path, dataColumn(events, path, plan)])),
  amended: [],
})

const dataColumn = (events: readonly EventVersion[], path: string, plan: EventPlan): Column => {
  const field = fieldAt(plan.data, path)
  assert(field !== undefined, `a table was asked for the column '${path}', which is not declared`)
  return columnOf(
    field,
    events.map((event) => valueAt(event.data, path)),
  )
}

const grouped = (versions: readonly EventVersion[], type: string) => {
  const byId = new Map<string, EventVersion[]>()
  for (const version of versions) {
    if (version.type !== type) continue
    const known = byId.get(version.id)
    if (known === undefined) byId.set(version.id, [version])
    else if (!known.some((other) => isSameVersion(other, version))) known.push(version)
  }
  const plain: EventVersion[] = []
  const amended: EventVersion[][] = []
  for (const group of byId.values()) {
    if (group.length === 1 && group[0]!.op === 'put') plain.push(group[0]!)
    else amended.push(group.sort(compareVersions))
  }
  return { plain, amended }
}

/** Whether two versions of one id are the same fact. A `moved` marker stands at each place that its version left. */
const isSameVersion = (a: EventVersion, b: EventVersion): boolean =>
  a.version === b.version && a.op === b.op && a.time === b.time && a.seq === b.seq && (a.op !== 'moved' || a.subject === b.subject)

/** By version; a `put` or `delete` before the markers of the places it left, and these by place. */
export const compareVersions = (a: EventVersion, b: EventVersion): number =>
  a.version - b.version || Number(a.op === 'moved') - Number(b.op === 'moved') || a.time - b.time || a.seq - b.seq
