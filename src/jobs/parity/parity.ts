/**
 * Parity (E6): a sample of a job's roots computed three ways — by the batch engine, by call, and by brute force over a scan —
 * and held together byte for byte, each difference named by feature and window with the events that can explain it.
 */

import { valueAt } from '../../model/cell.ts'
import type { EventVersion } from '../../model/event.ts'
import { canonical, type Json } from '../../model/json.ts'
import { holding } from '../../model/order.ts'
import type { Center, TimeRange } from '../../store/center/port.ts'
import type { CompiledTree } from '../../tree/compile.ts'
import { scansFor } from '../batch/needs.ts'
import { createBreath, throwIfStopped } from '../breathe.ts'
import type { Evaluator } from '../evaluate.ts'
import { compileJob, jobPlan, type LoadedProject } from '../project.ts'
import type { ReadPolicy } from '../reads.ts'
import { type BatchTree, batchTrees } from './batch-trees.ts'
import { differences, type TreeDifference } from './compare.ts'
import { createOracleTrees } from './oracle-trees.ts'

export interface ParityRequest extends TimeRange {
  readonly project: LoadedProject
  readonly job: string
  readonly center: Center
  readonly evaluator: Evaluator
  readonly policy: ReadPolicy
  readonly sample: number
  /** How many of the sample brute force recomputes too: it takes a second for a key of thirty thousand events. */
  readonly oracle: number
  readonly onProgress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

export interface ParityDifference {
  readonly root: string
  /** Which pair of ways differs; batch is what is expected. */
  readonly between: readonly ['batch', 'call' | 'brute']
  /** `spend.total.2h`, or `result`. */
  readonly at: string
  readonly node?: string
  readonly feature?: string
  readonly window?: string
  readonly expected: string
  readonly got: string
  /** Events with the node's key that are late, corrected or of the root's own millisecond: where to look first. */
  readonly events: readonly { readonly type: string; readonly id: string; readonly why: 'late' | 'corrected' | 'same time' }[]
}

export interface ParityReport {
  readonly roots: number
  readonly oracleRoots: number
  readonly different: readonly ParityDifference[]
}

export const runParity = async (request: ParityRequest): Promise<ParityReport> => {
  const { project, center, policy, sample } = request
  const job = jobPlan(project.plan, request.job)
  const tree = compileJob(project.plan, job)
  const breathe = createBreath(request.signal)
  const trees = await batchTrees({ ...request, tree, policy, sample }, breathe)
  const oracleEvery = Math.max(1, Math.ceil(trees.length / Math.max(1, request.oracle)))
  const oracle =
    request.oracle > 0
      ? await createOracleTrees({ center, plan: project.plan, job, tree, scans: scansFor(project.plan, job, tree, request) })
      : undefined
  const different: ParityDifference[] = []
  let oracleRoots = 0
  for (const [i, one] of trees.entries()) {
    throwIfStopped(request.signal)
    const called = await request.evaluator.event(one.type, one.id, one.read)
    different.push(...(await named({ request, tree, one, other: 'call' }, compare(one, called.tree, called.result))))
    if (oracle !== undefined && i % oracleEvery === 0) {
      oracleRoots++
      const root = holding(await center.versions(one.type, one.id), one.read)!
      different.push(...(await named({ request, tree, one, other: 'brute' }, differences(one.tree, oracle(one, root.data)))))
    }
    request.onProgress?.(i + 1, trees.length)
    await breathe()
  }
  return { roots: trees.length, oracleRoots, different }
}

const compare = (one: BatchTree, tree: Json, result: Json | null): readonly TreeDifference[] => [
  ...differences(one.tree, tree),
  ...(canonical(one.result) === canonical(result) ? [] : [{ path: ['result'], expected: canonical(one.result), got: canonical(result) }]),
]

interface Compared {
  readonly request: ParityRequest
  readonly tree: CompiledTree
  readonly one: BatchTree
  /** What the batch's tree was compared with. */
  readonly other: 'call' | 'brute'
}

const named = async ({ request, tree, one, other }: Compared, found: readonly TreeDifference[]): Promise<readonly ParityDifference[]> => {
  const results: ParityDifference[] = []
  for (const { path, expected, got } of found) {
    const [node, feature, window] = path
    results.push({
      root: `${one.type} ${one.id}`,
      between: ['batch', other],
      at: path.join('.'),
      ...(node !== 'result' && node !== undefined && { node }),
      ...(feature !== undefined && { feature }),
      ...(window !== undefined && { window }),
      expected,
      got,
      events: node === undefined ? [] : await suspects(request, tree, one, node),
    })
  }
  return results
}

const suspectsShown = 10

/** Events with the node's key that engines could see differently. */
const suspects = async (
  { center, project }: ParityRequest,
  tree: CompiledTree,
  one: BatchTree,
  node: string,
): Promise<ParityDifference['events']> => {
  const part = tree.fetches.find(({ name }) => name === node)
  if (part === undefined) return []
  const root = holding(await center.versions(one.type, one.id), { as: 'corrected' })
  if (root === undefined) return []
  const values = part.keyFields.map((field) => valueAt(root.data, field))
  if (values.includes(null)) return []
  const members =
    part.windows?.members.map((member) => ({
      type: member.event,
      paths: part.windows!.dimensions.map((column) => member.sources[column]!),
    })) ?? part.node!.members.map((member) => ({ type: member.type, paths: [member.path(part.node!.by)] }))
  const reachMs = part.windows?.reachMs ?? part.node!.reachMs
  const found: { type: string; id: string; why: 'late' | 'corrected' | 'same time' }[] = []
  for (const { type, paths } of members) {
    const table = await center.table({
      type,
      columns: Object.keys(project.plan.events[type]!.data),
      keys: [Object.fromEntries(paths.map((path, i) => [path, values[i]!]))],
      from: one.time - reachMs,
      to: one.time + 1,
    })
    for (const versions of table.amended)
      if (versions.some((version) => version.time >= one.time - reachMs && version.time <= one.time))
        found.push({ type, id: versions[0]!.id, why: 'corrected' })
    for (let row = 0; row < table.rows && found.length < suspectsShown; row++) {
      const why = reasonFor({ time: table.time[row]!, recordedAt: at(table.recordedAt, row), knownAt: at(table.knownAt, row) }, one)
      if (why !== undefined) found.push({ type, id: table.ids.at(row), why })
    }
  }
  return found.slice(0, suspectsShown)
}

const at = (stamp: number | Float64Array, row: number): number => (typeof stamp === 'number' ? stamp : stamp[row]!)

const reasonFor = (
  event: Pick<EventVersion, 'time' | 'recordedAt' | 'knownAt'>,
  { time, read }: BatchTree,
): 'late' | 'same time' | undefined => {
  if (event.time === time) return 'same time'
  return read.as !== 'corrected' && (read.as === 'recorded' ? event.recordedAt : event.knownAt) > read.cutoff ? 'late' : undefined
}
