/**
 * Threads that work off slices, in any order. A watchdog ends a thread whose main does not come back or takes too much memory: the
 * row becomes a result with its cause, and another thread does the slice again without it.
 */
import { Worker } from 'node:worker_threads'
import { type ErrorCode, MillraceError } from '../../base/error.ts'
import type { Ended } from '../realm/realm.ts'
import type { WorkerAnswer, WorkerData, WorkerMessage, WorkerStart } from './batch-worker.ts'
import type { Slice } from './lane.ts'
import { createPulse, type Pulse } from './pulse.ts'

/** Gives slices as `S`: encoded where `data` names a file, else as columns. */
export interface Pool<S> {
  run(slice: Slice): Promise<S>
  close(): Promise<void>
}

export interface ThreadOptions {
  /** What a thread's heap may hold while main runs: main's own values, and those of events that are no columns. */
  readonly mainMemoryMb: number
  readonly start: Omit<WorkerStart, 'pulse'>
}

export interface PoolOptions extends ThreadOptions {
  /** At least one; the pool's from here on. */
  readonly threads: readonly StartedThread[]
  readonly mainLimitMs: number
  readonly data: WorkerData
}

/** A thread that loads the project, while it is perhaps not known yet what it will work on. */
export interface StartedThread {
  readonly worker: Worker
  readonly pulse: Pulse
  /** Why it ended, where it did. */
  failure(): Error | undefined
  end(): Promise<unknown>
}

export const startThread = (options: ThreadOptions): StartedThread => {
  const pulse = createPulse()
  const worker = spawn(options, pulse)
  let failure: Error | undefined
  worker.on('error', (error) => {
    failure = error
  })
  return { worker, pulse, failure: () => failure, end: () => worker.terminate() }
}

const spawn = ({ start, mainMemoryMb }: ThreadOptions, { memory }: Pulse): Worker =>
  new Worker(file, {
    workerData: { ...start, pulse: memory } satisfies WorkerStart,
    resourceLimits: { maxOldGenerationSizeMb: mainMemoryMb + spareMb, maxYoungGenerationSizeMb: youngMb },
  })

interface Thread<S> {
  worker: Worker
  readonly pulse: Pulse
  /** Why its first worker ended, where it did. */
  readonly failure: () => Error | undefined
  job: Waiting<S> | undefined
  /** What the watchdog saw when it looked last, and since when. */
  beat: number
  since: number
}

interface Waiting<S> {
  readonly slice: Slice
  readonly hung: Map<number, Ended>
  readonly resolve: (result: S) => void
  readonly reject: (error: Error) => void
}

const file = new URL(`./batch-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)

/**
 * Above what main may take: a heap at its end takes the whole process with it, so that the watchdog, which looks some ten times a
 * second, must see it grow before.
 */
const spareMb = 2048

/**
 * What main makes for a root is garbage at once: the more roots come between two collections, the less is copied. With 16 a batch
 * takes about a twentieth longer.
 */
const youngMb = 64

export const createPool = <S>(options: PoolOptions): Pool<S> => {
  const { data } = options
  const waiting: Waiting<S>[] = []
  let isClosed = false
  const send = (worker: Worker, message: WorkerMessage): void => worker.postMessage(message)
  const withData = (worker: Worker): Worker => {
    send(worker, { data })
    return worker
  }
  const threads = options.threads.map(
    ({ pulse, worker, failure }): Thread<S> => ({ pulse, worker: withData(worker), failure, job: undefined, beat: -1, since: 0 }),
  )
  const next = (thread: Thread<S>): void => {
    thread.job = waiting.shift()
    if (thread.job === undefined) return
    const failure = thread.failure()
    if (failure === undefined) send(thread.worker, { task: { slice: thread.job.slice, hung: thread.job.hung } })
    else thread.job.reject(failure)
  }
  const listen = (thread: Thread<S>): void => {
    thread.worker.on('message', (answer: WorkerAnswer<S>) => {
      const { job } = thread
      if ('result' in answer) job?.resolve(answer.result)
      else job?.reject(errorOf(answer.error))
      next(thread)
    })
    thread.worker.on('error', (error) => {
      if (!isClosed) thread.job?.reject(error)
    })
  }
  const restart = (thread: Thread<S>, row: number, ended: Ended): void => {
    const { job, worker } = thread
    job?.hung.set(row, ended)
    worker.removeAllListeners()
    worker.on('error', () => undefined)
    void worker.terminate()
    thread.pulse.idle()
    thread.worker = withData(spawn(options, thread.pulse))
    listen(thread)
    if (job !== undefined) waiting.unshift(job)
    next(thread)
  }
  const watchdog = watchMains(threads, options, restart)
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
      watchdog.stop()
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}

/** Looks some ten times a second where main runs too long or holds too much, and calls `end` for that thread. */
const watchMains = <S>(
  threads: readonly Thread<S>[],
  { mainLimitMs, mainMemoryMb }: Pick<PoolOptions, 'mainLimitMs' | 'mainMemoryMb'>,
  end: (thread: Thread<S>, row: number, ended: Ended) => void,
) => {
  let isStopped = false
  const look = async (thread: Thread<S>): Promise<void> => {
    const { row, beat, besideMb } = thread.pulse.state()
    if (row < 0 || beat !== thread.beat) return void Object.assign(thread, { beat, since: performance.now() })
    if (performance.now() - thread.since > mainLimitMs)
      return end(thread, row, { failed: 'MAIN_TIMEOUT', reason: `main ran longer than ${mainLimitMs} ms` })
    const { worker } = thread
    const heldByMain = (await heldMb(worker)) - besideMb
    const isSame = worker === thread.worker && thread.pulse.state().beat === beat && !isStopped
    if (heldByMain > mainMemoryMb && isSame) end(thread, row, { failed: 'MAIN_MEMORY', reason: `main needs more than ${mainMemoryMb} MB` })
  }
  const timer = setInterval(() => void threads.map(look), Math.min(100, Math.max(10, mainLimitMs / 10)))
  return {
    stop: (): void => {
      isStopped = true
      clearInterval(timer)
    },
  }
}

/** Asked of a thread in the middle of its work; one that has ended holds nothing. */
const heldMb = async (worker: Worker): Promise<number> => {
  const held = await worker.getHeapStatistics().catch(() => undefined)
  return held === undefined ? 0 : (held.used_heap_size + held.external_memory) / 2 ** 20
}

/** What a thread threw: with a code, a failure that it names; without, a bug. */
const errorOf = ({ code, message, stack }: Extract<WorkerAnswer<never>, { error: object }>['error']): Error =>
  code === undefined ? Object.assign(new Error(message), { stack }) : new MillraceError(code as ErrorCode, message, { cause: stack })
