/** distinctCount: how often each value is in the window, and so how many are, kept up to date as it moves. */
import type { Exceptions, WindowBounds } from './bounds.ts'
import { type Evaluator, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { ints } from './scratch.ts'

export const distinctCountEvaluator = (rows: CountedRows, out: Float64Array): Evaluator => {
  const scratch = ints()
  /** By value, how often it is in rows [from, to). */
  let counts: Int32Array
  /** By row, its value; −1 where it does not count. */
  let codes: Int32Array
  let different = 0
  let from = 0
  let to = 0
  const enter = (row: number): void => {
    const code = codes[row]!
    if (code >= 0 && counts[code]!++ === 0) different++
  }
  const leave = (row: number): void => {
    const code = codes[row]!
    if (code >= 0 && --counts[code]! === 0) different--
  }
  const moveTo = (low: number, high: number): void => {
    if (low >= to || high <= from) {
      while (from < to) leave(from++)
      from = low
      to = low
    }
    while (to < high) enter(to++)
    while (from > low) enter(--from)
    while (from < low) leave(from++)
    while (to > high) leave(--to)
  }
  const withExceptions = ({ from: first, middle, end, rows: named }: Exceptions, i: number): number => {
    const [begin, half, last] = [first[i]!, middle[i]!, end[i]!]
    for (let at = begin; at < half; at++) leave(named[at]!)
    for (let at = half; at < last; at++) enter(named[at]!)
    const found = different
    for (let at = begin; at < half; at++) enter(named[at]!)
    for (let at = half; at < last; at++) leave(named[at]!)
    return found
  }
  return {
    start(block) {
      const held = rows.codes(block)
      codes = held.codes
      counts = scratch.atLeast(held.count)
      counts.fill(0)
      different = 0
      from = 0
      to = 0
    },
    run({ count, low, high, exceptions }: WindowBounds) {
      for (let i = 0; i < count; i++) {
        moveTo(low[i]!, high[i]!)
        out[i] = hasExceptions(exceptions, i) ? withExceptions(exceptions, i) : different
      }
    },
  }
}
