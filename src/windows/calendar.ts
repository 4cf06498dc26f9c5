/**
 * Where the days, weeks, months, quarters and years of a time zone begin.
 *
 * A zone is a list of stretches with one offset from UTC each. They are found by asking Intl for the offset at every day's start
 * of a stretch of 64 days, bisecting where two differ, and kept; so a zone is asked once per stretch of history, and an answer
 * costs a look at what was found last, or a search in a short list.
 */
import { MillraceError } from '../base/error.ts'
import type { MergeUnit } from '../model/plan.ts'
import { daysFromCivil } from '../model/time.ts'

export interface Calendar {
  /**
   * The first instant of the period that holds `time` (whole milliseconds). Seconds, minutes and hours are those of UTC; longer
   * units are the zone's. Where local midnight does not exist, the first instant after; where it exists twice, the first.
   */
  startOf(unit: MergeUnit, time: number): number
  /** The same for one unit, asked often. */
  starts(unit: MergeUnit): (time: number) => number
}

/** Throws ZONE_INVALID. */
export const checkZone = (zone: string, at: string): void => {
  createOffsets(zone, at)
}

/** `weekStart`: 1 Monday … 7 Sunday. Throws ZONE_INVALID. */
export const createCalendar = (zone = 'UTC', weekStart = 1): Calendar => {
  const offsets = createOffsets(zone, 'zone')
  const starts = new Map<MergeUnit, (time: number) => number>()
  const startsOf = (unit: MergeUnit): ((time: number) => number) => {
    const known = starts.get(unit) ?? (unit in fixedMs ? fixedStarts(fixedMs[unit as 'hour']) : zonedStarts(offsets, unit, weekStart))
    starts.set(unit, known)
    return known
  }
  return { startOf: (unit, time) => startsOf(unit)(time), starts: startsOf }
}

const fixedMs = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const
const dayMs = 86_400_000

const fixedStarts =
  (length: number) =>
  (time: number): number =>
    Math.floor(time / length) * length

/** Within one stretch and one local period the answer is the same: the last such piece is kept. */
const zonedStarts = (offsets: Offsets, unit: MergeUnit, weekStart: number): ((time: number) => number) => {
  let [pieceFrom, pieceTo, pieceStart] = [0, 0, 0]
  return (time) => {
    if (time >= pieceFrom && time < pieceTo) return pieceStart
    const { from, to, offset } = offsets.at(time)
    const local = localPeriod(unit, Math.floor((time + offset) / dayMs), weekStart)
    pieceFrom = Math.max(from, local.from * dayMs - offset)
    pieceTo = Math.min(to, local.to * dayMs - offset)
    pieceStart = firstInstant(offsets, local.from * dayMs)
    return pieceStart
  }
}

/** No zone was ever further from UTC, and none ever moved by more than this at once. */
const farthestMs = 26 * 3_600_000

/** The first instant whose local time is at or beyond `local`. */
const firstInstant = (offsets: Offsets, local: number): number => {
  let stretch = offsets.at(local - farthestMs)
  for (;;) {
    const instant = Math.max(stretch.from, local - stretch.offset)
    if (instant < stretch.to) return instant
    stretch = offsets.at(stretch.to)
  }
}

/** First day of the period that holds a local day, and first day of the next, counted from 1970-01-01. */
const localPeriod = (unit: MergeUnit, day: number, weekStart: number): { readonly from: number; readonly to: number } => {
  if (unit === 'day') return { from: day, to: day + 1 }
  if (unit === 'week') {
    const from = day - modulo(day + 3 - (weekStart - 1), 7) // 1970-01-01 was a Thursday
    return { from, to: from + 7 }
  }
  const { year, month } = civilFromDays(day)
  if (unit === 'year') return { from: daysFromCivil(year, 1, 1), to: daysFromCivil(year + 1, 1, 1) }
  const months = unit === 'quarter' ? 3 : 1
  const first = month - ((month - 1) % months)
  const next = first + months
  return { from: daysFromCivil(year, first, 1), to: next > 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, next, 1) }
}

const modulo = (value: number, by: number): number => ((value % by) + by) % by

/** The proleptic Gregorian date of a day since 1970-01-01 (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days). */
const civilFromDays = (day: number): { readonly year: number; readonly month: number } => {
  const shifted = day + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month }
}

/** A stretch of time with one offset: local time is `time + offset`. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly offset: number
}

interface Offsets {
  /** A stretch that holds the time: as much of it as lies in one block of history. */
  at(time: number): Stretch
}

const blockDays = 64

const createOffsets = (zone: string, at: string): Offsets => {
  const probe = createProbe(zone, at)
  const blocks = new Map<number, readonly Stretch[]>()
  let last: Stretch = { from: 0, to: 0, offset: 0 }
  return {
    at: (time) => {
      if (time >= last.from && time < last.to) return last
      const block = Math.floor(time / (blockDays * dayMs))
      let stretches = blocks.get(block)
      if (stretches === undefined) {
        stretches = blockStretches(probe, block)
        blocks.set(block, stretches)
      }
      last = stretches.find((stretch) => time < stretch.to)!
      return last
    },
  }
}

const blockStretches = (probe: (time: number) => number, block: number): readonly Stretch[] => {
  const end = (block + 1) * blockDays * dayMs
  const found: Stretch[] = []
  let from = block * blockDays * dayMs
  let offset = probe(from)
  for (let day = from; day < end; day += dayMs) {
    let low = day
    while (probe(day + dayMs) !== offset) {
      const change = firstChange(probe, low, day + dayMs, offset)
      found.push({ from, to: change, offset })
      from = change
      low = change
      offset = probe(change)
    }
  }
  if (from < end) found.push({ from, to: end, offset })
  return found
}

/** The first instant in (low, high] with another offset than `low` has: offsets change at whole seconds. */
const firstChange = (probe: (time: number) => number, low: number, high: number, offset: number): number => {
  while (high - low > 1_000) {
    const middle = low + Math.floor((high - low) / 2_000) * 1_000
    if (probe(middle) === offset) low = middle
    else high = middle
  }
  return high
}

/** The furthest instants that ECMAScript's dates reach: beyond them the offset is taken to stay. */
const farthestTime = 8_640_000_000_000_000

/** Asks Intl for a zone's offset from UTC, in milliseconds. */
const createProbe = (zone: string, at: string): ((time: number) => number) => {
  const format = zoneFormat(zone, at)
  return (time) => {
    const second = Math.floor(Math.min(Math.max(time, -farthestTime), farthestTime) / 1_000) * 1_000
    const part: Record<string, string> = {}
    for (const { type, value } of format.formatToParts(second)) part[type] = value
    const year = part['era']?.startsWith('B') ? 1 - Number(part['year']) : Number(part['year'])
    const days = daysFromCivil(year, Number(part['month']), Number(part['day']))
    const local = days * dayMs + (Number(part['hour']) * 3600 + Number(part['minute']) * 60 + Number(part['second'])) * 1_000
    return local - second
  }
}

const zoneFormat = (zone: string, at: string): Intl.DateTimeFormat => {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (cause) {
    throw new MillraceError('ZONE_INVALID', 'there is no such time zone', {
      at,
      value: zone,
      expected: "an IANA name: 'Europe/London', 'America/New_York', 'UTC'",
      cause,
    })
  }
}
