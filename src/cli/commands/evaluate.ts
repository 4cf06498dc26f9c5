import type { Command } from 'commander'
import type { Json } from '../../model/json.ts'
import { exitCodes } from '../output.ts'
import { policyOption } from '../read-options.ts'
import { addCommand, onAction } from '../session.ts'
import { isColoured, prettyJson } from '../text.ts'

interface Options {
  readonly read?: string
  readonly type?: string
}

export const registerEvaluate = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'evaluate <job> <event-id>',
    summary: 'computes a job for a recorded event; records nothing',
    examples: [
      'evaluate delay-risk flights:5000',
      'evaluate delay-risk flights:5000 --read corrected',
      'evaluate delay-risk flights:5000 --json',
    ],
  }).option('--type <type>', "the event's type, where several fire the job")
  onAction<Options>(policyOption(command, 'own'), async ({ args: [job, event], options, output, perform }) => {
    const { read, type } = options
    const evaluated = await perform('evaluate', {
      job: job!,
      event: event!,
      ...(read !== undefined && { read }),
      ...(type !== undefined && { type }),
    })
    output.result(evaluated, () => prettyJson(evaluated as unknown as Json, isColoured()))
    return evaluated.failed === undefined ? exitCodes.well : exitCodes.bad
  })
}
