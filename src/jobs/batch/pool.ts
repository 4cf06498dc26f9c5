/**
 * Threads that work off slices, in any order, and a watchdog that ends a thread whose main does not come back: the row becomes a
 * result with its cause, and the slice is done again without it.
 */
import { Worker } from 'node:worker_threads'
import { type ErrorCode, MillraceError } from '../../base/error.ts'
import type { WorkerAnswer, WorkerStart, WorkerTask } from './batch-worker.ts'
import type { Slice } from './lane.ts'
import { createPulse, type Pulse } from './pulse.ts'
import type { EncodedSlice, ResultSlice } from './results.ts'

export interface Pool {
  /** As columns, or encoded where `start` names a file. */
  run(slice: Slice): Promise<ResultSlice | EncodedSlice>
  close(): Promise<void>
}

export interface PoolOptions {
  readonly threads: number
  readonly mainLimitMs: number
  readonly start: Omit<WorkerStart, 'pulse'>
}

interface Thread {
  worker: Worker
  readonly pulse: Pulse
  job: Waiting | undefined
  /** What the watchdog saw when it looked last, and since when. */
  beat: number
  since: number
}

interface Waiting {
  readonly slice: Slice
  readonly hung: Map<number, string>
  readonly resolve: (result: ResultSlice | EncodedSlice) => void
  readonly reject: (error: Error) => void
}

const file = new URL(`./batch-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

export const createPool = ({ threads: count, mainLimitMs, start }: PoolOptions): Pool => {
  const waiting: Waiting[] = []
  let isClosed = false
  const spawn = (thread: Pick<Thread, 'pulse'>): Worker =>
    new Worker(file, { workerData: { ...start, pulse: thread.pulse.memory } satisfies WorkerStart })
  const threads: Thread[] = Array.from({ length: count }, () => {
    const pulse = createPulse()
    return { pulse, worker: spawn({ pulse }), job: undefined, beat: -1, since: 0 }
  })
  const next = (thread: Thread): void => {
    thread.job = waiting.shift()
    if (thread.job === undefined) return
    thread.worker.postMessage({ slice: thread.job.slice, hung: thread.job.hung } satisfies WorkerTask)
  }
  const listen = (thread: Thread): void => {
    thread.worker.on('message', (answer: WorkerAnswer) => {
      const { job } = thread
      if ('result' in answer) job?.resolve(answer.result)
      else
        job?.reject(new MillraceError((answer.error.code ?? 'INTERNAL') as ErrorCode, answer.error.message, { cause: answer.error.stack }))
      next(thread)
    })
    thread.worker.on('error', (error) => {
      if (!isClosed) thread.job?.reject(error)
    })
  }
  const restart = (thread: Thread, row: number): void => {
    const { job, worker } = thread
    job?.hung.set(row, `MAIN_TIMEOUT: main ran longer than ${mainLimitMs} ms`)
    worker.removeAllListeners()
    void worker.terminate()
    thread.pulse.idle()
    thread.worker = spawn(thread)
    listen(thread)
    if (job !== undefined) waiting.unshift(job)
    next(thread)
  }
  const watchdog = setInterval(
    () => {
      const now = performance.now()
      for (const thread of threads) {
        const { row, beat } = thread.pulse.state()
        if (row < 0 || beat !== thread.beat) Object.assign(thread, { beat, since: now })
        else if (now - thread.since > mainLimitMs) restart(thread, row)
      }
    },
    Math.max(10, mainLimitMs / 10),
  )
  for (const thread of threads) listen(thread)
  return {
    run: (slice) =>
      new Promise((resolve, reject) => {
        waiting.push({ slice, hung: new Map(), resolve, reject })
        const idle = threads.find((thread) => thread.job === undefined)
        if (idle !== undefined) next(idle)
      }),
    close: async () => {
      isClosed = true
      clearInterval(watchdog)
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}
