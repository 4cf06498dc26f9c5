import type { Command } from 'commander'
import type { Status } from '../../server/operations/status.ts'
import { count, table } from '../output.ts'
import { addCommand, onAction } from '../session.ts'
import { moment } from '../text.ts'

export const registerStatus = (program: Command): void => {
  const command = addCommand(program, {
    usage: 'status',
    summary: 'what the data folder holds, and who serves it',
    examples: ['status', 'status --project examples/cards', 'status --json'],
  })
  onAction(command, async ({ output, perform }) => {
    const status = await perform('status', {})
    output.result(status, () => statusText(status))
  })
}

export const statusText = ({ project, folder, holder, safe, events, disk, deadLetters, lostLetters }: Status): string => {
  const rows = Object.entries(events).map(([type, { count, from, to, withheld }]) => [
    type,
    withheld === undefined ? count : 'withheld',
    from === null ? null : moment(from),
    to === null ? null : moment(to),
  ])
  const dead = Object.values(deadLetters).reduce((sum, n) => sum + n, 0)
  return [
    table(['event', 'number', 'first (UTC)', 'last (UTC)'], rows),
    '',
    `data          ${folder}`,
    `on disk       ${bytes(disk.bytes)} in ${count(disk.runs)} sorted runs and ${count(disk.files - disk.runs)} other files`,
    `dead letters  ${count(dead)}`,
    `recorded to   ${safe > 0 ? moment(Math.floor(safe)) : 'nothing yet'}`,
    `definitions   ${project}`,
    `served        ${holder === null ? 'by nobody' : `by process ${holder.pid} at ${holder.url}`}`,
    ...damageText(events, lostLetters),
  ].join('\n')
}

const damageText = (events: Status['events'], lostLetters: Status['lostLetters']): readonly string[] => {
  const reasons = new Set(
    Object.values(events).flatMap(({ withheld }) => (withheld === undefined ? [] : [`${withheld.message} (${withheld.code})`])),
  )
  const lines = [
    ...[...reasons].map((reason) => `events are withheld: ${reason}`),
    ...lostLetters.map((at) => `dead letters are lost: ${at}`),
  ]
  return lines.length === 0 ? [] : ['', ...lines, "'millrace doctor' says what is damaged and what to do"]
}

const units = ['bytes', 'KB', 'MB', 'GB', 'TB']

/** `1536` as `1.5 KB`. */
export const bytes = (n: number): string => {
  const power = n < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(n) / 10))
  return power === 0 ? `${n} bytes` : `${(n / 1024 ** power).toFixed(1)} ${units[power]}`
}
