/**
 * Stamps say when a version entered the log (`recordedAt`) or could be known (`knownAt`). One number carries both parts that
 * the embedded log assigns: whole milliseconds, and the number of the commit within its millisecond as a fraction of
 * `commitsPerMs`. So stamps compare as plain numbers, are exact in a double until the year 6429, and a log that only has
 * milliseconds (Kafka) uses the same form.
 */
export const commitsPerMs = 1024

/** The stamp of the next commit: now, or the smallest one above `last` (the running maximum: a clock set back never shows). */
export const nextStamp = (nowMs: number, last: number): number => Math.max(Math.floor(nowMs), last + 1 / commitsPerMs)

/** The millisecond a stamp lies in. */
export const stampMs = (stamp: number): number => Math.floor(stamp)

/**
 * A root's cut-off: its own stamp, and with a grace every commit of the millisecond `graceMs` later.
 * Grace counts the millisecond part.
 */
export const cutoffOf = (stamp: number, graceMs: number): number =>
  graceMs === 0 ? stamp : stampMs(stamp) + graceMs + (commitsPerMs - 1) / commitsPerMs
