/** What a trial shows: its results, and how they differ from those before. */
import { canonical, type Json } from '../model/json.ts'
import type { TrialOutput } from '../server/operations/trial.ts'
import { count, duration, table } from './output.ts'
import { cell, moment } from './text.ts'

type Row = TrialOutput['rows'][number]

export const trialText = ({ fields, rows, failed, seconds }: TrialOutput): string =>
  [
    ...(rows.length === 0
      ? [noRoots]
      : [
          table(
            ['root', 'time (UTC)', 'subject', ...fields],
            rows.map((row) => [row.root, moment(row.time), row.subject, ...resultCells(row, fields)]),
          ),
        ]),
    '',
    `${count(rows.length)} roots in ${duration(seconds * 1000)}${failed > 0 ? `, ${count(failed)} failed` : ''}`,
  ].join('\n')

/** Of whatever runs over roots. */
export const noRoots = "no event that fires the job lies there: 'millrace status' tells which times the events have"

const resultCells = ({ result, failed }: Row, fields: readonly string[]) =>
  result === null ? [cell(failed), ...fields.slice(1).map(() => '')] : fields.map((field) => cell(result[field]))

export interface Changed {
  readonly root: string
  readonly time: number
  readonly fields: { readonly [field: string]: { readonly before: Json; readonly after: Json } }
}

export interface TrialChanges {
  /** Roots that both runs have. */
  readonly compared: number
  readonly changed: readonly Changed[]
  /** Roots that only one of the runs has. */
  readonly gone: number
  readonly fresh: number
}

/** A field that one of the runs does not return is null there; what main failed with is the field `main_error`. */
export const trialChanges = (before: TrialOutput, after: TrialOutput): TrialChanges => {
  const known = new Map(before.rows.map((row) => [keyOf(row), row]))
  const both = after.rows.flatMap((row) => {
    const was = known.get(keyOf(row))
    return was === undefined ? [] : [{ was, row }]
  })
  const changed = both.flatMap(({ was, row }) => {
    const fields = changedFields(was, row)
    return Object.keys(fields).length === 0 ? [] : [{ root: row.root, time: row.time, fields }]
  })
  return { compared: both.length, changed, gone: before.rows.length - both.length, fresh: after.rows.length - both.length }
}

const keyOf = ({ root, time }: Row): string => `${time} ${root}`

const changedFields = (before: Row, after: Row): Changed['fields'] => {
  const [was, is] = [flat(before), flat(after)]
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])]
  return Object.fromEntries(
    names
      .map((name) => [name, { before: was[name] ?? null, after: is[name] ?? null }] as const)
      .filter(([, { before, after }]) => canonical(before) !== canonical(after)),
  )
}

const flat = ({ result, failed }: Row): { readonly [field: string]: Json } => ({
  ...result,
  ...(failed !== undefined && { main_error: failed }),
})

const shownRoots = 20

export const changesText = ({ compared, changed, gone, fresh }: TrialChanges): string => {
  const rows = changed
    .slice(0, shownRoots)
    .flatMap(({ root, time, fields }) =>
      Object.entries(fields).map(([field, { before, after }], i) => [
        i === 0 ? root : '',
        i === 0 ? moment(time) : '',
        field,
        `${shown(before)} → ${shown(after)}`,
      ]),
    )
  return [
    ...(rows.length > 0 ? [table(['root', 'time (UTC)', 'field', 'before → after'], rows), ''] : []),
    `${count(changed.length)} of ${count(compared)} results changed${countsText(changed)}`,
    ...(gone + fresh > 0 ? [`${count(gone)} roots are no longer there, ${count(fresh)} are new`] : []),
  ].join('\n')
}

export const shown = (value: Json): string => String(cell(value) ?? 'null')

const countsText = (changed: readonly Changed[]): string => {
  const counts = new Map<string, number>()
  for (const { fields } of changed) for (const field of Object.keys(fields)) counts.set(field, (counts.get(field) ?? 0) + 1)
  return counts.size === 0 ? '' : `: ${[...counts].map(([field, n]) => `${field} ${count(n)}`).join(', ')}`
}
