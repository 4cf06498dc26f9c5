import type { Command } from 'commander'
import type { OutputOf } from '../../server/operations/registry.ts'
import { wholeNumber } from '../arguments.ts'
import { count, duration, exitCodes } from '../output.ts'
import { policyOption, type RangeFlags, rangeFlags, rangeOptions } from '../read-options.ts'
import { addCommand, onAction } from '../session.ts'
import { noRoots } from '../trial-text.ts'

interface Options extends RangeFlags {
  readonly sample?: number
  readonly oracle?: number
  readonly read?: string
}

const shownDifferences = 20

export const registerParity = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'parity <job>',
    summary: 'recomputes roots in batch, on call and by brute force, and compares the bytes',
    examples: [
      'parity delay-risk',
      'parity delay-risk --sample 1000 --oracle 20',
      'parity delay-risk --from 2001-01-03 --to 2001-01-04 --json',
    ],
  })
    .option('--sample <n>', 'roots, evenly spread (default: 100)', wholeNumber(1))
    .option('--oracle <n>', 'how many of them by brute force too (default: 10)', wholeNumber(0))
  onAction<Options>(policyOption(rangeOptions(command), 'own'), async ({ args: [job], options, output, perform }) => {
    const { sample, oracle, read } = options
    const report = await perform('parity', {
      job: job!,
      ...rangeFlags(options),
      ...(sample !== undefined && { sample }),
      ...(oracle !== undefined && { oracle }),
      ...(read !== undefined && { read }),
    })
    output.result(report, () => parityText(report))
    return report.different.length > 0 ? exitCodes.bad : exitCodes.well
  })
}

type Report = OutputOf<'parity'>

export const parityText = ({ roots, oracleRoots, different, seconds }: Report): string =>
  [
    ...(roots === 0 ? [noRoots] : []),
    ...different.slice(0, shownDifferences).map(differenceText),
    ...(different.length > shownDifferences ? [`and ${count(different.length - shownDifferences)} more; --json has all`] : []),
    `${count(roots)} roots in batch and on call, ${count(oracleRoots)} of them by brute force: ${count(different.length)} different (${duration(seconds * 1000)})`,
  ].join('\n')

const differenceText = ({ root, between, at, expected, got, events }: Report['different'][number]): string =>
  [
    `${root}: ${at}`,
    `  ${between[0]}: ${expected}`,
    `  ${between[1]}: ${got}`,
    ...events.map(({ type, id, why }) => `  look at ${type} ${id} (${why})`),
  ].join('\n')
