/** What the host may call inside the realm. Bundled together with the project's definitions; `harden` comes first. */

import { isMisfit } from '../../model/coerce.ts'
import type { SchemaPlan } from '../../model/field.ts'
import type { Data } from '../../model/value.ts'
import type { TreeColumns, TreeShape } from '../../tree/shape.ts'
import { type Checker, compileChecker } from './checker.ts'
import { seal } from './harden.ts'
import { type createPlaced, placedText } from './placed.ts'
import { sizeOf } from './result-size.ts'
import { shieldColumns, tried } from './shield.ts'
import { createView, type View } from './view.ts'

export { seal }

/** What one run of main gave: its result as declared, or why there is none. */
export type Ran = { readonly result: Data } | { readonly failed: 'MAIN_THREW' | 'RESULT_INVALID'; readonly reason: string }

export interface Runner {
  /** Runs main for the root in this row of the columns. */
  run(row: number): Ran
}

/**
 * `shape` and `returns` come as JSON: what is made of them is the realm's. These options, `columns` and `compile` are the host's own.
 * Main cannot reach them: closures of this package's code alone hold them, main is shown the values that are read there, and what
 * the host throws is caught (shield.ts). That holds for main as the check lets it pass; definitions that replace the language's own
 * functions before `seal` are not kept out by this (harden.ts: no wall).
 */
export interface RunnerOptions {
  readonly shape: string
  readonly returns: string
  readonly columns: TreeColumns
  /** Evaluates an expression of this package's inside the realm, with no more in sight than any script there has. */
  readonly compile: (expression: string) => typeof createPlaced
}

/** A job's main over columns that the host fills. */
export const createRunner = (main: (tree: unknown) => unknown, { shape, returns, columns, compile }: RunnerOptions): Runner => {
  const view = createView(JSON.parse(shape) as TreeShape, shieldColumns(columns), () => tried(() => compile(placedText)))
  const schema = JSON.parse(returns) as SchemaPlan
  const scope: Scope = { main, view, check: compileChecker(schema), size: sizeOf(schema), names: Object.keys(schema) }
  return { run: (row) => run(scope, row) }
}

interface Scope {
  readonly main: (tree: unknown) => unknown
  readonly view: View
  readonly check: Checker
  readonly size: (result: Data) => number
  readonly names: readonly string[]
}

const run = (scope: Scope, row: number): Ran => {
  scope.view.moveTo(row)
  // What main returns may run code of its own when it is read: accessors throw here as main would.
  try {
    return judged(scope, scope.main(scope.view.tree))
  } catch (error) {
    return { failed: 'MAIN_THREW', reason: reasonOf(error) }
  }
}

const judged = ({ check, size, names }: Scope, returned: unknown): Ran => {
  if (typeof returned !== 'object' || returned === null || Array.isArray(returned))
    return {
      failed: 'RESULT_INVALID',
      reason: `main returned ${returned === null ? 'null' : typeof returned}; expected an object of ${names.join(', ')}`,
    }
  const coerced = check(returned as Record<string, unknown>)
  if (!isMisfit(coerced)) {
    if (size(coerced.value) <= mostResultUnits) return { result: coerced.value }
    return { failed: 'RESULT_INVALID', reason: `the result is too large: expected at most ${mostResultUnits} characters and list items` }
  }
  return { failed: 'RESULT_INVALID', reason: `${coerced.misfit} at ${coerced.at}: expected ${coerced.expected}`.toWellFormed() }
}

/** Characters of text and items of lists in one result, together: what a row of an output is made for. */
const mostResultUnits = 1_048_576

/** In UTF-16 code units: a cause is read by people and stands in every output. */
const longestReason = 1_000

/** Text that every output can hold, whatever was thrown. */
const reasonOf = (error: unknown): string => {
  let text: string
  try {
    text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  } catch {
    return 'main threw a value that has no text'
  }
  return (text.length > longestReason ? `${text.slice(0, longestReason)}…` : text).toWellFormed()
}
