import { type ProjectPlan, planFormat } from '../model/plan.ts'
import { checkProject } from './check-project.ts'
import { frozen } from './frozen.ts'
import { gather } from './gather.ts'

/**
 * The plan of a module's or project's definitions, as frozen JSON: the same definitions give the same plan, however they are
 * spread over files. Throws DEFINED_TWICE, and what `checkProject` throws.
 */
export const freeze = (definitions: object): ProjectPlan => {
  const { event, windows, state, behaviour, links, job } = gather(definitions)
  const plan = {
    format: planFormat,
    events: plans(event),
    windows: plans(windows),
    states: plans(state),
    behaviours: plans(behaviour),
    links: plans(links),
    jobs: plans(job),
  } as const
  checkProject(plan)
  return frozen(plan)
}

const plans = <P>(named: ReadonlyMap<string, { readonly plan: P }>): { readonly [name: string]: P } =>
  Object.fromEntries([...named].map(([name, { plan }]) => [name, plan]))
