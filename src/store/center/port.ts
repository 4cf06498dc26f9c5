/**
 * The event center: all events of all types, every version, durable, in time order per subject and per linked entity.
 * Backends implement this port and pass its conformance suite; engines and the tree read through it and nothing else.
 *
 * Reads give versions, not opinions: which of an event's versions holds for a root is decided above, from the stamps that
 * come with them. Answers may be given at once or later, so that a store in this process costs no turn of the event loop.
 */
import type { Answer } from '../../base/answer.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import type { EventTable } from '../../model/table.ts'
import type { Data, Value } from '../../model/value.ts'

/** `[from, to)` in event time; −Infinity and Infinity where there is no bound. */
export interface TimeRange {
  readonly from: number
  readonly to: number
}

export interface ScanRequest extends TimeRange {
  readonly type: string
  /** Paths into the event's data. */
  readonly columns: readonly string[]
}

/**
 * A scan's events that carry the values of one of these keys in its fields: one series' raw material, or that of many at once. All
 * keys name the same fields, and no two are the same.
 */
export interface KeysRequest extends ScanRequest {
  readonly keys: readonly { readonly [path: string]: Value }[]
}

/** Whole events with one key, those that hold for a read, in the total order. */
export interface EventsRequest extends TimeRange {
  readonly types: readonly string[]
  readonly key: { readonly [path: string]: Value }
  readonly read: Read
  /** Only the latest so many, counted after the read has chosen versions and `accept` has chosen events. */
  readonly last?: number
  readonly accept?: (event: EventVersion) => boolean
}

/** How many events of a type hold as corrected, and the times of the first and the last; Infinity and −Infinity where there is none. */
export interface Extent extends TimeRange {
  readonly count: number
}

export interface CenterReader {
  /** The last stamp of which every version is readable. */
  safe(): number
  /** Told without reading the events. */
  extent(type: string): Answer<Extent>
  scan(request: ScanRequest): Answer<EventTable>
  table(request: KeysRequest): Answer<EventTable>
  events(request: EventsRequest): Answer<readonly EventVersion[]>
  /** The stamp at which a subject's events of a type were last erased; undefined when they never were. */
  erasedAt(type: string, subject: string): number | undefined
  /** All versions of one event, in the order of their versions; none when it was never seen. */
  versions(type: string, id: string): Answer<readonly EventVersion[]>
}

/** Where an event stood before a correction moved it. */
export type Place = Pick<EventVersion, 'time' | 'seq' | 'subject'> & { readonly data: Data }

/** A standardised event as it is offered to the center. The center gives its stamp, and its version where none is declared. */
export interface NewEvent {
  readonly type: string
  readonly id: string
  readonly subject: string
  readonly time: number
  readonly seq: number
  /** `seq` (and that of `previous`) is where a record stood, which says nothing of the event: a known one keeps its own. */
  readonly isSeqDerived?: true
  readonly data: Data
  readonly op: 'put' | 'delete'
  /** Says that this repairs an event already recorded. Without it, other content under a known id is refused. */
  readonly correction?: boolean
  /** The source's order of corrections. Left out: the log's position. */
  readonly version?: number
  /** Left out: the stamp it is recorded at. */
  readonly knownAt?: number
  /** Named by a correction or deletion that leaves a place. */
  readonly previous?: Place
}

export type AppendOutcome =
  | { readonly outcome: 'stored' | 'duplicate' }
  /** ID_CONFLICT, CORRECTION_TARGET_UNKNOWN and the like: not stored, everything else of the batch is. */
  | { readonly outcome: 'refused'; readonly code: Uppercase<string>; readonly reason: string }

export interface Appended {
  /** The commit's stamp: `recordedAt` of everything stored. */
  readonly stamp: number
  readonly outcomes: readonly AppendOutcome[]
}

export interface Center extends CenterReader {
  /** Durable when it resolves, and readable; one commit, one stamp. */
  append(events: readonly NewEvent[]): Promise<Appended>
  /** Starts an import, or goes on with the one of this id that was broken off. */
  import(id: string): Promise<ImportWriter>
  /**
   * Removes every version whose subject this is from everything that is kept, for good, and leaves a marker. Events of others
   * that name the subject in a link stay. Refused (IMPORT_RUNNING) while an import of one of the types is under way.
   */
  erase(request: EraseRequest): Promise<Erased>
  close(): Promise<void>
}

export interface EraseRequest {
  readonly types: readonly string[]
  readonly subject: string
}

export interface Erased {
  readonly stamp: number
  /** Versions removed. */
  readonly versions: number
}

/**
 * Rows of an import become visible together, at the stamp of the import's commit, or never. What was `sync`ed survives a
 * kill: `resumeAfter` says up to which source position, and rows up to there must not be written again.
 */
export interface ImportWriter {
  readonly state: 'new' | 'resumed' | 'committed'
  /** The source's last synced position, -1 for none. */
  readonly resumeAfter: number
  /**
   * Plain rows of one type (`amended` empty), in any order; `position` is the source's position of the last of them. Their
   * `recordedAt` is not looked at; a `knownAt` that is NaN is the stamp of the import's commit. Arrays may be used again, but a
   * dictionary is kept: it may grow, and what stands at a code must not change.
   */
  write(table: EventTable, position: number): Promise<void>
  sync(): Promise<void>
  commit(options?: CommitOptions): Promise<ImportCommit>
  /** Gives the import up: nothing of it is kept. */
  abort(): Promise<void>
  /** Lets go of an import that is not over: `import` goes on with it from its last sync. Nothing where it is over. */
  release(): Promise<void>
}

export interface ImportCommit {
  readonly stamp: number
  readonly stored: number
  /** Rows that were there already, with the same content. */
  readonly duplicates: number
  /**
   * Rows whose id was there with other content: not stored. The first 1,000 are listed, or more where that is asked for: by type,
   * then in the total order, however often the import was broken off.
   */
  readonly conflictCount: number
  readonly conflicts: readonly ImportConflict[]
}

export interface CommitOptions {
  /** More rows in conflict than 1,000 are listed: so many. By this commit only: of one that was made before, the first 1,000 are known. */
  readonly mostConflicts?: number
}

export interface ImportConflict {
  readonly type: string
  readonly id: string
  readonly time: number
  readonly seq: number
  /** The source's position up to which the rows were `sync`ed that it was among. */
  readonly position: number
}
