/** Sorted rows as runs on the disk. */
import type { RunEntry } from './run/open.ts'
import type { Slice } from './run/parts.ts'
import { type RowsInput, writeRun } from './run/write.ts'
import { bucketOf, nextFile, runPath, type State } from './state.ts'

/** A run's rows beyond this are left alone by merges, and an import begins another. */
export const largestRun = 4_000_000

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
  const { bytes, footer } = await writeRun({ disk: state.disk, path: runPath(state, file), breathe: state.breathe }, input, slice)
  return { file, type: input.type, bucket, rows: footer.rows, bytes, minTime: footer.minTime, maxTime: footer.maxTime }
}
