/** The roots of a batch: which events fire the job's trigger, and the cut-off of each. */
import type { EventVersion } from '../../model/event.ts'
import { fieldAt } from '../../model/field.ts'
import { holding } from '../../model/order.ts'
import type { EventPlan, ProjectPlan, TriggerPlan } from '../../model/plan.ts'
import type { EventTable } from '../../model/table.ts'
import { pickRows, sliceTable } from '../../model/table-slice.ts'
import { tableOf } from '../../model/tables.ts'
import type { TimeRange } from '../../store/center/port.ts'
import { compileCondition } from '../../windows/condition.ts'
import { type ReadPolicy, readFor } from '../reads.ts'

/** Roots of one event type, in the total order, all judged by the same stamp. */
export interface RootSet {
  readonly table: EventTable
  /** `corrected`: no cut-offs. Else on which stamp they are. */
  readonly as: 'corrected' | 'recorded' | 'known'
  readonly cutoffs?: Float64Array
}

export interface RootsRequest extends TimeRange {
  readonly project: ProjectPlan
  readonly trigger: TriggerPlan & { readonly on: 'event' }
  readonly policy: ReadPolicy
  readonly graceMs: number
  /** The type's events, holding every field under its name. */
  readonly table: EventTable
}

/**
 * Roots with a time in `[from, to)` that the trigger accepts. Under a read for all roots a root is the version that it holds; under
 * own cut-offs it is the version first recorded, which is what fired it.
 */
export const rootSets = (request: RootsRequest): readonly RootSet[] => {
  const { project, trigger, policy, table } = request
  const event = project.events[trigger.event]!
  const plain = plainRoots(request, event)
  const amended = amendedRoots(request, event)
  const sets = [plain, tableOf(amended, table.type, Object.keys(table.columns), event)].filter(({ rows }) => rows > 0)
  return sets.flatMap((set) => byStamp(set, policy, request.graceMs))
}

const plainRoots = ({ table, policy, from, to, trigger }: RootsRequest, event: EventPlan): EventTable => {
  const mask = trigger.where === undefined ? undefined : conditionOf(trigger, event).mask(table.columns, table.rows)
  const rows: number[] = []
  for (let row = 0; row < table.rows; row++) {
    const time = table.time[row]!
    if (time < from || time >= to || mask?.[row] === 0) continue
    if (policy.as !== 'own' && !isSeen(table, row, policy)) continue
    rows.push(row)
  }
  const isRange = rows.length > 0 && rows.at(-1)! - rows[0]! === rows.length - 1
  return isRange ? sliceTable(table, rows[0]!, rows[0]! + rows.length) : pickRows(table, Int32Array.from(rows))
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
const amendedRoots = ({ table, policy, from, to, trigger }: RootsRequest, event: EventPlan): readonly EventVersion[] => {
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
  const known = isKnown.reduce((sum, one) => sum + one, 0)
  if (known === 0 || known === table.rows) return [{ table, as: known === 0 ? 'recorded' : 'known', cutoffs }]
  const set = { table, cutoffs }
  return ([0, 1] as const).map((kind) => {
    const rows = Int32Array.from(isKnown.keys()).filter((row) => isKnown[row] === kind)
    return { ...pickSet(set, rows), as: kind === 1 ? 'known' : 'recorded' } as const
  })
}

/** The roots named, in the order named. */
export const pickSet = <S extends Pick<RootSet, 'table' | 'cutoffs'>>(set: S, rows: Int32Array): S => ({
  ...set,
  table: pickRows(set.table, rows),
  ...(set.cutoffs && { cutoffs: Float64Array.from(rows, (row) => set.cutoffs![row]!) }),
})

/** Every n-th root, so that a sample covers the whole range and is the same each time. */
export const sampleSets = (sets: readonly RootSet[], most: number): readonly RootSet[] => {
  const all = sets.reduce((sum, { table }) => sum + table.rows, 0)
  if (all <= most) return sets
  const step = all / most
  let before = 0
  return sets.map((set) => {
    const rows: number[] = []
    for (let i = Math.ceil(before / step); i * step < before + set.table.rows; i++) rows.push(Math.floor(i * step) - before)
    before += set.table.rows
    return pickSet(set, Int32Array.from(rows))
  })
}
