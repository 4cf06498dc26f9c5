/**
 * Where answers go. Evaluators answer run by run, in the order of keys; output arrays are in the order of roots, and to write each
 * answer to its place would miss the cache once for each. So a run's numbers go into a table with all of a root's answers side by
 * side, in the order they are found, and the output's arrays are read out of it at the end. Where roots are few enough, none of this is needed.
 */
import type { Value } from '../../model/value.ts'
import type { SlotSink } from './evaluators.ts'
import type { BatchOutput } from './input.ts'
import { type RootRun, runSize } from './root-run.ts'
import type { Scratch } from './scratch.ts'

export interface Answers {
  sinkOf(slot: number): SlotSink
  /** A new task, whose answers go to `output`. `order`: its roots, each once, of `count`. */
  open(output: BatchOutput, order: Int32Array, count: number): void
  /** Carries a run's answers over; `begin` before the evaluators run, `end` after. */
  begin(run: RootRun): void
  end(run: RootRun): void
  finish(): void
}

/** `isNumber`: by slot, whether its answers are numbers. */
export const createAnswers = (isNumber: readonly boolean[], room: Scratch<Float64Array>): Answers => {
  const bufferOf = isNumber.map((yes) => (yes ? new Float64Array(runSize) : undefined))
  const buffers = bufferOf.filter((buffer) => buffer !== undefined)
  const width = buffers.length
  let outputs: readonly Float64Array[] = []
  let values: BatchOutput['values'] = []
  let order = new Int32Array(0) as Int32Array
  let count = 0
  /** Undefined: answers go to their places at once. */
  let table: Float64Array | undefined
  const tile = new Float64Array(width * stripe)
  let roots = order
  let next = 0
  return {
    sinkOf: (slot) => {
      const put = (i: number, value: Value): void => {
        values[slot]![roots[i]!] = value
      }
      return { numbers: bufferOf[slot], values: isNumber[slot] ? undefined : put }
    },
    open(output, ofTask, ofRoots) {
      outputs = output.numbers.filter((numbers) => numbers !== undefined)
      values = output.values
      order = ofTask
      count = ofRoots
      table = order.length * width <= mostDirect ? undefined : room.atLeast(order.length * width)
      next = 0
    },
    begin(run) {
      roots = run.roots
    },
    end(run) {
      if (table === undefined) {
        for (let slot = 0; slot < width; slot++) putAll(buffers[slot]!, run, outputs[slot]!)
        return
      }
      for (let slot = 0; slot < width; slot++) putBeside(buffers[slot]!, run.count, { table, at: next + slot, width })
      next += run.count * width
    },
    finish() {
      if (table === undefined) return
      const placeOf = new Int32Array(count).fill(-1)
      for (let i = 0; i < order.length; i++) placeOf[order[i]!] = i
      for (let first = 0; first < count; first += stripe) {
        const part = { table, placeOf, width, first, held: Math.min(stripe, count - first) }
        turn(part, tile)
        for (let slot = 0; slot < width; slot++) readOut(outputs[slot]!, tile, part, slot)
      }
    },
  }
}

const putBeside = (
  from: Float64Array,
  count: number,
  into: { readonly table: Float64Array; readonly at: number; readonly width: number },
): void => {
  const { table, width } = into
  for (let i = 0, at = into.at; i < count; i++, at += width) table[at] = from[i]!
}

interface Stripe {
  readonly table: Float64Array
  /** By root, its row of the table; −1 for none. */
  readonly placeOf: Int32Array
  readonly width: number
  readonly first: number
  readonly held: number
}

/** Row by row, since to read a row misses the cache and to write to the tile does not. */
const turn = ({ table, placeOf, width, first, held }: Stripe, tile: Float64Array): void => {
  for (let i = 0; i < held; i++) {
    const place = placeOf[first + i]!
    if (place < 0) continue
    for (let slot = 0, to = i; slot < width; slot++, to += stripe) tile[to] = table[place * width + slot]!
  }
}

/** Roots without a row stay as they are. */
const readOut = (into: Float64Array, tile: Float64Array, { placeOf, first, held }: Stripe, slot: number): void => {
  for (let i = 0, from = slot * stripe; i < held; i++, from++) if (placeOf[first + i]! >= 0) into[first + i] = tile[from]!
}

const putAll = (from: Float64Array, { roots, count }: RootRun, into: Float64Array): void => {
  for (let i = 0; i < count; i++) into[roots[i]!] = from[i]!
}

/** So many answers stay in the cache while they are filled in: they are written to their places at once. */
const mostDirect = 1 << 17

/** So many roots' answers are turned round while they are in the cache. */
const stripe = 256
