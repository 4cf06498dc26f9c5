/** A thread of a batch: loads the project, then gets shared tables once, then slices, one after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { assert } from '../../base/assert.ts'
import { compileJob, jobPlan, projectOf } from '../project.ts'
import type { Bundle } from '../realm/bundle.ts'
import type { Ended } from '../realm/realm.ts'
import { createLane, type Lane, type Slice } from './lane.ts'
import { createPulse } from './pulse.ts'
import type { EncodedSlice, ResultSlice } from './results.ts'
import type { RootSet } from './roots.ts'
import { openRows, type SharedRows } from './shared-rows.ts'
import { openTable, type SharedTable } from './shared-table.ts'

/** What a thread begins with. */
export interface WorkerStart {
  readonly entry: string
  readonly bundle: Bundle
  readonly pulse: SharedArrayBuffer
}

/** What it works on. */
export interface WorkerData {
  readonly job: string
  readonly tables: ReadonlyMap<string, SharedTable>
  readonly rows: SharedRows
  readonly sets: readonly SharedRootSet[]
  readonly withFeatures: boolean
  /** Results come encoded for a file of this name, or as columns. */
  readonly file: string | undefined
}

export type SharedRootSet = Omit<RootSet, 'table'> & { readonly table: SharedTable }

export interface WorkerTask {
  readonly slice: Slice
  readonly hung: ReadonlyMap<number, Ended>
}

/** Data first, once; then tasks, each of which is answered. */
export type WorkerMessage = { readonly data: WorkerData } | { readonly task: WorkerTask }

export type WorkerAnswer<S> =
  | { readonly result: S }
  | { readonly error: { readonly code: string | undefined; readonly message: string; readonly stack: string | undefined } }

const { entry, bundle, pulse } = workerData as WorkerStart
const project = projectOf(entry, bundle)
let lane: Lane | undefined

const open = ({ job, tables, rows, sets, withFeatures, file }: WorkerData): Lane =>
  createLane({
    project,
    job,
    tree: compileJob(project.plan, jobPlan(project.plan, job)),
    tables: new Map([...tables].map(([type, table]) => [type, openTable(table)])),
    shared: openRows(rows),
    sets: sets.map((set) => ({ ...set, table: openTable(set.table) })),
    pulse: createPulse(pulse),
    withFeatures,
    file,
  })

const answer = (work: () => ResultSlice | EncodedSlice): WorkerAnswer<ResultSlice | EncodedSlice> => {
  try {
    return { result: work() }
  } catch (error) {
    const { code, message, stack } = error as Error & { code?: string }
    return { error: { code, message, stack } }
  }
}

/** Memory that is handed over and not copied. */
const buffersOf = (slice: ResultSlice | EncodedSlice): ArrayBuffer[] => {
  if ('bytes' in slice) return [slice.bytes.buffer]
  const { columns } = slice
  const arrays = Object.values(columns).map((column) =>
    column.kind === 'value' ? undefined : column.kind === 'code' ? column.codes : column.values,
  )
  return [...new Set(arrays.map((array) => array?.buffer))].filter((buffer) => buffer instanceof ArrayBuffer)
}

/** Opened with the first task, so that what goes wrong then is answered. */
let data: WorkerData | undefined

parentPort!.on('message', (message: WorkerMessage) => {
  if ('data' in message) {
    data = message.data
    return
  }
  const answered = answer(() => {
    assert(data !== undefined, 'data come before tasks')
    lane ??= open(data)
    return lane.run(message.task.slice, message.task.hung)
  })
  parentPort!.postMessage(answered, 'result' in answered ? buffersOf(answered.result) : [])
})
