/** Work in a process of its own, so that its memory is its own. */
import { fork } from 'node:child_process'

interface Reply {
  readonly value?: unknown
  readonly error?: string
}

export interface ChildOptions {
  /** Of the engine, beside those of this process. */
  readonly flags?: readonly string[]
  readonly environment?: { readonly [name: string]: string }
}

/** Runs a module's `serveChild` work on `input`, in a fresh process, and gives what it answers. */
export const inChild = <Input, Output>(file: URL, input: Input, { flags = [], environment = {} }: ChildOptions = {}): Promise<Output> =>
  new Promise((resolve, reject) => {
    const child = fork(file, {
      serialization: 'advanced',
      execArgv: [...process.execArgv, ...flags],
      env: { ...process.env, ...environment },
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => reject(new Error(`the process ended without an answer (${signal ?? code})`)))
    child.once('message', ({ value, error }: Reply) => {
      child.removeAllListeners('exit')
      child.disconnect()
      if (error === undefined) resolve(value as Output)
      else reject(new Error(error))
    })
    child.send(input as object)
  })

/** The child's side. */
export const serveChild = <Input, Output>(work: (input: Input) => Output | Promise<Output>): void => {
  process.once('message', async (input: Input) => {
    const send = (reply: Reply): void => {
      process.send!(reply)
    }
    try {
      send({ value: await work(input) })
    } catch (error) {
      send({ error: (error as Error).stack ?? String(error) })
    }
  })
}
