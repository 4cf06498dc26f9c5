/** How two versions of a job differ, as people read it. */
import type { BacktestOutput } from '../server/operations/backtest.ts'
import { count, duration, table } from './output.ts'
import { moment } from './text.ts'
import { noRoots, shown } from './trial-text.ts'

export const backtestText = (found: BacktestOutput): string => {
  const { compared, different, onlyBefore, onlyAfter, before, after, seconds } = found
  const share = compared === 0 ? '' : ` (${((100 * different) / compared).toFixed(different > 0 && different * 1000 < compared ? 3 : 1)} %)`
  return [
    ...(compared + onlyBefore + onlyAfter === 0 ? [noRoots] : []),
    ...rootsTable(found),
    ...fieldsTable(found),
    `before: ${before.entry} (${before.project})${failures(before.failed)}`,
    `after:  ${after.entry} (${after.project})${failures(after.failed)}`,
    `${count(compared)} roots in both, ${count(different)} different${share}, in ${duration(seconds * 1000)}`,
    ...(onlyBefore + onlyAfter > 0 ? [`${count(onlyBefore)} roots only before, ${count(onlyAfter)} only after`] : []),
    ...added(found),
  ].join('\n')
}

const failures = (failed: number): string => (failed === 0 ? '' : `, ${count(failed)} failed`)

const rootsTable = ({ first, different }: BacktestOutput): readonly string[] => {
  if (first.length === 0) return []
  const rows = first.flatMap(({ root, time, fields }) =>
    Object.entries(fields).map(([field, { before, after }], i) => [
      i === 0 ? root : '',
      i === 0 ? moment(time) : '',
      field,
      shown(before),
      shown(after),
    ]),
  )
  return [
    table(['root', 'time (UTC)', 'field', 'before', 'after'], rows),
    ...(different > first.length ? [`and ${count(different - first.length)} roots more`] : []),
    '',
  ]
}

const fieldsTable = ({ fields }: BacktestOutput): readonly string[] => {
  const rows = Object.entries(fields).map(([field, { different, numbers }]) => [
    field,
    different,
    numbers === undefined ? null : rounded(numbers.mean),
    numbers === undefined ? null : rounded(numbers.largest),
  ])
  return rows.length === 0 ? [] : [table(['field', 'roots', 'mean difference', 'largest'], rows), '']
}

/** To be read, not to be computed with: `--json` has all digits. */
const rounded = (value: number): number => Number(value.toPrecision(6))

const added = ({ fieldsBefore, fieldsAfter }: BacktestOutput): readonly string[] => [
  ...(fieldsBefore.length > 0 ? [`only the version before returns ${fieldsBefore.join(', ')}`] : []),
  ...(fieldsAfter.length > 0 ? [`only the version after returns ${fieldsAfter.join(', ')}`] : []),
]
