/** first, last, firstK, lastK, collect, timeSince: the rows at a window's ends. */
import { cellAt } from '../../model/cell.ts'
import { type Block, perBlock } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import type { Answer, Evaluator } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { ints } from './scratch.ts'

/** The rows that count at the ends of root i's window. */
export interface Ends {
  start(block: Block): void
  /** The first so many, in order; gives how many there are. */
  first(bounds: WindowBounds, i: number, most: number, into: Int32Array): number
  /** The last so many, latest first. */
  last(bounds: WindowBounds, i: number, most: number, into: Int32Array): number
}

export const createEnds = (rows: CountedRows): Ends => {
  const nexts = ints()
  const previous = ints()
  let counted: Uint8Array | undefined
  /** For each position the first row that counts at or after it, and the last one before it. */
  let after: Int32Array | undefined
  let before: Int32Array | undefined
  const isCounted = (row: number): boolean => counted === undefined || counted[row] === 1

  return {
    start(block) {
      counted = rows.counted(block)
      after = counted && nextCounted(counted, block.base, nexts.atLeast(block.base + 1))
      before = counted && previousCounted(counted, block.base, previous.atLeast(block.base + 1))
    },
    first({ low, high, exceptions }, i, most, into) {
      const end = high[i]!
      let [removed, added] = exceptions === undefined ? [0, 0] : [exceptions.from[i]!, exceptions.middle[i]!]
      const [removedEnd, addedEnd] = exceptions === undefined ? [0, 0] : [exceptions.middle[i]!, exceptions.end[i]!]
      const list = exceptions?.rows
      let row = low[i]!
      let count = 0
      while (count < most) {
        row = after === undefined ? row : after[row]!
        while (removed < removedEnd && list![removed]! < row) removed++
        if (removed < removedEnd && list![removed] === row && row < end) {
          row++
          continue
        }
        if (added < addedEnd && (row >= end || exceptions!.beforeOf(list![added]!) <= row)) {
          if (isCounted(list![added]!)) into[count++] = list![added]!
          added++
          continue
        }
        if (row >= end) break
        into[count++] = row++
      }
      return count
    },
    last({ low, high, exceptions }, i, most, into) {
      const start = low[i]!
      let [removed, added] = exceptions === undefined ? [0, 0] : [exceptions.middle[i]! - 1, exceptions.end[i]! - 1]
      const [removedStart, addedStart] = exceptions === undefined ? [1, 1] : [exceptions.from[i]!, exceptions.middle[i]!]
      const list = exceptions?.rows
      let row = high[i]! - 1
      let count = 0
      while (count < most) {
        row = before === undefined ? row : before[row + 1]!
        while (removed >= removedStart && list![removed]! > row) removed--
        if (removed >= removedStart && list![removed] === row && row >= start) {
          row--
          continue
        }
        if (added >= addedStart && (row < start || exceptions!.beforeOf(list![added]!) > row)) {
          if (isCounted(list![added]!)) into[count++] = list![added]!
          added--
          continue
        }
        if (row < start) break
        into[count++] = row--
      }
      return count
    },
  }
}

const nextCounted = (counted: Uint8Array, base: number, into: Int32Array): Int32Array => {
  into[base] = base
  for (let row = base - 1; row >= 0; row--) into[row] = counted[row] === 1 ? row : into[row + 1]!
  return into
}

const previousCounted = (counted: Uint8Array, base: number, into: Int32Array): Int32Array => {
  into[0] = -1
  for (let row = 0; row < base; row++) into[row + 1] = counted[row] === 1 ? row : into[row]!
  return into
}

/** The first or last value. */
export const endEvaluator = (rows: CountedRows, isFirst: boolean, answer: Answer): Evaluator => {
  const ends = createEnds(rows)
  const typed = perBlock(rows.typed)
  const found = new Int32Array(1)
  let held: Block
  return {
    start(block) {
      held = block
      ends.start(block)
    },
    run(bounds) {
      const { column, field } = typed(held)
      for (let i = 0; i < bounds.count; i++) {
        const n = isFirst ? ends.first(bounds, i, 1, found) : ends.last(bounds, i, 1, found)
        answer(i, n === 0 ? null : cellAt(column, field, found[0]!))
      }
    },
  }
}

/** The first or last k values, oldest first. */
export const endsEvaluator = (rows: CountedRows, { isFirst, most }: { isFirst: boolean; most: number }, answer: Answer): Evaluator => {
  const ends = createEnds(rows)
  const scratch = ints()
  let held: Block
  return {
    start(block) {
      held = block
      ends.start(block)
    },
    run(bounds) {
      const { column, field } = rows.typed(held)
      for (let i = 0; i < bounds.count; i++) {
        const added = bounds.exceptions === undefined ? 0 : bounds.exceptions.end[i]! - bounds.exceptions.middle[i]!
        const found = scratch.atLeast(Math.min(most, bounds.high[i]! - bounds.low[i]! + added))
        const n = isFirst ? ends.first(bounds, i, most, found) : ends.last(bounds, i, most, found)
        const list = Array.from({ length: n }, (_, at) => cellAt(column, field, found[isFirst ? at : n - 1 - at]!))
        answer(i, list)
      }
    },
  }
}

/** T minus the last value, or with `ofRows` the last row's time. */
export const timeSinceEvaluator = (rows: CountedRows, ofRows: boolean, out: Float64Array): Evaluator => {
  const ends = createEnds(rows)
  const found = new Int32Array(1)
  let times: Float64Array
  return {
    start(block) {
      ends.start(block)
      times = ofRows ? block.time : rows.numbers(block)
    },
    run(bounds) {
      for (let i = 0; i < bounds.count; i++) {
        out[i] = ends.last(bounds, i, 1, found) === 0 ? Number.NaN : bounds.time[i]! - times[found[0]!]!
      }
    },
  }
}
