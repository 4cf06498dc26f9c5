/** Which versions a read sees, as options of a command. */
import type { Command } from 'commander'

export interface ReadFlags {
  readonly recorded?: string
  readonly known?: string
}

export const readOptions = (command: Command): Command =>
  command
    .option('--recorded <moment>', 'only what was recorded by then (default: as corrected)')
    .option('--known <moment>', 'only what could be known by then')

export const readFlags = ({ recorded, known }: ReadFlags): ReadFlags => ({
  ...(recorded !== undefined && { recorded }),
  ...(known !== undefined && { known }),
})

/** For many roots: each with its own cut-off, or one read for all. */
export const policyOption = (command: Command, byDefault: string): Command =>
  command.option('--read <read>', `own, corrected, recorded, known, or with a moment: recorded:2024-01-01 (default: ${byDefault})`)

/** Roots in a range of event time. */
export const rangeOptions = (command: Command): Command =>
  command
    .option('--from <moment>', 'roots from then on: a moment, or 30d before now (default: all)')
    .option('--to <moment>', 'roots before then (default: all)')

export interface RangeFlags {
  readonly from?: string
  readonly to?: string
}

export const rangeFlags = ({ from, to }: RangeFlags): RangeFlags => ({
  ...(from !== undefined && { from }),
  ...(to !== undefined && { to }),
})
