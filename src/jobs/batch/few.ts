/** A few roots computed as batch computes them, in this thread: what parity compares and a trial shows. */
import type { EventTable } from '../../model/table.ts'
import type { CenterReader, TimeRange } from '../../store/center/port.ts'
import type { CompiledTree } from '../../tree/compile.ts'
import { jobPlan, type LoadedProject } from '../project.ts'
import type { ReadPolicy } from '../reads.ts'
import { type ComputedSlice, createSliceComputer } from './compute.ts'
import type { Keep } from './kept.ts'
import { scansFor } from './needs.ts'
import { type RootSet, rootSets } from './roots.ts'

export interface FewRootsRequest extends TimeRange {
  readonly project: LoadedProject
  readonly job: string
  readonly tree: CompiledTree
  readonly center: CenterReader
  readonly policy: ReadPolicy
  /** At most so many roots, evenly spread over the range. */
  readonly sample: number
  /** Where runs follow each other; left out, nothing is kept. */
  readonly keep?: Keep
}

export interface FewRoots {
  readonly set: RootSet
  readonly computed: ComputedSlice
}

/** Throws JOB_UNKNOWN, NO_ROOTS, TRIGGER_NOT_AVAILABLE. */
export const computeFewRoots = async (request: FewRootsRequest): Promise<readonly FewRoots[]> => {
  const { project, center, tree, from, to, keep } = request
  const job = jobPlan(project.plan, request.job)
  const tables = new Map<string, EventTable>()
  for (const scan of scansFor(project.plan, job, tree, { from, to })) tables.set(scan.type, await center.scan(scan))
  const sets = rootSets({ ...request, plan: project.plan, tables })
  const computer = createSliceComputer({ tree, tables, plan: project.plan, asOf: job.asOf, ...(keep && { keep }) })
  return sets.map((set) => ({ set, computed: computer.compute(set, 0, set.table.rows) }))
}
