/** A job's fetches made ready: which definitions are read by which fields of the root, and what the tree looks like. */
import { unreachable } from '../base/assert.ts'
import { MillraceError } from '../base/error.ts'
import { didYouMean } from '../base/suggest.ts'
import { required, type SchemaPlan } from '../model/field.ts'
import type { FetchPlan, Named, ProjectPlan, TriggerPlan } from '../model/plan.ts'
import { compileWindows } from '../windows/compile.ts'
import type { CompiledWindows, Slot } from '../windows/compiled.ts'
import { compileBehaviour, compileLinks, compileState, type EventNode } from './event-nodes.ts'
import { requestType } from './root.ts'
import { type NodeShape, plainShape, shapeOfField, shapeOfSchema, type TreeShape, type ValueShape } from './shape.ts'

export interface CompiledTree {
  readonly fetches: readonly CompiledFetch[]
  /** Schema of a request root, where the job may be asked by one. */
  readonly request?: SchemaPlan
  readonly requestSubject?: string
  /** `root`, `time` and the fetches; its columns are numbered over all of them. */
  readonly shape: TreeShape
  readonly columns: number
}

export type CompiledFetch = {
  readonly name: string
  /** Fields of the root that hold the key, in the definition's order of dimensions. */
  readonly keyFields: readonly string[]
  /** Its first column; a windows definition has one for each slot. */
  readonly base: number
} & ({ readonly windows: CompiledWindows; readonly node?: never } | { readonly node: EventNode; readonly windows?: never })

export const rootColumn = 0
export const timeColumn = 1

/** Throws DEFINITION_UNKNOWN and whatever is wrong with a definition. */
export const compileTree = (project: ProjectPlan, fetch: Named<FetchPlan>, on: readonly TriggerPlan[]): CompiledTree => {
  const fetches: CompiledFetch[] = []
  let columns = timeColumn + 1
  for (const [name, plan] of Object.entries(fetch)) {
    const compiled = compileFetch(name, plan, project, columns)
    fetches.push(compiled)
    columns += compiled.windows?.slots.length ?? 1
  }
  const request = on.find((trigger) => trigger.on === 'request')
  return {
    fetches,
    columns,
    ...(request?.on === 'request' && { request: request.data, ...(request.subject !== undefined && { requestSubject: request.subject }) }),
    shape: {
      root: { from: 'values', column: rootColumn, shape: rootShape(project, request?.on === 'request' ? request.data : undefined) },
      time: { from: 'numbers', column: timeColumn },
      ...Object.fromEntries(fetches.map((part) => [part.name, fetchShape(part, project)])),
    },
  }
}

const compileFetch = (name: string, plan: FetchPlan, project: ProjectPlan, base: number): CompiledFetch => {
  const fields = (by: readonly string[]) => by.map((dimension) => plan.at?.[dimension] ?? dimension)
  if (plan.sort === 'windows') {
    const definition = found(project.windows, plan)
    return { name, base, keyFields: fields(definition.by), windows: compileWindows(plan.of, definition, project.events) }
  }
  const node = compileNode(plan, project)
  return { name, base, keyFields: fields([node.by]), node }
}

const compileNode = (plan: FetchPlan, project: ProjectPlan): EventNode => {
  switch (plan.sort) {
    case 'state':
      return compileState(plan.of, found(project.states, plan), project.events)
    case 'behaviour':
      return compileBehaviour(plan.of, found(project.behaviours, plan), project.events)
    case 'links':
      return compileLinks(plan.of, found(project.links, plan), project.events)
    case 'windows':
      throw new Error('windows are compiled apart')
    default:
      return unreachable(plan.sort)
  }
}

const found = <T>(named: Named<T>, { sort, of }: FetchPlan): T => {
  const definition = Object.hasOwn(named, of) ? named[of] : undefined
  if (definition !== undefined) return definition
  throw new MillraceError('DEFINITION_UNKNOWN', `there is no ${sort} definition of this name`, {
    value: of,
    hint: didYouMean(of, Object.keys(named)),
  })
}

const rootShape = (project: ProjectPlan, request: SchemaPlan | undefined): ValueShape =>
  eventShape(project, Object.keys(project.events), request === undefined ? {} : { [requestType]: shapeOfSchema(request) })

const eventShape = (project: ProjectPlan, types: readonly string[], more: { readonly [type: string]: ValueShape } = {}): ValueShape => ({
  kind: 'event',
  data: { ...Object.fromEntries(types.map((type) => [type, shapeOfSchema(project.events[type]!.data)])), ...more },
})

const fetchShape = (part: CompiledFetch, project: ProjectPlan): NodeShape => {
  if (part.windows !== undefined) return windowsShape(part.windows, part.base)
  return { from: 'values', column: part.base, shape: nodeShape(part.node, project) }
}

const linkShape: ValueShape = {
  kind: 'list',
  of: { kind: 'object', members: { key: plainShape, events: plainShape, firstTime: plainShape, lastTime: plainShape } },
}

const nodeShape = ({ types, last, isOne }: EventNode, project: ProjectPlan): ValueShape => {
  if (types.length === 0) return linkShape
  const event = eventShape(project, types)
  return isOne && last === 1 ? event : { kind: 'list', of: event }
}

const windowsShape = (windows: CompiledWindows, base: number): NodeShape => {
  const features = new Map<string, Map<string, NodeShape>>()
  for (const slot of windows.slots) {
    const { name } = windows.features[slot.feature]!
    const byWindow = features.get(name) ?? new Map<string, NodeShape>()
    features.set(name, byWindow.set(windows.windows[slot.window]!.name, slotShape(windows, slot, base)))
  }
  return {
    from: 'members',
    members: Object.fromEntries(
      [...features].map(([name, byWindow]) => [name, { from: 'members', members: Object.fromEntries(byWindow) }]),
    ),
  }
}

/** Where one feature in one window stands, and what its value is. */
export const slotShape = (windows: CompiledWindows, slot: Slot, base: number): NodeShape => {
  const { output } = windows.features[slot.feature]!
  const column = base + slot.index
  if (output.store === 'number')
    return { from: 'numbers', column, ...(required(output.field).kind === 'boolean' && { isBoolean: true as const }) }
  const shape = shapeOfField(output.field)
  return { from: 'values', column, shape: output.grouped ? { kind: 'map', of: shape } : shape }
}
