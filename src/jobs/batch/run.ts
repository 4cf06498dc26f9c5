/** A job over history: roots in slices, slices over threads, results in order into a sink. */
import { once } from 'node:events'
import type { SchemaPlan } from '../../model/field.ts'
import type { EventTable } from '../../model/table.ts'
import type { CenterReader, TimeRange } from '../../store/center/port.ts'
import type { CompiledTree } from '../../tree/compile.ts'
import { throwIfStopped } from '../breathe.ts'
import { mainLimitMs } from '../evaluate.ts'
import { compileJob, jobPlan, type LoadedProject } from '../project.ts'
import { ownRead, type ReadPolicy } from '../reads.ts'
import type { SharedRootSet } from './batch-worker.ts'
import { stampOf } from './compute.ts'
import { featureColumns, featureSchema } from './feature-columns.ts'
import type { Slice } from './lane.ts'
import { scansFor } from './needs.ts'
import { createPool, type StartedThread, startThread, type ThreadOptions } from './pool.ts'
import { releaseUnused } from './release.ts'
import { type EncodedSlice, type ResultSlice, resultSchema } from './results.ts'
import { type RootSet, rootSets } from './roots.ts'
import { shareRows } from './shared-rows.ts'
import { openTable, type SharedTable, shared as sharedNumbers, shareTable } from './shared-table.ts'

/** Where results go. A slice is whole or not there; `done` slices are there from an earlier run of the same batch. */
interface SinkOf<S> {
  readonly done: number
  write(slice: S): Promise<void>
  finish(): Promise<void>
  /** After `finish`, or in its place: what is written stays for a later run. */
  close(): void
}

/** Takes slices as columns. */
export type ColumnSink = SinkOf<ResultSlice>

/** Takes slices as they will stand in a file of this name: they are encoded by the threads that compute them. */
export interface FileSink extends SinkOf<EncodedSlice> {
  readonly file: string
}

export type BatchSink = ColumnSink | FileSink

export interface BatchRequest extends TimeRange {
  readonly project: LoadedProject
  readonly job: string
  readonly center: CenterReader
  /** Each root's own cut-off, unless set. */
  readonly policy?: ReadPolicy
  /** Features beside main's result: a training set. */
  readonly withFeatures?: boolean
  readonly threads?: number
  readonly mainLimitMs?: number
  /** 2,048 unless set. */
  readonly mainMemoryMb?: number
  /** Roots in a slice, at most. More take more memory, fewer more time. */
  readonly sliceRoots?: number
  /** Only some roots, evenly spread, at most so many. */
  readonly sample?: number
  readonly openSink: (schema: SchemaPlan, key: BatchKey) => Promise<BatchSink>
  readonly onProgress?: (progress: BatchProgress) => void
  readonly signal?: AbortSignal
}

/** What makes two batches the same, so that one may go on where the other was cut off. */
export interface BatchKey {
  readonly job: string
  readonly project: string
  readonly from: number
  readonly to: number
  readonly policy: ReadPolicy
  readonly roots: number
  readonly sliceRoots: number
  /** Everything recorded up to here was seen. */
  readonly safe: number
}

export interface BatchProgress {
  readonly phase: 'read' | 'compute'
  readonly roots: number
  readonly done: number
  readonly failed: number
}

export interface BatchSummary {
  readonly roots: number
  readonly failed: number
  /** Roots computed by an earlier run that this one went on with. */
  readonly resumed: number
}

/** The trees of a slice have about so many values at once, 8 bytes each, in each thread. */
const sliceValues = 12_000_000

const defaultSliceRoots = ({ columns }: CompiledTree): number => Math.min(500_000, Math.max(10_000, Math.floor(sliceValues / columns)))

/** Throws JOB_UNKNOWN, TRIGGER_NOT_AVAILABLE, NO_ROOTS, CANCELLED. */
export const runBatch = async (request: BatchRequest): Promise<BatchSummary> => {
  const { project, center, policy = ownRead, onProgress, from, to } = request
  const job = jobPlan(project.plan, request.job)
  const tree = compileJob(project.plan, job)
  const { sliceRoots = defaultSliceRoots(tree) } = request
  const scans = scansFor(project.plan, job, tree, { from, to })
  onProgress?.({ phase: 'read', roots: 0, done: 0, failed: 0 })
  const threads = { mainMemoryMb: request.mainMemoryMb ?? 2048, start: { entry: project.entry, bundle: project.bundle } }
  const first = startThread(threads)
  try {
    const shared = await scanAll(request, scans)
    const tables = new Map([...shared].map(([type, table]) => [type, openTable(table)]))
    const sample = request.sample !== undefined && { sample: request.sample }
    const sets = rootSets({ plan: project.plan, job: request.job, policy, from, to, tables, ...sample })
    const roots = sets.reduce((sum, { table }) => sum + table.rows, 0)
    const schema = resultSchema(job.returns, request.withFeatures === true ? featureSchema(featureColumns(tree)) : {})
    const key = { job: request.job, project: project.hash, from, to, policy, roots, sliceRoots, safe: center.safe() }
    const sink = await request.openSink(schema, key)
    const work: BatchWork = { request, threads, first, tree, shared, tables, sets, slices: slicesOf(sets, sliceRoots), roots }
    try {
      return await ('file' in sink ? compute(work, givingBack(sink), sink.file) : compute(work, sink, undefined))
    } finally {
      sink.close()
    }
  } finally {
    await first.end()
  }
}

/** A slice's bytes are no longer needed once they are written; the engine would keep many before it collects. */
const givingBack = (sink: FileSink): FileSink => ({
  ...sink,
  write: async (slice) => {
    await sink.write(slice)
    slice.bytes.buffer.transfer(0)
  },
})

interface BatchWork {
  readonly request: BatchRequest
  readonly threads: ThreadOptions
  readonly first: StartedThread
  readonly tree: CompiledTree
  readonly shared: ReadonlyMap<string, SharedTable>
  /** The same, opened. */
  readonly tables: ReadonlyMap<string, EventTable>
  readonly sets: readonly RootSet[]
  readonly slices: readonly Slice[]
  readonly roots: number
}

/** `file`: what the sink's slices are encoded for; undefined: it takes columns. */
const compute = async <S extends Counted>(work: BatchWork, sink: SinkOf<S>, file: string | undefined): Promise<BatchSummary> => {
  // Before rows are keyed, which takes about as long as a thread needs to load the project.
  const more = Array.from({ length: Math.min(work.request.threads ?? 2, work.slices.length) - 1 }, () => startThread(work.threads))
  try {
    return await computeOn([work.first, ...more], work, sink, file)
  } finally {
    await Promise.all(more.map((thread) => thread.end()))
  }
}

const computeOn = async <S extends Counted>(
  threads: readonly StartedThread[],
  work: BatchWork,
  sink: SinkOf<S>,
  file: string | undefined,
): Promise<BatchSummary> => {
  const { request, tree, shared, tables, sets, roots } = work
  const pool = createPool<S>({
    ...work.threads,
    threads,
    mainLimitMs: request.mainLimitMs ?? mainLimitMs,
    data: {
      job: request.job,
      tables: shared,
      rows: shareRows({ tree, tables, plan: request.project.plan, stamps: [...new Set(sets.map(stampOf))] }),
      sets: sets.map(shareSet),
      withFeatures: request.withFeatures === true,
      file,
    },
  })
  try {
    const counts = await drain(pool.run, work, sink)
    await sink.finish()
    return { roots, ...counts }
  } finally {
    await pool.close()
  }
}

/** Shared as soon as they are read, so that no table is in memory twice but the last one. */
const scanAll = async ({ center }: BatchRequest, scans: ReturnType<typeof scansFor>): Promise<ReadonlyMap<string, SharedTable>> => {
  const tables = new Map<string, SharedTable>()
  for (const scan of scans) {
    tables.set(scan.type, shareTable(await center.scan(scan)))
    releaseUnused()
  }
  return tables
}

const shareSet = (set: RootSet): SharedRootSet => ({
  ...set,
  table: shareTable(set.table),
  ...(set.cutoffs && { cutoffs: sharedNumbers(set.cutoffs) }),
})

/** Of each set slices of one size, so that threads end together: none, or a multiple of `together`, where there is more than one. */
const slicesOf = (sets: readonly RootSet[], most: number): readonly Slice[] =>
  sets.flatMap(({ table: { rows } }, set) => {
    const least = Math.ceil(rows / most)
    const count = least > 1 ? Math.min(rows, Math.ceil(least / together) * together) : least
    const edge = (i: number): number => Math.floor((rows * i) / count)
    return Array.from({ length: count }, (_, i) => ({ set, from: edge(i), to: edge(i + 1) }))
  })

const together = 4

type Counted = Pick<ResultSlice, 'rows' | 'failed'>

/** Keeps a few slices under way and hands them to the sink in order. */
const drain = async <S extends Counted>(
  run: (slice: Slice) => Promise<S>,
  { slices, request, roots }: BatchWork,
  sink: SinkOf<S>,
): Promise<{ failed: number; resumed: number }> => {
  const sizeOf = ({ from, to }: Slice): number => to - from
  const resumed = slices.slice(0, sink.done).reduce((sum, slice) => sum + sizeOf(slice), 0)
  const left = slices.slice(sink.done)
  const ahead = (request.threads ?? 2) + 1
  const under: Promise<S>[] = []
  let done = resumed
  let failed = 0
  for (let i = 0; i < left.length; i++) {
    while (under.length < ahead && i + under.length < left.length) under.push(guarded(run(left[i + under.length]!)))
    const result = await orStopped(under.shift()!, request.signal)
    await sink.write(result)
    done += result.rows
    failed += result.failed
    request.onProgress?.({ phase: 'compute', roots, done, failed })
  }
  return { failed, resumed }
}

/** A slice under way is given up at once: the next run computes it. */
const orStopped = async <T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
  if (signal === undefined) return work
  throwIfStopped(signal)
  const heard = new AbortController()
  const stopped = once(signal, 'abort', { signal: heard.signal }).then(
    () => throwIfStopped(signal) as never,
    () => work,
  )
  try {
    return await Promise.race([work, stopped])
  } finally {
    heard.abort()
  }
}

/** A promise that is awaited later must not count as unhandled meanwhile. */
const guarded = <T>(promise: Promise<T>): Promise<T> => {
  promise.catch(() => undefined)
  return promise
}
