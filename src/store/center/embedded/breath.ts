/**
 * Long work in the thread that serves: done in small steps, between which others have the thread now and then. What is read and
 * written in between must be prepared for it.
 */

/** Asked after each step; where it gives a promise, that is awaited. */
export type Breath = () => Promise<void> | undefined

/** Short enough that who waits for the thread does not notice, long enough that waiting costs little. */
const holdMs = 8

/** Shared by all long work of a center: whoever asks first after so long lets the event loop go round once. */
export const createBreath = (): Breath => {
  let since = performance.now()
  const rest = async (): Promise<void> => {
    await new Promise(setImmediate)
    since = performance.now()
  }
  return () => (performance.now() - since < holdMs ? undefined : rest())
}

/** Rows of a step: a millisecond or two where each is an object or a text. */
const sliceRows = 2048

/** Does work on rows [from, to) until all are done. */
export const inSlices = async (breathe: Breath, rows: number, work: (from: number, to: number) => void): Promise<void> => {
  for (let from = 0; from < rows; from += sliceRows) {
    work(from, Math.min(rows, from + sliceRows))
    const rest = breathe()
    if (rest !== undefined) await rest
  }
}

/** Work that can be done in one go, or with a breath after each step: nothing it works on may change in between. */
export type Steps<T> = Generator<undefined, T, undefined>

export const inOneGo = <T>(steps: Steps<T>): T => {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

export const inSteps = async <T>(breathe: Breath, steps: Steps<T>): Promise<T> => {
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
    const rest = breathe()
    if (rest !== undefined) await rest
  }
}
