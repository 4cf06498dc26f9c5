/** One root at a time: its tree through the ports, its result from main. What call, trial and parity are made of. */

import { MillraceError } from '../base/error.ts'
import type { Read } from '../model/event.ts'
import { dataToJson, type Json } from '../model/json.ts'
import { createFrame, type TreeFrame, type TreeSource } from '../tree/fetch.ts'
import { findRoot, type Root } from '../tree/root.ts'
import { compileJob, jobPlan, type LoadedProject } from './project.ts'
import { graceMs, ownRead, type ReadPolicy, readFor } from './reads.ts'
import type { Guarded } from './realm/realm.ts'

export interface Evaluated {
  readonly root: { readonly type: string; readonly id: string | null; readonly time: number }
  readonly read: Read
  readonly tree: { readonly [name: string]: Json }
  /** As declared by `returns`, or why there is none. */
  readonly result: { readonly [name: string]: Json } | null
  readonly failed?: { readonly code: string; readonly reason: string }
}

export interface Evaluator {
  /** Computes a recorded event as root; appends nothing. Throws ROOT_NOT_FOUND. */
  event(type: string, id: string, policy?: ReadPolicy): Promise<Evaluated>
  /** Computes a root that is at hand. */
  root(root: Root, read: Read): Promise<Evaluated>
}

/** How long one run of main may take, unless set otherwise. */
export const mainLimitMs = 1000

export const createEvaluator = (project: LoadedProject, name: string, source: TreeSource, limitMs = mainLimitMs): Evaluator => {
  const job = jobPlan(project.plan, name)
  const tree = compileJob(project.plan, job)
  const idle: Lane[] = []
  const lane = (): Lane => {
    const frame = createFrame(tree)
    return { frame, run: project.realm.guarded(project.realm.runner(name, tree.shape, frame.columns), limitMs) }
  }
  const evaluate = async (root: Root, read: Read): Promise<Evaluated> => {
    const { frame, run } = idle.pop() ?? lane()
    await frame.fetch(source, { root, read, asOf: job.asOf })
    const ran = run(0)
    const evaluated = { root: { type: root.type, id: root.id, time: root.time }, read, tree: frame.toJson(), ...outcome(ran, job.returns) }
    idle.push({ frame, run })
    return evaluated
  }
  return {
    root: evaluate,
    event: async (type, id, policy = ownRead) => {
      const read = policy.as === 'own' ? await ownReadOf(source, { type, id }, policy, graceMs(job)) : policy
      return evaluate(await findRoot(source.center, type, id, read), read)
    },
  }
}

interface Lane {
  readonly frame: TreeFrame
  readonly run: (row: number) => Guarded
}

const outcome = (ran: Guarded, returns: Parameters<typeof dataToJson>[1]): Pick<Evaluated, 'result' | 'failed'> =>
  'failed' in ran ? { result: null, failed: { code: ran.failed, reason: ran.reason } } : { result: dataToJson(ran.result, returns) }

/** A root's own cut-off is that of the first version of it: what a later correction of the root says came later. */
const ownReadOf = async (
  { center }: TreeSource,
  { type, id }: { type: string; id: string },
  policy: ReadPolicy & { as: 'own' },
  grace: number,
): Promise<Read> => {
  const first = (await center.versions(type, id)).find(({ op }) => op === 'put')
  if (first === undefined) throw new MillraceError('ROOT_NOT_FOUND', `there is no ${type} with this id`, { value: id })
  return readFor(policy, first, grace)
}
