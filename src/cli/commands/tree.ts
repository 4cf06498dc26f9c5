import type { Command } from 'commander'
import { type ReadFlags, readFlags, readOptions } from '../read-options.ts'
import { addCommand, onAction } from '../session.ts'
import { isColoured, prettyJson } from '../text.ts'

interface Options extends ReadFlags {
  readonly job?: string
  readonly at?: string
}

export const registerTree = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'tree <type> <id>',
    summary: 'everything below one event: its features, states, behaviours and links',
    examples: [
      'tree departure flights:5000 --job delay-risk',
      'tree departure flights:5000 --known 2001-01-06T12:00:00Z',
      'tree departure flights:5000 --at 2001-01-07 --json',
    ],
  })
    .option('--job <job>', 'what this job fetches (default: every definition that the event has keys for)')
    .option('--at <moment>', "as of then (default: the event's own time)")
  onAction<Options>(readOptions(command), async ({ args: [type, id], options, output, perform }) => {
    const { job, at } = options
    const tree = await perform('tree', {
      type: type!,
      id: id!,
      ...(job !== undefined && { job }),
      ...(at !== undefined && { at }),
      ...readFlags(options),
    })
    output.result(tree, () => prettyJson(tree, isColoured()))
  })
}
