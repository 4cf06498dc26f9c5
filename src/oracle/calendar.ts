/**
 * Where calendar periods begin, by asking Intl for the wall clock of one candidate instant after another: nothing is assumed
 * about offsets but that they lie within 16 hours (local mean times before the zones did).
 */
import { assert } from '../base/assert.ts'
import type { CalendarUnit, MergeUnit } from '../model/plan.ts'
import { daysFromCivil } from '../model/time.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const fixedMs: { readonly [unit: string]: number } = { second: 1_000, minute: 60_000, hour: hourMs }

/** The first instant of the unit that holds `time`: seconds, minutes and hours of UTC, longer units of the zone. */
export const unitStart = (unit: MergeUnit, time: number, zone: string, weekStart: number): number => {
  const ms = fixedMs[unit]
  return ms === undefined ? periodStart(unit as CalendarUnit, time, zone, weekStart) : Math.floor(time / ms) * ms
}

/** The first instant whose local date is that of the period's first day or later. Midnights that come twice count from the first. */
export const periodStart = (unit: CalendarUnit, time: number, zone: string, weekStart = 1): number => {
  const firstDay = firstDayOf(unit, localDay(time, zone), weekStart)
  const known = `${zone} ${firstDay}`
  const start = starts.get(known) ?? firstInstantOf(firstDay, zone)
  starts.set(known, start)
  return start
}

const starts = new Map<string, number>()

const firstInstantOf = (day: number, zone: string): number => {
  let instant = day * dayMs - 16 * hourMs
  for (const step of [hourMs / 60, 1_000]) {
    while (localDay(instant, zone) < day) instant += step
    instant -= step
  }
  return instant + 1_000
}

/** Days since 1970-01-01 of a period's first day, from those of any of its days. */
const firstDayOf = (unit: CalendarUnit, day: number, weekStart: number): number => {
  if (unit === 'day') return day
  if (unit === 'week') return day - modulo(modulo(day + 3, 7) - (weekStart - 1), 7) // 1970-01-01 was a Thursday: weekday 3 from Monday
  let first = day
  while (!isFirst(unit, first)) first--
  return first
}

const modulo = (a: number, n: number): number => ((a % n) + n) % n

const isFirst = (unit: CalendarUnit, day: number): boolean => {
  const { month, date } = wallClock('UTC', day * dayMs)
  return date === 1 && (unit === 'month' || (unit === 'quarter' ? month % 3 === 1 : month === 1))
}

const localDay = (time: number, zone: string): number => {
  const { year, month, date } = wallClock(zone, time)
  return daysFromCivil(year, month, date)
}

const formats = new Map<string, Intl.DateTimeFormat>()

const wallClock = (zone: string, time: number): { year: number; month: number; date: number } => {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: zone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      era: 'short',
    })
  formats.set(zone, format)
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, value]))
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  const year = parts.get('era')?.startsWith('B') ? 1 - number('year') : number('year')
  assert(Number.isInteger(year + number('month') + number('day')), 'a wall clock without a date')
  return { year, month: number('month'), date: number('day') }
}
