/**
 * Live events into runs. First what memory has is taken down, at once (`freeze`); then it is written, in steps, while events go on
 * coming and being amended (`writeFrozen`); and once the manifest that names the new runs is durable, reads go to these (`installChange`).
 */
import { assert } from '../../../base/assert.ts'
import type { EventVersion } from '../../../model/event.ts'
import type { DiskFile } from '../../disk/port.ts'
import { writeAmended } from './amended-file.ts'
import { rowsOfEvents } from './event-rows.ts'
import type { Manifest } from './manifest.ts'
import { type HiddenRows, mergeable, mergeRuns } from './merge-runs.ts'
import type { Run, RunEntry } from './run/open.ts'
import { addRuns, nextFile, openStateRun, runPath, type State, type TypeState } from './state.ts'
import { writeRuns } from './write-runs.ts'

/** What one type has at a moment; nothing of it changes. */
export interface FrozenType {
  readonly of: TypeState
  readonly runs: readonly Run[]
  /** Of runs that have any. */
  readonly hidden: ReadonlyMap<Run, ReadonlySet<number>>
  readonly toRewrite: ReadonlySet<Run>
  readonly plain: readonly EventVersion[]
  /** Of `plain`, in the log. */
  readonly plainBytes: number
  readonly amended: readonly EventVersion[]
}

/** Makes events of records that wait to become some: before a type is frozen, so that that is done at once. */
export const settleBacklog = async ({ breathe }: State, { live }: TypeState): Promise<void> => {
  while (live.settleSome()) await breathe()
}

/** Until `installChange` or `thaw`, the type remembers what is amended. */
export const freeze = (of: TypeState): FrozenType => ({
  of,
  runs: of.runs,
  hidden: new Map(of.runs.filter((run) => run.hidden.size > 0).map((run) => [run, new Set(run.hidden)])),
  toRewrite: new Set(of.toRewrite),
  plain: of.live.freeze(),
  plainBytes: of.plainBytes,
  amended: [...of.live.amendedEvents()].flat(),
})

export const thaw = ({ of }: FrozenType): void => of.live.thaw()

export interface TypeChange {
  readonly frozen: FrozenType
  readonly added: readonly Run[]
  readonly retired: readonly Run[]
  readonly amendedFile: string | undefined
}

/** Writes what was frozen of one type; nothing of it is seen by reads before the manifest names it. */
export const writeFrozen = async (state: State, frozen: FrozenType): Promise<TypeChange> => {
  const { of, plain, toRewrite } = frozen
  const hidden: HiddenRows = (run) => frozen.hidden.get(run) ?? none
  const fresh: RunEntry[] =
    plain.length === 0 ? [] : await writeRuns(state, await rowsOfEvents(state.breathe, of.type, of.plan, plain), undefined)
  const retired: Run[] = [...toRewrite]
  for (const run of retired) fresh.push(...(await mergeRuns(state, of, [run], hidden)))
  let added = fresh.map((entry) => openStateRun(state, entry))
  let runs = [...frozen.runs.filter((run) => !toRewrite.has(run)), ...added]
  for (let old = mergeable(state, of, runs); old.length > 0; old = mergeable(state, of, runs)) {
    const merged = await mergeRuns(state, of, old, hidden).then(
      (entries) => entries.map((entry) => openStateRun(state, entry)),
      ignoreDamage,
    )
    if (merged === undefined) break
    retired.push(...old.filter((run) => !added.includes(run)))
    for (const run of old.filter((one) => added.includes(one))) drop(state, run)
    added = [...added.filter((run) => !old.includes(run)), ...merged]
    runs = [...runs.filter((run) => !old.includes(run)), ...merged]
  }
  return { frozen, added, retired, amendedFile: await writeAmendedOf(state, frozen, runs) }
}

const none: ReadonlySet<number> = new Set()

/** What is damaged stays as it is, with everything around it that can be read; new events are written all the same. */
const ignoreDamage = (error: unknown): undefined => {
  if ((error as { code?: string }).code !== 'DATA_DAMAGED') throw error
}

const writeAmendedOf = async (state: State, { of, hidden, amended }: FrozenType, runs: readonly Run[]): Promise<string | undefined> => {
  if (amended.length === 0) return undefined
  const rows = new Map(runs.filter((run) => hidden.has(run)).map((run) => [run.entry.file, [...hidden.get(run)!]]))
  const file = nextFile(state, 'amended')
  const { disk, breathe } = state
  await writeAmended({ disk, path: runPath(state, file), schema: of.schema, breathe }, { hidden: rows, versions: amended })
  return file
}

/** After the manifest is durable: reads go to the runs. */
export const installChange = (state: State, { frozen, added, retired }: TypeChange): void => {
  const { of, plainBytes } = frozen
  assert(of.runs === frozen.runs, 'nothing but a flush changes the runs while it is under way')
  for (const run of retired) drop(state, run)
  of.runs = of.runs.filter((run) => !retired.includes(run))
  addRuns(of, added)
  // A row that was written is no plain event any more where its event was amended meanwhile.
  for (const id of of.live.leave()) hideIn(added, id)
  of.plainBytes -= plainBytes
  for (const run of retired) of.toRewrite.delete(run)
}

const hideIn = (runs: readonly Run[], id: string): void => {
  for (const run of runs) {
    const row = run.find(id)
    if (row >= 0) run.hidden.add(row)
  }
}

/** Tables that were given out may still ask a run for ids: its file stays open as long as anything refers to the run. */
const unused = new FinalizationRegistry<DiskFile>((file) => file.close())

const drop = (state: State, run: Run): void => {
  state.droppable.add(run.entry.file)
  unused.register(run, run.file)
}

/** Files that a manifest names. */
export const namedFiles = (manifest: Manifest | undefined): string[] =>
  manifest === undefined ? [] : [...manifest.runs.map(({ file }) => file), ...Object.values(manifest.amended)]
