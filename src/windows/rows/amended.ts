/**
 * Events with more than one version, or with another than a `put`. They are few, so each is kept whole: all its versions, and for
 * each the rows it would give. The row that holds as corrected stands in its series like any other, marked, under the highest
 * stamps of all versions: a read at or above these takes it as it is, any other leaves it out and asks here.
 */
import type { EventVersion, Read } from '../../model/event.ts'

/** A row that some version gives, as it would stand in the series of `key`. */
export interface VersionRow {
  readonly key: number
  readonly row: Float64Array
}

export interface Entry {
  readonly op: EventVersion['op']
  version: number
  readonly recordedAt: number
  readonly knownAt: number
  readonly time: number
  readonly seq: number
  readonly rows: VersionRow[]
}

export interface Amended {
  readonly type: string
  readonly id: string
  readonly entries: Entry[]
  /** What stands in series now. */
  placed: VersionRow[]
  maxRecorded: number
  maxKnown: number
}

/** The version of a row that came in a table, which does not say it; taken to be older than any that is known. */
export const unknownVersion = Number.NEGATIVE_INFINITY

export const createAmended = (type: string, id: string): Amended => ({
  type,
  id,
  entries: [],
  placed: [],
  maxRecorded: Number.NEGATIVE_INFINITY,
  maxKnown: Number.NEGATIVE_INFINITY,
})

/** Adds a version; one that is known gets the rows it lacks. `isSameRow` tells rows of one key and member. */
export const addEntry = (amended: Amended, entry: Entry, isSameRow: (a: VersionRow, b: VersionRow) => boolean): void => {
  const known = amended.entries.find((other) => isSameEntry(other, entry))
  if (known === undefined) {
    amended.entries.push(entry)
    amended.maxRecorded = Math.max(amended.maxRecorded, entry.recordedAt)
    amended.maxKnown = Math.max(amended.maxKnown, entry.knownAt)
    return
  }
  if (known.version === unknownVersion) known.version = entry.version
  for (const row of entry.rows) if (!known.rows.some((other) => isSameRow(other, row))) known.rows.push(row)
}

const isSameEntry = (a: Entry, b: Entry): boolean =>
  a.op === b.op &&
  a.time === b.time &&
  a.seq === b.seq &&
  (a.version === b.version || ((a.version === unknownVersion || b.version === unknownVersion) && a.recordedAt === b.recordedAt))

/**
 * The rows that hold for a read: those of the highest visible version, when it is a `put`. A marker without the `put` of its
 * version says that the event is elsewhere, in a row of its own.
 */
export const rowsHolding = ({ entries }: Amended, read: Read): readonly VersionRow[] => {
  let best: Entry | undefined
  for (const entry of entries) {
    if (read.as !== 'corrected' && (read.as === 'recorded' ? entry.recordedAt : entry.knownAt) > read.cutoff) continue
    if (best === undefined || entry.version > best.version || (entry.version === best.version && best.op === 'moved')) best = entry
  }
  return best?.op === 'put' ? best.rows : noRows
}

const noRows: readonly VersionRow[] = []
