/** Whole trees and results by the batch engine, for a few roots: what parity holds against call and brute force. */
import type { Read } from '../../model/event.ts'
import { dataToJson, type Json } from '../../model/json.ts'
import type { CompiledFetch } from '../../tree/compile.ts'
import type { NodeMeta } from '../../tree/fetch.ts'
import { treeToJson } from '../../tree/shape.ts'
import type { ComputedSlice } from '../batch/compute.ts'
import { computeFewRoots, type FewRootsRequest } from '../batch/few.ts'
import type { RootSet } from '../batch/roots.ts'
import { mainLimitMs } from '../evaluate.ts'

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

/** A sample of the range's roots, evenly spread, each computed as batch computes it. */
export const batchTrees = async (request: FewRootsRequest, breathe: () => Promise<void> | undefined): Promise<readonly BatchTree[]> => {
  const trees: BatchTree[] = []
  for (const { set, computed } of await computeFewRoots(request)) {
    for (const tree of treesOf(request, set, computed)) {
      trees.push(tree)
      await breathe()
    }
  }
  return trees
}

function* treesOf({ project, job, tree }: FewRootsRequest, set: RootSet, computed: ComputedSlice): Generator<BatchTree> {
  const run = project.realm.guarded(project.realm.runner(job, tree.shape, computed.columns), mainLimitMs)
  for (let row = 0; row < set.table.rows; row++) {
    const ran = computed.failure(row) ?? run(row)
    const meta = Object.fromEntries(
      tree.fetches.map((part) => [part.name, noteOf(part, computed, row)] as const).filter(([, note]) => note !== undefined),
    )
    yield {
      type: set.table.type,
      id: set.table.ids.at(row),
      time: set.table.time[row]!,
      read: set.as === 'corrected' ? { as: 'corrected' } : { as: set.as, cutoff: set.cutoffs![row]! },
      tree: { ...treeToJson(tree.shape, computed.columns, row), ...(Object.keys(meta).length > 0 && { meta: meta as unknown as Json }) },
      result: 'failed' in ran ? null : dataToJson(ran.result, project.plan.jobs[job]!.returns),
      ...('failed' in ran && { failed: ran.failed }),
    }
  }
}

/** What a node leaves unsaid: its bound, where that cut something, or the unit its windows are widened to. */
export const noteOf = (part: CompiledFetch, computed: ComputedSlice, row: number): NodeMeta | undefined => {
  if (part.windows !== undefined) return part.windows.merge && { granularity: part.windows.merge.unit }
  return computed.isCut(part.name, row) ? { last: part.node.last, cut: true } : undefined
}
