import { resolve } from 'node:path'
import type { Command } from 'commander'
import { MillraceError } from '../../base/error.ts'
import { wholeNumber } from '../arguments.ts'
import { backtestText } from '../backtest-text.ts'
import { checkOut } from '../git-revision.ts'
import { exitCodes } from '../output.ts'
import { policyOption, type RangeFlags, rangeFlags, rangeOptions } from '../read-options.ts'
import { addCommand, onAction } from '../session.ts'

interface Options extends RangeFlags {
  readonly against?: string
  readonly againstGit?: string
  readonly read?: string
  readonly sample?: number
  readonly show?: number
  readonly failOnDifference?: true
}

export const registerBacktest = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'backtest <job>',
    summary: 'two versions of a job over the same roots: which results differ, and by how much',
    examples: [
      'backtest delay-risk --against ../before --from 2001-01-03 --to 2001-01-06',
      'backtest delay-risk --against-git main',
      'backtest delay-risk --against ../before --fail-on-difference --json',
    ],
  })
    .option('--against <path>', 'the version before: a folder or a file of definitions')
    .option('--against-git <revision>', 'the version before: this project as git has it there')
    .option('--sample <n>', 'at most so many roots, evenly spread', wholeNumber(1))
    .option('--show <n>', 'how many roots that differ are shown (default: 10)', wholeNumber(0))
    .option('--fail-on-difference', 'exit code 1 where a result differs')
  onAction<Options>(policyOption(rangeOptions(command), 'known'), async ({ args: [job], options, output, perform }) => {
    const { read, sample, show, failOnDifference } = options
    const before = await versionBefore(options)
    try {
      const found = await perform('backtest', {
        job: job!,
        against: before.path,
        ...rangeFlags(options),
        ...(read !== undefined && { read }),
        ...(sample !== undefined && { sample }),
        ...(show !== undefined && { show }),
      })
      output.result(found, () => backtestText(found))
      const differs = found.different + found.onlyBefore + found.onlyAfter > 0
      return failOnDifference === true && differs ? exitCodes.bad : exitCodes.well
    } finally {
      before.remove()
    }
  })
}

const versionBefore = async (options: Options & { readonly project: string }) => {
  const { against, againstGit, project } = options
  if ((against === undefined) === (againstGit === undefined))
    throw new MillraceError('ARGUMENT_INVALID', 'it is not said what to compare with', {
      expected: 'one of --against PATH, --against-git REVISION',
    })
  if (against !== undefined) return { path: resolve(against), remove: () => undefined }
  const { projectEntry } = await import('../../jobs/realm/bundle.ts')
  return checkOut(projectEntry(project), againstGit!)
}
