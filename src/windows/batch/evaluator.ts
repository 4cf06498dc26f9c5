/** What turns the bounds of a window into answers: one for each slot, of a kind that suits its aggregate. */
import type { Value } from '../../model/value.ts'
import type { Block } from './block.ts'
import type { Exceptions, WindowBounds } from './bounds.ts'

export interface Evaluator {
  /** A new block: what was gathered of the last one is forgotten. */
  start(block: Block): void
  /** Answers a run of roots: root i's answer goes to place i of the slot's sink. Runs of one block come in the order of its roots. */
  run(bounds: WindowBounds): void
}

/** Takes the answer of root i of the run. */
export type Answer = (i: number, value: Value) => void

/**
 * A multiset of rows that follows a window: `enter` and `leave` are called so that it holds [low, high) after `moveTo`. Windows
 * mostly move forwards, by few rows; any move is right.
 */
export const createSlide = (enter: (row: number) => void, leave: (row: number) => void) => {
  let from = 0
  let to = 0
  return {
    start() {
      from = 0
      to = 0
    },
    moveTo(low: number, high: number): void {
      if (low >= to || high <= from) {
        while (from < to) leave(from++)
        from = low
        to = low
      }
      while (to < high) enter(to++)
      while (from > low) enter(--from)
      while (from < low) leave(from++)
      while (to > high) leave(--to)
    },
  }
}

/** Calls for each row that is removed from or added to root i's window. */
export const eachException = (exceptions: Exceptions, i: number, removed: (row: number) => void, added: (row: number) => void): void => {
  const { from, middle, end, rows } = exceptions
  for (let at = from[i]!; at < middle[i]!; at++) removed(rows[at]!)
  for (let at = middle[i]!; at < end[i]!; at++) added(rows[at]!)
}

export const hasExceptions = (exceptions: Exceptions | undefined, i: number): exceptions is Exceptions =>
  exceptions !== undefined && exceptions.from[i]! < exceptions.end[i]!

/** The rows of a window with exceptions, in the total order, written into `into` (at least high − low + its added ones long); gives how many. */
export const mergeRows = ({ low, high }: WindowBounds, i: number, exceptions: Exceptions, into: Int32Array): number => {
  const { from, middle, end, rows, beforeOf } = exceptions
  let removed = from[i]!
  let added = middle[i]!
  let count = 0
  for (let row = low[i]!; row < high[i]!; row++) {
    while (added < end[i]! && beforeOf(rows[added]!) <= row) into[count++] = rows[added++]!
    if (removed < middle[i]! && rows[removed] === row) removed++
    else into[count++] = row
  }
  while (added < end[i]!) into[count++] = rows[added++]!
  return count
}
