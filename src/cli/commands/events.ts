import type { Command } from 'commander'
import type { Json } from '../../model/json.ts'
import { keyValues, wholeNumber } from '../arguments.ts'
import { table } from '../output.ts'
import { type RangeFlags, type ReadFlags, readFlags, readOptions } from '../read-options.ts'
import { addCommand, onAction } from '../session.ts'
import { cell, moment } from '../text.ts'

interface Options extends ReadFlags, Pick<RangeFlags, 'from'> {
  readonly at?: string
  readonly last?: number
}

export const registerEvents = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'events <type> <key...>',
    summary: 'events with these values, in time order',
    examples: [
      'events departure origin=SEA --last 5',
      'events landing destination=SEA --from 2001-01-05 --at 2001-01-06',
      'events landing destination=SEA --json',
    ],
  })
    .option('-n, --last <n>', 'the latest so many (default: 100)', wholeNumber(1))
    .option('--from <moment>', 'events from then on')
    .option('--at <moment>', 'events before then')
  onAction<Options>(readOptions(command), async ({ args: [type, ...key], options, output, perform }) => {
    const { from, at, last } = options
    const events = await perform('events', {
      type: type!,
      key: keyValues(key),
      ...(from !== undefined && { from }),
      ...(at !== undefined && { at }),
      ...(last !== undefined && { last }),
      ...readFlags(options),
    })
    output.result(events, () => eventTable(events))
  })
}

export const eventTable = (events: readonly { readonly [name: string]: Json }[]): string => {
  const data = events.map((event) => event['data'] as { readonly [field: string]: Json })
  const fields = Object.keys(data[0] ?? {})
  if (events.length === 0) return 'no events'
  return table(
    ['time (UTC)', 'id', ...fields],
    events.map((event, i) => [moment(event['time'] as number), event['id'] as string, ...fields.map((field) => cell(data[i]![field]))]),
  )
}
