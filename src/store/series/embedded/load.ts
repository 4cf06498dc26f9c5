/**
 * One key's rows from the center into an engine. Where the engine merges by unit they come in slices of time, the oldest first, so
 * that what has been merged is gone before more is read.
 */
import { type Answer, allAnswers, andThen } from '../../../base/answer.ts'
import type { EventTable } from '../../../model/table.ts'
import type { Value } from '../../../model/value.ts'
import type { CompiledMember } from '../../../windows/compiled.ts'
import type { RowEngine } from '../../../windows/rows/engine.ts'
import type { CenterReader, KeysRequest, TimeRange } from '../../center/port.ts'

interface Load {
  readonly engine: RowEngine
  readonly center: CenterReader
  readonly key: readonly Value[]
  /** A slice is meant to have about so many rows at most. */
  readonly sliceRows: number
}

const always: TimeRange = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY }

/** All rows of the key; the engine holds it then. */
export const loadKey = (load: Load): Answer<void> => {
  const { engine, center } = load
  const last = center.safe()
  if (!engine.merges || !Number.isFinite(last)) return loadWhole(load)
  return andThen(ageOf(load, last, dayMs), (ageMs) => {
    if (ageMs === 0) return loadWhole(load)
    const slices = { first: last - ageMs, last, narrowest: ageMs / 4096, widest: ageMs / 8 }
    return loadSliced(load, slices, 2)
  })
}

/**
 * The engine may have forgotten the key at the end: values came that sums made before had no room for, or rows arrived among merged
 * ones. It has the room then, so that the next attempt gets further; the last one takes all rows at once.
 */
const loadSliced = (load: Load, slices: Slices, attempts: number): Answer<void> => {
  if (attempts === 0) return loadWhole(load)
  const widthMs = slices.widest / 8
  return andThen(loadSlice(load, slices, { ...always, to: slices.first + widthMs }, widthMs), () =>
    load.engine.has(load.key) ? undefined : loadSliced(load, slices, attempts - 1),
  )
}

const dayMs = 86_400_000
/** Beyond all times that an event may have. */
const oldestMs = 2 ** 53

const loadWhole = ({ engine, center, key }: Load): Answer<void> =>
  andThen(tablesOf(engine, center, key, always), (tables) => engine.load(key, tables))

/** How far back from `last` the key's events reach, at most twice too far; 0 where they do not reach back `ageMs`. */
const ageOf = (load: Load, last: number, ageMs: number): Answer<number> => {
  if (ageMs > oldestMs) return ageMs
  return andThen(hasBefore(load, last - ageMs), (has) => {
    if (!has) return ageMs === dayMs ? 0 : ageMs
    return ageOf(load, last, 2 * ageMs)
  })
}

const hasBefore = ({ engine, center, key }: Load, to: number): Answer<boolean> => {
  const found = engine.compiled.members.map((member) =>
    center.events({
      types: [member.event],
      key: keyOf(engine, member, key),
      from: Number.NEGATIVE_INFINITY,
      to,
      read: { as: 'corrected' },
      last: 1,
    }),
  )
  return andThen(allAnswers(found), (events) => events.some(({ length }) => length > 0))
}

interface Slices {
  readonly first: number
  readonly last: number
  readonly narrowest: number
  readonly widest: number
}

/** A slice and all behind it. How wide the next is follows from how many rows this one had. */
const loadSlice = (load: Load, slices: Slices, range: TimeRange, widthMs: number): Answer<void> => {
  const { engine, center, key, sliceRows } = load
  return andThen(tablesOf(engine, center, key, range), (tables) => {
    if (range.from === Number.NEGATIVE_INFINITY) engine.load(key, tables)
    else engine.insertTables(tables)
    if (range.to === Number.POSITIVE_INFINITY) return undefined
    const rows = tables.reduce((sum, table) => sum + table.rows, 0)
    const factor = rows > sliceRows ? 1 / 4 : rows < sliceRows / 4 ? 4 : 1
    const next = Math.max(slices.narrowest, Math.min(slices.widest, widthMs * factor))
    const to = range.to + next < slices.last ? range.to + next : Number.POSITIVE_INFINITY
    return loadSlice(load, slices, { from: range.to, to }, next)
  })
}

const tablesOf = (engine: RowEngine, center: CenterReader, key: readonly Value[], range: TimeRange): Answer<readonly EventTable[]> =>
  readTables(center, requestsOf(engine, [key]), range)

/** For each member of the definition what is asked of the center about some keys. */
export const requestsOf = ({ compiled }: RowEngine, keys: readonly (readonly Value[])[]): readonly Omit<KeysRequest, keyof TimeRange>[] =>
  compiled.members.map((member) => ({
    type: member.event,
    columns: member.paths,
    keys: keys.map((key) => Object.fromEntries(compiled.dimensions.map((column, i) => [member.sources[column]!, key[i]!]))),
  }))

export const readTables = (
  center: CenterReader,
  requests: ReturnType<typeof requestsOf>,
  range: TimeRange,
): Answer<readonly EventTable[]> => allAnswers(requests.map((request) => center.table({ ...request, ...range })))

const keyOf = ({ compiled }: RowEngine, member: CompiledMember, key: readonly Value[]): { readonly [path: string]: Value } =>
  Object.fromEntries(compiled.dimensions.map((column, i) => [member.sources[column]!, key[i]!]))
