import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { ImportReport } from '../../ingest/import.ts'
import { wholeNumber } from '../arguments.ts'
import { count, duration, exitCodes } from '../output.ts'
import { addCommand, onAction } from '../session.ts'
import { moment } from '../text.ts'

interface Options {
  readonly mapping?: string
  readonly knownAt?: string
  readonly source?: string
  readonly maxRefused?: number
}

const shownConflicts = 5

export const registerImport = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'import <file>',
    summary: 'a CSV, JSON Lines or Parquet file into the event center; the same file twice changes nothing',
    examples: [
      'import data/flights.csv',
      'import payments.parquet --mapping payments --known-at time+1h',
      'import events.jsonl --source second-file --max-refused 10',
    ],
  })
    .option('--mapping <name>', "how its rows become events (default: the project's only mapping)")
    .option('--known-at <rule>', 'when its events were known, where the mapping does not say: recorded, time, or time+LAG')
    .option('--source <name>', "what ids begin with, in place of the mapping's name: for a second file of the same form")
    .option('--max-refused <n>', 'records that do not fit, beyond which nothing is imported (default: 100,000)', wholeNumber(0))
  onAction<Options>(command, async ({ args: [file], options, output, perform }) => {
    const { mapping, knownAt, source, maxRefused } = options
    const report = await perform('import', {
      file: resolve(file!),
      ...(mapping !== undefined && { mapping }),
      ...(knownAt !== undefined && { knownAt }),
      ...(source !== undefined && { source }),
      ...(maxRefused !== undefined && { maxRefused }),
    })
    output.result(report, () => importText(report))
    return report.state === 'stopped' ? exitCodes.stopped : exitCodes.well
  })
}

export const importText = (report: ImportReport): string => {
  const { state, rows, stored, duplicates, refused, conflictCount, seconds, stamp } = report
  if (state === 'already')
    return `this file was imported before${stamp === undefined ? '' : `, at ${moment(Math.floor(stamp))}`}: nothing changed`
  if (state === 'stopped') return `stopped after ${count(rows)} rows, which are safe; the same command goes on from there`
  const dead = Object.values(refused).reduce((sum, n) => sum + n, 0)
  const perSecond = seconds > 0 ? `, ${count((rows - report.from) / seconds)} rows/s` : ''
  return [
    `${count(rows)} rows in ${duration(seconds * 1000)}${perSecond}`,
    ...(report.from > 0 ? [`gone on with after ${count(report.from)} rows that were safe already`] : []),
    `${count(stored)} events stored${eventsText(report)}`,
    ...(duplicates > 0 ? [`${count(duplicates)} there already, with the same content`] : []),
    ...(dead > 0 ? [`${count(dead)} records refused (${countsText(refused)}): 'millrace dead' lists them`] : []),
    ...(conflictCount > 0 ? [`${count(conflictCount)} not stored: their ids are there with other content`, ...conflictLines(report)] : []),
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
  conflicts.slice(0, shownConflicts).map(({ type, id, position }) => `  ${type} ${id}, up to row ${count(position)}`)
