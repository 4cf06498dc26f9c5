import { expect, it } from 'vitest'
import { type Decided, qualityOf, qualityText } from './quality.ts'

const decided: readonly Decided[] = [
  { paymentId: 'a', decision: 'block' },
  { paymentId: 'b', decision: 'review' },
  { paymentId: 'c', decision: 'block' },
  { paymentId: 'd', decision: 'allow' },
  { paymentId: 'e', decision: 'allow' },
]
const frauds = new Map([
  ['a', 'stolen-card'],
  ['b', 'device-farm'],
  ['d', 'device-farm'],
])

it('precision is of those flagged, recall of the frauds', () => {
  expect(qualityOf(decided.slice(0, 3), frauds)).toEqual({ flagged: 3, caught: 2, precision: 2 / 3, recall: 2 / 3 })
  expect(qualityOf([], frauds)).toEqual({ flagged: 0, caught: 0, precision: Number.NaN, recall: 0 })
})

it('are shown for what is blocked, for what is flagged, and by kind', () => {
  expect(
    qualityText(decided, frauds)
      .split('\n')
      .map((line) => line.split(/ {2,}/)),
  ).toEqual([
    ['decision', 'payments', 'frauds among them', 'precision', 'recall'],
    expect.any(Array),
    ['block', '2', '1', '50.0 %', '33.3 %'],
    ['block or review', '3', '2', '66.7 %', '66.7 %'],
    [''],
    ['fraud', 'payments', 'blocked or reviewed'],
    expect.any(Array),
    ['device-farm', '2', '50.0 %'],
    ['stolen-card', '1', '100.0 %'],
  ])
})
