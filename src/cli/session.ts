/** What every command is made of: options that all have, help with examples, operations, and an end that is clean. */
import type { Command } from 'commander'
import { MillraceError } from '../base/error.ts'
import type { Connection } from '../server/connection.ts'
import type { InputOf, OperationName, OutputOf } from '../server/operations/registry.ts'
import { connectTo } from './connect.ts'
import { createOutput, exitCodes, type Output } from './output.ts'
import { createProgress } from './progress.ts'

export interface CommonOptions {
  readonly project: string
  readonly data?: string
  readonly json?: true
}

export interface Session<Options = CommonOptions> {
  readonly options: Options
  readonly args: readonly string[]
  readonly output: Output
  /** Aborted by Ctrl-C or a request to end. */
  readonly signal: AbortSignal
  /** On the data folder, here or by the process that holds it; with progress on standard error. */
  perform<N extends OperationName>(name: N, input: InputOf<N>): Promise<OutputOf<N>>
  /** The next operation opens the data folder anew, with the definitions of then. */
  disconnect(): Promise<void>
}

export interface CommandSpec {
  /** `query <windows> <key...>`. */
  readonly usage: string
  readonly summary: string
  /** Command lines without `millrace`, but for those that are piped into it. */
  readonly examples: readonly string[]
  /** Whether it works on a project and its data; true unless set. */
  readonly project?: boolean
  /** Whether it is what its parent does when nothing is said. */
  readonly isDefault?: boolean
}

export const addCommand = (parent: Command, { usage, summary, examples, project = true, isDefault = false }: CommandSpec): Command => {
  const command = parent.command(usage, { isDefault }).description(summary).option('--json', 'the result as JSON, failures too')
  if (project) {
    command
      .option('-p, --project <path>', "the project's folder or its file of definitions", '.')
      .option('--data <dir>', 'where its data lies (default: .millrace beside the definitions)')
  }
  return command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((example) => `  $ ${example.includes('| millrace ') ? example : `millrace ${example}`}`).join('\n')}`,
  )
}

/** Runs a command's work and sets the exit code: what `act` gives, 0 where it gives none. */
export const onAction = <Options = CommonOptions>(
  command: Command,
  act: (session: Session<Options & CommonOptions>) => Promise<number> | Promise<void>,
): void => {
  command.action(async (...given) => {
    const self = given.at(-1) as Command
    const options = self.opts<Options & CommonOptions>()
    const stop = new AbortController()
    const release = onStop(stop)
    const connected = createConnected(options, stop.signal)
    const session = {
      options,
      args: self.args,
      output: createOutput(options.json === true),
      signal: stop.signal,
      perform: connected.perform,
      disconnect: connected.close,
    }
    try {
      const code = await act(session)
      process.exitCode = typeof code === 'number' ? code : exitCodes.well
    } catch (error) {
      throw stop.signal.aborted && isByStop(error) ? cancelled(error) : error
    } finally {
      await connected.close()
      release()
    }
  })
}

/** A terminal's Ctrl-C ends helpers of this process too; what fails for want of them is no failure of its own. */
const isByStop = (error: unknown): boolean => !(error instanceof MillraceError) || error.code === 'DEFINITIONS_INVALID'

const cancelled = (cause: unknown): MillraceError => new MillraceError('CANCELLED', 'stopped', { cause })

/** The first Ctrl-C asks work to end where it can be gone on with; a second one ends the process. */
const onStop = (stop: AbortController): (() => void) => {
  const ask = (): void => {
    if (stop.signal.aborted) process.exit(exitCodes.stopped)
    stop.abort()
  }
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, ask)
  return () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, ask)
  }
}

const createConnected = (options: CommonOptions, signal: AbortSignal) => {
  let connection: Promise<Connection> | undefined
  const perform = async <N extends OperationName>(name: N, input: InputOf<N>): Promise<OutputOf<N>> => {
    connection ??= connectTo(options)
    const progress = createProgress(options.json !== true)
    try {
      return await (await connection).perform(name, input, { signal, onProgress: progress.show })
    } finally {
      progress.stop()
    }
  }
  const close = async (): Promise<void> => {
    const open = connection
    connection = undefined
    await open?.then(
      (connected) => connected.close(),
      () => undefined,
    )
  }
  return { perform, close }
}
