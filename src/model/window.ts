/**
 * A window is written as text, and that text is its name everywhere: in main, in JSON, in a URL, in the console.
 *
 *   '90s' '15m' '1h' '30d' '4w'   the time just before the root: [T − w, T)
 *   '30d to 7d'                   the same, ended earlier: [T − 30d, T − 7d)
 *   'last 10'                     the last ten events before T
 *   'last 10 in 30d'              the last ten of [T − 30d, T)
 *   'month to date'               since the calendar day, week, month, quarter or year began in the definition's zone
 *   'lifetime'                    everything before the root
 */
import { MillraceError } from '../base/error.ts'
import type { CalendarUnit } from './plan.ts'

export type WindowSpec =
  /** [T − fromMs, T − toMs); toMs is 0 for a plain window. */
  | { readonly kind: 'time'; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'last'; readonly n: number; readonly withinMs?: number }
  | { readonly kind: 'calendar'; readonly unit: CalendarUnit }
  | { readonly kind: 'lifetime' }

const unitMs: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const durationText = '[1-9][0-9]*(?:ms|s|m|h|d|w)'
const durationPattern = new RegExp(`^${durationText}$`)
const windowPattern = new RegExp(
  `^(?:(?<from>${durationText})(?: to (?<to>${durationText}))?|last (?<n>[1-9][0-9]*)(?: in (?<within>${durationText}))?|(?<unit>day|week|month|quarter|year) to date|(?<lifetime>lifetime))$`,
)
export const windowExamples = "'15m', '1h', '30d', '30d to 7d', 'last 10', 'last 10 in 30d', 'month to date' or 'lifetime'"

/** A duration such as `'15m'`, in milliseconds. Throws DURATION_INVALID. */
export const durationMs = (text: string): number => {
  const ms = durationPattern.test(text) ? milliseconds(text) : Number.NaN
  if (!Number.isSafeInteger(ms)) {
    throw new MillraceError('DURATION_INVALID', 'not a duration', {
      value: text,
      expected: "a whole number above 0 and a unit: '30s', '15m', '1h', '30d'",
    })
  }
  return ms
}

const milliseconds = (text: string): number => Number.parseInt(text, 10) * (unitMs[text.replace(/[0-9]+/, '')] ?? Number.NaN)

/** What a window's text means. Throws WINDOW_INVALID, with the nearest right form. */
export const parseWindow = (text: string): WindowSpec => {
  const found = windowPattern.exec(text)?.groups
  if (found === undefined) throw new MillraceError('WINDOW_INVALID', 'not a window', { value: text, expected: windowExamples })
  const { from, to, n, within, unit } = found
  if (from !== undefined) return timeWindow(text, durationMs(from), to === undefined ? 0 : durationMs(to))
  if (n !== undefined) return { kind: 'last', n: counted(text, n), ...(within !== undefined && { withinMs: durationMs(within) }) }
  if (unit !== undefined) return { kind: 'calendar', unit: unit as CalendarUnit }
  return { kind: 'lifetime' }
}

const timeWindow = (text: string, fromMs: number, toMs: number): WindowSpec => {
  if (fromMs > toMs) return { kind: 'time', fromMs, toMs }
  const [from, to] = text.split(' to ')
  throw new MillraceError('WINDOW_INVALID', 'the window is empty', { value: text, hint: `write the earlier end first: '${to} to ${from}'` })
}

const counted = (text: string, digits: string): number => {
  const n = Number(digits)
  if (!Number.isSafeInteger(n))
    throw new MillraceError('WINDOW_INVALID', 'the number of events is too large', { value: text, expected: 'at most 2^53 − 1' })
  return n
}
