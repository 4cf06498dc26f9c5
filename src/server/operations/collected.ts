/** Results of a job kept in memory, as columns: what trial shows and backtest compares. */

import type { ResultSlice } from '../../jobs/batch/results.ts'
import { type BatchRequest, runBatch } from '../../jobs/batch/run.ts'
import { cellAt } from '../../model/cell.ts'
import type { SchemaPlan } from '../../model/field.ts'
import { type Json, toJson } from '../../model/json.ts'

export interface Collected {
  readonly schema: SchemaPlan
  readonly slices: readonly ResultSlice[]
  readonly roots: number
  readonly failed: number
}

/** Throws what `runBatch` throws. */
export const collectResults = async (request: Omit<BatchRequest, 'openSink'>): Promise<Collected> => {
  const slices: ResultSlice[] = []
  let schema: SchemaPlan = {}
  const { roots, failed } = await runBatch({
    ...request,
    openSink: async (of) => {
      schema = of
      return {
        done: 0,
        write: async (slice: ResultSlice) => void slices.push(slice),
        finish: async () => undefined,
        close: () => undefined,
      }
    },
  })
  return { schema, slices, roots, failed }
}

export interface ResultRow {
  readonly root: string
  /** Milliseconds since 1970 UTC. */
  readonly time: number
  readonly subject: string
  readonly result: { readonly [field: string]: Json } | null
  /** Why there is no result, `CODE: reason`. */
  readonly failed?: string
}

const aboutRoot = ['root_id', 'root_time', 'root_subject', 'main_error'] as const

/** What main returns, by name: the schema without what names the root. */
export const resultFields = (schema: SchemaPlan): readonly string[] =>
  Object.keys(schema).filter((name) => !(aboutRoot as readonly string[]).includes(name))

export const valueAtRow = ({ schema }: Pick<Collected, 'schema'>, { columns }: ResultSlice, field: string, row: number): Json =>
  toJson(cellAt(columns[field]!, schema[field]!, row), schema[field]!)

export const resultRow = (of: Pick<Collected, 'schema'>, slice: ResultSlice, row: number): ResultRow => {
  const [root, time, subject, failed] = aboutRoot.map((name) => valueAtRow(of, slice, name, row)) as [string, number, string, string | null]
  const result = Object.fromEntries(resultFields(of.schema).map((field) => [field, valueAtRow(of, slice, field, row)]))
  return failed === null ? { root, time, subject, result } : { root, time, subject, result: null, failed }
}

export const resultRows = (collected: Collected): readonly ResultRow[] =>
  collected.slices.flatMap((slice) => Array.from({ length: slice.rows }, (_, row) => resultRow(collected, slice, row)))
