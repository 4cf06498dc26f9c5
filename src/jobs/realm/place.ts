/** Where in the project's own files something of its bundle stands: what messages about definitions name. */
import { relative, resolve } from 'node:path'
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping'
import { type Node, parse } from 'acorn'
import type { Bundle } from './bundle.ts'
import { walk } from './walk.ts'

export interface Place {
  /** Absolute. */
  readonly file: string
  /** From 1, both. */
  readonly line: number
  readonly column: number
}

/** The name by which the realm runs a bundle: what stands in stacks. */
export const bundleName = 'millrace:project'

/** From a place in the bundle (its line from 1, its column from 0); undefined where it is not the project's own. */
export const createPlaces = (bundle: Bundle): ((line: number, column: number) => Place | undefined) => {
  const map = new TraceMap(bundle.sourceMap)
  return (inLine, inColumn) => {
    const { source, line, column } = originalPositionFor(map, { line: inLine, column: inColumn })
    const file = source === null ? undefined : bundle.files.find((own) => own === resolve(bundle.root, source))
    return file === undefined ? undefined : { file, line: line ?? 0, column: (column ?? 0) + 1 }
  }
}

/**
 * The place that an error of definitions is about: the innermost line of theirs that was running, else the definition that the
 * error names (`windows 'spend', feature 'x'`), else none. `file:line:column`, the file from the current folder.
 */
export const placeOfError = (bundle: Bundle, error: { readonly stack?: string; readonly at?: string | undefined }): string | undefined => {
  const places = createPlaces(bundle)
  const place = placeOfStack(error.stack ?? '', places) ?? placeOfDefinition(bundle, error.at ?? '', places)
  return place && `${relative(process.cwd(), place.file)}:${place.line}:${place.column}`
}

type Places = ReturnType<typeof createPlaces>

const placeOfStack = (stack: string, places: Places): Place | undefined => {
  for (const [, line, column] of stack.matchAll(new RegExp(`${bundleName}:(\\d+):(\\d+)`, 'g'))) {
    const place = places(Number(line), Number(column) - 1)
    if (place !== undefined) return place
  }
  return undefined
}

// biome-ignore lint/suspicious/noExplicitAny: an ESTree node has the members of its type, which acorn's types leave out
type Any = any

const placeOfDefinition = (bundle: Bundle, at: string, places: Places): Place | undefined => {
  const [, sort, name] = /^(event|windows|state|behaviour|links|job|mapping) '([^']+)'/.exec(at) ?? []
  if (sort === undefined) return undefined
  // The bundler gives a name that stands in several modules a number.
  const callee = new RegExp(`^${sort}\\d*$`)
  let found: Place | undefined
  walk(parse(bundle.code, { ecmaVersion: 'latest', sourceType: 'script', locations: true }), (node: Any) => {
    if (found === undefined && node.type === 'CallExpression' && callee.test(node.callee.name ?? '') && node.arguments[0]?.value === name)
      found = startOf(node, places)
  })
  return found
}

const startOf = ({ loc }: Node, places: Places): Place | undefined => places(loc!.start.line, loc!.start.column)
