/**
 * The engines as the product runs them: events appended to an embedded center, trees fetched through its port. `call` asks root by
 * root, `batch` computes slices. The center lies on a disk in memory, which is the same code over the same format.
 */
import { assert } from '../base/assert.ts'
import { createPrng } from '../base/prng.ts'
import { createSliceComputer } from '../jobs/batch/compute.ts'
import type { RootSet } from '../jobs/batch/roots.ts'
import { noteOf } from '../jobs/parity/batch-trees.ts'
import { createView } from '../jobs/realm/view.ts'
import type { EventVersion } from '../model/event.ts'
import { required, type SchemaPlan } from '../model/field.ts'
import type { Json } from '../model/json.ts'
import type { EventTable } from '../model/table.ts'
import { tableOf } from '../model/tables.ts'
import { openEmbeddedCenter } from '../store/center/embedded/center.ts'
import type { Center } from '../store/center/port.ts'
import { createSimulatedDisk } from '../store/disk/simulated/disk.ts'
import { createEmbeddedSeries } from '../store/series/embedded/series.ts'
import { type CompiledTree, compileTree } from '../tree/compile.ts'
import { createFrame } from '../tree/fetch.ts'
import { findRoot, type Root, requestType } from '../tree/root.ts'
import { type TreeColumns, treeToJson } from '../tree/shape.ts'
import { type Case, type CaseAnswer, type CaseEngine, type CaseRoot, type Offered, wantsMain } from './engine.ts'
import { runMainText } from './main-text.ts'

/** An embedded center that holds what the case offers, each stamp as the case gives it. */
export const openCaseCenter = async ({ plan, offered }: Case): Promise<Center> => {
  let now = 0
  const center = await openEmbeddedCenter({
    disk: createSimulatedDisk(createPrng(1)).mount(),
    folder: 'data',
    events: plan.events,
    clock: () => now,
    maxAheadMs: Number.POSITIVE_INFINITY,
  })
  const isInOrder = offered.every(({ recordedAt }, i) => i === 0 || recordedAt >= offered[i - 1]!.recordedAt)
  // A case lists its events as their source has them; where their stamps say otherwise, the source's order is stated.
  const versioned = isInOrder ? offered : offered.map((one, i) => ({ ...one, event: { version: i + 1, ...one.event } }))
  for (const commit of commits(versioned)) {
    now = commit[0]!.recordedAt
    const { outcomes } = await center.append(commit.map(({ event, knownAt }) => ({ ...event, knownAt })))
    const refused = outcomes.find(({ outcome }) => outcome === 'refused')
    assert(refused === undefined, `the center refused what the case records: ${JSON.stringify(refused)}`)
  }
  return center
}

/** What has one stamp is one commit; stamps rise. */
const commits = (offered: readonly Offered[]): readonly (readonly Offered[])[] => {
  const byStamp = new Map<number, Offered[]>()
  for (const one of offered) byStamp.set(one.recordedAt, [...(byStamp.get(one.recordedAt) ?? []), one])
  return [...byStamp].sort(([a], [b]) => a - b).map(([, commit]) => commit)
}

export const callEngine: CaseEngine = {
  name: 'call',
  backends: ['embedded'],
  open: async (testCase) => {
    const center = await openCaseCenter(testCase)
    const windows = createEmbeddedSeries({ plan: testCase.plan, center, fewestRows: 1, sliceRows: 2 })
    return {
      answer: async (root) => {
        const tree = compileTree(testCase.plan, testCase.fetch, requestTrigger(root))
        const frame = createFrame(tree)
        await frame.fetch({ center, windows }, { root: await rootOf(center, root), read: root.read, asOf: root.asOf })
        return answerOf(testCase, root, { tree, json: frame.toJson(), columns: frame.columns })
      },
      close: () => center.close(),
    }
  },
}

const requestTrigger = ({ root }: CaseRoot) => (root.sort === 'request' ? [{ on: 'request', data: root.schema } as const] : [])

const rootOf = async (center: Center, { root, read }: CaseRoot): Promise<Root> =>
  root.sort === 'event'
    ? findRoot(center, root.type, root.id, read)
    : { type: requestType, id: null, subject: root.subject ?? null, time: root.time, data: root.data }

interface Answered {
  readonly tree: CompiledTree
  readonly json: Json
  readonly columns: TreeColumns
}

const answerOf = (testCase: Case, root: CaseRoot, { tree, json, columns }: Answered): CaseAnswer => {
  if (!wantsMain(testCase, root)) return { tree: json }
  return { tree: json, result: runMainText(testCase.main!, Object.keys(testCase.fetch), createView(tree.shape, columns).tree) }
}

/** `windows`: answers requests, which history has none of. */
export const batchEngine = (windows: CaseEngine): CaseEngine => ({
  name: 'batch',
  backends: ['embedded'],
  open: async (testCase, backend) => {
    const center = await openCaseCenter(testCase)
    const tables = new Map<string, EventTable>()
    for (const [type, { data }] of Object.entries(testCase.plan.events)) {
      const columns = [...Object.keys(data), ...nestedPaths(data)]
      tables.set(type, await center.scan({ type, columns, from: -Infinity, to: Infinity }))
    }
    const requests = await windows.open(testCase, windows.backends[0] ?? backend)
    return {
      answer: async (root) => {
        if (root.root.sort === 'request') return requests.answer(root)
        const { event } = await findRoot(center, root.root.type, root.root.id, root.read)
        return answerBatch(testCase, root, tables, event!)
      },
      close: async () => {
        await requests.close()
        await center.close()
      },
    }
  },
})

/** Paths inside objects, which definitions may name too. */
const nestedPaths = (schema: SchemaPlan, above = ''): readonly string[] =>
  Object.entries(schema).flatMap(([name, field]) => {
    const inner = required(field)
    if (inner.kind !== 'object') return above === '' ? [] : [above + name]
    return nestedPaths(inner.fields, `${above}${name}.`)
  })

const answerBatch = (testCase: Case, root: CaseRoot, tables: ReadonlyMap<string, EventTable>, event: EventVersion): CaseAnswer => {
  const { plan, fetch } = testCase
  const tree = compileTree(plan, fetch, [])
  const columns = Object.keys(tables.get(event.type)!.columns)
  const { read } = root
  const set: RootSet = {
    table: tableOf([event], event.type, columns, plan.events[event.type]!),
    as: read.as,
    ...(read.as !== 'corrected' && { cutoffs: Float64Array.of(read.cutoff) }),
  }
  const computed = createSliceComputer({ tree, tables, plan, asOf: root.asOf }).compute(set, 0, 1)
  const failure = computed.failure(0)
  if (failure !== undefined) return { error: failure.failed, message: `${failure.failed}: ${failure.reason}` }
  assert(computed.roots.rows === 1, 'a root is one row')
  const meta = Object.fromEntries(
    tree.fetches.map((part) => [part.name, noteOf(part, computed, 0)] as const).filter(([, note]) => note !== undefined),
  )
  const json = { ...treeToJson(tree.shape, computed.columns, 0), ...(Object.keys(meta).length > 0 && { meta }) } as Json
  return answerOf(testCase, root, { tree, json, columns: computed.columns })
}
