/** The roots of a batch: which events fire the job's trigger, and the cut-off of each. */
import { MillraceError } from '../../base/error.ts'
import type { EventVersion } from '../../model/event.ts'
import { fieldAt } from '../../model/field.ts'
import { holding } from '../../model/order.ts'
import type { EventPlan, ProjectPlan, TriggerPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import { pickRows, sliceTable } from '../../model/table-slice.ts'
import { tableOf } from '../../model/tables.ts'
import type { TimeRange } from '../../store/center/port.ts'
import { compileCondition } from '../../windows/condition.ts'
import { jobPlan, simpleTriggers } from '../project.ts'
import { graceMs, type ReadPolicy, readFor } from '../reads.ts'

/** Roots of one event type, in the total order, all judged by the same stamp. */
export interface RootSet {
  readonly table: EventTable
  /** `corrected`: no cut-offs. Else on which stamp they are. */
  readonly as: 'corrected' | 'recorded' | 'known'
  readonly cutoffs?: Float64Array
}

export interface RootsRequest extends TimeRange {
  readonly plan: ProjectPlan
  readonly job: string
  readonly policy: ReadPolicy
  /** By event type; those that fire the job hold every field under its name. */
  readonly tables: ReadonlyMap<string, EventTable>
  /** At most so many, evenly spread; all unless set. */
  readonly sample?: number
}

/**
 * Roots with a time in `[from, to)` that the job's triggers accept. Under a read for all roots a root is the version that it holds;
 * under own cut-offs it is the version first recorded, which is what fired it. Throws JOB_UNKNOWN, NO_ROOTS, TRIGGER_NOT_AVAILABLE.
 */
export const rootSets = (request: RootsRequest): readonly RootSet[] => {
  const { plan, policy, sample } = request
  const job = jobPlan(plan, request.job)
  const triggers = simpleTriggers(job.on).filter((trigger) => trigger.on === 'event')
  if (triggers.length === 0)
    throw new MillraceError('NO_ROOTS', 'the job runs on requests only, and history holds no events that fire it', {
      value: request.job,
      hint: "use 'call'",
    })
  const all = triggers.flatMap((trigger) => rootTables({ ...request, trigger, table: request.tables.get(trigger.event)! }))
  const chosen = sample === undefined ? all : sampleTables(all, sample)
  return chosen.flatMap((table) => byStamp(table, policy, graceMs(job)))
}

interface TriggerRoots extends RootsRequest {
  readonly trigger: TriggerPlan & { readonly on: 'event' }
  readonly table: EventTable
}

const rootTables = (request: TriggerRoots): readonly EventTable[] => {
  const { plan, trigger, table } = request
  const event = plan.events[trigger.event]!
  const amended = tableOf(amendedRoots(request, event), table.type, Object.keys(table.columns), event)
  return [plainRoots(request, event), amended].filter(({ rows }) => rows > 0)
}

const plainRoots = ({ table, policy, from, to, trigger }: TriggerRoots, event: EventPlan): EventTable => {
  if (trigger.where === undefined && (policy.as === 'own' || policy.as === 'corrected'))
    return sliceTable(table, firstFrom(table, from), firstFrom(table, to))
  const mask = trigger.where === undefined ? undefined : conditionOf(trigger, event).mask(table.columns, table.rows)
  const isRoot = (row: number): boolean => {
    const time = table.time[row]!
    return time >= from && time < to && mask?.[row] !== 0 && (policy.as === 'own' || isSeen(table, row, policy))
  }
  let [first, end, count] = [0, 0, 0]
  for (let row = 0; row < table.rows; row++) {
    if (!isRoot(row)) continue
    if (count++ === 0) first = row
    end = row + 1
  }
  if (end - first === count) return sliceTable(table, first, end)
  const rows = new Int32Array(count)
  for (let row = first, next = 0; row < end; row++) if (isRoot(row)) rows[next++] = row
  return pickRows(table, rows)
}

/** The first row that is not before a time; rows stand in time order. */
const firstFrom = ({ time: times, rows }: EventTable, time: number): number => {
  let low = 0
  let high = rows
  while (low < high) {
    const middle = (low + high) >>> 1
    if (times[middle]! < time) low = middle + 1
    else high = middle
  }
  return low
}

const isSeen = ({ recordedAt, knownAt }: EventTable, row: number, policy: Exclude<ReadPolicy, { as: 'own' }>): boolean =>
  policy.as === 'corrected' || stampAt(policy.as === 'recorded' ? recordedAt : knownAt, row) <= policy.cutoff

const stampAt = (stamp: number | Float64Array, row: number): number => (typeof stamp === 'number' ? stamp : stamp[row]!)

const conditionOf = ({ where, event: name }: TriggerPlan & { on: 'event' }, event: EventPlan) =>
  compileCondition(where!, {
    at: `trigger on '${name}', where`,
    names: Object.keys(event.data),
    column: (path) => {
      const field = fieldAt(event.data, path)
      return field && { path, field }
    },
  })

/** Each as a single version, so that it stands in a table as any other root. */
const amendedRoots = ({ table, policy, from, to, trigger }: TriggerRoots, event: EventPlan): readonly EventVersion[] => {
  const accepts = trigger.where === undefined ? undefined : conditionOf(trigger, event)
  const chosen = table.amended.map((versions) =>
    policy.as === 'own' ? versions.find(({ op }) => op === 'put') : holding(versions, policy),
  )
  return chosen.filter(
    (version) => version !== undefined && version.time >= from && version.time < to && (accepts?.test(version.data) ?? true),
  ) as EventVersion[]
}

const byStamp = (table: EventTable, policy: ReadPolicy, graceMs: number): readonly RootSet[] => {
  if (policy.as === 'corrected') return [{ table, as: 'corrected' }]
  if (policy.as !== 'own') return [{ table, as: policy.as, cutoffs: new Float64Array(table.rows).fill(policy.cutoff) }]
  const isKnown = new Uint8Array(table.rows)
  const cutoffs = new Float64Array(table.rows)
  for (let row = 0; row < table.rows; row++) {
    const read = readFor(policy, { recordedAt: stampAt(table.recordedAt, row), knownAt: stampAt(table.knownAt, row) }, graceMs)
    if (read.as === 'corrected') continue
    isKnown[row] = read.as === 'known' ? 1 : 0
    cutoffs[row] = read.cutoff
  }
  let known = 0
  for (const one of isKnown) known += one
  if (known === 0 || known === table.rows) return [{ table, as: known === 0 ? 'recorded' : 'known', cutoffs }]
  return ([0, 1] as const).map((kind) => {
    const rows = Int32Array.from(isKnown.keys()).filter((row) => isKnown[row] === kind)
    const own = Float64Array.from(rows, (row) => cutoffs[row]!)
    return { table: pickRows(table, rows), cutoffs: own, as: kind === 1 ? 'known' : 'recorded' } as const
  })
}

/** Every n-th root, so that a sample covers the whole range and is the same each time. */
const sampleTables = (tables: readonly EventTable[], most: number): readonly EventTable[] => {
  const all = tables.reduce((sum, { rows }) => sum + rows, 0)
  if (all <= most) return tables
  const step = all / most
  let before = 0
  return tables.map((table) => {
    const rows: number[] = []
    for (let i = Math.ceil(before / step); i * step < before + table.rows; i++) rows.push(Math.floor(i * step) - before)
    before += table.rows
    return pickRows(table, Int32Array.from(rows))
  })
}
