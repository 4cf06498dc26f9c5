import { expect, it } from 'vitest'
import { periodStart, unitStart } from './calendar.ts'

const time = (text: string) => Date.parse(text)

it('finds what begins at a midnight that does not exist, comes twice, or has seconds', () => {
  expect(periodStart('day', time('2018-11-04T12:00Z'), 'America/Sao_Paulo')).toBe(time('2018-11-04T03:00Z'))
  expect(periodStart('day', time('2024-11-03T05:30Z'), 'America/Havana')).toBe(time('2024-11-03T04:00Z'))
  expect(periodStart('day', time('2010-11-07T12:00Z'), 'America/St_Johns')).toBe(time('2010-11-07T02:30Z'))
  expect(periodStart('day', time('1971-06-15T12:00Z'), 'Africa/Monrovia')).toBe(time('1971-06-15T00:44:30Z'))
  expect(periodStart('week', time('2011-12-30T22:00Z'), 'Pacific/Apia', 5)).toBe(time('2011-12-30T10:00Z'))
})

it('cuts smaller units in UTC and before 1970', () => {
  expect(unitStart('hour', -1, 'Asia/Kolkata', 1)).toBe(-3_600_000)
  expect(unitStart('second', -1000, 'UTC', 1)).toBe(-1000)
  expect(unitStart('quarter', time('2024-05-15T10:30Z'), 'UTC', 1)).toBe(time('2024-04-01T00:00Z'))
})
