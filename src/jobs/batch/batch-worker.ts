/** A thread of a batch: gets the project and shared tables once, then slices, one after the other. */
import { parentPort, workerData } from 'node:worker_threads'
import { compileJob, jobPlan, projectOf } from '../project.ts'
import type { Bundle } from '../realm/bundle.ts'
import type { Ended } from '../realm/realm.ts'
import { createLane, type Slice } from './lane.ts'
import { createPulse } from './pulse.ts'
import type { EncodedSlice, ResultSlice } from './results.ts'
import type { RootSet } from './roots.ts'
import { openRows, type SharedRows } from './shared-rows.ts'
import { openTable, type SharedTable } from './shared-table.ts'

export interface WorkerStart {
  readonly entry: string
  readonly bundle: Bundle
  readonly job: string
  readonly tables: ReadonlyMap<string, SharedTable>
  readonly rows: SharedRows
  readonly sets: readonly SharedRootSet[]
  readonly pulse: SharedArrayBuffer
  readonly withFeatures: boolean
  /** Results come encoded for a file of this name, or as columns. */
  readonly file: string | undefined
}

export type SharedRootSet = Omit<RootSet, 'table'> & { readonly table: SharedTable }

export interface WorkerTask {
  readonly slice: Slice
  readonly hung: ReadonlyMap<number, Ended>
}

export type WorkerAnswer =
  | { readonly result: ResultSlice | EncodedSlice }
  | { readonly error: { readonly code: string | undefined; readonly message: string; readonly stack: string | undefined } }

const start = workerData as WorkerStart
const project = projectOf(start.entry, start.bundle)
const lane = createLane({
  project,
  job: start.job,
  tree: compileJob(project.plan, jobPlan(project.plan, start.job)),
  tables: new Map([...start.tables].map(([type, table]) => [type, openTable(table)])),
  shared: openRows(start.rows),
  sets: start.sets.map((set) => ({ ...set, table: openTable(set.table) })),
  pulse: createPulse(start.pulse),
  withFeatures: start.withFeatures,
  file: start.file,
})

const answer = ({ slice, hung }: WorkerTask): WorkerAnswer => {
  try {
    return { result: lane.run(slice, hung) }
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

parentPort!.on('message', (task: WorkerTask) => {
  const answered = answer(task)
  parentPort!.postMessage(answered, 'result' in answered ? buffersOf(answered.result) : [])
})
