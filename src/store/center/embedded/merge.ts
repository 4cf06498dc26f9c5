/** Several sorted sources of one type's plain rows as one table in the total order. */

import { MillraceError } from '../../../base/error.ts'
import { columnOf, valueAt } from '../../../model/cell.ts'
import type { EventVersion } from '../../../model/event.ts'
import { fieldAt, required } from '../../../model/field.ts'
import type { EventPlan } from '../../../model/plan.ts'
import type { Column, EventTable, Ids } from '../../../model/table.ts'
import type { Value } from '../../../model/value.ts'
import { inOneGo } from './breath.ts'
import { type JoinOptions, mergeColumns, permute } from './join-columns.ts'
import { dataOf } from './leaves.ts'
import type { Run } from './run/open.ts'
import { type Window, windowSteps } from './run/order.ts'
import { countOf, type NumberReader, rowOf, type Selection } from './run/read-parts.ts'

/** Rows in the total order, each part made when it is asked for; one array may be several parts: none is written to. */
export interface Source {
  readonly rows: number
  time(): Float64Array
  seq(): Float64Array
  id(i: number): string
  derived?(): { readonly prefix: string; readonly numbers: Float64Array } | undefined
  stamps(of: 'recordedAt' | 'knownAt' | 'version'): Float64Array
  /** By path of a leaf or of an object. */
  column(path: string): Column
}

/** Of texts that all rows have the dictionary, by path: what a key names need not be read. */
export type KeyTexts = ReadonlyMap<string, readonly string[]>

const noTexts: KeyTexts = new Map()

export const runSource = (run: Run, rows: Selection, plan: EventPlan, texts = noTexts): Source => {
  const time = once(() => run.time.select(rows))
  const seq = once(() => run.seq.select(rows))
  return {
    rows: countOf(rows),
    time,
    seq,
    id: (i) => run.ids.at(rowOf(rows, i)),
    derived: () => {
      const { derived } = run.ids
      // Numbers of ids are mostly those of `seq`.
      return derived && { prefix: derived.prefix, numbers: derived.numbers === run.seq.select ? seq() : derived.numbers(rows) }
    },
    stamps: (of) => stampsOf(run[of], rows, time),
    column: (path) => keyColumn(texts, path, countOf(rows)) ?? runColumn({ run, rows, plan, time, seq }, path),
  }
}

const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}

const stampsOf = (reader: NumberReader, rows: Selection, time: () => Float64Array): Float64Array => {
  const { lag } = reader
  return lag === undefined ? reader.select(rows) : lag === 0 ? time() : time().map((at) => at + lag)
}

const keyColumn = (texts: KeyTexts, path: string, rows: number): Column | undefined => {
  const dictionary = texts.get(path)
  return dictionary && { kind: 'code', codes: new Int32Array(rows), dictionary }
}

interface RunRows {
  readonly run: Run
  readonly rows: Selection
  readonly plan: EventPlan
  time(): Float64Array
  seq(): Float64Array
}

const runColumn = ({ run, rows, plan, time, seq }: RunRows, path: string): Column => {
  const field = declared(plan, run.entry.type, path)
  const inner = required(field)
  if (inner.kind !== 'object') {
    const reader = run.column(path)
    if (reader?.sameAs !== undefined) return { kind: 'number', values: reader.sameAs === 'time' ? time() : seq() }
    return reader?.select(rows) ?? columnOf(field, new Array<Value>(countOf(rows)).fill(null))
  }
  const values = Array.from({ length: countOf(rows) }, (_, i) => {
    const leaf = (at: string): Value => run.column(at)?.at(rowOf(rows, i)) ?? null
    return leaf(path) === true ? dataOf(inner.fields, leaf, path) : null
  })
  return { kind: 'value', values }
}

export const versionsSource = (versions: readonly EventVersion[], plan: EventPlan, type: string, texts = noTexts): Source => ({
  rows: versions.length,
  time: () => Float64Array.from(versions, ({ time }) => time),
  seq: () => Float64Array.from(versions, ({ seq }) => seq),
  id: (i) => versions[i]!.id,
  stamps: (of) => Float64Array.from(versions, (version) => version[of]),
  column: (path) =>
    keyColumn(texts, path, versions.length) ??
    columnOf(
      declared(plan, type, path),
      versions.map(({ data }) => valueAt(data, path)),
    ),
})

const declared = (plan: EventPlan, type: string, path: string) => {
  const field = fieldAt(plan.data, path)
  if (field === undefined) throw new MillraceError('FIELD_UNKNOWN', 'no such field is declared', { at: `${type}.${path}` })
  return field
}

export interface MergeRequest {
  readonly type: string
  readonly plan: EventPlan
  readonly paths: readonly string[]
  readonly sources: readonly Source[]
  readonly amended: EventTable['amended']
}

/** Sources are put one behind the other in the order of their first times, and sorted only where they overlap. */
export const mergeSources = ({ type, plan, paths, sources, amended }: MergeRequest): EventTable => {
  const merger = createMerger(sources, plan, type)
  return {
    type,
    rows: merger.rows,
    time: merger.time,
    seq: merger.seq,
    ids: merger.ids,
    recordedAt: constantOr(merger.joinedStamps(merger.sources.map((source) => source.stamps('recordedAt')))),
    knownAt: constantOr(merger.joinedStamps(merger.sources.map((source) => source.stamps('knownAt')))),
    columns: Object.fromEntries(
      paths.map((path) => {
        const parts = merger.sources.map((source) => source.column(path))
        return [path, merger.joinedColumn(path, parts)]
      }),
    ),
    amended,
  }
}

export const createMerger = (unsorted: readonly Source[], plan: EventPlan, type: string) => inOneGo(mergerSteps(unsorted, plan, type))

export function* mergerSteps(unsorted: readonly Source[], plan: EventPlan, type: string) {
  const kept = unsorted.filter(({ rows }) => rows > 0).map((source) => ({ source, time: source.time() }))
  kept.sort((a, b) => a.time[0]! - b.time[0]!)
  const sources = kept.map(({ source }) => source)
  const starts = [0]
  for (const { rows } of sources) starts.push(starts.at(-1)! + rows)
  const rows = starts.at(-1)!
  const time = joinNumbers(
    kept.map((one) => one.time),
    rows,
  )
  const seq = joinNumbers(
    sources.map((source) => source.seq()),
    rows,
  )
  const id = (row: number): string => {
    let at = sources.length - 1
    while (starts[at]! > row) at--
    return sources[at]!.id(row - starts[at]!)
  }
  const windows: readonly Window[] = yield* windowSteps({ time, seq, id }, starts)
  return {
    rows,
    time: permute(time, windows),
    seq: permute(seq, windows),
    ids: mergedIds(sources, windows, rows, id),
    /** Those with rows, in the order in which parts of them are joined. */
    sources,
    joinedStamps: (parts: readonly Float64Array[]): Float64Array => permute(joinNumbers(parts, rows), windows),
    joinedColumn: (path: string, parts: readonly Column[], options: JoinOptions = {}): Column =>
      mergeColumns(declared(plan, type, path), parts, { rows, windows, ...options }),
  }
}

/** Where the row that stands at `row` in the end came from. */
const unpermuted = (row: number, windows: readonly Window[]): number => {
  const window = windows.findLast(({ at }) => at <= row)
  return window === undefined || row >= window.at + window.rows.length ? row : window.at + window.rows[row - window.at]!
}

const mergedIds = (sources: readonly Source[], windows: readonly Window[], rows: number, id: (row: number) => string): Ids => {
  let derived: Ids['derived'] | null = null
  return {
    at: windows.length === 0 ? id : (row) => id(unpermuted(row, windows)),
    get derived() {
      derived ??= joinDerived(sources, windows, rows) ?? null
      return derived ?? undefined
    },
  } as Ids
}

const joinDerived = (sources: readonly Source[], windows: readonly Window[], rows: number): Ids['derived'] => {
  const parts = sources.map((source) => source.derived?.())
  const prefix = parts[0]?.prefix
  if (prefix === undefined || !parts.every((part) => part?.prefix === prefix)) return undefined
  const numbers = joinNumbers(
    parts.map((part) => part!.numbers),
    rows,
  )
  return { prefix, numbers: permute(numbers, windows) }
}

const joinNumbers = (parts: readonly Float64Array[], rows: number): Float64Array => {
  if (parts.length === 1) return parts[0]!
  const all = new Float64Array(rows)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const constantOr = (stamps: Float64Array): number | Float64Array => {
  const first = stamps[0]
  for (let i = 1; i < stamps.length; i++) if (stamps[i] !== first) return stamps
  return first ?? 0
}
