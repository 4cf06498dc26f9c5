/** The center's one writer: what changes the center happens here, one thing after another. */
import { assert } from '../../../base/assert.ts'
import { MillraceError } from '../../../base/error.ts'
import { valueAt } from '../../../model/cell.ts'
import type { EventVersion } from '../../../model/event.ts'
import type { Log, NewRecord } from '../../log/port.ts'
import type { Appended, AppendOutcome, NewEvent } from '../port.ts'
import { type FrozenType, freeze, installChange, namedFiles, settleBacklog, type TypeChange, thaw, writeFrozen } from './flush.ts'
import { judge, type Offered } from './judge.ts'
import { firstPending } from './lost.ts'
import { type Manifest, manifestFormat, writeManifest } from './manifest.ts'
import { eventRecord } from './records.ts'
import type { Run } from './run/open.ts'
import { applyVersion, runsFolder, type State, type TypeState, versionsOf } from './state.ts'

export interface WriterOptions {
  readonly state: State
  readonly log: Log
  readonly clock: () => number
  /** Live plain events of this many bytes in the log are written into runs. */
  readonly flushBytes: number
  /** How far an event's time may lie beyond its stamp. */
  readonly maxAheadMs: number
}

interface Waiting {
  readonly events: readonly NewEvent[]
  readonly resolve: (appended: Appended) => void
  readonly reject: (error: unknown) => void
}

/** A version judged and not yet durable. */
interface Pending {
  readonly of: TypeState
  readonly version: Offered & { readonly version: number }
  readonly further: boolean
  readonly bytes: number
}

export interface Writer {
  append(events: readonly NewEvent[]): Promise<Appended>
  /** Does something alone: no append or flush runs at the same time. */
  inTurn<T>(task: () => Promise<T>): Promise<T>
  /** Writes everything in memory into runs and lets go of the log below. Within a turn. */
  flush(): Promise<void>
  /**
   * Writes manifests until both have every declaration, which is before a record is written by it: each may have to stand in for
   * the other. Within a turn.
   */
  declare(): Promise<void>
}

/**
 * Appends go on while what is in memory is written into runs; only as much again having come makes them wait. Everything else
 * begins when that flush is over.
 */
export const createWriter = (options: WriterOptions): Writer => {
  const { state, flushBytes } = options
  let waiting: Waiting[] = []
  let work: Promise<unknown> = Promise.resolve()
  let ongoing: OngoingFlush | undefined

  const next = <T>(task: () => Promise<T>): Promise<T> => {
    const result = work.then(task)
    work = result.catch(() => {})
    return result
  }

  /** Within a turn. What is in memory is safe in the log: a flush that failed is tried again after the next append. */
  const settle = async (): Promise<void> => {
    const flush = ongoing
    ongoing = undefined
    if (flush !== undefined) await endFlush(options, flush).catch(ignoreWorld)
  }

  const inTurn = <T>(task: () => Promise<T>): Promise<T> =>
    next(async () => {
      await settle()
      return task()
    })

  /** Within a turn, which ends before the flush does. */
  const begin = async (): Promise<void> => {
    const flush = await beginFlush(state, options.log)
    if (flush === undefined) return
    ongoing = flush
    const end = (): Promise<void> => next(() => (ongoing === flush ? settle() : Promise.resolve())).catch(() => {})
    flush.written.then(end, end)
  }

  /** All appends that wait become one commit: they share one sync, and what one says holds for the next. */
  const round = async (): Promise<void> => {
    const group = waiting
    waiting = []
    try {
      const appended = await commit(options, group)
      for (const [i, { resolve }] of group.entries()) resolve(appended[i]!)
    } catch (error) {
      for (const { reject } of group) reject(error)
      return
    }
    if (plainBytes(state) - (ongoing?.plainBytes ?? 0) < flushBytes) return
    await settle()
    await begin()
  }

  const append = (events: readonly NewEvent[]): Promise<Appended> =>
    new Promise((resolve, reject) => {
      waiting.push({ events, resolve, reject })
      if (waiting.length === 1) next(round).catch(() => {})
    })

  return { append, inTurn, flush: () => flushAll(options), declare: () => declareTwice(options) }
}

const ignoreWorld = (error: unknown): void => {
  if (!(error instanceof MillraceError)) throw error
}

/** What is in memory is safe in the log: a flush that fails, for want of room say, is tried again after the next append. */
export const flushIfPossible = ({ flush }: Pick<Writer, 'flush'>): Promise<void> => flush().catch(ignoreWorld)

/** Bytes in the log of what no run has. */
export const plainBytes = ({ types }: State): number => {
  let bytes = 0
  for (const of of types.values()) bytes += of.plainBytes
  return bytes
}

const commit = async ({ state, log, clock, maxAheadMs }: WriterOptions, group: readonly Waiting[]): Promise<Appended[]> => {
  const round = createRound(state, log.end().offset, Math.max(clock(), state.stamp) + maxAheadMs)
  const outcomes = group.map(({ events }) => events.map((event) => round.judge(event)))
  if (round.records.length > 0) {
    const { stamp, offset } = await log.append(round.records)
    assert(offset === round.firstOffset, 'the center is the only writer of its log')
    for (const { of, version, further, bytes } of round.pending) {
      applyVersion(of, { ...version, recordedAt: stamp, knownAt: version.knownAt ?? stamp }, further)
      of.plainBytes += bytes
    }
    state.stamp = stamp
  }
  return outcomes.map((each) => ({ stamp: state.stamp, outcomes: each }))
}

/** Judges events one after another, each against what is stored and what came before it in the round. */
const createRound = (state: State, firstOffset: number, latestTime: number) => {
  const records: NewRecord[] = []
  const pending: Pending[] = []
  const fresh = new Map<string, readonly EventVersion[]>()

  const store = (of: TypeState, version: Offered, further: boolean, back: number): EventVersion => {
    const record = eventRecord({ version, further, versionBack: back }, of.schema)
    const full = { ...version, version: version.version ?? firstOffset + records.length - back }
    records.push(record)
    pending.push({ of, version: full, further, bytes: record.bytes.length })
    return { ...full, recordedAt: Number.NaN, knownAt: Number.NaN }
  }

  const judgeEvent = (event: NewEvent): AppendOutcome => {
    const of = state.types.get(event.type)
    if (of?.declared !== true) return { outcome: 'refused', code: 'EVENT_UNKNOWN', reason: `no event type '${event.type}' is declared` }
    if (of.withheld !== undefined) return { outcome: 'refused', code: 'DATA_DAMAGED', reason: of.withheld.message }
    if (event.time > latestTime)
      return { outcome: 'refused', code: 'TIME_AHEAD', reason: `${event.time} is too far ahead of now: times may be at most ${latestTime}` }
    // Runs keep the subject once, in the data.
    if (event.op === 'put' && valueAt(event.data, of.plan.subject) !== event.subject) {
      return { outcome: 'refused', code: 'SUBJECT_INVALID', reason: `the subject '${event.subject}' is not what ${of.plan.subject} says` }
    }
    const name = `${event.type}\0${event.id}`
    const known = fresh.get(name) ?? versionsOf(of, event.id)
    if (known.length === 0 && !isFirst(event) && firstPending(state) !== undefined) return lostTarget
    const judgement = judge(event, known, of.plan)
    if (judgement.verdict === 'duplicate') return { outcome: 'duplicate' }
    if (judgement.verdict === 'refused') return { outcome: 'refused', code: judgement.code, reason: judgement.reason }
    const further = known.length > 0
    const added = [store(of, judgement.version, further, 0)]
    if (judgement.moved !== undefined) added.push(store(of, judgement.moved, true, 1))
    fresh.set(
      name,
      [...known, ...added].sort((a, b) => a.version - b.version),
    )
    return { outcome: 'stored' }
  }

  return { judge: judgeEvent, records, pending, firstOffset }
}

const isFirst = ({ op, correction, version }: NewEvent): boolean => (op === 'put' && correction !== true) || version !== undefined

const lostTarget: AppendOutcome = {
  outcome: 'refused',
  code: 'LOG_DAMAGED',
  reason: 'the event that this repairs is not known, and may be among the records of the log that are damaged',
}

/** What memory had at a moment, on its way into runs. */
interface OngoingFlush {
  readonly frozen: readonly FrozenType[]
  /** Of all types. */
  readonly plainBytes: number
  /** Every record below it is in what was frozen, or in runs. */
  readonly logOffset: number
  readonly stamp: number
  readonly written: Promise<readonly TypeChange[]>
}

/** Within a turn. Undefined where amended events are damaged: the log keeps everything after them. */
const beginFlush = async (state: State, log: Log): Promise<OngoingFlush | undefined> => {
  if (isWithholding(state)) return undefined
  for (const of of state.types.values()) await settleBacklog(state, of)
  const moment = { plainBytes: plainBytes(state), logOffset: log.end().offset, stamp: state.stamp }
  const frozen = [...state.types.values()].map(freeze)
  const written = writeAll(state, frozen)
  // Whoever ends the flush is told.
  written.catch(() => {})
  return { ...moment, frozen, written }
}

const writeAll = async (state: State, frozen: readonly FrozenType[]): Promise<readonly TypeChange[]> => {
  const changes: TypeChange[] = []
  for (const one of frozen) changes.push(await writeFrozen(state, one))
  return changes
}

/** Within a turn. Runs first, then the manifest that names them, then what it makes needless is removed: a crash in between costs nothing. */
const endFlush = async (options: WriterOptions, flush: OngoingFlush): Promise<void> => {
  const { state, log } = options
  try {
    await persist(options, flush, await flush.written)
  } finally {
    for (const one of flush.frozen) thaw(one)
  }
  await log.dropBelow(state.manifest.keepFrom)
}

const flushAll = async (options: WriterOptions): Promise<void> => {
  const flush = await beginFlush(options.state, options.log)
  if (flush !== undefined) await endFlush(options, flush)
}

const isWithholding = ({ types }: State): boolean => [...types.values()].some(({ withheld }) => withheld !== undefined)

const declareTwice = async (options: WriterOptions): Promise<void> => {
  const { state } = options
  for (let manifests = 0; manifests < 2; manifests++) {
    if (isWithholding(state)) await persistSchemas(state)
    else await flushAll(options)
  }
}

/** Nothing but what new records are written by. */
const persistSchemas = async (state: State): Promise<void> => {
  const { disk, folder, manifest, schemas } = state
  state.manifest = { ...manifest, number: manifest.number + 1, schemas }
  await writeManifest(disk, folder, state.manifest)
}

/** Writes the manifest of what is, with these changes, and installs them. */
const persist = async ({ state }: WriterOptions, { logOffset, stamp }: OngoingFlush, changes: readonly TypeChange[]): Promise<void> => {
  await state.disk.syncFolder(runsFolder(state.folder))
  const before = state.manifest
  const retired = new Set<Run>(changes.flatMap((change) => change.retired))
  const manifest: Manifest = {
    format: manifestFormat,
    number: before.number + 1,
    logOffset,
    // What is lost may come back: the file that had it is kept until it is given up.
    keepFrom: Math.min(before.logOffset, ...state.lost.flatMap(({ isGivenUp, from }) => (isGivenUp === true ? [] : [from]))),
    stamp,
    schemas: state.schemas,
    runs: [
      ...[...state.types.values()].flatMap(({ runs }) => runs.filter((run) => !retired.has(run))),
      ...changes.flatMap(({ added }) => added),
    ].map(({ entry }) => entry),
    amended: Object.fromEntries(
      changes.flatMap(({ frozen, amendedFile }) => (amendedFile === undefined ? [] : [[frozen.of.type, amendedFile]])),
    ),
    imports: state.imports,
    erased: state.erased,
    ...(state.lost.length > 0 && { lost: state.lost }),
  }
  await writeManifest(state.disk, state.folder, manifest)
  state.manifest = manifest
  for (const change of changes) installChange(state, change)
  const named = new Set([...namedFiles(before), ...namedFiles(manifest)])
  for (const file of state.droppable) {
    if (named.has(file)) continue
    state.disk.remove(`${runsFolder(state.folder)}/${file}`)
    state.droppable.delete(file)
  }
  for (const file of namedFiles(before)) state.droppable.add(file)
}

/** Removes files that nothing names: what a crash left behind. */
export const sweep = (state: State, named: readonly string[]): void => {
  const keep = new Set(named)
  const folder = runsFolder(state.folder)
  for (const name of state.disk.list(folder)) if (!keep.has(name)) state.disk.remove(`${folder}/${name}`)
}
