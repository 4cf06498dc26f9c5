import type { Command } from 'commander'
import type { LetterFilter } from '../../ingest/dead-letters.ts'
import type { DeadLetter } from '../../ingest/letter.ts'
import type { ReplayReport } from '../../ingest/replay.ts'
import { wholeNumber } from '../arguments.ts'
import { count, exitCodes, table } from '../output.ts'
import { addCommand, onAction } from '../session.ts'
import { cut } from '../text.ts'

interface Options {
  readonly code?: string
  readonly event?: string
  readonly source?: string
  readonly limit?: number
}

/** `dead`, `dead counts` and `dead replay`. */
export const registerDead = (program: Command): void => {
  const dead = program
    .command('dead')
    .description('records that did not fit: listed, counted, tried again after a fix')
    .addHelpText(
      'after',
      '\nExamples:\n  $ millrace dead list\n  $ millrace dead counts --event departure\n  $ millrace dead replay --code TYPE_MISMATCH',
    )
  registerList(dead)
  registerCounts(dead)
  registerReplay(dead)
}

const filtered = (command: Command): Command =>
  command
    .option('--code <code>', 'refused for this reason')
    .option('--event <type>', 'meant to be events of this type')
    .option('--source <name>', "from imports by this mapping, or 'http'")

const filterOf = ({ code, event, source }: Options): LetterFilter => ({
  ...(code !== undefined && { code }),
  ...(event !== undefined && { event }),
  ...(source !== undefined && { source }),
})

const registerList = (dead: Command): void => {
  const command = addCommand(dead, {
    usage: 'list',
    summary: 'the earliest of them, with reason, place and record',
    isDefault: true,
    examples: ['dead list', 'dead list --code FIELD_MISSING --limit 5', 'dead list --source flights --json'],
  }).option('-n, --limit <n>', 'so many (default: 20)', wholeNumber(1))
  onAction<Options>(filtered(command), async ({ options, output, perform }) => {
    const found = await perform('dead', { ...filterOf(options), ...(options.limit !== undefined && { limit: options.limit }) })
    output.result(found, () => lettersText(found.letters, found.counts))
  })
}

const registerCounts = (dead: Command): void => {
  const command = addCommand(dead, {
    usage: 'counts',
    summary: 'how many, by reason',
    examples: ['dead counts', 'dead counts --source http --json'],
  })
  onAction<Options>(filtered(command), async ({ options, output, perform }) => {
    const { counts } = await perform('dead', { ...filterOf(options), limit: 0 })
    output.result(counts, () =>
      Object.keys(counts).length === 0 ? 'no dead letters' : table(['reason', 'records'], Object.entries(counts)),
    )
  })
}

const registerReplay = (dead: Command): void => {
  const command = addCommand(dead, {
    usage: 'replay',
    summary: 'tries them again with the definitions of today',
    examples: ['dead replay', 'dead replay --code ENUM_UNKNOWN --source flights'],
  })
  onAction<Options>(filtered(command), async ({ options, output, perform }) => {
    const report = await perform('replay', filterOf(options))
    output.result(report, () => replayText(report))
    return Object.keys(report.refused).length > 0 ? exitCodes.bad : exitCodes.well
  })
}

const placeOf = ({ origin, position }: DeadLetter): string =>
  origin.via === 'http' ? `request, record ${position}` : `${origin.file}, row ${position}`

export const lettersText = (letters: readonly DeadLetter[], counts: { readonly [code: string]: number }): string => {
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0)
  if (all === 0) return 'no dead letters'
  const shown = letters.map((letter) =>
    [
      `${letter.number}  ${letter.code}${letter.event === undefined ? '' : ` (${letter.event})`}  ${placeOf(letter)}`,
      `   ${letter.reason}`,
      `   ${cut(JSON.stringify(letter.record) ?? 'nothing', 160)}`,
    ].join('\n'),
  )
  return [...shown, letters.length < all ? `${count(letters.length)} of ${count(all)} shown` : `${count(all)} in all`].join('\n')
}

export const replayText = ({ replayed, events, refused }: ReplayReport): string =>
  [
    `${count(replayed)} ${replayed === 1 ? 'record' : 'records'} let in, ${count(events)} ${events === 1 ? 'event' : 'events'}`,
    ...Object.entries(refused).map(([code, n]) => `${count(n)} still refused: ${code}`),
  ].join('\n')
