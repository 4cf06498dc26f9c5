import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { MillraceError } from '../../base/error.ts'
import type { EraseOutput } from '../../server/operations/erase.ts'
import { count } from '../output.ts'
import { addCommand, onAction } from '../session.ts'

interface Options {
  readonly yes?: true
}

export const registerErase = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'erase <entity> <key>',
    summary: 'removes every event whose subject this is, and its dead letters, for good',
    examples: ['erase user u17', 'erase user u17 --yes --json'],
  }).option('-y, --yes', 'without asking')
  command.addHelpText(
    'after',
    `
Removed: every version of every event whose subject this is, requests to jobs among them, from log, runs and memory;
its dead letters; window features made of them. A marker says what was erased and when.
Not reached: events of others that name the key in a link; files of results that were written before (batch, backtest),
and what was sent elsewhere; files that were imported (given again, one is known and changes nothing; changed, or by another mapping, it
brings its events back); copies of the data folder. See docs/semantics.md, "Erasure".`,
  )
  onAction<Options>(command, async ({ args: [entity, key], options, output, perform, signal }) => {
    if (options.yes !== true) await confirmed(`Remove every event of ${entity} ${key} for good? Type the key to go on: `, key!, signal)
    const erased = await perform('erase', { entity: entity!, key: key! })
    output.result(erased, () => erasedText(erased))
  })
}

export const erasedText = ({ versions, types, letters, unclearLetters }: EraseOutput): string =>
  [
    `${count(versions)} versions removed, of events ${types.join(', ')}; ${count(letters)} dead letters removed`,
    ...(unclearLetters > 0
      ? [
          `${count(unclearLetters)} dead letters do not tell whose they are and stay: their mapping is not declared any more, or its`,
          "function comes to no subject for them. Look at them with 'millrace dead list', mend the mapping, and erase again",
        ]
      : []),
  ].join('\n')

/** Throws NOT_CONFIRMED. */
const confirmed = async (question: string, wanted: string, signal: AbortSignal): Promise<void> => {
  const refuse = (hint: string) => new MillraceError('NOT_CONFIRMED', 'nothing was removed', { hint })
  if (process.stdin.isTTY !== true) throw refuse('where nobody can be asked, say --yes')
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    if ((await asking.question(question, { signal })) !== wanted) throw refuse('the answer was not the key')
  } finally {
    asking.close()
  }
}
