/** Fetches the tree below one root, as of its time: every node through the center's port or the windows' reader. */
import { MillraceError } from '../base/error.ts'
import type { Read } from '../model/event.ts'
import type { Json } from '../model/json.ts'
import type { Value } from '../model/value.ts'
import type { CenterReader } from '../store/center/port.ts'
import type { SlotValues, WindowsReader } from '../store/series/port.ts'
import type { CompiledWindows } from '../windows/compiled.ts'
import { hasOverflow, isOverflow, mayOverflow } from '../windows/overflow.ts'
import { type CompiledFetch, type CompiledTree, rootColumn, timeColumn } from './compile.ts'
import { keyOf, type Root } from './root.ts'
import { type TreeColumns, treeToJson } from './shape.ts'

export interface TreeSource {
  readonly center: CenterReader
  readonly windows: WindowsReader
}

export interface TreeRequest {
  readonly root: Root
  readonly read: Read
  readonly asOf: 'event' | 'arrival'
}

/** What a node does not show. */
export interface NodeMeta {
  /** The bound, where it left something out. */
  readonly last?: number
  readonly cut?: true
  /** The unit to which its windows are widened. */
  readonly granularity?: string
}

/**
 * Room for one root's tree, filled again and again: the columns of the tree's shape with a single row. What reads it (a view
 * in main's realm, JSON) must be done before the next fetch.
 */
export interface TreeFrame {
  readonly columns: TreeColumns
  fetch(source: TreeSource, request: TreeRequest): Promise<void>
  /** Of the last fetch, by node. */
  meta(): { readonly [node: string]: NodeMeta }
  /** The last fetch's tree, with `meta` where there is any. */
  toJson(): { readonly [name: string]: Json }
}

export const createFrame = (tree: CompiledTree): TreeFrame => {
  const numbers = new Float64Array(tree.columns)
  const values: Value[] = new Array(tree.columns).fill(null)
  const slots = tree.fetches.map(
    ({ windows, base }) =>
      windows && {
        numbers: numbers.subarray(base, base + windows.slots.length),
        values: new Array<Value>(windows.slots.length).fill(null),
        groups: groupsToCheck(windows),
      },
  )
  const columns: TreeColumns = {
    numbers: Array.from(numbers, (_, column) => numbers.subarray(column, column + 1)),
    value: (column) => values[column]!,
  }
  let meta: { [node: string]: NodeMeta } = {}
  return {
    columns,
    fetch: async (source, request) => {
      const { root } = request
      values[rootColumn] = { type: root.type, id: root.id, subject: root.subject, time: root.time, data: root.data }
      numbers[timeColumn] = root.time
      meta = {}
      await Promise.all(
        tree.fetches.map(async (part, i) => {
          const found =
            part.windows === undefined
              ? await fetchNode(part, source, request, values)
              : await fetchWindows(part, source, request, { slots: slots[i]!, values })
          if (found !== undefined) meta[part.name] = found
        }),
      )
    },
    meta: () => meta,
    toJson: () => ({ ...treeToJson(tree.shape, columns, 0), ...(Object.keys(meta).length > 0 && { meta: meta as unknown as Json }) }),
  }
}

const fetchNode = async (
  part: CompiledFetch & { node: object },
  source: TreeSource,
  { root, read, asOf }: TreeRequest,
  values: Value[],
): Promise<NodeMeta | undefined> => {
  const key = keyOf(root, part.keyFields)
  const moment = { time: root.time, read, asOf, ...(root.event && { root: root.event }) }
  const { value, isCut } = await part.node.value(source.center, key === null ? null : key[0]!, moment)
  values[part.base] = value
  return isCut ? { last: part.node.last, cut: true } : undefined
}

const fetchWindows = async (
  part: CompiledFetch & { windows: object },
  source: TreeSource,
  { root, read }: TreeRequest,
  { slots, values }: { readonly slots: WindowSlots; readonly values: Value[] },
): Promise<NodeMeta | undefined> => {
  const question = {
    windows: part.windows.name,
    key: keyOf(root, part.keyFields),
    time: root.time,
    read,
    ...(root.event && { root: root.event }),
  }
  const answer = source.windows.read(question, slots)
  if (answer !== undefined) await answer
  for (let i = 0; i < slots.values.length; i++) {
    values[part.base + i] = slots.values[i]!
    if (isOverflow(slots.numbers[i]!)) throw overflow(part, i)
  }
  for (const i of slots.groups) if (hasOverflow(slots.values[i]!)) throw overflow(part, i)
  return part.windows.merge && { granularity: part.windows.merge.unit }
}

interface WindowSlots extends SlotValues {
  /** The slots with groups of which one may be beyond all doubles. */
  readonly groups: readonly number[]
}

const groupsToCheck = ({ slots, features }: CompiledWindows): readonly number[] =>
  slots.flatMap(({ index, feature }) => (features[feature]!.output.grouped && mayOverflow(features[feature]!) ? [index] : []))

const overflow = ({ name, windows }: CompiledFetch & { windows: object }, index: number): MillraceError => {
  const slot = windows.slots[index]!
  const path = `${name}.${windows.features[slot.feature]!.name}.${windows.windows[slot.window]!.name}`
  return new MillraceError('NUMBER_OVERFLOW', 'the exact result is beyond the largest double', { at: path })
}
