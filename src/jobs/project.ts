/** A project made ready to run: bundled, checked, frozen into its plan, its mains waiting in a realm. */
import { createHash } from 'node:crypto'
import { relative } from 'node:path'
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { canonical } from '../model/json.ts'
import type { JobPlan, ProjectPlan, TriggerPlan } from '../model/plan.ts'
import { type CompiledTree, compileTree } from '../tree/compile.ts'
import { keepLoopsInterruptible } from './interruptible.ts'
import { type Bundle, bundleProject, projectEntry } from './realm/bundle.ts'
import { checkPurity, type Finding } from './realm/purity.ts'
import { openRealm, type Realm } from './realm/realm.ts'

export interface LoadedProject {
  readonly entry: string
  readonly bundle: Bundle
  readonly realm: Realm
  readonly plan: ProjectPlan
  /** Of definitions and code together: results are compared only within one. */
  readonly hash: string
}

/**
 * Loads the definitions at a path. Throws PROJECT_NOT_FOUND, DEFINITIONS_INVALID, MAIN_IMPURE (every finding, with file and
 * line), and what a definition is refused for.
 */
export const loadProject = async (path: string): Promise<LoadedProject> => {
  const entry = projectEntry(path)
  const bundle = await bundleProject(entry)
  const findings = checkPurity(bundle)
  if (findings.length > 0) throw new MillraceError('MAIN_IMPURE', findings.map(findingText).join('\n'))
  return projectOf(entry, bundle)
}

/** A bundle that was checked before, as workers get it. */
export const projectOf = (entry: string, bundle: Bundle): LoadedProject => {
  keepLoopsInterruptible()
  const realm = openRealm(bundle)
  const hash = createHash('sha256').update(canonical(realm.plan)).update(bundle.code).digest('hex').slice(0, 16)
  return { entry, bundle, realm, plan: realm.plan, hash }
}

export const findingText = ({ file, line, column, message, rule }: Finding): string =>
  `${relative(process.cwd(), file)}:${line}:${column}: ${message} [${rule}]`

/** Throws JOB_UNKNOWN. */
export const jobPlan = (plan: ProjectPlan, name: string): JobPlan => {
  const job = Object.hasOwn(plan.jobs, name) ? plan.jobs[name] : undefined
  if (job === undefined)
    throw new MillraceError('JOB_UNKNOWN', 'there is no such job', { value: name, hint: didYouMean(name, Object.keys(plan.jobs)) })
  return job
}

/** The simple triggers that a job's trigger is made of. Throws TRIGGER_NOT_AVAILABLE for those that need a running stream. */
export const simpleTriggers = (on: TriggerPlan): readonly (TriggerPlan & { on: 'event' | 'request' })[] => {
  if (on.on === 'event' || on.on === 'request') return [on]
  if (on.on === 'anyOf') return on.parts.flatMap(simpleTriggers)
  throw new MillraceError('TRIGGER_NOT_AVAILABLE', `a trigger of sort '${on.on}' needs a live stream, which this version does not run`, {
    expected: 'event, anyOf or request',
  })
}

export const compileJob = (plan: ProjectPlan, job: JobPlan): CompiledTree => compileTree(plan, job.fetch, simpleTriggers(job.on))
