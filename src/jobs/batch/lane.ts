/** One thread's share of a batch: slices of roots in, result columns out. The same code with and without threads. */
import { getHeapStatistics } from 'node:v8'
import type { EventTable } from '../../model/table.ts'
import type { CompiledTree } from '../../tree/compile.ts'
import { resultFormat } from '../outputs/open.ts'
import type { LoadedProject } from '../project.ts'
import type { Ended } from '../realm/realm.ts'
import { createSliceComputer } from './compute.ts'
import { type FeatureColumn, featureColumns, featureSchema } from './feature-columns.ts'
import type { Pulse } from './pulse.ts'
import { type EncodedSlice, type ResultSlice, resultSchema } from './results.ts'
import type { RootSet } from './roots.ts'
import { runMain } from './run-main.ts'
import type { OpenedRows } from './shared-rows.ts'
import { createNumberRoom } from './slice-frame.ts'

export interface LaneOptions {
  readonly project: LoadedProject
  readonly job: string
  readonly tree: CompiledTree
  /** By event type, every field of those that are read whole under its name. */
  readonly tables: ReadonlyMap<string, EventTable>
  readonly shared?: OpenedRows
  readonly sets: readonly RootSet[]
  readonly pulse: Pulse
  /** Whether results carry the features too. */
  readonly withFeatures: boolean
  /** Results are encoded for a file of this name; undefined: they come as columns. */
  readonly file: string | undefined
}

/** Rows `from` to before `to` of one set. */
export interface Slice {
  readonly set: number
  readonly from: number
  readonly to: number
}

export interface Lane {
  /** `hung`: rows, counted from the slice's first, whose main did not come back before; they are not run again. */
  run(slice: Slice, hung: ReadonlyMap<number, Ended>): ResultSlice | EncodedSlice
}

export const createLane = ({ project, job, tree, tables, shared, sets, pulse, withFeatures, file }: LaneOptions): Lane => {
  const computer = createSliceComputer({ tree, tables, plan: project.plan, asOf: project.plan.jobs[job]!.asOf, shared })
  const { returns } = project.plan.jobs[job]!
  const features = withFeatures ? featureColumns(tree) : []
  const format = file === undefined ? undefined : resultFormat(file, resultSchema(returns, featureSchema(features)))
  // What is encoded here is read no more: the next slice's features take its place.
  const frame = computer.frame(format && createNumberRoom())
  const runner = project.realm.runner(job, tree.shape, frame.columns)
  return {
    run: (slice, hung) => {
      const set = sets[slice.set]!
      const computed = computer.compute(set, slice.from, slice.to, frame)
      pulse.beside(Math.floor(getHeapStatistics().external_memory / 2 ** 20))
      const rows = runMain(computed, project.plan, job, (row) => {
        const ended = hung.get(row)
        if (ended !== undefined) return ended
        pulse.running(row)
        return runner.run(row)
      })
      pulse.idle()
      const result = withColumns(rows, features, computed.columns)
      return format === undefined ? result : { ...format.encode(result), failed: result.failed }
    },
  }
}

const withColumns = (slice: ResultSlice, features: readonly FeatureColumn[], columns: Parameters<FeatureColumn['read']>[0]): ResultSlice =>
  features.length === 0
    ? slice
    : {
        ...slice,
        columns: { ...slice.columns, ...Object.fromEntries(features.map(({ name, read }) => [name, read(columns, slice.rows)])) },
      }
