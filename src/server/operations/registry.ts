/** Everything a process that holds a data folder can be asked to do, by name: JSON in, progress, JSON out. */
import { MillraceError } from '../../base/error.ts'
import type { Platform } from '../platform.ts'
import { backtest } from './backtest.ts'
import { batch } from './batch.ts'
import { erase } from './erase.ts'
import { infer } from './infer.ts'
import { importInto, listDead, replayDead, send } from './ingest.ts'
import { objectOf } from './input.ts'
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

/** The members of an operation's input that must be there, all of them text. */
const required: { readonly [N in OperationName]: readonly (keyof InputOf<N> & string)[] } = {
  query: ['windows'],
  events: ['type'],
  tree: ['type', 'id'],
  call: ['job'],
  evaluate: ['job', 'event'],
  batch: ['job', 'out'],
  parity: ['job'],
  trial: ['job'],
  backtest: ['job', 'against'],
  import: ['file'],
  infer: ['file'],
  send: ['body'],
  dead: [],
  replay: [],
  erase: ['entity', 'key'],
  status: [],
}

/** Performs an operation whose name and input come from outside. Throws REQUEST_INVALID and what the operation throws. */
export const performOn = async (platform: Platform, name: OperationName, input: unknown, hooks: Hooks): Promise<unknown> => {
  const given = objectOf<{ readonly [member: string]: unknown }>(input)
  const missing = required[name].find((member) => typeof given[member] !== 'string')
  if (missing !== undefined)
    throw new MillraceError('REQUEST_INVALID', `'${name}' is not asked in full`, {
      at: missing,
      value: given[missing] ?? null,
      expected: 'text',
    })
  return (operations[name] as (platform: Platform, input: unknown, hooks: Hooks) => Promise<unknown>)(platform, given, hooks)
}
