/** Everything a process that holds a data folder can be asked to do, by name: JSON in, progress, JSON out. */
import type { Platform } from '../platform.ts'
import { backtest } from './backtest.ts'
import { batch } from './batch.ts'
import { erase } from './erase.ts'
import { infer } from './infer.ts'
import { importInto, listDead, replayDead, send } from './ingest.ts'
import { call, evaluate } from './job.ts'
import { parity } from './parity.ts'
import type { Hooks } from './progress.ts'
import { queryEvents, queryTree, queryWindows } from './query.ts'
import { status } from './status.ts'
import { trial } from './trial.ts'

export const operations = {
  query: queryWindows,
  events: queryEvents,
  tree: queryTree,
  call,
  evaluate,
  batch,
  parity,
  trial,
  backtest,
  import: importInto,
  infer,
  send,
  dead: listDead,
  replay: replayDead,
  erase,
  status,
} as const

export type OperationName = keyof typeof operations
export type InputOf<N extends OperationName> = Parameters<(typeof operations)[N]>[1]
export type OutputOf<N extends OperationName> = Awaited<ReturnType<(typeof operations)[N]>>

/** Performs an operation whose name and input come from outside. */
export const performOn = (platform: Platform, name: OperationName, input: unknown, hooks: Hooks): Promise<unknown> =>
  (operations[name] as (platform: Platform, input: unknown, hooks: Hooks) => Promise<unknown>)(platform, input, hooks)
