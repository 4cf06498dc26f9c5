/** count, and rate: differences of how many rows that count stand before a position. */
import { rate } from '../kernels/kernel.ts'
import type { Block } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import { type Evaluator, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'

/** How many rows of root i's window count. */
export interface Counter {
  start(block: Block): void
  count(bounds: WindowBounds, i: number): number
  /** The same for all roots of the bounds. */
  fill(bounds: WindowBounds, into: Int32Array | Float64Array): void
}

export const createCounter = (rows: CountedRows): Counter => {
  let before: Int32Array | undefined
  let counted: Uint8Array | undefined
  const countExceptions = ({ exceptions }: WindowBounds, i: number): number => {
    if (!hasExceptions(exceptions, i)) return 0
    let sum = 0
    for (let at = exceptions.from[i]!; at < exceptions.end[i]!; at++) {
      const flag = counted === undefined ? 1 : counted[exceptions.rows[at]!]!
      sum += at < exceptions.middle[i]! ? -flag : flag
    }
    return sum
  }
  return {
    start(block) {
      before = rows.countsBefore(block)
      counted = rows.counted(block)
    },
    count(bounds, i) {
      const [low, high] = [bounds.low[i]!, bounds.high[i]!]
      const plain = before === undefined ? high - low : before[high]! - before[low]!
      return bounds.exceptions === undefined ? plain : plain + countExceptions(bounds, i)
    },
    fill(bounds, into) {
      const { count, low, high, exceptions } = bounds
      if (before === undefined) for (let i = 0; i < count; i++) into[i] = high[i]! - low[i]!
      else for (let i = 0; i < count; i++) into[i] = before[high[i]!]! - before[low[i]!]!
      if (exceptions !== undefined) for (let i = 0; i < count; i++) into[i]! += countExceptions(bounds, i)
    },
  }
}

export const countEvaluator = (rows: CountedRows, out: Float64Array): Evaluator => {
  const counter = createCounter(rows)
  return {
    start: counter.start,
    run: (bounds) => counter.fill(bounds, out),
  }
}

/** `firstTime`: the time of the first row that counts in root i's window, asked only where there is one. */
export const rateEvaluator = (
  rows: CountedRows,
  perMs: number,
  firstTime: { start(block: Block): void; time(bounds: WindowBounds, i: number): number },
  out: Float64Array,
): Evaluator => {
  const counter = createCounter(rows)
  return {
    start(block) {
      counter.start(block)
      firstTime.start(block)
    },
    run(bounds) {
      for (let i = 0; i < bounds.count; i++) {
        const n = counter.count(bounds, i)
        const length = bounds.length[i]!
        out[i] = n === 0 ? 0 : rate(n, perMs, Number.isNaN(length) ? bounds.time[i]! - firstTime.time(bounds, i) : length)
      }
    },
  }
}
