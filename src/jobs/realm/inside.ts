/** What the host may call inside the realm. Bundled together with the project's definitions; `harden` comes first. */

import { isMisfit } from '../../model/coerce.ts'
import type { SchemaPlan } from '../../model/field.ts'
import type { Data } from '../../model/value.ts'
import type { TreeColumns, TreeShape } from '../../tree/shape.ts'
import { type Checker, compileChecker } from './checker.ts'
import { seal } from './harden.ts'
import { createView, type View } from './view.ts'

export { seal }

/** What one run of main gave: its result as declared, or why there is none. */
export type Ran = { readonly result: Data } | { readonly failed: 'MAIN_THREW' | 'RESULT_INVALID'; readonly reason: string }

export interface Runner {
  /** Runs main for the root in this row of the columns. */
  run(row: number): Ran
}

/** A job's main over columns that the host fills. `shape` and `returns` come as JSON, so that nothing of the host is reachable. */
export const createRunner = (main: (tree: unknown) => unknown, shape: string, returns: string, columns: TreeColumns): Runner => {
  const view = createView(JSON.parse(shape) as TreeShape, columns)
  const schema = JSON.parse(returns) as SchemaPlan
  const scope: Scope = { main, view, check: compileChecker(schema), names: Object.keys(schema) }
  return { run: (row) => run(scope, row) }
}

interface Scope {
  readonly main: (tree: unknown) => unknown
  readonly view: View
  readonly check: Checker
  readonly names: readonly string[]
}

const run = ({ main, view, check, names }: Scope, row: number): Ran => {
  view.moveTo(row)
  let returned: unknown
  try {
    returned = main(view.tree)
  } catch (error) {
    return { failed: 'MAIN_THREW', reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error) }
  }
  if (typeof returned !== 'object' || returned === null || Array.isArray(returned))
    return {
      failed: 'RESULT_INVALID',
      reason: `main returned ${returned === null ? 'null' : typeof returned}; expected an object of ${names.join(', ')}`,
    }
  const coerced = check(returned as Record<string, unknown>)
  if (!isMisfit(coerced)) return { result: coerced.value }
  return { failed: 'RESULT_INVALID', reason: `${coerced.misfit} at ${coerced.at}: expected ${coerced.expected}` }
}
