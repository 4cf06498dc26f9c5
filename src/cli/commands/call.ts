import type { Command } from 'commander'
import { jsonArgument } from '../arguments.ts'
import { addCommand, onAction } from '../session.ts'
import { isColoured, prettyJson } from '../text.ts'

export const registerCall = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'call <job> <input>',
    summary: 'runs a job on a request, which is recorded first, and shows its result',
    examples: [
      `call delay-risk '{"origin": "SEA", "destination": "LAX", "at": "2001-01-07T12:00:00Z", "distance": 954}'`,
      'call delay-risk @request.json',
      'call delay-risk - < request.json',
    ],
  })
  command.addHelpText('after', '\n<input> is JSON, @FILE, or - for standard input.')
  onAction(command, async ({ args: [job, input], output, perform }) => {
    const called = await perform('call', { job: job!, input: await jsonArgument(input!) })
    output.result(called, () => prettyJson(called.result, isColoured()))
    output.note(`recorded as ${called.id}`)
  })
}
