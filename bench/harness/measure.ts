/** Times: medians, percentiles, latencies of calls. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Of an odd count the middle one, of an even count the mean of the two. */
export const median = (values: readonly number[]): number => {
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The nearest rank. `share` is 0.5 for the median, 0.99 for p99. */
export const percentile = (values: Float64Array, share: number): number => {
  const sorted = values.slice().sort()
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!
}

/** Seconds that it took, and what it gave. */
export const timed = async <T>(work: () => T | Promise<T>): Promise<{ readonly seconds: number; readonly value: T }> => {
  const began = performance.now()
  const value = await work()
  return { seconds: (performance.now() - began) / 1000, value }
}

/**
 * Microseconds of each of `calls` calls. What is asked is made before the clock is read, as a caller's own values are at hand; what
 * reading the clock itself costs is measured first and taken off.
 */
export const latencies = <Q>(calls: number, question: (i: number) => Q, call: (question: Q) => void): Float64Array => {
  const clock = new Float64Array(2_000)
  for (let i = 0; i < clock.length; i++) {
    const began = process.hrtime.bigint()
    clock[i] = Number(process.hrtime.bigint() - began) / 1000
  }
  const overhead = percentile(clock, 0.5)
  const taken = new Float64Array(calls)
  for (let i = 0; i < calls; i++) {
    const asked = question(i)
    const began = process.hrtime.bigint()
    call(asked)
    taken[i] = Math.max(0, Number(process.hrtime.bigint() - began) / 1000 - overhead)
  }
  return taken
}

/** The same text as a string of its own, as one that was just read from a request: nothing of a stored one is touched by it. */
export const freshText = (text: string): string => Buffer.from(text, 'utf8').toString('utf8')

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Frees all that is no longer held, so that whoever is measured next does not pay for what was made before it. */
export const collectGarbage = (): void => collect()
