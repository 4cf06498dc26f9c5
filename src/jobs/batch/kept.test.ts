import { expect, it } from 'vitest'
import { createKept } from './kept.ts'

it('makes a thing once for the same name of the same tables, and forgets what a run did not ask for', () => {
  const { keep, endRun } = createKept()
  const [one, other] = [{}, {}]
  let made = 0
  const ask = (name: string, ...of: readonly object[]): number => keep(name, of, () => ++made)
  expect([ask('a', one), ask('a', one), ask('b', one, other)]).toEqual([1, 1, 2])
  endRun()
  expect([ask('a', one), ask('a', other), ask('a', other)]).toEqual([1, 3, 3])
  endRun()
  expect([ask('b', one, other), ask('a', other)]).toEqual([4, 3])
})
