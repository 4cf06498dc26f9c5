/** Threads that do the same steps side by side: what `steps` in a worker's file names is called by name from outside. */
import { parentPort, Worker } from 'node:worker_threads'

export interface Team<Steps extends StepTable> {
  /** One thread's step. */
  one<K extends keyof Steps & string>(thread: number, step: K, input: Parameters<Steps[K]>[0]): Promise<Awaited<ReturnType<Steps[K]>>>
  /** The same step on all of them; inputs by thread. */
  all<K extends keyof Steps & string>(
    step: K,
    inputOf: (thread: number) => Parameters<Steps[K]>[0],
  ): Promise<Awaited<ReturnType<Steps[K]>>[]>
  close(): Promise<void>
}

type StepTable = { readonly [step: string]: (input: never) => unknown }

interface Call {
  readonly step: string
  readonly input: unknown
}

type Reply = { readonly value: unknown } | { readonly error: string }

export const startTeam = <Steps extends StepTable>(file: URL, threads: number): Team<Steps> => {
  const workers = Array.from({ length: threads }, () => new Worker(file))
  const one = (thread: number, step: string, input: unknown): Promise<never> =>
    new Promise((resolve, reject) => {
      const worker = workers[thread]!
      const failed = (error: Error): void => reject(error)
      worker.once('error', failed)
      worker.once('message', (reply: Reply) => {
        worker.off('error', failed)
        if ('error' in reply) reject(new Error(reply.error))
        else resolve(reply.value as never)
      })
      worker.postMessage({ step, input } satisfies Call)
    })
  return {
    one,
    all: (step, inputOf) => Promise.all(workers.map((_, thread) => one(thread, step, inputOf(thread)))),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()))
    },
  }
}

/** The worker's side. */
export const serveSteps = (steps: StepTable): void => {
  parentPort!.on('message', async ({ step, input }: Call) => {
    try {
      parentPort!.postMessage({ value: await (steps[step] as (input: unknown) => unknown)(input) } satisfies Reply)
    } catch (error) {
      parentPort!.postMessage({ error: (error as Error).stack ?? String(error) } satisfies Reply)
    }
  })
}

/** Thread t's share of `total` things: [from, to). */
export const shareOf = (total: number, threads: number, thread: number): { readonly from: number; readonly to: number } => ({
  from: Math.floor((total * thread) / threads),
  to: Math.floor((total * (thread + 1)) / threads),
})
