/** The realm that definitions and mains run in: a context of its own, without clock, randomness, input or output. */
import { createContext, Script } from 'node:vm'
import { MillraceError } from '../../base/error.ts'
import type { MappingPlan } from '../../model/mapping.ts'
import type { Named, ProjectPlan } from '../../model/plan.ts'
import type { TreeColumns, TreeShape } from '../../tree/shape.ts'
import type { Bundle } from './bundle.ts'
import { allowedGlobals } from './globals.ts'
import type { Ran, Runner, RunnerOptions } from './inside.ts'
import { bundleName, placeOfError } from './place.ts'

export interface Realm {
  readonly plan: ProjectPlan
  /** How rows of files become events, by name; their functions are the project's own. */
  readonly mappings: Named<MappingPlan>
  /** A job's main over these columns; throws JOB_UNKNOWN. */
  runner(job: string, shape: TreeShape, columns: TreeColumns): Runner
  /** The same, stopped after `limitMs`: for where no other thread watches (costs some 65 µs a run). */
  guarded(runner: Runner, limitMs: number): (row: number) => Guarded
}

/** What one run of main gave, or that it was ended from outside. */
export type Guarded = Ran | Ended

export interface Ended {
  readonly failed: 'MAIN_TIMEOUT' | 'MAIN_MEMORY'
  readonly reason: string
}

interface Inside {
  readonly planJson: string
  readonly mappings: readonly (readonly [string, MappingPlan])[]
  readonly createRunner: (name: string, options: RunnerOptions) => Runner | undefined
  /** What a guarded run is of: main can see it, so it is the realm's own. */
  readonly guard: (runner: Runner, row: number) => object
}

/** Takes what is the package's own at once: `project` is a variable that definitions could set. */
const starter = new Script(
  `'use strict';
   {
     const { freeze, gather, seal, createRunner, definitions } = project;
     const plan = freeze(definitions);
     const { job: jobs, mapping } = gather(definitions);
     seal();
     ({ planJson: JSON.stringify(plan), mappings: Array.from(mapping, ([name, { plan }]) => [name, plan]), createRunner: (name, options) => jobs.has(name) ? createRunner(jobs.get(name).main, options) : undefined, guard: (runner, row) => ({ runner, row }) })
   }`,
  { filename: 'millrace:start' },
)
/**
 * A context asks its host at every access of a global, some hundred nanoseconds each; a script's own constant of the same name, over
 * the same object, is found at once.
 */
const globalsAsConstants = new Script(
  `const {${[...allowedGlobals].filter((name) => !['undefined', 'NaN', 'Infinity', 'arguments'].includes(name)).join(',')}} = globalThis`,
  { filename: 'millrace:globals' },
)
const guardedRun = new Script('guard.runner.run(guard.row)', { filename: 'millrace:run' })
const loadLimitMs = 10_000

/** Evaluates a project. Throws DEFINITIONS_INVALID with what the definitions threw. */
export const openRealm = (bundle: Bundle): Realm => {
  const context = createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false } })
  const inside = load(bundle, context)
  const plan = JSON.parse(inside.planJson) as ProjectPlan
  const compile: RunnerOptions['compile'] = (expression) =>
    new Script(`'use strict';${expression}`, { filename: 'millrace:view' }).runInContext(context)
  return {
    plan,
    mappings: Object.fromEntries(inside.mappings),
    runner: (job, shape, columns) => {
      const returns = plan.jobs[job]?.returns
      const runner =
        returns && inside.createRunner(job, { shape: JSON.stringify(shape), returns: JSON.stringify(returns), columns, compile })
      if (runner === undefined) throw new MillraceError('JOB_UNKNOWN', `there is no job '${job}'`)
      return runner
    },
    guarded: (runner, limitMs) => (row) => {
      Object.defineProperty(context, 'guard', { value: inside.guard(runner, row), configurable: true, enumerable: false })
      try {
        return guardedRun.runInContext(context, { timeout: limitMs }) as Ran
      } catch (cause) {
        if ((cause as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause
        return { failed: 'MAIN_TIMEOUT', reason: `main ran longer than ${limitMs} ms` }
      } finally {
        Reflect.deleteProperty(context, 'guard')
      }
    },
  }
}

const load = (bundle: Bundle, context: object): Inside => {
  try {
    globalsAsConstants.runInContext(context)
    new Script(bundle.code, { filename: bundleName }).runInContext(context, { timeout: loadLimitMs })
    return starter.runInContext(context, { timeout: loadLimitMs }) as Inside
  } catch (cause) {
    throw refusal(bundle, cause as Error)
  }
}

/** What the definitions were refused for, with file and line: an error of the realm is none of this one's. */
const refusal = (bundle: Bundle, cause: Error): MillraceError => {
  const { stack, message, name } = cause
  const { code, summary, details = {} } = cause as Partial<MillraceError>
  const { at, expected, hint } = details
  const place = placeOfError(bundle, { ...(stack !== undefined && { stack }), at })
  const found = [place, at].filter((part) => part !== undefined).join(': ')
  if (name !== 'MillraceError' || code === undefined)
    return new MillraceError('DEFINITIONS_INVALID', `the definitions threw: ${message}`, {
      ...(place !== undefined && { at: place }),
      cause,
    })
  return new MillraceError(code, summary ?? message, {
    ...(found !== '' && { at: found }),
    ...(details.value !== undefined && { value: details.value }),
    ...(expected !== undefined && { expected }),
    ...(hint !== undefined && { hint }),
    cause,
  })
}
