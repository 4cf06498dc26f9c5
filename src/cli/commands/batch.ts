import { resolve } from 'node:path'
import type { Command } from 'commander'
import { mostThreads } from '../../server/operations/batch.ts'
import { ensureStarted, lean } from '../../server/surroundings.ts'
import { wholeNumber } from '../arguments.ts'
import { count, duration } from '../output.ts'
import { policyOption, type RangeFlags, rangeFlags, rangeOptions } from '../read-options.ts'
import { addCommand, onAction } from '../session.ts'
import { noRoots } from '../trial-text.ts'

interface Options extends RangeFlags {
  readonly out: string
  readonly read?: string
  readonly features?: true
  readonly threads?: number
  readonly sample?: number
}

export const registerBatch = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'batch <job>',
    summary: 'a job over history into a file; the same command goes on where it was broken off',
    examples: [
      'batch delay-risk --out risk.parquet',
      'batch delay-risk --from 2001-01-03 --to 2001-01-05 --out risk.csv',
      'batch delay-risk --features --read known --out training.parquet',
    ],
  })
    .requiredOption('-o, --out <file>', '.parquet, .csv or .jsonl')
    .option('--features', "features beside main's result: a training set")
    .option('--threads <n>', 'how many (default: 2)', wholeNumber(1, mostThreads))
    .option('--sample <n>', 'at most so many roots, evenly spread', wholeNumber(1))
  onAction<Options>(policyOption(rangeOptions(command), 'own'), async ({ args: [job], options, output, perform }) => {
    ensureStarted(lean)
    const { out, read, features, threads, sample } = options
    const done = await perform('batch', {
      job: job!,
      out: resolve(out),
      ...rangeFlags(options),
      ...(read !== undefined && { read }),
      ...(features && { features }),
      ...(threads !== undefined && { threads }),
      ...(sample !== undefined && { sample }),
    })
    output.result(done, () => batchText(done))
  })
}

export const batchText = ({ roots, failed, resumed, seconds, out }: BatchDone): string => {
  const rate = seconds > 0 ? `, ${count((roots - resumed) / seconds)} roots/s` : ''
  return [
    `${count(roots)} roots in ${duration(seconds * 1000)}${rate}`,
    ...(resumed > 0 ? [`${count(resumed)} of them computed before`] : []),
    ...(roots === 0 ? [noRoots] : []),
    ...(failed > 0 ? [`${count(failed)} failed: the column main_error says why`] : []),
    `written to ${out}`,
  ].join('\n')
}

interface BatchDone {
  readonly roots: number
  readonly failed: number
  readonly resumed: number
  readonly seconds: number
  readonly out: string
}
