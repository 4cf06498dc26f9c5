/** Times are whole milliseconds since 1970 UTC. The range is that of ECMAScript: 100,000,000 days to either side. */
export const maxTime = 8_640_000_000_000_000

export const isTime = (value: unknown): value is number => Number.isSafeInteger(value) && Math.abs(value as number) <= maxTime

const isoPattern = /^([+-]\d{6}|\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?:([Zz])|([+-])(\d{2}):?(\d{2}))$/

/** An ISO 8601 text with a zone, as milliseconds; digits finer than a millisecond are cut off. Undefined when it is none. */
export const parseIsoTime = (text: string): number | undefined => parseUtcTime(text) ?? parseAnyTime(text)

const codeOf0 = 48

/** The commonest form, `2024-01-31T23:59:59Z` or with `.123` before the Z, in a tenth of the time; undefined for any other. */
const parseUtcTime = (text: string): number | undefined => {
  const { length } = text
  if ((length !== 20 && length !== 24) || text.charCodeAt(length - 1) !== 0x5a) return undefined
  if (text.charCodeAt(4) !== 0x2d || text.charCodeAt(7) !== 0x2d || text.charCodeAt(10) !== 0x54) return undefined
  if (text.charCodeAt(13) !== 0x3a || text.charCodeAt(16) !== 0x3a || (length === 24 && text.charCodeAt(19) !== 0x2e)) return undefined
  const year = twoDigits(text, 0) * 100 + twoDigits(text, 2)
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)]
  const [hour, minute, second] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)]
  const ms = length === 20 ? 0 : twoDigits(text, 20) * 10 + digit(text, 22)
  return civilTime({ year, month, day, hour, minute, second, ms })
}

export interface CivilTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly ms: number
}

/** Milliseconds since 1970 of a date and time in UTC, of years from 0 to 9999; undefined where it is none, as where a part is NaN. */
export const civilTime = ({ year, month, day, hour, minute, second, ms }: CivilTime): number | undefined => {
  const inRange = month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59
  // Not a number is in no range.
  if (!inRange || !(year >= 0) || !(ms >= 0) || day > daysIn(year, month)) return undefined
  return daysFromCivil(year, month, day) * 86_400_000 + ((hour * 60 + minute) * 60 + second) * 1000 + ms
}

const digit = (text: string, at: number): number => {
  const value = text.charCodeAt(at) - codeOf0
  return value >= 0 && value <= 9 ? value : Number.NaN
}

const twoDigits = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1)

const parseAnyTime = (text: string): number | undefined => {
  const found = isoPattern.exec(text)
  if (found === null) return undefined
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const inRange = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) && hour <= 23 && minute <= 59 && second <= 59
  if (!inRange) return undefined
  const ms = Number((found[7] ?? '').padEnd(3, '0').slice(0, 3))
  const offset = found[8] !== undefined ? 0 : (found[9] === '-' ? -1 : 1) * (Number(found[10]) * 60 + Number(found[11]))
  if (Math.abs(offset) > 18 * 60) return undefined
  const time = daysFromCivil(year, month, day) * 86_400_000 + ((hour * 60 + minute - offset) * 60 + second) * 1000 + ms
  return isTime(time) ? time : undefined
}

const daysIn = (year: number, month: number): number =>
  month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

/** Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil). */
export const daysFromCivil = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
}

/** A time as ISO 8601 text in UTC, for people. */
export const isoTime = (time: number): string => new Date(time).toISOString()
