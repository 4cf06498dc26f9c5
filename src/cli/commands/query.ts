import type { Command } from 'commander'
import type { Json } from '../../model/json.ts'
import { parseWindow } from '../../model/window.ts'
import { keyValues, listed } from '../arguments.ts'
import { table } from '../output.ts'
import { type ReadFlags, readFlags, readOptions } from '../read-options.ts'
import { addCommand, onAction } from '../session.ts'
import { cell, moment } from '../text.ts'

interface Options extends ReadFlags {
  readonly at?: string
  readonly feature?: readonly string[]
}

export const registerQuery = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'query <windows> <key...>',
    summary: 'window features of one key, as of a moment',
    examples: [
      'query to-airport destination=SEA --at 2001-01-05T12:00:00Z',
      'query on-route origin=SEA destination=LAX --known 2001-01-05 --at 2001-01-05',
      'query to-airport destination=SEA --feature landings,delay --at 2001-01-05 --json',
    ],
  })
    .option('--at <moment>', "the root's time, milliseconds or ISO 8601 (default: now)")
    .option('-f, --feature <names>', 'only these features (several times, or with commas)', listed)
  onAction<Options>(readOptions(command), async ({ args: [windows, ...key], options, output, perform }) => {
    const { at, feature } = options
    const found = await perform('query', {
      windows: windows!,
      key: keyValues(key),
      ...(feature !== undefined && { features: feature }),
      ...(at !== undefined && { at }),
      ...readFlags(options),
    })
    output.result(found, () => featureTable(found))
    if (at === undefined) output.note(`as of now, ${moment(Date.now())} UTC; --at asks for another moment`)
  })
}

/** A row for each feature, a column for each window; empty where a feature does not have the window. */
export const featureTable = (features: { readonly [feature: string]: Json }, cellOf = cell): string => {
  const byFeature = Object.entries(features) as readonly (readonly [string, { readonly [window: string]: Json }])[]
  const windows = [...new Set(byFeature.flatMap(([, values]) => Object.keys(values)))].sort(byReach)
  return table(
    ['feature', ...windows],
    byFeature.map(([feature, values]) => [feature, ...windows.map((window) => cellOf(values[window]))]),
  )
}

const kinds = ['time', 'last', 'calendar', 'lifetime']

/** Windows of time first, the shortest first; those of one kind besides in their own order. */
const byReach = (a: string, b: string): number => {
  const [one, other] = [parseWindow(a), parseWindow(b)]
  if (one.kind === 'time' && other.kind === 'time') return one.fromMs - other.fromMs || other.toMs - one.toMs
  return kinds.indexOf(one.kind) - kinds.indexOf(other.kind)
}
