import { expect, it } from 'vitest'
import type { TrialOutput } from '../server/operations/trial.ts'
import { backtestText } from './backtest-text.ts'
import { changesText, trialChanges, trialText } from './trial-text.ts'

const trial = (rows: readonly [string, TrialOutput['rows'][number]['result'], string?][]): TrialOutput => ({
  project: 'p',
  job: 'j',
  fields: ['risk', 'score'],
  rows: rows.map(([root, result, failed]) => ({ root, time: 0, subject: 'u', result, ...(failed !== undefined && { failed }) })),
  failed: rows.filter(([, , failed]) => failed !== undefined).length,
  seconds: 0.5,
})

it('a trial is a table, with what failed in place of a result', () => {
  const text = trialText(
    trial([
      ['a:1', { risk: 'low', score: 1 }],
      ['a:2', null, 'MAIN_THREW: TypeError: no'],
    ]),
  )
  expect(text.split('\n').map((line) => line.trimEnd())).toEqual([
    'root  time (UTC)           subject  risk                       score',
    '────  ───────────────────  ───────  ─────────────────────────  ─────',
    'a:1   1970-01-01 00:00:00  u        low                            1',
    'a:2   1970-01-01 00:00:00  u        MAIN_THREW: TypeError: no',
    '',
    '2 roots in 500 ms, 1 failed',
  ])
})

it('names what changed against the run before, field by field', () => {
  const before = trial([
    ['a:1', { risk: 'low', score: 1 }],
    ['a:2', { risk: 'low', score: 2 }],
    ['a:3', { risk: 'low', score: 3 }],
    ['gone', { risk: 'low', score: 3 }],
  ])
  const after = trial([
    ['a:1', { risk: 'high', score: 1 }],
    ['a:2', { risk: 'low', score: 2 }],
    ['a:3', null, 'MAIN_THREW: x'],
  ])
  const changes = trialChanges(before, after)
  expect(changes).toEqual({
    compared: 3,
    changed: [
      { root: 'a:1', time: 0, fields: { risk: { before: 'low', after: 'high' } } },
      {
        root: 'a:3',
        time: 0,
        fields: {
          risk: { before: 'low', after: null },
          score: { before: 3, after: null },
          main_error: { before: null, after: 'MAIN_THREW: x' },
        },
      },
    ],
    gone: 1,
    fresh: 0,
  })
  expect(changesText(changes)).toContain('a:1   1970-01-01 00:00:00  risk        low → high')
  expect(changesText(changes)).toContain('2 of 3 results changed: risk 2, score 1, main_error 1\n1 roots are no longer there, 0 are new')
  expect(changesText(trialChanges(before, before))).toBe('0 of 4 results changed')
})

it('a backtest says how many, which and by how much', () => {
  const ran = { entry: '/p/project.ts', project: 'h', roots: 1000, failed: 0 }
  const text = backtestText({
    compared: 1000,
    different: 2,
    onlyBefore: 0,
    onlyAfter: 3,
    fieldsBefore: [],
    fieldsAfter: ['why'],
    fields: { score: { different: 2, numbers: { mean: 1.5, largest: 2 } } },
    first: [{ root: 'a:1', time: 0, subject: 'u', fields: { score: { before: 1, after: 3 } } }],
    before: ran,
    after: { ...ran, failed: 1 },
    seconds: 1,
  })
  expect(text).toContain('a:1   1970-01-01 00:00:00  score  1       3\nand 1 roots more')
  expect(text).toContain('score      2              1.5        2')
  expect(text).toContain('1,000 roots in both, 2 different (0.2 %), in 1.0 s')
  expect(text).toContain('0 roots only before, 3 only after')
  expect(text).toContain('only the version after returns why')
})
