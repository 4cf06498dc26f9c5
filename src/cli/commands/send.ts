import type { Command } from 'commander'
import { MillraceError } from '../../base/error.ts'
import type { SendOutput } from '../../server/operations/ingest.ts'
import { textOf } from '../arguments.ts'
import { count, exitCodes } from '../output.ts'
import { addCommand, onAction } from '../session.ts'

const shownRefusals = 20

export const registerSend = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'send <type-and-file...>',
    summary: 'records events from JSON or lines of JSON',
    examples: ['send departure departures.jsonl', 'send events.jsonl', `echo '{"departure": {…}}' | millrace send -`],
  }).usage('[options] [TYPE] <FILE>')
  command.addHelpText('after', '\nFILE is - for standard input. Without TYPE every record names its own: {"departure": {…}}.')
  onAction(command, async ({ args, output, perform }) => {
    if (args.length > 2) throw new MillraceError('ARGUMENT_INVALID', 'too many arguments', { value: args, expected: '[TYPE] FILE' })
    const file = args.at(-1)!
    const type = args.length === 2 ? args[0]! : undefined
    const sent: SendOutput[] = []
    for (const { body, before } of chunksOf(await textOf(file), chunkCharacters)) {
      const part = await perform('send', { body, ...(type !== undefined && { type }) }).catch((error: unknown) => {
        throw before === 0 ? error : afterParts(error, before)
      })
      sent.push({ ...part, refused: part.refused.map((one) => ({ ...one, position: one.position + before })) })
    }
    const all = together(sent)
    output.result(all, () => sentText(all))
    return all.refused.length > 0 ? exitCodes.bad : exitCodes.well
  })
}

/** Well below what the server takes in one request. */
const chunkCharacters = 4 * 1024 * 1024
const chunkRecords = 100_000

/** What stopped a part says positions within it, and that nothing of it was recorded: the parts before it were. */
const afterParts = (error: unknown, before: number): unknown =>
  error instanceof MillraceError
    ? new MillraceError(error.code, error.summary, {
        ...error.details,
        hint: `the first ${count(before)} records were sent before; positions are counted from there. ${error.details.hint ?? ''}`.trim(),
        cause: error,
      })
    : error

/** Lines of JSON in parts, each with the number of records before it; anything else, and what is short, whole. */
export const chunksOf = (text: string, most: number): readonly { readonly body: string; readonly before: number }[] => {
  const isLines = text.trimStart().startsWith('{') && isJson(text.slice(0, text.indexOf('\n') + 1 || text.length))
  if (!isLines) return [{ body: text, before: 0 }]
  const chunks: { body: string; before: number }[] = []
  let before = 0
  let lines: string[] = []
  let length = 0
  const close = (): void => {
    chunks.push({ body: lines.join('\n'), before })
    before += lines.length
    lines = []
    length = 0
  }
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    if (length > 0 && (length + line.length > most || lines.length === chunkRecords)) close()
    lines.push(line)
    length += line.length + 1
  }
  if (lines.length > 0) close()
  return chunks.length > 1 ? chunks : [{ body: text, before: 0 }]
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

const together = (sent: readonly SendOutput[]): SendOutput => ({
  stored: sent.reduce((sum, { stored }) => sum + stored, 0),
  duplicates: sent.reduce((sum, { duplicates }) => sum + duplicates, 0),
  refused: sent.flatMap(({ refused }) => refused),
  recordedAt: sent.at(-1)!.recordedAt,
})

const sentText = ({ stored, duplicates, refused }: SendOutput): string => {
  const shown = refused.slice(0, shownRefusals).map(({ position, code, message }) => `  record ${position}: ${message} (${code})`)
  const rest = refused.length > shownRefusals ? [`  and ${refused.length - shownRefusals} more; --json names them all`] : []
  const counts = `${count(stored)} stored${duplicates > 0 ? `, ${count(duplicates)} there already` : ''}, ${count(refused.length)} refused`
  return [counts, ...shown, ...rest].join('\n')
}
