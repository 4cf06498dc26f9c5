import { MillraceError } from '../base/error.ts'
import type { Definition, DefinitionSort } from './definition.ts'
import type { JobDefinition } from './job.ts'
import type { MappingDefinition } from './mapping.ts'

/** Definitions by sort and name, with all that they are made of. */
export interface Gathered {
  readonly event: ReadonlyMap<string, Definition<'event'>>
  readonly windows: ReadonlyMap<string, Definition<'windows'>>
  readonly state: ReadonlyMap<string, Definition<'state'>>
  readonly behaviour: ReadonlyMap<string, Definition<'behaviour'>>
  readonly links: ReadonlyMap<string, Definition<'links'>>
  readonly job: ReadonlyMap<string, JobDefinition>
  readonly mapping: ReadonlyMap<string, MappingDefinition>
}

const sorts: readonly (DefinitionSort | 'mapping')[] = ['event', 'windows', 'state', 'behaviour', 'links', 'job', 'mapping']

type Found = Definition | MappingDefinition

/**
 * Finds the definitions in a module, a `project(…)`, an array or an object of these, and everything they use; other values
 * (entities, streams, helpers) are passed over. Two different definitions of one sort and name throw DEFINED_TWICE.
 */
export const gather = (definitions: object): Gathered => {
  const found = new Map<string, Map<string, { readonly definition: Found; readonly where: string }>>(sorts.map((sort) => [sort, new Map()]))
  const add = (definition: Found, where: string): void => {
    const named = found.get(definition.define)!
    const known = named.get(definition.name)
    if (known === undefined) {
      named.set(definition.name, { definition, where })
      for (const used of definition.uses) add(used, where)
    } else if (known.definition.plan !== definition.plan) twice(definition, known.where, where)
  }
  for (const [where, definition] of definitionsIn(definitions)) add(definition, where)
  const bySort = [...found].map(([sort, named]) => [
    sort,
    new Map([...named].sort(byName).map(([name, { definition }]) => [name, definition])),
  ])
  return Object.fromEntries(bySort) as Gathered
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1)

const twice = ({ define, name }: Found, first: string, second: string): never => {
  throw new MillraceError('DEFINED_TWICE', `${define} '${name}' is defined twice`, {
    value: [first, second],
    hint: 'give one of them another name: stored data and URLs know it by this one',
  })
}

function* definitionsIn(value: unknown, where = '', seen = new Set<object>()): Generator<readonly [string, Found]> {
  if (!isContainer(value) || seen.has(value)) return
  seen.add(value)
  if (sorts.includes((value as Partial<Found>).define as DefinitionSort)) yield [where, value as Found]
  else
    for (const [name, part] of Object.entries(containedIn(value)))
      yield* definitionsIn(part, where === '' ? name : `${where}.${name}`, seen)
}

/** Modules, arrays and plain objects (a bundler's modules are such). */
const isContainer = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && (Array.isArray(value) || [null, Object.prototype].includes(Object.getPrototypeOf(value)))

const containedIn = (value: object): object =>
  'define' in value && value.define === 'project' && 'definitions' in value ? (value.definitions as object) : value
