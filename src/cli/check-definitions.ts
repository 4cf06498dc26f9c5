/** Everything that can be said of definitions before they run on anything. */
import { MillraceError } from '../base/error.ts'
import { createMapper } from '../ingest/map/mapper.ts'
import { compileJob, findingText, type LoadedProject, projectOf } from '../jobs/project.ts'
import { bundleProject, projectEntry } from '../jobs/realm/bundle.ts'
import { checkPurity, type Finding } from '../jobs/realm/purity.ts'
import type { ProjectPlan } from '../model/plan.ts'
import { compileWindows } from '../windows/compile.ts'

export interface CheckedDefinitions {
  readonly findings: readonly (Finding & { readonly text: string })[]
  readonly files: number
  /** Left out where there are findings. */
  readonly plan?: ProjectPlan
  readonly hash?: string
  readonly mappings: readonly string[]
  /** Valid, and not run by this version. */
  readonly notes: readonly string[]
}

/** Throws PROJECT_NOT_FOUND, DEFINITIONS_INVALID and what a definition is refused for. */
export const checkDefinitions = async (path: string): Promise<CheckedDefinitions> => {
  const entry = projectEntry(path)
  const bundle = await bundleProject(entry)
  const findings = checkPurity(bundle).map((finding) => ({ ...finding, text: findingText(finding) }))
  const files = bundle.files.length
  if (findings.length > 0) return { findings, files, mappings: [], notes: [] }
  const project = projectOf(entry, bundle)
  const { plan, realm, hash } = project
  for (const [name, windows] of Object.entries(plan.windows)) compileWindows(name, windows, plan.events)
  for (const [name, mapping] of Object.entries(realm.mappings))
    createMapper({ mapping: { name, plan: mapping }, events: plan.events, source: name, knownAt: 'recorded' })
  return { findings, files, plan, hash, mappings: Object.keys(realm.mappings), notes: notesOn(project) }
}

const notesOn = ({ plan }: LoadedProject): readonly string[] =>
  Object.entries(plan.jobs).flatMap(([name, job]) => {
    try {
      compileJob(plan, job)
      return []
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'TRIGGER_NOT_AVAILABLE') throw error
      return [`job ${name}: ${error.message}`]
    }
  })
