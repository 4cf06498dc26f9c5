/** Whole trees and results by the batch engine, for a few roots: what parity holds against call and brute force. */
import type { Read } from '../../model/event.ts'
import { dataToJson, type Json } from '../../model/json.ts'
import type { EventTable } from '../../model/table.ts'
import type { CenterReader, TimeRange } from '../../store/center/port.ts'
import type { CompiledFetch, CompiledTree } from '../../tree/compile.ts'
import type { NodeMeta } from '../../tree/fetch.ts'
import { treeToJson } from '../../tree/shape.ts'
import { type ComputedSlice, createSliceComputer } from '../batch/compute.ts'
import { scansFor } from '../batch/needs.ts'
import { type RootSet, rootSets, sampleSets } from '../batch/roots.ts'
import { jobPlan, type LoadedProject, simpleTriggers } from '../project.ts'
import { graceMs, type ReadPolicy } from '../reads.ts'

export interface BatchTree {
  readonly type: string
  readonly id: string
  readonly time: number
  readonly read: Read
  /** Canonical order is the reader's business. */
  readonly tree: Json
  readonly result: Json | null
  readonly failed?: string
}

export interface BatchTreesRequest extends TimeRange {
  readonly project: LoadedProject
  readonly job: string
  readonly tree: CompiledTree
  readonly center: CenterReader
  readonly policy: ReadPolicy
  readonly sample: number
}

/** A sample of the range's roots, evenly spread, each computed as batch computes it. `tables`: what was read for it. */
export const batchTrees = async (
  request: BatchTreesRequest,
): Promise<{ readonly trees: readonly BatchTree[]; readonly tables: ReadonlyMap<string, EventTable> }> => {
  const { project, center, tree, policy, from, to } = request
  const job = jobPlan(project.plan, request.job)
  const tables = new Map<string, EventTable>()
  for (const scan of scansFor(project.plan, job, tree, { from, to })) tables.set(scan.type, await center.scan(scan))
  const events = simpleTriggers(job.on).filter((trigger) => trigger.on === 'event')
  const all = events.flatMap((trigger) =>
    rootSets({ project: project.plan, trigger, policy, graceMs: graceMs(job), table: tables.get(trigger.event)!, from, to }),
  )
  const computer = createSliceComputer(tree, tables, project.plan, job.asOf)
  const trees = sampleSets(all, request.sample).flatMap((set) => treesOf(request, set, computer.compute(set, 0, set.table.rows)))
  return { trees, tables }
}

const treesOf = ({ project, job, tree }: BatchTreesRequest, set: RootSet, computed: ComputedSlice): readonly BatchTree[] => {
  const runner = project.realm.runner(job, tree.shape, computed.columns)
  return Array.from({ length: set.table.rows }, (_, row): BatchTree => {
    const failure = computed.failure(row)
    const ran = failure === undefined ? runner.run(row) : { failed: failure.slice(0, failure.indexOf(':')), reason: failure }
    const meta = Object.fromEntries(
      tree.fetches.map((part) => [part.name, noteOf(part, computed, row)] as const).filter(([, note]) => note !== undefined),
    )
    return {
      type: set.table.type,
      id: set.table.ids.at(row),
      time: set.table.time[row]!,
      read: set.as === 'corrected' ? { as: 'corrected' } : { as: set.as, cutoff: set.cutoffs![row]! },
      tree: { ...treeToJson(tree.shape, computed.columns, row), ...(Object.keys(meta).length > 0 && { meta: meta as unknown as Json }) },
      result: 'failed' in ran ? null : dataToJson(ran.result, project.plan.jobs[job]!.returns),
      ...('failed' in ran && { failed: ran.failed }),
    }
  })
}

/** What a node leaves unsaid: its bound, where that cut something, or the unit its windows are widened to. */
export const noteOf = (part: CompiledFetch, computed: ComputedSlice, row: number): NodeMeta | undefined => {
  if (part.windows !== undefined) return part.windows.merge && { granularity: part.windows.merge.unit }
  return computed.isCut(part.name, row) ? { last: part.node.last, cut: true } : undefined
}
