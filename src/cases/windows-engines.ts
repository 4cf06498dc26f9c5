/**
 * The engines of windows alone: their windows nodes stand in the tree that brute force gives, so that cases reach them without
 * stores and fetches between.
 */
import { assert } from '../base/assert.ts'
import { MillraceError } from '../base/error.ts'
import { columnOf, valueAt } from '../model/cell.ts'
import type { EventVersion } from '../model/event.ts'
import { type FieldPlan, fieldAt, required } from '../model/field.ts'
import type { EventTable } from '../model/table.ts'
import { tableOf } from '../model/tables.ts'
import type { Data, Value } from '../model/value.ts'
import { leaf, type TreeNode } from '../oracle/node.ts'
import { existing } from '../oracle/order.ts'
import { computeWindows } from '../windows/batch/engine.ts'
import { createOutput } from '../windows/batch/input.ts'
import { prepareBatch, type RootColumns } from '../windows/batch/prepare.ts'
import { compileWindows } from '../windows/compile.ts'
import type { CompiledWindows, Slot } from '../windows/compiled.ts'
import { createRowEngine, isAnswered, type RowEngine } from '../windows/rows/engine.ts'
import { answerOf, bruteTree } from './brute.ts'
import type { Case, CaseEngine, CaseRoot } from './engine.ts'

/** One windows fetch of one root, as engines are asked it. */
interface WindowsQuestion {
  readonly root: CaseRoot
  readonly key: readonly Value[]
  readonly time: number
  /** The root's own version, where it is an event. */
  readonly event: EventVersion | undefined
}

/** What a slot holds: a number (NaN: null, ±Infinity: an overflow) or a value. */
type SlotReader = (slot: Slot) => Value

/** Makes one definition's series readable; gives, for any of the questions that were announced, its slots. */
type WindowsEngine = (
  compiled: CompiledWindows,
  testCase: Case,
  questions: readonly WindowsQuestion[],
) => (question: WindowsQuestion) => SlotReader

const windowsEngine = (name: string, backends: { readonly [backend: string]: WindowsEngine }): CaseEngine => ({
  name,
  backends: Object.keys(backends),
  open: (testCase, backend) => {
    const nodes = new Map(
      Object.entries(testCase.fetch)
        .filter(([, fetch]) => fetch.sort === 'windows')
        .map(([node]) => [node, openNode(testCase, node, backends[backend]!)]),
    )
    return {
      answer: (root) => {
        const tree = bruteTree(testCase, root)
        assert('members' in tree, 'a tree has members')
        const members = tree.members.map(([node, part]) => [node, nodes.get(node)?.(root) ?? part] as const)
        return answerOf(testCase, root, { members })
      },
      close: () => {},
    }
  },
})

const openNode = (testCase: Case, node: string, engine: WindowsEngine): ((root: CaseRoot) => TreeNode) => {
  const { of, at } = testCase.fetch[node]!
  const plan = testCase.plan.windows[of]!
  const compiled = compileWindows(of, plan, testCase.plan.events)
  const questions = new Map<CaseRoot, WindowsQuestion>()
  for (const root of testCase.roots) {
    const question = questionOf(
      testCase,
      root,
      compiled,
      plan.by.map((dimension) => at?.[dimension] ?? dimension),
    )
    if (question !== undefined) questions.set(root, question)
  }
  const answer = engine(compiled, testCase, [...questions.values()])
  return (root) => nodeOf(compiled, answer(questions.get(root)!))
}

/** Nothing where the root does not exist: brute force says so first. */
const questionOf = (testCase: Case, root: CaseRoot, compiled: CompiledWindows, fields: readonly string[]): WindowsQuestion | undefined => {
  const of = root.root
  const event =
    of.sort === 'event' ? existing(testCase.versions, root.read).find(({ type, id }) => type === of.type && id === of.id) : undefined
  if (of.sort === 'event' && event === undefined) return undefined
  const data: Data = event?.data ?? (of as { readonly data: Data }).data
  const key = fields.map((field, i) => keyPart(valueAt(data, field), compiled.columns[compiled.dimensions[i]!]!.field))
  return { root, key, time: event?.time ?? (of as { readonly time: number }).time, event }
}

/** A value of another type than the dimension's names no series. */
const keyPart = (value: Value, field: FieldPlan): Value => {
  const { kind } = required(field)
  const held = ['int64', 'decimal'].includes(kind)
    ? 'bigint'
    : ['int', 'double', 'time'].includes(kind)
      ? 'number'
      : kind === 'boolean'
        ? kind
        : 'string'
  return typeof value === held ? value : null
}

const nodeOf = (compiled: CompiledWindows, read: SlotReader): TreeNode => ({
  members: compiled.features.map((feature, i) => [
    feature.name,
    {
      members: compiled.slots
        .filter((slot) => slot.feature === i)
        .map((slot) => [compiled.windows[slot.window]!.name, slotNode(read(slot), compiled, slot)] as const),
    },
  ]),
})

const slotNode = (value: Value, { features }: CompiledWindows, { feature }: Slot): TreeNode => {
  const { field, grouped } = features[feature]!.output
  if (!grouped) return leaf(field, value)
  const groups = Object.entries(value as Data).sort(([a], [b]) => (a < b ? -1 : 1)) // as canonical JSON has them
  return { members: groups.map(([group, part]) => [group, leaf(field, finite(part))] as const) }
}

const finite = (value: Value): Value => {
  if (value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
    throw new MillraceError('NUMBER_OVERFLOW', 'the result is beyond the largest double', {})
  return Number.isNaN(value) ? null : value
}

const slotReader =
  (compiled: CompiledWindows, numbers: (slot: number) => number, values: (slot: number) => Value): SlotReader =>
  ({ index, feature }) =>
    compiled.features[feature]!.output.store === 'number' ? finite(numbers(index)) : values(index)

const tablesOf = (compiled: CompiledWindows, { plan, versions }: Case): readonly EventTable[] =>
  compiled.members.map(({ event, paths }) => tableOf(versions, event, paths, plan.events[event]!))

/** Row by row: versions as they come (every second one twice, repaired events with all they have by then), events backwards, or whole tables. */
const rowsFrom =
  (feed: (engine: ReturnType<typeof createRowEngine>, testCase: Case) => void): WindowsEngine =>
  (compiled, testCase) => {
    const engine = createRowEngine(compiled)
    feed(engine, testCase)
    const into = engine.createSlotValues()
    return ({ root, key, time, event }) => {
      engine.query({ key: key.includes(null) ? null : key, time, read: root.read, ...(event !== undefined && { root: event }) }, into)
      return slotReader(
        compiled,
        (slot) => into.numbers[slot]!,
        (slot) => into.values[slot]!,
      )
    }
  }

/**
 * Row by row as who serves live does, whatever can be merged by unit merged at once: the key's tables hold the first half of the
 * versions, the others come after. What merged units do not answer is asked of an engine that merges nothing.
 */
const mergingRows: WindowsEngine = (compiled, testCase) => {
  const plain = createRowEngine(compiled)
  plain.insertTables(tablesOf(compiled, testCase))
  return ({ root, key, time, event }) => {
    const engine = createRowEngine(compiled, { holds: 'loaded', mergesUnits: true, fewestRows: 1 })
    const question = { key: key.includes(null) ? null : key, time, read: root.read, ...(event !== undefined && { root: event }) }
    const into = engine.createSlotValues()
    if (question.key !== null) loadHalf(engine, testCase, question.key)
    if (question.key !== null && !engine.has(question.key)) engine.load(question.key, tablesOf(compiled, testCase))
    if (!isAnswered(engine, question, into)) plain.query(question, into)
    return slotReader(
      compiled,
      (slot) => into.numbers[slot]!,
      (slot) => into.values[slot]!,
    )
  }
}

const loadHalf = (engine: RowEngine, testCase: Case, key: readonly Value[]): void => {
  const { versions } = testCase
  const half = versions.slice(0, versions.length >> 1)
  engine.load(key, tablesOf(engine.compiled, { ...testCase, versions: half }))
  for (const version of versions.slice(half.length)) {
    engine.insertVersions(versions.filter(({ type, id }) => type === version.type && id === version.id))
  }
}

const repaired = (testCase: Case): readonly (readonly EventVersion[])[] =>
  [...Map.groupBy(testCase.versions, ({ type, id }) => JSON.stringify([type, id])).values()].toReversed()

export const rows: CaseEngine = windowsEngine('rows', {
  memory: rowsFrom((engine, { versions }) => {
    for (const [i, version] of versions.entries()) {
      const held = versions.slice(0, i + 1).filter(({ type, id }) => type === version.type && id === version.id)
      for (let again = 0; held.length === 1 && again <= i % 2; again++) engine.insert(version)
      if (held.length > 1) engine.insertVersions(held)
    }
  }),
  events: rowsFrom((engine, testCase) => {
    for (const versions of repaired(testCase)) engine.insertVersions(versions.toReversed())
  }),
  tables: rowsFrom((engine, testCase) => engine.insertTables(tablesOf(engine.compiled, testCase))),
  merging: mergingRows,
})

/** All roots of one read and one type at once, as a batch has them. */
export const batch: CaseEngine = windowsEngine('batch', {
  tables: (compiled, testCase, questions) => {
    const answers = new Map<WindowsQuestion, SlotReader>()
    const alike = Map.groupBy(questions, ({ root, event }) => `${root.read.as} ${event?.type}`)
    for (const group of alike.values()) {
      const output = createOutput(compiled, group.length)
      const question = { compiled, tables: tablesOf(compiled, testCase), roots: rootColumns(compiled, testCase, group) }
      computeWindows({ ...prepareBatch(question), output })
      for (const [row, one] of group.entries())
        answers.set(
          one,
          slotReader(
            compiled,
            (slot) => output.numbers[slot]![row]!,
            (slot) => output.values[slot]![row]!,
          ),
        )
    }
    return (question) => answers.get(question)!
  },
})

const rootColumns = (compiled: CompiledWindows, testCase: Case, group: readonly WindowsQuestion[]): RootColumns => {
  const { as } = group[0]!.root.read
  const events = group.map(({ event }) => event)
  const cutoffs = Float64Array.from(group, ({ root }) => (root.read.as === 'corrected' ? Number.POSITIVE_INFINITY : root.read.cutoff))
  return {
    count: group.length,
    time: Float64Array.from(group, ({ time }) => time),
    keys: compiled.dimensions.map((column, i) =>
      columnOf(
        compiled.columns[column]!.field,
        group.map(({ key }) => key[i]!),
      ),
    ),
    ...(as !== 'corrected' && { cutoff: { stamp: as === 'recorded' ? 'recordedAt' : 'knownAt', at: cutoffs } }),
    ...(events[0] !== undefined && { own: ownTable(compiled, testCase, events as readonly EventVersion[]) }),
  }
}

/** The roots' own events, row by row as the roots stand. */
const ownTable = (compiled: CompiledWindows, { plan }: Case, events: readonly EventVersion[]): EventTable => {
  const { type } = events[0]!
  const paths = new Set(compiled.members.filter((member) => member.event === type).flatMap((member) => member.paths))
  return {
    type,
    rows: events.length,
    time: Float64Array.from(events, ({ time }) => time),
    seq: Float64Array.from(events, ({ seq }) => seq),
    ids: { at: (row) => events[row]!.id },
    recordedAt: 0,
    knownAt: 0,
    columns: Object.fromEntries(
      [...paths].map((path) => [
        path,
        columnOf(
          fieldAt(plan.events[type]!.data, path)!,
          events.map(({ data }) => valueAt(data, path)),
        ),
      ]),
    ),
    amended: [],
  }
}
