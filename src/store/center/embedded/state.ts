/** What an open center holds: for each declared type its runs and its live events. Changed by the writer's turn only. */
import { MillraceError } from '../../../base/error.ts'
import { didYouMean } from '../../../base/suggest.ts'
import type { EventVersion } from '../../../model/event.ts'
import type { EventPlan } from '../../../model/plan.ts'
import type { Disk } from '../../disk/port.ts'
import type { Breath } from './breath.ts'
import { createLive, type Live } from './live.ts'
import type { LostRecords } from './lost.ts'
import type { CommittedImport, ErasedSubject, Manifest, StoredSchema } from './manifest.ts'
import { dataDamaged } from './run/file.ts'
import { createDamagedRun, openRun, type Run, type RunEntry } from './run/open.ts'
import type { PageCache } from './run/pages.ts'

export interface TypeState {
  readonly type: string
  readonly plan: EventPlan
  readonly schema: StoredSchema
  /** False for a type that is stored and no longer declared: it is carried along and not read. */
  readonly declared: boolean
  readonly live: Live
  /** By time. */
  runs: Run[]
  /** Bytes of log records whose events are in `live` as plain ones. */
  plainBytes: number
  /** Runs with rows that must not stay on the disk. */
  readonly toRewrite: Set<Run>
  /** Its amended events are damaged, so that no row of its runs can be trusted to hold: what every read of it is answered. */
  withheld: MillraceError | undefined
}

export interface State {
  readonly disk: Disk
  readonly folder: string
  readonly cache: PageCache
  readonly breathe: Breath
  readonly types: ReadonlyMap<string, TypeState>
  /** How far an event's time may lie beyond its stamp. */
  readonly maxAheadMs: number
  /** What rows may take in memory while runs are merged, about. */
  readonly mergeBytes: number
  lost: readonly LostRecords[]
  /** The last stamp applied. */
  stamp: number
  manifest: Manifest
  schemas: readonly StoredSchema[]
  imports: readonly CommittedImport[]
  erased: readonly ErasedSubject[]
  /** Files to be removed once neither the newest manifest nor the one before names them. */
  readonly droppable: Set<string>
  /** Number of the next file. */
  nextFile: number
}

const bucketMs = 32 * 86_400_000
export const bucketOf = (time: number): number => Math.floor(time / bucketMs)

export const runsFolder = (folder: string): string => `${folder}/runs`
export const runPath = (state: Pick<State, 'folder'>, file: string): string => `${runsFolder(state.folder)}/${file}`

export const nextFile = (state: State, ending: 'run' | 'amended'): string => `${String(state.nextFile++).padStart(12, '0')}.${ending}`

export const createTypeState = (schema: StoredSchema, declared: boolean): TypeState => ({
  type: schema.type,
  plan: schema.plan,
  schema,
  declared,
  live: createLive(schema.plan),
  runs: [],
  plainBytes: 0,
  toRewrite: new Set(),
  withheld: undefined,
})

/** A type as it can be read. Throws EVENT_UNKNOWN, and DATA_DAMAGED where it is withheld. */
export const readableType = (state: State, type: string): TypeState => {
  const of = typeState(state, type)
  if (of.withheld !== undefined) throw of.withheld
  return of
}

/** Throws EVENT_UNKNOWN. */
export const typeState = (state: State, type: string): TypeState => {
  const found = state.types.get(type)
  if (found?.declared === true) return found
  const known = [...state.types.values()].filter(({ declared }) => declared).map((one) => one.type)
  throw new MillraceError('EVENT_UNKNOWN', 'no such event type is declared', { at: type, hint: didYouMean(type, known) })
}

/** A run that cannot be opened stands among the others and gives its error to each read that needs it. */
export const openStateRun = (state: State, entry: RunEntry): Run => {
  const path = runPath(state, entry.file)
  try {
    return openRun(entry, {
      disk: state.disk,
      path,
      plan: state.types.get(entry.type)!.plan,
      cache: state.cache,
    })
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    if (error.code === 'DATA_DAMAGED') return createDamagedRun(entry, error)
    if (error.code === 'FILE_MISSING')
      return createDamagedRun(entry, dataDamaged(path, 'the file, which is missing,', { from: 0, to: entry.rows }))
    throw error
  }
}

export const addRuns = (of: TypeState, runs: readonly Run[]): void => {
  of.runs = [...of.runs, ...runs].sort((a, b) => a.entry.minTime - b.entry.minTime || a.entry.maxTime - b.entry.maxTime)
}

/** A plain event in a run. */
interface StoredRow {
  readonly run: Run
  readonly row: number
}

const findRow = (of: TypeState, id: string): StoredRow | undefined => {
  for (const run of of.runs) {
    const row = run.find(id)
    if (row >= 0) return { run, row }
  }
  return undefined
}

/** All versions of an event, in their order. */
export const versionsOf = (of: TypeState, id: string): readonly EventVersion[] => {
  const amended = of.live.amended(id)
  if (amended !== undefined) return amended
  const plain = of.live.plain(id)
  if (plain !== undefined) return [plain]
  const stored = findRow(of, id)
  return stored === undefined ? [] : [stored.run.versionAt(stored.row)]
}

/** Takes a version in. `further`: the event has others already, so a plain row of it is one no longer. */
export const applyVersion = (of: TypeState, version: EventVersion, further: boolean): void => {
  if (further && of.live.amended(version.id) === undefined && of.live.plain(version.id) === undefined) {
    const stored = findRow(of, version.id)
    if (stored !== undefined) {
      of.live.add(stored.run.versionAt(stored.row))
      stored.run.hidden.add(stored.row)
    }
  }
  of.live.add(version)
}
