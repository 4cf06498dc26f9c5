import type { Command } from 'commander'
import { MillraceError } from '../../base/error.ts'
import { didYouMean } from '../../base/suggest.ts'
import type { CaseEngine } from '../../cases/engine.ts'
import { listed } from '../arguments.ts'
import { exitCodes } from '../output.ts'
import { addCommand, onAction } from '../session.ts'

interface Options {
  readonly engine?: readonly string[]
  readonly backend?: readonly string[]
  readonly only?: string
  readonly json?: true
}

export const registerCases = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'cases <path...>',
    summary: 'case files (YAML, JSON) through every engine and backend',
    examples: ['cases test/cases', 'cases ties.yaml --engine batch,call', 'cases test/cases --only "last n" --json'],
    project: false,
  })
    .option('--engine <names>', 'only these engines', listed)
    .option('--backend <names>', 'only these backends', listed)
    .option('--only <text>', 'only cases whose name contains this')
  onAction<Options>(command, async ({ args, options }) => {
    const { runCases } = await import('../../cases/run.ts')
    const { engine, backend, only, json } = options
    const { failed } = await runCases(args, {
      engines: chosen(await allEngines(), engine),
      ...(backend !== undefined && { backends: backend }),
      ...(only !== undefined && { only }),
      ...(json && { json }),
      write: (line) => void process.stdout.write(`${line}\n`),
    })
    return failed > 0 ? exitCodes.bad : exitCodes.well
  })
}

const allEngines = async (): Promise<readonly CaseEngine[]> => {
  const { brute } = await import('../../cases/brute.ts')
  const { batch, rows } = await import('../../cases/windows-engines.ts')
  const { batchEngine, callEngine } = await import('../../cases/platform-engines.ts')
  return [brute, rows, batchEngine(batch), callEngine]
}

const chosen = (engines: readonly CaseEngine[], names: readonly string[] | undefined): readonly CaseEngine[] => {
  const known = engines.map(({ name }) => name)
  const unknown = names?.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new MillraceError('ENGINE_UNKNOWN', 'there is no such engine', { value: unknown, hint: didYouMean(unknown, known) })
  return names === undefined ? engines : engines.filter(({ name }) => names.includes(name))
}
