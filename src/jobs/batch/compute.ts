/** The trees of a slice of roots: windows by the batch engine, whole events by key, the root's own data. */
import { assert } from '../../base/assert.ts'
import { cellAt } from '../../model/cell.ts'
import type { Read } from '../../model/event.ts'
import { fieldAt } from '../../model/field.ts'
import { canonical } from '../../model/json.ts'
import type { ProjectPlan } from '../../model/plan.ts'
import type { Column, EventTable } from '../../model/table.ts'
import { rowVersion, sliceTable } from '../../model/table-slice.ts'
import type { Value } from '../../model/value.ts'
import type { CenterReader } from '../../store/center/port.ts'
import { type CompiledFetch, type CompiledTree, rootColumn, timeColumn } from '../../tree/compile.ts'
import type { NodeValue } from '../../tree/event-nodes.ts'
import { eventValue } from '../../tree/event-nodes.ts'
import type { TreeColumns } from '../../tree/shape.ts'
import { createOutput } from '../../windows/batch/input.ts'
import type { StampName } from '../../windows/batch/prepare.ts'
import { createPreparedAnswers, prepareRows } from '../../windows/batch/prepared.ts'
import { doubles } from '../../windows/batch/scratch.ts'
import type { CompiledWindows } from '../../windows/compiled.ts'
import { hasOverflow, isOverflow, mayOverflow } from '../../windows/overflow.ts'
import type { EventQuestion, PlainQuestion } from './event-chooser.ts'
import { amendedEvents, createKeyTables, createTableReader } from './event-rows.ts'
import { createKept, type Keep } from './kept.ts'
import type { KeyedTable } from './keyed-table.ts'
import type { RootSet } from './roots.ts'
import { type OpenedRows, rowsName } from './shared-rows.ts'
import { createSliceFrame, type NumberRoom, ownArrays, type SliceFrame } from './slice-frame.ts'

/** Of the form of a main that failed. */
export interface TreeFailure {
  readonly failed: 'NUMBER_OVERFLOW'
  readonly reason: string
}

export interface ComputedSlice {
  readonly roots: EventTable
  readonly columns: TreeColumns
  /** Why a root has no tree; undefined where it has one. */
  failure(row: number): TreeFailure | undefined
  /** What a node's bound left out, for the report. */
  isCut(node: string, row: number): boolean
}

export interface SliceComputer {
  /** `frame`: one of this computer's, of which what was computed before is then no longer to be read; left out, a frame of its own. */
  compute(set: RootSet, from: number, to: number, frame?: SliceFrame): ComputedSlice
  /** `room`: where numbers lie; left out, they lie in arrays of their own for each slice. */
  frame(room?: NumberRoom): SliceFrame
}

export interface SliceComputerOptions {
  readonly tree: CompiledTree
  /** At least what `scansFor` asked for. */
  readonly tables: ReadonlyMap<string, EventTable>
  readonly plan: ProjectPlan
  readonly asOf: 'event' | 'arrival'
  /** Left out: what is made of the tables is kept as long as the computer. */
  readonly keep?: Keep
  /** What was made of the tables before. */
  readonly shared?: OpenedRows | undefined
}

export const createSliceComputer = ({
  tree,
  tables,
  plan,
  asOf,
  keep = createKept().keep,
  shared,
}: SliceComputerOptions): SliceComputer => {
  const keyTables = createKeyTables(tables, plan.events, keep, shared)
  const reader = createTableReader(keyTables) as CenterReader
  const answers = createAllAnswers({ tables, plan, keep, shared })
  const newFrame = (room: NumberRoom = ownArrays): SliceFrame => createSliceFrame({ tree, plan, asOf, room, keyTables })
  return {
    frame: newFrame,
    compute: (set, from, to, frame = newFrame()) => {
      const roots = sliceTable(set.table, from, to)
      const cutoffs = set.cutoffs?.subarray(from, to)
      const { numbers, read } = frame
      const overflows = new Map<number, TreeFailure>()
      const cut = new Map<string, (row: number) => boolean>()
      const event = plan.events[roots.type]!
      const versionAt = (row: number) => rowVersion(roots, row, event.data, event.subject)
      numbers[timeColumn] = roots.time
      read[rootColumn] = (row) => eventValue(versionAt(row))
      frame.root.show(roots)
      for (const part of tree.fetches) {
        if (part.windows !== undefined) fillWindows(part, { roots, set, cutoffs, answers, plan, frame, overflows })
        else {
          const values = nodeValues(part, { roots, set, cutoffs, plan, reader, asOf, versionAt })
          read[part.base] = (row) => values(row).value
          cut.set(part.name, (row) => values(row).isCut)
          frame.nodes.get(part)?.ask((keyed) => nodeQuestion(part, { roots, set, cutoffs, plan, keyed }))
        }
      }
      return {
        roots,
        columns: frame.columns,
        failure: (row) => overflows.get(row),
        isCut: (node, row) => cut.get(node)?.(row) ?? false,
      }
    },
  }
}

interface SliceParts {
  readonly roots: EventTable
  readonly set: RootSet
  readonly cutoffs: Float64Array | undefined
  readonly plan: ProjectPlan
}

interface WindowsTarget extends SliceParts {
  readonly answers: AllAnswers
  readonly frame: SliceFrame
  readonly overflows: Map<number, TreeFailure>
}

type AllAnswers = (windows: CompiledWindows, stamp: StampName | undefined) => ReturnType<typeof createPreparedAnswers>

interface AnswersScope {
  readonly tables: ReadonlyMap<string, EventTable>
  readonly plan: ProjectPlan
  readonly keep: Keep
  readonly shared: OpenedRows | undefined
}

/** Each definition's rows and what answers over them, made when first asked for: a definition fetched twice has them once. */
const createAllAnswers = ({ tables, plan, keep, shared }: AnswersScope): AllAnswers => {
  const known = new Map<string, ReturnType<AllAnswers>>()
  const table = doubles()
  return (compiled, stamp) => {
    const name = rowsName(compiled.name, stamp)
    const found = known.get(name)
    if (found !== undefined) return found
    const of = compiled.members.map((member) => tables.get(member.event)!)
    const prepared =
      shared?.definition(compiled, stamp) ??
      keep(`rows ${name} ${canonical(plan.windows[compiled.name])}`, of, () => prepareRows({ compiled, tables: of, stamp }))
    const made = createPreparedAnswers(prepared, table)
    known.set(name, made)
    return made
  }
}

const stampNames = { recorded: 'recordedAt', known: 'knownAt' } as const

/** The stamp that a set's cut-offs are on; undefined where it has none. */
export const stampOf = ({ as }: Pick<RootSet, 'as'>): StampName | undefined => (as === 'corrected' ? undefined : stampNames[as])

const fillWindows = (part: CompiledFetch & { windows: object }, target: WindowsTarget): void => {
  const { windows, base, keyFields } = part
  const { roots, set, cutoffs } = target
  const { numbers, read, room } = target.frame
  const output = createOutput(windows, roots.rows, (slot, rows) => room(base + slot, rows))
  const stamp = stampOf(set)
  const asked = {
    count: roots.rows,
    time: roots.time,
    keys: keyFields.map((field, i) => keyColumn(target, field, windows, i)),
    ...(stamp !== undefined && { cutoff: { stamp, at: cutoffs! } }),
    ...(windows.includeRoot && { own: roots }),
  }
  target.answers(windows, stamp)(asked, output)
  for (const { index, feature: of } of windows.slots) {
    const feature = windows.features[of]!
    const name = `${part.name}.${feature.name}`
    const column = output.numbers[index]
    if (column !== undefined) {
      numbers[base + index] = column
      if (mayOverflow(feature)) noteNumbers(target, name, column)
    } else {
      const values = output.values[index]!
      read[base + index] = (row) => values[row]!
      if (feature.output.grouped && mayOverflow(feature)) noteGroups(target, name, values)
    }
  }
}

const noteOverflow = ({ overflows }: WindowsTarget, name: string, row: number): void => {
  if (!overflows.has(row)) overflows.set(row, { failed: 'NUMBER_OVERFLOW', reason: `${name} is beyond the largest double` })
}

const noteNumbers = (target: WindowsTarget, name: string, column: Float64Array): void => {
  for (let row = 0; row < column.length; row++) if (isOverflow(column[row]!)) noteOverflow(target, name, row)
}

const noteGroups = (target: WindowsTarget, name: string, values: readonly Value[]): void => {
  for (const [row, groups] of values.entries()) if (hasOverflow(groups)) noteOverflow(target, name, row)
}

/** The roots' values of a key field; a field that the type does not have gives no key to any. */
const keyColumn = (
  { roots, plan }: WindowsTarget,
  field: string,
  windows: { readonly columns: readonly { readonly field: unknown }[] },
  i: number,
): Column => {
  const column = roots.columns[field]
  if (column !== undefined) return column
  const declared = fieldAt(plan.events[roots.type]!.data, field)
  assert(declared === undefined && windows.columns[i] !== undefined, `the roots' table lacks the column '${field}'`)
  return { kind: 'code', codes: new Int32Array(roots.rows).fill(-1), dictionary: [] }
}

interface NodeSource extends SliceParts {
  readonly reader: CenterReader
  readonly asOf: 'event' | 'arrival'
  readonly versionAt: (row: number) => ReturnType<typeof rowVersion>
}

/** A node's value for each root, computed when asked for, the last one kept. */
const nodeValues = (
  part: CompiledFetch & { node: object },
  { roots, set, cutoffs, plan, reader, asOf, versionAt }: NodeSource,
): ((row: number) => NodeValue) => {
  const [path] = part.keyFields as [string]
  const field = fieldAt(plan.events[roots.type]!.data, path)
  const column = roots.columns[path]
  let known = -1
  let value: NodeValue
  return (row) => {
    if (row === known) return value
    const key = field === undefined || column === undefined ? null : cellAt(column, field, row)
    const read = readAt(set, cutoffs, row)
    const answer = part.node.value(reader, key, { time: roots.time[row]!, read, asOf, root: versionAt(row) })
    assert(!(answer instanceof Promise), 'tables at hand answer at once')
    value = answer
    known = row
    return value
  }
}

/** What each root asks of the tables of a node's members. */
const nodeQuestion = (
  { node, keyFields }: CompiledFetch & { node: object },
  { roots, set, cutoffs, plan, keyed }: SliceParts & { readonly keyed: readonly KeyedTable[] },
): EventQuestion => {
  const [path] = keyFields as [string]
  const field = fieldAt(plan.events[roots.type]!.data, path)
  const column = roots.columns[path]
  const plain = plainQuestion({ roots, set, cutoffs }, column, keyed)
  return {
    ...(plain && { plain }),
    moment: (row) => {
      const key = field === undefined || column === undefined ? null : cellAt(column, field, row)
      return key === null ? undefined : { key, time: roots.time[row]!, read: readAt(set, cutoffs, row) }
    },
    amendedOf: (m, { key, time, read }, from) => {
      if (keyed[m]!.amended.size === 0) return []
      const { type, accept, path: pathOf } = node.members[m]!
      return amendedEvents(keyed[m]!, key, {
        types: [type],
        key: { [pathOf(node.by)]: key },
        read,
        from,
        to: time,
        ...(accept && { accept }),
      })
    },
  }
}

/** Where nothing was amended, a root's events are found without an object made for it. */
const plainQuestion = (
  { roots, set, cutoffs }: Pick<SliceParts, 'roots' | 'set' | 'cutoffs'>,
  column: Column | undefined,
  [only, ...others]: readonly KeyedTable[],
): PlainQuestion | undefined => {
  if (only === undefined || others.length > 0 || only.amended.size > 0 || column?.kind !== 'code') return undefined
  const { codes, dictionary } = column
  const found = new Int32Array(dictionary.length).fill(notAsked)
  const codeOf = (text: number): number => {
    if (found[text] === notAsked) found[text] = only.codes.get(dictionary[text]!) ?? -1
    return found[text]!
  }
  const stamp = stampOf(set)
  return {
    code: (row) => (codes[row]! < 0 ? -1 : codeOf(codes[row]!)),
    time: roots.time,
    ...(stamp !== undefined && { stamp: only.table[stamp], cutoffs: cutoffs! }),
  }
}

const notAsked = -2

const readAt = (set: RootSet, cutoffs: Float64Array | undefined, row: number): Read =>
  set.as === 'corrected' ? { as: 'corrected' } : { as: set.as, cutoff: cutoffs![row]! }
