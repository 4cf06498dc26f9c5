import type { Command } from 'commander'
import { wholeNumber } from '../arguments.ts'
import { exitCodes } from '../output.ts'
import { policyOption, type RangeFlags, rangeFlags, rangeOptions } from '../read-options.ts'
import { addCommand, onAction } from '../session.ts'
import { trialText } from '../trial-text.ts'

interface Options extends RangeFlags {
  readonly sample?: number
  readonly read?: string
  readonly watch?: true
}

const defaultSample = 20

export const registerTrial = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'trial <job>',
    summary: 'a job over a sample of its roots, with the definitions as they are now; records nothing',
    examples: ['trial delay-risk', 'trial delay-risk --sample 200 --watch', 'trial delay-risk --from 2001-01-05 --to 2001-01-06 --json'],
  })
    .option('--sample <n>', `roots, evenly spread (default: ${defaultSample})`, wholeNumber(1))
    .option('-w, --watch', "again whenever one of the project's files is saved, with what changed")
  onAction<Options>(policyOption(rangeOptions(command), 'own'), async (session) => {
    const { args, options, output, perform, signal } = session
    const { sample = defaultSample, read } = options
    const run = () => perform('trial', { job: args[0]!, sample, ...rangeFlags(options), ...(read !== undefined && { read }) })
    if (options.watch === true) {
      const { watchTrial } = await import('../trial-watch.ts')
      return watchTrial({ run, disconnect: session.disconnect, project: options.project, output, signal })
    }
    const ran = await run()
    output.result(ran, () => trialText(ran))
    return exitCodes.well
  })
}
