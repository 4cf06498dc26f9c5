import { resolve } from 'node:path'
import type { Command } from 'commander'
import { MillraceError } from '../../base/error.ts'
import type { ImportReport } from '../../ingest/import.ts'
import type { InferOutput } from '../../server/operations/infer.ts'
import { wholeNumber } from '../arguments.ts'
import { count, duration, exitCodes } from '../output.ts'
import { addCommand, type CommonOptions, onAction, type Session } from '../session.ts'
import { moment } from '../text.ts'

interface Options {
  readonly mapping?: string
  readonly knownAt?: string
  readonly source?: string
  readonly maxRefused?: number
  readonly infer?: true
}

const shownConflicts = 5

export const registerImport = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'import <file>',
    summary: 'a CSV, JSON Lines or Parquet file into the event center; the same file twice changes nothing',
    examples: [
      'import data/flights.csv',
      'import payments.parquet --mapping payments --known-at time+1h',
      'import payments.csv --infer --known-at time',
      'import events.jsonl --source second-file --max-refused 10',
    ],
  })
    .option('--mapping <name>', "how its rows become events (default: the project's only mapping)")
    .option('--known-at <rule>', 'when its events were known, where the mapping does not say: recorded, time, or time+LAG')
    .option('--source <name>', "what ids begin with, in place of the mapping's name: for a second file of the same form")
    .option('--max-refused <n>', 'records that do not fit, beyond which nothing is imported (default: 100,000)', wholeNumber(0))
    .option('--infer', 'find the mapping by the names of its columns, and show it; without any events declared, propose definitions')
  onAction<Options>(command, async (session) => {
    const { args, options, output, perform } = session
    const { mapping, knownAt, source, maxRefused } = options
    const file = resolve(args[0]!)
    if (options.infer === true) {
      const inferred = await inferFor(session, file)
      if ('definitions' in inferred) {
        const { definitions } = inferred
        output.result({ definitions }, () => definitions.typescript)
        for (const note of definitions.notes) output.note(note)
        output.note('nothing was imported: no events are declared. Save this as project.ts, look it over, and import again')
        return exitCodes.bad
      }
      output.note(inferred.mapping)
    }
    const report = await perform('import', {
      file,
      ...(mapping !== undefined && { mapping }),
      ...(knownAt !== undefined && { knownAt }),
      ...(source !== undefined && { source }),
      ...(maxRefused !== undefined && { maxRefused }),
      ...(options.infer && { infer: true }),
    })
    output.result(report, () => importText(report))
    if (report.state === 'stopped') return exitCodes.stopped
    return isWhole(report) ? exitCodes.well : exitCodes.bad
  })
}

/** Whether no record of the file was left out. */
const isWhole = ({ state, refused, conflictCount }: ImportReport): boolean =>
  state === 'already' || (Object.keys(refused).length === 0 && conflictCount === 0)

/** Where there is no project at all, definitions are proposed for one. */
const inferFor = async ({ options, perform }: Session<Options & CommonOptions>, file: string): Promise<InferOutput> => {
  const { projectEntry } = await import('../../jobs/realm/bundle.ts')
  try {
    projectEntry(options.project)
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'PROJECT_NOT_FOUND') throw error
    const { inferDefinitions } = await import('../../server/operations/infer.ts')
    return { definitions: await inferDefinitions(file) }
  }
  return perform('infer', { file })
}

export const importText = (report: ImportReport): string => {
  const { state, rows, stored, duplicates, refused, conflictCount, unsoughtConflicts = 0, seconds, stamp } = report
  if (state === 'already')
    return `this file was imported before${stamp === undefined ? '' : `, at ${moment(Math.floor(stamp))}`}: no event changed`
  if (state === 'stopped') return `stopped after ${count(rows)} rows, which are safe; the same command goes on from there`
  const dead = Object.values(refused).reduce((sum, n) => sum + n, 0)
  const perSecond = seconds > 0 ? `, ${count((rows - report.from) / seconds)} rows/s` : ''
  return [
    `${count(rows)} rows in ${duration(seconds * 1000)}${perSecond}`,
    ...(report.from > 0 ? [`gone on with after ${count(report.from)} rows that were safe already`] : []),
    `${count(stored)} events stored${eventsText(report)}`,
    ...(duplicates > 0 ? [`${count(duplicates)} there already, with the same content`] : []),
    ...(dead > 0 ? [`${count(dead)} records refused (${countsText(refused)}): 'millrace dead' lists them`] : []),
    ...(conflictCount > 0 ? [`${count(conflictCount)} in conflict: their ids are there with other content`, ...conflictLines(report)] : []),
    ...(unsoughtConflicts > 0
      ? [`${count(unsoughtConflicts)} of them were not looked for in the file, and are no dead letters: the import was broken off`]
      : []),
    ...(report.absentColumns.length > 0 ? [`columns that the file lacks: ${report.absentColumns.join(', ')}`] : []),
  ].join('\n')
}

const countsText = (counts: { readonly [name: string]: number }): string =>
  Object.entries(counts)
    .map(([name, n]) => `${count(n)} ${name}`)
    .join(', ')

const eventsText = ({ events, from }: ImportReport): string =>
  Object.keys(events).length === 0 || from > 0 ? '' : ` (of the rows: ${countsText(events)})`

const conflictLines = ({ conflicts }: ImportReport): readonly string[] =>
  conflicts.slice(0, shownConflicts).map(({ type, id }) => `  ${type} ${id}`)
