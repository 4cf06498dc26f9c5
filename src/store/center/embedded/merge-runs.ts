/** Several runs as fewer, and which should be. */
import type { EventPlan } from '../../../model/plan.ts'
import type { Column } from '../../../model/table.ts'
import { type Breath, inSteps } from './breath.ts'
import { leafColumns, leavesOf } from './leaves.ts'
import { mergerSteps, runSource, type Source } from './merge.ts'
import { type Run, type RunEntry, withoutHidden } from './run/open.ts'
import type { RowsInput } from './run/write.ts'
import { sortedColumns } from './sorted-columns.ts'
import type { State, TypeState } from './state.ts'
import { largestRun, writeRuns } from './write-runs.ts'

/** So many runs of about one size in a bucket become one. */
const mergeWidth = 8

/** Which rows of a run are superseded. */
export type HiddenRows = (run: Run) => ReadonlySet<number>

const hiddenNow: HiddenRows = ({ hidden }) => hidden

/**
 * New runs in place of others of one bucket, slice by slice of time, so that no more is in memory than may be; superseded rows
 * are left behind. In steps: what comes to be superseded meanwhile is left behind or not, as `hiddenOf` says when it is asked.
 */
export const mergeRuns = async (state: State, of: TypeState, runs: readonly Run[], hiddenOf = hiddenNow): Promise<RunEntry[]> => {
  const entries: RunEntry[] = []
  let from: readonly number[] = runs.map(() => 0)
  for (const to of slicesOf(runs, mergeRows(state, of, runs))) {
    const sources = runs.map((run, i) => runSource(run, withoutHidden(run, { from: from[i]!, to: to[i]! }, hiddenOf(run)), of.plan))
    if (sources.some(({ rows }) => rows > 0))
      entries.push(...(await writeRuns(state, await mergedInput(state.breathe, sources, of.type, of.plan), undefined)))
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
export const mergeable = ({ mergeBytes }: State, of: TypeState, runs: readonly Run[]): Run[] => {
  const tiers = new Map<string, Run[]>()
  for (const run of runs) {
    const { bucket, rows } = run.entry
    if (run.isDamaged || rows * 2 > Math.min(largestRun, mergeBytes / rowBytes(of, [run]))) continue
    const tier = `${bucket} ${Math.floor(Math.log2(rows + 1) / 3)}`
    tiers.set(tier, [...(tiers.get(tier) ?? []), run])
  }
  return [...tiers.values()].find((tier) => tier.length >= mergeWidth) ?? []
}

/** Rows of several sources, each with its own stamps, as a writer takes them: in the total order. */
const mergedInput = async (breathe: Breath, unread: readonly Source[], type: string, plan: EventPlan): Promise<RowsInput> => {
  // Each keeps what it has read of these two.
  for (const source of unread) {
    source.time()
    await breathe()
    source.seq()
    await breathe()
  }
  const merger = await inSteps(breathe, mergerSteps(unread, plan, type))
  const { rows, time, seq, ids, sources } = merger
  await breathe()
  const stamps = async (of: 'recordedAt' | 'knownAt' | 'version'): Promise<Float64Array> =>
    merger.joinedStamps(await each(breathe, sources, (source) => source.stamps(of)))
  const columns: { [path: string]: Column } = {}
  for (const path of Object.keys(plan.data)) {
    const parts = await each(breathe, sources, (source) => source.column(path))
    columns[path] = merger.joinedColumn(path, parts, { isForWriting: true })
    await breathe()
  }
  const [recordedAt, knownAt, version] = [await stamps('recordedAt'), await stamps('knownAt'), await stamps('version')]
  const leaves = leafColumns({ type, leaves: leavesOf(plan.data), columns, rows })
  return { type, plan, time, seq, ids, recordedAt, knownAt, version, columns: await sortedColumns(breathe, leaves, rows) }
}

const each = async <T>(breathe: Breath, sources: readonly Source[], read: (source: Source) => T): Promise<T[]> => {
  const parts: T[] = []
  for (const source of sources) {
    parts.push(read(source))
    await breathe()
  }
  return parts
}
