/** Live plain events into runs, small runs into larger ones, and the manifest that says so. */
import type { EventPlan } from '../../../model/plan.ts'
import type { CodeColumn, Column } from '../../../model/table.ts'
import type { DiskFile } from '../../disk/port.ts'
import { writeAmended } from './amended-file.ts'
import { leafColumns, leavesOf } from './leaves.ts'
import type { Manifest } from './manifest.ts'
import { createMerger, runSource, type Source, versionsSource } from './merge.ts'
import { type Run, type RunEntry, withoutHidden } from './run/open.ts'
import type { Slice } from './run/parts.ts'
import { sortTexts } from './run/texts.ts'
import { type RowsInput, writeRun } from './run/write.ts'
import { addRuns, bucketOf, nextFile, openStateRun, runPath, type State, type TypeState } from './state.ts'

/** A run's rows beyond this are left alone by merges, and an import begins another. */
const largestRun = 4_000_000
/** So many runs of about one size in a bucket become one. */
const mergeWidth = 8

/** Writes sorted rows as runs, one for each bucket. */
export const writeRuns = async (state: State, input: RowsInput, order: Uint32Array | undefined): Promise<RunEntry[]> => {
  const entries: RunEntry[] = []
  const rows = input.time.length
  const bucketAt = (i: number): number => bucketOf(input.time[order === undefined ? i : order[i]!]!)
  for (let from = 0; from < rows; ) {
    const bucket = bucketAt(from)
    const to = Math.min(from + largestRun, bucketEnd(bucketAt, bucket, from, rows))
    entries.push(await writeOne(state, input, { order, from, to }, bucket))
    from = to
  }
  return entries
}

/** The first row from `from` on that lies in a later bucket; rows ascend. */
const bucketEnd = (bucketAt: (i: number) => number, bucket: number, from: number, rows: number): number => {
  let [low, high] = [from, rows]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (bucketAt(middle) <= bucket) low = middle + 1
    else high = middle
  }
  return low
}

const writeOne = async (state: State, input: RowsInput, slice: Slice, bucket: number): Promise<RunEntry> => {
  const file = nextFile(state, 'run')
  const { bytes, footer } = await writeRun(state.disk, runPath(state, file), input, slice)
  return { file, type: input.type, bucket, rows: footer.rows, bytes, minTime: footer.minTime, maxTime: footer.maxTime }
}

/** Rows of several sources, each with its own stamps, as a writer takes them: in the total order. */
const mergedInput = (sources: readonly Source[], type: string, plan: EventPlan): RowsInput => {
  const merger = createMerger(sources, plan, type)
  const whole = Object.fromEntries(Object.keys(plan.data).map((path) => [path, merger.column(path, { isForWriting: true })]))
  return {
    type,
    plan,
    time: merger.time,
    seq: merger.seq,
    ids: merger.ids,
    recordedAt: merger.stamps('recordedAt'),
    knownAt: merger.stamps('knownAt'),
    version: merger.stamps('version'),
    columns: sortedColumns(type, plan, whole, merger.rows),
  }
}

export const sortedColumns = (
  type: string,
  plan: EventPlan,
  columns: { readonly [path: string]: Column },
  rows: number,
): ReadonlyMap<string, Column> =>
  new Map(
    [...leafColumns(type, leavesOf(plan.data), columns, rows)].map(([path, column]) => [
      path,
      // Of texts that seldom come again those of one run are sorted when it is written, if they must be.
      column.kind === 'code' && column.dictionary.length * 2 <= rows ? sortDictionary(column) : column,
    ]),
  )

/** The same column with its dictionary sorted by bytes, and without texts that are there twice. */
const sortDictionary = ({ codes, dictionary }: CodeColumn): CodeColumn => {
  const sorted = sortTexts([...new Set(dictionary)])
  const numbers = new Map(sorted.map((text, number) => [text, number]))
  const numberOf = Int32Array.from(dictionary, (text) => numbers.get(text)!)
  const renumbered = new Int32Array(codes.length)
  for (let i = 0; i < codes.length; i++) renumbered[i] = codes[i]! < 0 ? -1 : numberOf[codes[i]!]!
  return { kind: 'code', dictionary: sorted, codes: renumbered }
}

/**
 * New runs in place of others of one bucket, slice by slice of time, so that no more is in memory than may be; superseded rows
 * are left behind.
 */
export const mergeRuns = async (state: State, of: TypeState, runs: readonly Run[]): Promise<RunEntry[]> => {
  const entries: RunEntry[] = []
  let from: readonly number[] = runs.map(() => 0)
  for (const to of slicesOf(runs, mergeRows(state, of, runs))) {
    const sources = runs.map((run, i) => runSource(run, withoutHidden(run, { from: from[i]!, to: to[i]! }), of.plan))
    if (sources.some(({ rows }) => rows > 0)) entries.push(...(await writeRuns(state, mergedInput(sources, of.type, of.plan), undefined)))
    from = to
  }
  return entries
}

/** Bytes of a row in memory for each that it takes in a run, and for each column. */
const [perStoredByte, perColumn] = [2, 24]

const rowBytes = (of: TypeState, runs: readonly Pick<Run, 'entry'>[]): number => {
  const [bytes, rows] = runs.reduce(([size, count], { entry }) => [size + entry.bytes, count + entry.rows], [0, 0])
  return (bytes / Math.max(1, rows)) * perStoredByte + (Object.keys(of.plan.data).length + 4) * perColumn
}

/** Rows that are merged at once. */
const mergeRows = ({ mergeBytes }: State, of: TypeState, runs: readonly Run[]): number =>
  Math.max(leastMergeRows, Math.min(largestRun, Math.floor(mergeBytes / rowBytes(of, runs))))

const leastMergeRows = 2

/** Where each slice ends, row by run: slices of at most so many rows, save where more of them share a millisecond. */
function* slicesOf(runs: readonly Run[], most: number): Generator<readonly number[]> {
  const ends = runs.map(({ footer }) => footer.rows)
  const latest = Math.max(...runs.map(({ footer }) => footer.maxTime))
  let at: readonly number[] = runs.map(() => 0)
  const rowsTo = (places: readonly number[]): number => places.reduce((sum, place, i) => sum + place - at[i]!, 0)
  while (rowsTo(ends) > most) {
    // The earliest time up to which there are more than so many rows; those before it are few enough.
    let [low, high] = [Math.min(...runs.map((run, i) => (at[i]! < ends[i]! ? run.time.at(at[i]!) : latest))), latest]
    const placesAt = (time: number): number[] => runs.map((run) => run.rowAtTime(time))
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2)
      if (rowsTo(placesAt(middle)) > most) high = middle
      else low = middle
    }
    const places = placesAt(low)
    const next = rowsTo(places) > 0 ? places : placesAt(low + 1)
    if (rowsTo(next) === 0 || rowsTo(next) === rowsTo(ends)) break
    yield next
    at = next
  }
  yield ends
}

/** Runs that should become one: enough of about one size in one bucket, and small enough for one. */
const mergeable = ({ mergeBytes }: State, of: TypeState, runs: readonly Run[]): Run[] => {
  const tiers = new Map<string, Run[]>()
  for (const run of runs) {
    const { bucket, rows } = run.entry
    if (run.isDamaged || rows * 2 > Math.min(largestRun, mergeBytes / rowBytes(of, [run]))) continue
    const tier = `${bucket} ${Math.floor(Math.log2(rows + 1) / 3)}`
    tiers.set(tier, [...(tiers.get(tier) ?? []), run])
  }
  return [...tiers.values()].find((tier) => tier.length >= mergeWidth) ?? []
}

export interface TypeChange {
  readonly of: TypeState
  readonly added: readonly Run[]
  readonly retired: readonly Run[]
  readonly amendedFile: string | undefined
}

/** Writes what one type has in memory; nothing of it is seen by reads before the manifest names it. */
export const flushType = async (state: State, of: TypeState): Promise<TypeChange> => {
  const plain = of.live.plainEvents()
  const fresh =
    plain.length === 0 ? [] : await writeRuns(state, mergedInput([versionsSource(plain, of.plan, of.type)], of.type, of.plan), undefined)
  const retired: Run[] = [...of.toRewrite]
  for (const run of retired) fresh.push(...(await mergeRuns(state, of, [run])))
  let added = fresh.map((entry) => openStateRun(state, entry))
  let runs = [...of.runs.filter((run) => !of.toRewrite.has(run)), ...added]
  for (let old = mergeable(state, of, runs); old.length > 0; old = mergeable(state, of, runs)) {
    const merged = await mergeRuns(state, of, old).then((entries) => entries.map((entry) => openStateRun(state, entry)), ignoreDamage)
    if (merged === undefined) break
    retired.push(...old.filter((run) => !added.includes(run)))
    for (const run of old.filter((one) => added.includes(one))) drop(state, run)
    added = [...added.filter((run) => !old.includes(run)), ...merged]
    runs = [...runs.filter((run) => !old.includes(run)), ...merged]
  }
  return { of, added, retired, amendedFile: await flushAmended(state, of, runs) }
}

/** What is damaged stays as it is, with everything around it that can be read; new events are written all the same. */
const ignoreDamage = (error: unknown): undefined => {
  if ((error as { code?: string }).code !== 'DATA_DAMAGED') throw error
}

const flushAmended = async (state: State, of: TypeState, runs: readonly Run[]): Promise<string | undefined> => {
  const versions = [...of.live.amendedEvents()].flat()
  if (versions.length === 0) return undefined
  const hidden = new Map(runs.filter((run) => run.hidden.size > 0).map((run) => [run.entry.file, [...run.hidden]]))
  const file = nextFile(state, 'amended')
  await writeAmended(state.disk, runPath(state, file), { hidden, versions }, of.schema)
  return file
}

/** After the manifest is durable: reads go to the runs. */
export const installChange = (state: State, { of, added, retired }: TypeChange): void => {
  for (const run of retired) drop(state, run)
  of.runs = of.runs.filter((run) => !retired.includes(run))
  addRuns(of, added)
  of.live.clearPlain()
  of.plainBytes = 0
  for (const run of retired) of.toRewrite.delete(run)
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
