import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MergeUnit } from '../model/plan.ts'
import { checkZone, createCalendar } from './calendar.ts'

const at = (text: string): number => Date.parse(text)
const start = (zone: string, unit: MergeUnit, text: string, weekStart = 1): string =>
  new Date(createCalendar(zone, weekStart).startOf(unit, at(text))).toISOString()

/** The local date of an instant, as Intl says it, with no arithmetic of ours. */
const formats = new Map<string, Intl.DateTimeFormat>()
const localDate = (zone: string, time: number): string => {
  const format =
    formats.get(zone) ?? new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' })
  formats.set(zone, format)
  return format.format(time)
}
const periodOf = (zone: string, unit: 'day' | 'month' | 'year', time: number): string =>
  localDate(zone, time).slice(0, unit === 'day' ? 10 : unit === 'month' ? 7 : 4)

const zones = [
  'UTC',
  'Europe/London',
  'America/New_York',
  'Asia/Kolkata',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'America/Havana',
  'Pacific/Apia',
]

describe('createCalendar', () => {
  it('finds the first instant of the period that holds a time', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.constantFrom('day' as const, 'month' as const, 'year' as const),
        fc.integer({ min: at('1960-01-01T00:00Z'), max: at('2030-01-01T00:00Z') }),
        (zone, unit, time) => {
          const found = createCalendar(zone).startOf(unit, time)
          expect(found).toBeLessThanOrEqual(time)
          expect(periodOf(zone, unit, found)).toBe(periodOf(zone, unit, time))
          expect(periodOf(zone, unit, found - 1)).not.toBe(periodOf(zone, unit, time))
        },
      ),
      { numRuns: 300 },
    )
  })

  it('gives the same answers in any order of asking', () => {
    const calendar = createCalendar('America/New_York')
    fc.assert(
      fc.property(fc.integer({ min: at('2001-03-30T00:00Z'), max: at('2001-11-01T00:00Z') }), (time) => {
        expect(calendar.startOf('day', time)).toBe(createCalendar('America/New_York').startOf('day', time))
      }),
      { numRuns: 200 },
    )
  })

  it('begins a day without midnight at its first instant', () => {
    expect(start('America/Sao_Paulo', 'day', '2017-10-15T12:00:00Z')).toBe('2017-10-15T03:00:00.000Z')
    expect(start('America/Sao_Paulo', 'day', '2017-10-15T03:00:00Z')).toBe('2017-10-15T03:00:00.000Z')
    expect(start('America/Sao_Paulo', 'day', '2017-10-15T02:59:59.999Z')).toBe('2017-10-14T03:00:00.000Z')
  })

  it('begins a day with two midnights at the first', () => {
    // Havana went from 01:00 back to 00:00 on 2020-11-01: midnight at 04:00Z and again at 05:00Z.
    expect(start('America/Havana', 'day', '2020-11-01T05:30:00Z')).toBe('2020-11-01T04:00:00.000Z')
    expect(start('America/Havana', 'day', '2020-11-01T04:30:00Z')).toBe('2020-11-01T04:00:00.000Z')
  })

  it("knows an evening that came twice across midnight (St John's until 2011: 00:01 back to 23:01)", () => {
    // 2010-11-07 02:31Z is 00:01 local, set back to 23:01 of the 6th; midnight of the 7th is at 02:30Z and at 03:30Z.
    expect(start('America/St_Johns', 'day', '2010-11-07T02:30:30Z')).toBe('2010-11-07T02:30:00.000Z')
    expect(start('America/St_Johns', 'day', '2010-11-07T03:00:00Z')).toBe('2010-11-06T02:30:00.000Z')
    expect(start('America/St_Johns', 'day', '2010-11-07T03:30:00Z')).toBe('2010-11-07T02:30:00.000Z')
  })

  it('knows a day that never was (Apia, 2011-12-30)', () => {
    expect(start('Pacific/Apia', 'day', '2011-12-30T10:00:00Z')).toBe('2011-12-30T10:00:00.000Z')
    expect(start('Pacific/Apia', 'day', '2011-12-30T09:59:59Z')).toBe('2011-12-29T10:00:00.000Z')
  })

  it('knows weeks, quarters and years, before 1970 too', () => {
    expect(start('UTC', 'week', '2024-02-29T12:00:00Z')).toBe('2024-02-26T00:00:00.000Z')
    expect(start('UTC', 'week', '2024-02-29T12:00:00Z', 7)).toBe('2024-02-25T00:00:00.000Z')
    expect(start('UTC', 'week', '2024-02-29T12:00:00Z', 4)).toBe('2024-02-29T00:00:00.000Z')
    expect(start('UTC', 'week', '1969-12-31T12:00:00Z')).toBe('1969-12-29T00:00:00.000Z')
    expect(start('Europe/London', 'quarter', '2024-06-30T23:30:00Z')).toBe('2024-06-30T23:00:00.000Z')
    expect(start('Europe/London', 'quarter', '2024-06-30T22:59:59.999Z')).toBe('2024-03-31T23:00:00.000Z')
    expect(start('UTC', 'quarter', '1899-12-31T23:59:59.999Z')).toBe('1899-10-01T00:00:00.000Z')
    expect(start('UTC', 'year', '0000-06-01T00:00:00Z')).toBe('0000-01-01T00:00:00.000Z')
  })

  it('keeps the seconds of local mean time', () => {
    // Amsterdam was 00:19:32 ahead until 1937.
    expect(start('Europe/Amsterdam', 'day', '1900-06-01T12:00:00Z')).toBe(periodStart('Europe/Amsterdam', at('1900-06-01T12:00:00Z')))
  })

  it('counts seconds, minutes and hours in UTC', () => {
    expect(start('Asia/Kolkata', 'hour', '2024-02-29T12:59:59.999Z')).toBe('2024-02-29T12:00:00.000Z')
    expect(start('UTC', 'minute', '1969-12-31T23:59:59.999Z')).toBe('1969-12-31T23:59:00.000Z')
    expect(start('UTC', 'second', '1969-12-31T23:59:59.999Z')).toBe('1969-12-31T23:59:59.000Z')
  })

  it('refuses a zone that does not exist', () => {
    expect(() => checkZone('Europe/Londn', 'windows.spend.zone')).toThrow(/windows.spend.zone.*Europe\/Londn/)
  })
})

/** By stepping back second by second until the local date changes. */
const periodStart = (zone: string, time: number): string => {
  const date = localDate(zone, time)
  let found = time
  for (const step of [3_600_000, 60_000, 1_000]) while (localDate(zone, found - step) === date) found -= step
  return new Date(found).toISOString()
}
