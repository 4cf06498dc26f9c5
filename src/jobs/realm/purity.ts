/**
 * The check before a job runs: code below main reaches no clock, no randomness, no input or output, and keeps no state from one
 * run to the next (E7). It reads the bundle's syntax tree and names file and line of the source. What it cannot see (state
 * behind an object handed through several functions) the realm and parity find at run time.
 */
import { type Node, parse } from 'acorn'
import { analyze, type Reference, type Scope, type ScopeManager, type Variable } from 'eslint-scope'
import { didYouMean } from '../../base/suggest.ts'
import type { Bundle } from './bundle.ts'
import { allowedGlobals, allowedMath, refusedGlobals, refusedMembers } from './globals.ts'
import { createPlaces, type Place } from './place.ts'
import { walk } from './walk.ts'

export interface Finding extends Place {
  readonly rule: 'clock' | 'random' | 'io' | 'state' | 'locale' | 'arithmetic' | 'async' | 'unknown'
  readonly message: string
}

// biome-ignore lint/suspicious/noExplicitAny: an ESTree node has the members of its type, which acorn's types leave out
type Any = any

/** Everything impure in the project's own files, in the order of the bundle. Empty when main is pure. */
export const checkPurity = (bundle: Bundle): readonly Finding[] => {
  const program = parse(bundle.code, { ecmaVersion: 'latest', sourceType: 'script', locations: true, ranges: true })
  const scopes = analyze(program as Any, { ecmaVersion: 2022, sourceType: 'script' })
  const locate = locator(bundle)
  const found: Finding[] = []
  const report = (node: Node, rule: Finding['rule'], message: string): void => {
    const place = locate(node)
    if (place !== undefined) found.push({ rule, ...place, message })
  }
  checkReferences(scopes, report)
  checkSyntax(program, scopes, report)
  return found.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column)
}

type Report = (node: Node, rule: Finding['rule'], message: string) => void

const locator = (bundle: Bundle) => {
  const places = createPlaces(bundle)
  return ({ loc }: Node): Place | undefined => places(loc!.start.line, loc!.start.column)
}

/** Names that resolve to nothing declared are globals; writes to what the module declares are state between runs. */
const checkReferences = (scopes: ScopeManager, report: Report): void => {
  for (const scope of scopes.scopes) {
    for (const reference of scope.references) {
      if (reference.resolved === null) checkGlobal(reference, report)
      else if (reference.isWrite() && !reference.init && outlivesRun(reference.resolved, scope)) {
        report(
          reference.identifier as Any,
          'state',
          `'${reference.identifier.name}' is assigned inside a function but lives as long as the module: main would remember it from one run to the next`,
        )
      }
    }
  }
}

const checkGlobal = ({ identifier }: Reference, report: Report): void => {
  const { name } = identifier
  const refused = ownOf(refusedGlobals, name)
  if (refused !== undefined) report(identifier as Any, refused.rule, `'${name}' ${refused.why}`)
  else if (!allowedGlobals.has(name))
    report(identifier as Any, 'unknown', `'${name}' is not available in main; ${didYouMean(name, allowedGlobals)}`)
}

/** A module's variables stand in the bundle's outermost function; those that a deeper function writes outlive its run. */
const outlivesRun = (variable: Variable, from: Scope): boolean =>
  isModuleScope(variable.scope) && functionScope(from) !== functionScope(variable.scope)

const isModuleScope = (scope: Scope): boolean => functionDepth(scope) <= 1

const functionDepth = (scope: Scope | null): number =>
  scope === null ? 0 : functionDepth(scope.upper) + (scope.type === 'function' ? 1 : 0)

const functionScope = (scope: Scope): Scope => (scope.type === 'function' || scope.upper === null ? scope : functionScope(scope.upper))

const mutators = new Set([
  'push',
  'pop',
  'shift',
  'unshift',
  'splice',
  'sort',
  'reverse',
  'fill',
  'copyWithin',
  'set',
  'add',
  'delete',
  'clear',
])

const checkSyntax = (program: Node, scopes: ScopeManager, report: Report): void => {
  const variables = variablesByIdentifier(scopes)
  const moduleState = (node: Any): string | undefined => {
    const root = rootOf(node)
    const variable = root === undefined ? undefined : variables.get(root)
    return variable !== undefined && outlivesRun(variable.variable, variable.from) ? root.name : undefined
  }
  const mutation = (node: Any, target: Any): void => {
    const name = target?.type === 'MemberExpression' ? moduleState(target) : undefined
    if (name !== undefined)
      report(
        node,
        'state',
        `'${name}' is changed inside a function but lives as long as the module: main would remember it from one run to the next`,
      )
  }
  walk(program, (node: Any) => {
    if (node.type === 'AssignmentExpression') mutation(node, node.left)
    if (node.type === 'UpdateExpression' || (node.type === 'UnaryExpression' && node.operator === 'delete')) mutation(node, node.argument)
    if (node.type === 'CallExpression' && mutators.has(memberName(node.callee))) mutation(node, node.callee)
    if ((node.type === 'BinaryExpression' && node.operator === '**') || (node.type === 'AssignmentExpression' && node.operator === '**=')) {
      report(node, 'arithmetic', "'**' gives other bits on other versions of Node; use Math.pow, which is Millrace's own here")
    }
    if (node.type === 'AwaitExpression' || node.async === true)
      report(node, 'async', 'main waits for nothing: its tree holds all it may know')
    if (node.type === 'MemberExpression') checkMember(node, report)
  })
}

const checkMember = (node: Any, report: Report): void => {
  const name = memberName(node)
  if (node.object.type === 'Identifier' && node.object.name === 'Math' && name !== undefined && !allowedMath.has(name)) {
    if (name === 'random') report(node, 'random', "'Math.random' is not available in main: the same tree must give the same result")
    else report(node, 'arithmetic', `'Math.${name}' is not available in main; ${didYouMean(name, allowedMath)}`)
  }
  const refused = name === undefined ? undefined : ownOf(refusedMembers, name)
  if (refused !== undefined) report(node, refused.rule, `'.${name}' ${refused.why}`)
}

/** Names are the user's: `toString` must not find what every object has. */
const ownOf = <V>(table: { readonly [name: string]: V }, name: string): V | undefined =>
  Object.hasOwn(table, name) ? table[name] : undefined

const memberName = (node: Any): Any => {
  if (node?.type !== 'MemberExpression') return undefined
  return node.computed ? (node.property.type === 'Literal' ? String(node.property.value) : undefined) : node.property.name
}

const rootOf = (node: Any): Any => (node.type === 'MemberExpression' ? rootOf(node.object) : node.type === 'Identifier' ? node : undefined)

const variablesByIdentifier = (scopes: ScopeManager): Map<Any, { variable: Variable; from: Scope }> =>
  new Map(
    scopes.scopes.flatMap((from) =>
      from.references.flatMap(({ identifier, resolved }) =>
        resolved === null ? [] : [[identifier as Any, { variable: resolved, from }] as const],
      ),
    ),
  )
