import { MillraceError } from '../base/error.ts'

/** Long enough that waiting costs little, short enough that a stop seems at once. */
const holdMs = 50

/**
 * For work of many small steps in one thread: awaited after each, it lets others have the thread now and then. Throws CANCELLED once
 * the signal is aborted.
 */
export const createBreath = (signal: AbortSignal | undefined): (() => Promise<void> | undefined) => {
  let since = performance.now()
  const rest = async (): Promise<void> => {
    await new Promise(setImmediate)
    since = performance.now()
    throwIfStopped(signal)
  }
  return () => (performance.now() - since < holdMs ? undefined : rest())
}

/** Throws CANCELLED. */
export const throwIfStopped = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted === true) throw new MillraceError('CANCELLED', 'stopped')
}
