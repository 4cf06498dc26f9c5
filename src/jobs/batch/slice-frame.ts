/**
 * The columns of one slice after the other, behind one and the same face: main's view of the tree is made over it once for all
 * slices, so that the engine compiles what main reads once and not for each slice anew.
 */
import type { ProjectPlan } from '../../model/plan.ts'
import type { Value } from '../../model/value.ts'
import { type CompiledFetch, type CompiledTree, rootColumn } from '../../tree/compile.ts'
import type { EventSource, TreeColumns } from '../../tree/shape.ts'
import { doubles, type Scratch } from '../../windows/batch/scratch.ts'
import { createEventChooser, type EventQuestion } from './event-chooser.ts'
import type { KeyTables } from './event-rows.ts'
import { createEventSource, createRootSource, type RootSource } from './event-source.ts'
import type { KeyedTable } from './keyed-table.ts'

/** Memory for a column's numbers of one slice. */
export type NumberRoom = (column: number, rows: number) => Float64Array

/** The same for one slice after the other. */
export const createNumberRoom = (): NumberRoom => {
  const columns: Scratch<Float64Array>[] = []
  return (column, rows) => {
    columns[column] ??= doubles()
    return columns[column].atLeast(rows).subarray(0, rows)
  }
}

export const ownArrays: NumberRoom = (_, rows) => new Float64Array(rows)

export interface SliceFrame {
  readonly columns: TreeColumns
  readonly room: NumberRoom
  /** By column, the current slice's; both lie behind `columns`. */
  readonly numbers: Float64Array[]
  readonly read: ((row: number) => Value)[]
  readonly root: RootSource
  /** By fetch, where its events are read out of tables. */
  readonly nodes: ReadonlyMap<CompiledFetch, AskedNode>
}

export interface AskedNode {
  readonly source: EventSource
  ask(question: (keyed: readonly KeyedTable[]) => EventQuestion): void
}

export interface SliceFrameOptions {
  readonly tree: CompiledTree
  readonly plan: ProjectPlan
  readonly asOf: 'event' | 'arrival'
  readonly room: NumberRoom
  readonly keyTables: KeyTables
}

export const createSliceFrame = ({ tree, plan, asOf, room, keyTables }: SliceFrameOptions): SliceFrame => {
  const numbers: Float64Array[] = new Array(tree.columns)
  const read: ((row: number) => Value)[] = new Array(tree.columns)
  const root = createRootSource(plan.events)
  const nodes = new Map<CompiledFetch, AskedNode>()
  const sources = new Map([[rootColumn, root.source]])
  for (const part of tree.fetches) {
    if (part.node === undefined || !part.node.showsEvents || asOf !== 'event') continue
    const asked = askedNode(part, plan, keyTables)
    nodes.set(part, asked)
    sources.set(part.base, asked.source)
  }
  const columns = { numbers, value: (column: number, row: number) => read[column]!(row), events: (column: number) => sources.get(column) }
  return { columns, room, numbers, read, root, nodes }
}

const askedNode = ({ node }: CompiledFetch & { node: object }, plan: ProjectPlan, keyTables: KeyTables): AskedNode => {
  const keyed = node.members.map((member) => keyTables(member.type, member.path(node.by)))
  const chooser = createEventChooser(node, keyed)
  return { source: createEventSource(chooser, node, keyed, plan.events), ask: (question) => chooser.ask(question(keyed)) }
}
