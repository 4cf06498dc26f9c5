/** Opens an embedded center: the manifest and its runs, the amended events, then the log from where the manifest ends. */
import { MillraceError } from '../../../base/error.ts'
import type { EventPlan, Named } from '../../../model/plan.ts'
import type { Disk } from '../../disk/port.ts'
import type { Log, LogGap, LogRecord } from '../../log/port.ts'
import type { EraseRequest } from '../port.ts'
import { amendedDamaged } from './amended-file.ts'
import { createBacklog } from './backlog.ts'
import type { Breath } from './breath.ts'
import { findNames, type RecordNames } from './codec.ts'
import { applyErasure } from './erase.ts'
import { checkPlaces } from './evolution.ts'
import { namedFiles } from './flush.ts'
import { type LostRecords, notGivenUp } from './lost.ts'
import { type Manifest, readManifest, type StoredSchema } from './manifest.ts'
import { createEventDecoder, type ImportRecord, parseJsonRecord, recordKinds } from './records.ts'
import { isDamage } from './run/file.ts'
import { createPageCache } from './run/pages.ts'
import { addRuns, applyVersion, createTypeState, openStateRun, runPath, runsFolder, type State, type TypeState } from './state.ts'

export interface OpenStateOptions {
  readonly disk: Disk
  readonly folder: string
  readonly events: Named<EventPlan>
  readonly cacheBytes: number
  readonly mergeBytes: number
  readonly maxAheadMs: number
  readonly breathe: Breath
}

export interface OpenedState {
  readonly state: State
  /** Files that a manifest names. */
  readonly kept: readonly string[]
  /** The manifest before still names files with what was erased. */
  readonly isErasing: boolean
  /** The manifests have every declaration that records may be written by. */
  readonly isDeclared: boolean
}

/**
 * The state as the manifest has it. Where amended events of the newest are damaged, the one before stands in with its own, since
 * the log has everything after it; where those are damaged too, their types are withheld. Throws MANIFEST_DAMAGED,
 * FORMAT_TOO_NEW, SCHEMA_CHANGED.
 */
export const openState = (options: OpenStateOptions): OpenedState => {
  const { manifest, previous } = readManifest(options.disk, options.folder)
  const kept = [...namedFiles(manifest), ...namedFiles(previous)]
  const newest = stateOf(options, manifest, previous)
  const older = previous !== undefined && withheldTypes(newest).length > 0 ? stateOf(options, previous, undefined) : undefined
  const stands = older !== undefined && withheldTypes(older).length === 0
  for (const { runs } of (stands ? newest : older)?.types.values() ?? []) for (const run of runs) run.close()
  const isDeclared = newest.schemas.length === (previous ?? manifest).schemas.length
  if (stands) return { state: older, kept, isErasing: false, isDeclared }
  return { state: newest, kept, isErasing: previous !== undefined && previous.erased.length < manifest.erased.length, isDeclared }
}

const withheldTypes = ({ types }: State): readonly TypeState[] => [...types.values()].filter((of) => of.withheld !== undefined)

const stateOf = (
  { disk, folder, events, cacheBytes, mergeBytes, maxAheadMs, breathe }: OpenStateOptions,
  manifest: Manifest,
  previous: Manifest | undefined,
): State => {
  const schemas = currentSchemas(manifest, events)
  const state: State = {
    disk,
    folder,
    cache: createPageCache(cacheBytes),
    breathe,
    types: typesOf(schemas, events),
    mergeBytes,
    maxAheadMs,
    lost: manifest.lost ?? [],
    stamp: manifest.stamp,
    manifest,
    schemas,
    imports: manifest.imports,
    erased: manifest.erased,
    droppable: new Set(namedFiles(previous)),
    nextFile: 1 + Math.max(0, ...disk.list(runsFolder(folder)).map((name) => Number.parseInt(name, 10) || 0)),
  }
  checkStored(manifest, events)
  for (const entry of manifest.runs) addRuns(state.types.get(entry.type)!, [openStateRun(state, entry)])
  const decoder = createEventDecoder(state)
  for (const [type, file] of Object.entries(manifest.amended)) restoreAmended(state.types.get(type)!, runPath(state, file), decoder)
  return state
}

/** The declaration that was in force when a type's runs were last opened, against that of today. */
const checkStored = ({ schemas, runs }: Manifest, events: Named<EventPlan>): void => {
  const latest = new Map(schemas.map(({ type, plan }) => [type, plan]))
  for (const type of new Set(runs.map((run) => run.type))) {
    const declared = events[type]
    if (declared !== undefined) checkPlaces(type, latest.get(type)!, declared)
  }
}

/** Stored declarations, and a new number for each declared type that none of them fits. */
const currentSchemas = (manifest: Manifest, events: Named<EventPlan>): readonly StoredSchema[] => {
  const schemas = [...manifest.schemas]
  for (const [type, plan] of Object.entries(events)) {
    if (!schemas.some((schema) => isCurrent(schema, type, plan))) schemas.push({ number: schemas.length, type, plan })
  }
  return schemas
}

const isCurrent = (schema: StoredSchema, type: string, plan: EventPlan): boolean =>
  schema.type === type && JSON.stringify(schema.plan) === JSON.stringify(plan)

const typesOf = (schemas: readonly StoredSchema[], events: Named<EventPlan>): ReadonlyMap<string, TypeState> => {
  const types = new Map<string, TypeState>()
  for (const schema of schemas) {
    const plan = events[schema.type]
    if (plan === undefined) types.set(schema.type, createTypeState(schema, false))
    else if (isCurrent(schema, schema.type, plan)) types.set(schema.type, createTypeState(schema, true))
  }
  return types
}

type Decoder = ReturnType<typeof createEventDecoder>

const restoreAmended = (of: TypeState, path: string, decoder: Decoder): void => {
  try {
    const { hidden, versions } = decoder.ofFile(path)
    const runs = new Map(of.runs.map((run) => [run.entry.file, run]))
    for (const [file, rows] of hidden) for (const row of rows) runs.get(file)?.hidden.add(row)
    for (const version of versions) of.live.add(version)
  } catch (error) {
    if (!isDamage(error)) throw error
    of.withheld = amendedDamaged(path)
  }
}

/**
 * Takes in a record, if it is the first one of a plain event, without making the event; false where it is anything else. An event
 * may have been sent again while its record was lost: so once any was, all are made.
 */
const createDeferral = (state: State, decoder: Decoder) => {
  const names: RecordNames = { schema: 0, idAt: 0, idEnd: 0, subjectAt: 0, subjectEnd: 0 }
  const bySchema = new Map(
    [...state.types.values()].map((of) => {
      const backlog = createBacklog((record) => decoder.ofLog(record).version)
      of.live.defer(backlog)
      return [of.schema.number, { of, backlog }] as const
    }),
  )
  return (record: LogRecord): boolean => {
    if (record.kind !== recordKinds.event || !findNames(record.bytes, names)) return false
    const found = bySchema.get(names.schema)
    if (found?.backlog.add(record, names) !== true) return false
    found.of.plainBytes += record.bytes.length
    return true
  }
}

/** Applies what the log has beyond the manifest, and what could not be read when that was written and now can. */
export const replay = async (state: State, log: Log): Promise<void> => {
  const decoder = createEventDecoder(state)
  const known = state.lost
  const lost = known.filter(({ isGivenUp }) => isGivenUp === true)
  for (const gap of known) if (gap.isGivenUp !== true) lost.push(...(await restoreLost(state, log, decoder, gap)))
  const onGap = (gap: LogGap): void => {
    if (notGivenUp(gap, known)) lost.push(gap)
  }
  const defer = known.length === 0 ? createDeferral(state, decoder) : () => false
  for await (const records of log.read(state.manifest.logOffset, onGap)) {
    for (const record of records) if (lost.length > 0 || !defer(record)) applyRecord(state, decoder, record, false)
    state.stamp = records.at(-1)!.stamp
  }
  state.lost = lost
  state.stamp = Math.max(state.stamp, log.end().stamp)
}

/** Takes in what was lost and is there again; gives what still is not. A lost erasure stays lost: what came after it must not go. */
const restoreLost = async (state: State, log: Log, decoder: Decoder, gap: LostRecords): Promise<LostRecords[]> => {
  const still: LostRecords[] = []
  const { after, upTo } = gap
  const onGap = ({ segment, byte, from, to }: LogGap): void => {
    if (from < gap.to) still.push({ segment, byte, from, to: Math.min(to, gap.to), after, upTo })
  }
  for await (const records of log.read(gap.from, onGap)) {
    for (const record of records.filter(({ offset }) => offset < gap.to)) {
      if (record.kind === recordKinds.erase) still.push({ ...gap, from: record.offset, to: record.offset + 1 })
      else applyRecord(state, decoder, record, true)
    }
    if (records.at(-1)!.offset >= gap.to) break
  }
  return still
}

/** `isLate`: others of its event may be stored already, whatever the record says of versions before it. */
const applyRecord = (state: State, decoder: Decoder, record: LogRecord, isLate: boolean): void => {
  if (record.kind === recordKinds.event) {
    const { version, further } = decoder.ofLog(record)
    const of = state.types.get(version.type)!
    applyVersion(of, version, further || isLate)
    of.plainBytes += record.bytes.length
  } else if (record.kind === recordKinds.import) {
    applyImport(state, parseJsonRecord<ImportRecord>(record), record)
  } else if (record.kind === recordKinds.erase) {
    applyErasure(state, parseJsonRecord<EraseRequest>(record), record.stamp)
  } else
    throw new MillraceError('FORMAT_TOO_NEW', 'a record of a kind that is not known', {
      at: `offset ${record.offset}`,
      value: record.kind,
    })
}

/** The rows of an import stand in its runs from its commit on. */
export const applyImport = (
  state: State,
  { committed, runs }: ImportRecord,
  commit: { readonly stamp: number; readonly offset: number },
): void => {
  const { stamp, offset } = commit
  for (const entry of runs) addRuns(state.types.get(entry.type)!, [openStateRun(state, { ...entry, commit: { stamp, offset } })])
  state.imports = [...state.imports, { ...committed, stamp }]
}
