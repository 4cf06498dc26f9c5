/** All commands under one name, and how a run of one ends. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { MillraceError } from '../base/error.ts'
import { registerBacktest } from './commands/backtest.ts'
import { registerBatch } from './commands/batch.ts'
import { registerCall } from './commands/call.ts'
import { registerCases } from './commands/cases.ts'
import { registerCheck } from './commands/check.ts'
import { registerDead } from './commands/dead.ts'
import { registerDoctor } from './commands/doctor.ts'
import { registerErase } from './commands/erase.ts'
import { registerEvaluate } from './commands/evaluate.ts'
import { registerEvents } from './commands/events.ts'
import { registerImport } from './commands/import.ts'
import { registerInit } from './commands/init.ts'
import { registerParity } from './commands/parity.ts'
import { registerQuery } from './commands/query.ts'
import { registerSend } from './commands/send.ts'
import { registerServe } from './commands/serve.ts'
import { registerStatus } from './commands/status.ts'
import { registerTree } from './commands/tree.ts'
import { registerTrial } from './commands/trial.ts'
import { exitCodes, reportFailure } from './output.ts'

/** In the order in which a newcomer meets them. */
const registrations = [
  registerInit,
  registerCheck,
  registerImport,
  registerStatus,
  registerQuery,
  registerEvents,
  registerTree,
  registerTrial,
  registerBatch,
  registerBacktest,
  registerEvaluate,
  registerParity,
  registerServe,
  registerCall,
  registerSend,
  registerDead,
  registerErase,
  registerDoctor,
  registerCases,
] as const

/** With `isJson`, what is asked wrongly is not told here: `run` does that. */
export const createProgram = (isJson = false): Command => {
  const program = new Command('millrace')
    .configureOutput({ writeErr: (text) => void (isJson || process.stderr.write(text)) })
    .description('Define events, window features and decision logic once; run them in batch, on call, on trial and live.')
    .version(version(), '-v, --version')
    .exitOverride()
    .showHelpAfterError("('millrace COMMAND --help' shows what it takes)")
    .addHelpText('after', '\nExit codes: 0 well, 1 the answer is bad, 2 cannot be done as asked, 3 a bug, 130 stopped.')
  for (const register of registrations) register(program)
  return program
}

/** Gives the exit code. Nothing is thrown: what goes wrong is said on standard error. */
export const run = async (args: readonly string[]): Promise<number> => {
  endWithReader()
  try {
    await createProgram(args.includes('--json')).parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? exitCodes.well)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.well : reportUsage(error, args.includes('--json'))
    return reportFailure(error, args.includes('--json'))
  }
}

/** For people, commander has said it. */
const reportUsage = ({ message }: CommanderError, isJson: boolean): number =>
  isJson
    ? reportFailure(
        new MillraceError('ARGUMENT_INVALID', message.replace(/^error: /, ''), { hint: "'millrace COMMAND --help' shows what it takes" }),
        true,
      )
    : exitCodes.refused

/** `millrace … | head` ends when head does. */
const endWithReader = (): void => {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(exitCodes.well)
  })
}

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string }).version
