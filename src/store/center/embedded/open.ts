/** Opens an embedded center: the manifest and its runs, the amended events, then the log from where the manifest ends. */
import { MillraceError } from '../../../base/error.ts'
import type { EventPlan, Named } from '../../../model/plan.ts'
import type { Disk } from '../../disk/port.ts'
import type { Log } from '../../log/port.ts'
import type { EraseRequest } from '../port.ts'
import { applyErasure } from './erase.ts'
import { checkPlaces } from './evolution.ts'
import { namedFiles } from './flush.ts'
import { type Manifest, readManifest, type StoredSchema } from './manifest.ts'
import { createEventDecoder, type ImportRecord, parseJsonRecord, recordKinds } from './records.ts'
import { createPageCache } from './run/pages.ts'
import { addRuns, applyVersion, createTypeState, openStateRun, runPath, runsFolder, type State, type TypeState } from './state.ts'

export interface OpenStateOptions {
  readonly disk: Disk
  readonly folder: string
  readonly events: Named<EventPlan>
  readonly cacheBytes: number
}

/** The state as the manifest has it. Throws MANIFEST_DAMAGED, DATA_DAMAGED, FORMAT_TOO_NEW, SCHEMA_CHANGED. */
export const openState = ({
  disk,
  folder,
  events,
  cacheBytes,
}: OpenStateOptions): { readonly state: State; readonly kept: readonly string[]; readonly isErasing: boolean } => {
  const { manifest, previous } = readManifest(disk, folder)
  const schemas = currentSchemas(manifest, events)
  const state: State = {
    disk,
    folder,
    cache: createPageCache(cacheBytes),
    types: typesOf(schemas, events),
    stamp: manifest.stamp,
    manifest,
    schemas,
    imports: manifest.imports,
    erased: manifest.erased,
    droppable: new Set(namedFiles(previous)),
    nextFile: 1 + Math.max(0, ...disk.list(runsFolder(folder)).map((name) => Number.parseInt(name, 10) || 0)),
    nextRunNumber: 0,
  }
  checkStored(manifest, events)
  for (const entry of manifest.runs) addRuns(state.types.get(entry.type)!, [openStateRun(state, entry)])
  const decoder = createEventDecoder(state)
  for (const [type, file] of Object.entries(manifest.amended)) restoreAmended(state.types.get(type)!, decoder.ofFile(runPath(state, file)))
  return {
    state,
    kept: [...namedFiles(manifest), ...namedFiles(previous)],
    // The manifest before still names files with what was erased.
    isErasing: previous !== undefined && previous.erased.length < manifest.erased.length,
  }
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

const restoreAmended = (of: TypeState, { hidden, versions }: ReturnType<ReturnType<typeof createEventDecoder>['ofFile']>): void => {
  const runs = new Map(of.runs.map((run) => [run.entry.file, run]))
  for (const [file, rows] of hidden) for (const row of rows) runs.get(file)?.hidden.add(row)
  for (const version of versions) of.live.add(version)
}

/** Applies what the log has beyond the manifest. */
export const replay = async (state: State, log: Log): Promise<void> => {
  const from = state.manifest.logOffset
  if (log.end().offset < from) throw logMissing(state, log.end().offset)
  const decoder = createEventDecoder(state)
  let expected = from
  for await (const record of log.read(from)) {
    if (record.offset !== expected) throw logMissing(state, record.offset)
    expected++
    if (record.kind === recordKinds.event) {
      const { version, further } = decoder.ofLog(record)
      const of = state.types.get(version.type)!
      applyVersion(of, version, further)
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
    state.stamp = record.stamp
  }
  state.stamp = Math.max(state.stamp, log.end().stamp)
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

const logMissing = (state: State, found: number): MillraceError =>
  new MillraceError('LOG_DAMAGED', 'records of the log that are in no run are missing', {
    at: state.folder,
    value: { offset: found },
    expected: `records from offset ${state.manifest.logOffset} on`,
    hint: 'bring back the log from a copy',
  })
