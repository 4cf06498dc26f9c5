/** mostFrequent: how often each value is in the window, kept up to date as it moves. */
import { cellAt } from '../../model/cell.ts'
import type { Value } from '../../model/value.ts'
import { mostFrequent, valueOrder } from '../kernels/distinct.ts'
import type { Block } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import type { Codes } from './codes.ts'
import { type Answer, createSlide, type Evaluator, eachException, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { ints } from './scratch.ts'

/** The values of a window with how often they are in it. */
interface Tally {
  start(block: Block): void
  /** Calls `read` while the tally is that of root i's window. */
  at(bounds: WindowBounds, i: number, read: () => void): void
  /** How many values are in it; their codes are the first so many of `present`. */
  different(): number
  readonly present: () => Int32Array
  readonly counts: () => Int32Array
  readonly codes: () => Codes
}

const createTally = (rows: CountedRows): Tally => {
  const [countsScratch, presentScratch, placeScratch] = [ints(), ints(), ints()]
  let counts: Int32Array
  let present: Int32Array
  let place: Int32Array
  let codes: Codes
  let different = 0
  const enter = (row: number): void => {
    const code = codes.codes[row]!
    if (code < 0 || counts[code]!++ > 0) return
    place[code] = different
    present[different++] = code
  }
  const leave = (row: number): void => {
    const code = codes.codes[row]!
    if (code < 0 || --counts[code]! > 0) return
    const last = present[--different]!
    present[place[code]!] = last
    place[last] = place[code]!
  }
  const slide = createSlide(enter, leave)
  return {
    different: () => different,
    present: () => present,
    counts: () => counts,
    codes: () => codes,
    start(block) {
      codes = rows.codes(block)
      counts = countsScratch.atLeast(codes.count)
      counts.fill(0)
      present = presentScratch.atLeast(codes.count)
      place = placeScratch.atLeast(codes.count)
      different = 0
      slide.start()
    },
    at({ low, high, exceptions }, i, read) {
      slide.moveTo(low[i]!, high[i]!)
      if (!hasExceptions(exceptions, i)) return read()
      eachException(exceptions, i, leave, enter)
      read()
      eachException(exceptions, i, enter, leave)
    },
  }
}

export const mostFrequentEvaluator = (rows: CountedRows, k: number, answer: Answer): Evaluator => {
  const tally = createTally(rows)
  let held: Block
  let compare: (a: number, b: number) => number
  const best: number[] = []
  /** Whether code a comes before code b: more often, or as often and smaller. */
  const isBefore = (a: number, b: number): boolean => {
    const counts = tally.counts()
    const { rows: rowOf } = tally.codes()
    return counts[a] === counts[b] ? compare(rowOf[a]!, rowOf[b]!) < 0 : counts[a]! > counts[b]!
  }
  /** Leaves the k first codes in `best`, in order. */
  const select = (): void => {
    best.length = 0
    const present = tally.present()
    for (let i = 0; i < tally.different(); i++) {
      const code = present[i]!
      if (best.length === k && !isBefore(code, best[k - 1]!)) continue
      let at = best.length < k ? best.length : k - 1
      for (; at > 0 && isBefore(code, best[at - 1]!); at--) best[at] = best[at - 1]!
      best[at] = code
    }
  }
  const read = (): Value => {
    const { column, field } = rows.typed(held)
    const counts = tally.counts()
    const { rows: rowOf } = tally.codes()
    if (k <= fewBest) {
      select()
      return best.map((code) => ({ value: cellAt(column, field, rowOf[code]!), count: counts[code]! }))
    }
    const counted = Array.from(tally.present().subarray(0, tally.different()), (code) => ({ row: rowOf[code]!, count: counts[code]! }))
    return mostFrequent(rows.typed(held), counted, k)
  }
  return {
    start(block) {
      held = block
      compare = valueOrder(rows.typed(block).column)
      tally.start(block)
    },
    run(bounds) {
      for (let i = 0; i < bounds.count; i++) tally.at(bounds, i, () => answer(i, read()))
    },
  }
}

/** Up to so many are found by insertion; more, by sorting all. */
const fewBest = 64
