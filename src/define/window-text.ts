/** Windows and durations as types: what `model/window.ts` parses at run time, checked in the editor. */
type Unit = 'ms' | 's' | 'm' | 'h' | 'd' | 'w'
type Duration = `${bigint}${Unit}`
type Calendar = `${'day' | 'week' | 'month' | 'quarter' | 'year'} to date`
type Positive<W extends string> = W extends `0${string}` | `-${string}` | `${string} -${string}` | `${string} 0${string}` ? false : true
type Known = Duration | `${Duration} to ${Duration}` | `last ${bigint}` | `last ${bigint} in ${Duration}` | 'lifetime'

/** `W` itself where it is a window, else the reason why not, as a type that no text has. */
export type WindowText<W extends string, Zone extends string = string> = W extends Calendar
  ? [Zone] extends [never]
    ? `'${W}' needs a zone: add zone: 'Europe/London'`
    : W
  : W extends Known
    ? Positive<W> extends true
      ? W
      : `'${W}' is not a window: it must be longer than 0`
    : `'${W}' is not a window: write '15m', '1h', '30d', '30d to 7d', 'last 10', 'last 10 in 30d', 'month to date' or 'lifetime'`

/** A length of time, checked the same way. */
export type DurationText<D extends string> = D extends Duration
  ? Positive<D> extends true
    ? D
    : `'${D}' must be longer than 0`
  : `'${D}' is not a duration: write '30s', '15m', '1h' or '30d'`
