/** Moments and reads as callers write them: in requests, in queries, on the command line. */
import { MillraceError } from '../base/error.ts'
import type { ReadPolicy } from '../jobs/reads.ts'
import type { Read } from '../model/event.ts'
import { commitsPerMs } from '../model/stamp.ts'
import { isTime, parseIsoTime } from '../model/time.ts'
import { durationMs } from '../model/window.ts'
import type { TimeRange } from '../store/center/port.ts'

/** A time in whole milliseconds or ISO 8601 text with a zone; a date alone is its first instant in UTC. Throws TIME_INVALID. */
export const parseMoment = (moment: unknown, at: string): number => {
  const text = typeof moment === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(moment) ? `${moment}T00:00:00Z` : moment
  const time = typeof text === 'string' ? (/^-?\d+$/.test(text) ? Number(text) : parseIsoTime(text)) : text
  if (isTime(time)) return time
  throw new MillraceError('TIME_INVALID', 'not a time', {
    at,
    value: moment,
    expected: 'whole milliseconds since 1970 UTC, or ISO 8601 text with a zone such as 2001-03-01T12:00:00Z',
  })
}

/** What a caller says of versions; nothing said is as corrected. */
export interface ReadOptions {
  readonly as?: unknown
  readonly recorded?: unknown
  readonly known?: unknown
}

/** Throws READ_INVALID, TIME_INVALID. */
export const parseRead = (options: ReadOptions): Read => {
  const said = (['as', 'recorded', 'known'] as const).filter((name) => options[name] !== undefined)
  if (said.length > 1)
    throw new MillraceError('READ_INVALID', 'a read is one of several', {
      value: said,
      expected: "one of as: 'corrected', recorded: MOMENT, known: MOMENT",
    })
  if (options.recorded !== undefined) return { as: 'recorded', cutoff: lastStampOf(options.recorded, 'recorded') }
  if (options.known !== undefined) return { as: 'known', cutoff: lastStampOf(options.known, 'known') }
  if (options.as === undefined || options.as === 'corrected') return { as: 'corrected' }
  throw new MillraceError('READ_INVALID', 'there is no such read', {
    at: 'as',
    value: options.as,
    expected: "'corrected', or recorded: MOMENT, or known: MOMENT",
  })
}

/** A stamp is taken as it is; a millisecond with all its commits. */
const lastStampOf = (moment: unknown, at: string): number => {
  if (typeof moment === 'number' && !Number.isInteger(moment) && isTime(Math.floor(moment))) return moment
  return parseMoment(moment, at) + (commitsPerMs - 1) / commitsPerMs
}

export const policyForms = 'own, corrected, recorded, known, recorded:MOMENT or known:MOMENT'

/** A read for many roots in one word or with a moment: `own`, `corrected`, `recorded`, `known`, `recorded:2024-01-01`. */
export const parsePolicy = (text: unknown): ReadPolicy => {
  const [as, moment] = typeof text === 'string' ? text.split(/:(.*)/s) : []
  const isStamp = as === 'recorded' || as === 'known'
  if (moment !== undefined && isStamp) return parseRead({ [as]: moment })
  if (moment === undefined) {
    if (as === 'own') return { as: 'own', stamp: 'either' }
    if (isStamp) return { as: 'own', stamp: as }
    if (as === 'corrected') return { as }
  }
  throw new MillraceError('READ_INVALID', 'there is no such read', { at: 'read', value: text, expected: policyForms })
}

/** Roots from `from` to before `to`, each a moment or a duration before now; left out: no bound. Throws TIME_INVALID, RANGE_INVALID. */
export const parseRange = ({ from, to }: { readonly from?: string; readonly to?: string }, now: number): TimeRange => {
  const range = {
    from: from === undefined ? Number.NEGATIVE_INFINITY : parseBound(from, 'from', now),
    to: to === undefined ? Number.POSITIVE_INFINITY : parseBound(to, 'to', now),
  }
  if (range.from < range.to) return range
  throw new MillraceError('RANGE_INVALID', 'the range ends before it begins', {
    at: 'to',
    value: to ?? null,
    expected: `a moment after ${from}`,
  })
}

/** `7d` before a moment, or a moment. */
const parseBound = (text: string, at: string, now: number): number =>
  /^[1-9]\d*(ms|s|m|h|d|w)$/.test(text) ? now - durationMs(text) : parseMoment(text, at)
