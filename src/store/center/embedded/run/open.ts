/** A run as it is read: rows of one type and time bucket, all plain puts, in the total order. */
import { MillraceError } from '../../../../base/error.ts'
import type { EventVersion } from '../../../../model/event.ts'
import { fieldAt, required } from '../../../../model/field.ts'
import type { EventPlan } from '../../../../model/plan.ts'
import type { Value } from '../../../../model/value.ts'
import type { Disk, DiskFile } from '../../../disk/port.ts'
import { type Evolution, evolve } from '../evolution.ts'
import { dataOf } from '../leaves.ts'
import { openRunFile } from './file.ts'
import type { RunFooter, StampPart } from './footer.ts'
import { splitId } from './ids.ts'
import type { PageCache, SectionSource } from './pages.ts'
import { type ColumnReader, readColumn } from './read-columns.ts'
import { type IdReader, lowerBound, readIds } from './read-ids.ts'
import { countOf, type NumberReader, readNumbers, rowOf, type Selection } from './read-parts.ts'

/** What the manifest says of a run. */
export interface RunEntry {
  readonly file: string
  readonly type: string
  readonly bucket: number
  readonly rows: number
  readonly bytes: number
  readonly minTime: number
  readonly maxTime: number
  /** Of the commit that made it; left out where every row has its own. */
  readonly commit?: { readonly stamp: number; readonly offset: number }
}

export interface Run {
  readonly entry: RunEntry
  readonly isDamaged: boolean
  readonly file: DiskFile
  readonly footer: RunFooter
  /** Rows that are no plain events any more: their versions stand in the center's amended events, complete. */
  readonly hidden: Set<number>
  readonly time: NumberReader
  readonly seq: NumberReader
  readonly ids: IdReader
  readonly recordedAt: NumberReader
  readonly knownAt: NumberReader
  readonly version: NumberReader
  /** The reader of a declared leaf; undefined where it was not stored and every value is null. */
  column(path: string): ColumnReader | undefined
  /** The first row whose time is not below. */
  rowAtTime(time: number): number
  /** A row of an id that is not hidden; −1 where there is none. */
  find(id: string): number
  versionAt(row: number): EventVersion
  close(): void
}

export interface RunOptions {
  readonly disk: Disk
  readonly path: string
  readonly plan: EventPlan
  readonly cache: PageCache
}

/** Throws FORMAT_TOO_NEW, DATA_DAMAGED, SCHEMA_CHANGED. */
export const openRun = (entry: RunEntry, { disk, path, plan, cache }: RunOptions): Run => {
  const { file, footer, sums } = openRunFile<RunFooter>(disk, path)
  const source: SectionSource = { file, sums, cache }
  const evolution = evolve(entry.type, footer, plan)
  const time = readNumbers(source, footer.time, 'time')
  const seq = readNumbers(source, footer.seq, 'seq')
  const recordedAt = readStamps(source, footer.recordedAt, 'recordedAt', { commit: entry.commit?.stamp, time })
  const run = {
    entry,
    isDamaged: false,
    file,
    footer,
    hidden: new Set<number>(),
    time,
    seq,
    ids: readIds(source, footer.ids, footer.rows, seq),
    recordedAt,
    knownAt: readStamps(source, footer.knownAt, 'knownAt', { commit: entry.commit?.stamp, time, recordedAt }),
    version: readStamps(source, footer.version, 'version', { commit: entry.commit?.offset, time }),
    column: columnReaders(source, { footer, evolution, plan, time, seq }),
    rowAtTime: (at: number) => (at <= footer.minTime ? 0 : at > footer.maxTime ? footer.rows : lowerBound(footer.rows, at, time.at)),
    close: () => file.close(),
  }
  return {
    ...run,
    find: (id) => run.ids.find(id, splitId(id), (row) => !run.hidden.has(row)),
    versionAt: (row) => versionAt(run, plan, row),
  }
}

/** Stands for a run that cannot be opened: what it is known to hold is named, everything else is the error. */
export const createDamagedRun = (entry: RunEntry, error: MillraceError): Run => {
  const refuse = (): never => {
    throw error
  }
  const numbers: NumberReader = { at: refuse, select: refuse }
  return {
    entry,
    hidden: new Set(),
    isDamaged: true,
    get file() {
      return refuse()
    },
    get footer() {
      return refuse()
    },
    time: numbers,
    seq: numbers,
    ids: { at: refuse, find: refuse, keys: refuse },
    recordedAt: numbers,
    knownAt: numbers,
    version: numbers,
    column: refuse,
    rowAtTime: refuse,
    find: refuse,
    versionAt: refuse,
    close: () => {},
  }
}

interface StampContext {
  /** Stamp or offset of the run's commit. */
  readonly commit: number | undefined
  readonly time: NumberReader
  readonly recordedAt?: NumberReader
}

const readStamps = (
  source: SectionSource,
  part: StampPart,
  name: string,
  { commit = Number.NaN, time, recordedAt }: StampContext,
): NumberReader => {
  if (part === 'commit') return constant(commit)
  if (part === 'recorded') return recordedAt ?? constant(commit)
  if ('lag' in part) {
    const { lag } = part
    return { lag, at: (row) => time.at(row) + lag, select: (rows) => time.select(rows).map((at) => at + lag) }
  }
  const own = readNumbers(source, part, name)
  if (!mayBeNull(part.code)) return own
  const orCommit = (stamp: number): number => (Number.isNaN(stamp) ? commit : stamp)
  return { at: (row) => orCommit(own.at(row)), select: (rows) => own.select(rows).map(orCommit) }
}

const mayBeNull = (code: { readonly width: number; readonly nulls: boolean }): boolean => code.nulls || code.width === 8

const constant = (value: number): NumberReader => ({ at: () => value, select: (rows) => new Float64Array(countOf(rows)).fill(value) })

interface ColumnsContext {
  readonly footer: RunFooter
  readonly evolution: Evolution
  readonly plan: EventPlan
  readonly time: NumberReader
  readonly seq: NumberReader
}

const columnReaders = (source: SectionSource, { footer, evolution, plan, time, seq }: ColumnsContext) => {
  const readers = new Map<string, ColumnReader | undefined>()
  return (path: string): ColumnReader | undefined => {
    if (readers.has(path)) return readers.get(path)
    const field = fieldAt(plan.data, path)
    if (field === undefined) throw new MillraceError('FIELD_UNKNOWN', 'no such field is declared', { at: `${footer.type}.${path}` })
    const stored = evolution.get(path)
    const declared = required(field).kind === 'object' ? ({ kind: 'boolean' } as const) : field
    const reader = stored === undefined ? undefined : readColumn({ source, time, seq }, stored, footer.columns[stored]!, declared)
    readers.set(path, reader)
    return reader
  }
}

type Readable = Pick<Run, 'entry' | 'column' | 'time' | 'seq' | 'ids' | 'recordedAt' | 'knownAt' | 'version'>

const versionAt = (run: Readable, plan: EventPlan, row: number): EventVersion => {
  const leaf = (path: string): Value => run.column(path)?.at(row) ?? null
  return {
    type: run.entry.type,
    id: run.ids.at(row),
    subject: leaf(plan.subject) as string,
    time: run.time.at(row),
    seq: run.seq.at(row),
    op: 'put',
    version: run.version.at(row),
    recordedAt: run.recordedAt.at(row),
    knownAt: run.knownAt.at(row),
    data: dataOf(plan.data, leaf),
  }
}

/** Rows of a selection that are plain, or were when these were the hidden ones. */
export const withoutHidden = (run: Run, rows: Selection, hidden: ReadonlySet<number> = run.hidden): Selection => {
  if (hidden.size === 0 || countOf(rows) === 0) return rows
  const [first, last] = [rowOf(rows, 0), rowOf(rows, countOf(rows) - 1)]
  // Few rows are looked up one by one below; of many, most often none is hidden.
  if (countOf(rows) > hidden.size && !hasBetween(hidden, first, last)) return rows
  const kept = new Uint32Array(countOf(rows))
  let count = 0
  for (let i = 0; i < countOf(rows); i++) {
    const row = rowOf(rows, i)
    if (!hidden.has(row)) kept[count++] = row
  }
  return kept.slice(0, count)
}

const hasBetween = (rows: ReadonlySet<number>, first: number, last: number): boolean => {
  for (const row of rows) if (row >= first && row <= last) return true
  return false
}
