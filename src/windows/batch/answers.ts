/**
 * Where answers go. Evaluators answer run by run, in the order of keys; output arrays are in the order of roots, and to write each
 * answer to its place would miss the cache once for each. So a run's numbers go into a table with all of a root's answers side by
 * side, in the order they are found, and the output's arrays are read out of it at the end. Where roots are few enough, none of this is needed.
 */
import type { Value } from '../../model/value.ts'
import { type RootRun, runSize } from './bounds.ts'
import type { SlotSink } from './evaluators.ts'
import type { BatchOutput } from './input.ts'
import type { Scratch } from './scratch.ts'

export interface Answers {
  sinkOf(slot: number): SlotSink
  /** Carries a run's answers over; `begin` before the evaluators run, `end` after. */
  begin(run: RootRun): void
  end(run: RootRun): void
  finish(): void
}

/** `order`: the task's roots, each once, of `count`. */
export const createAnswers = (output: BatchOutput, order: Int32Array, count: number, room: Scratch<Float64Array>): Answers => {
  const outputs = output.numbers.filter((numbers) => numbers !== undefined)
  const width = outputs.length
  const buffers = outputs.map(() => new Float64Array(runSize))
  const bufferOf = output.numbers.map((numbers) => (numbers === undefined ? undefined : buffers[outputs.indexOf(numbers)]))
  const isDirect = count <= mostDirect
  const table = isDirect ? undefined : room.atLeast(order.length * width)
  let roots = new Int32Array(0) as Int32Array
  let next = 0
  const valueSink = (values: Value[]) => (i: number, value: Value) => {
    values[roots[i]!] = value
  }
  return {
    sinkOf: (slot) => {
      const values = output.values[slot]
      return { numbers: bufferOf[slot], values: values && valueSink(values) }
    },
    begin(run) {
      roots = run.roots
    },
    end(run) {
      if (table === undefined) {
        for (let slot = 0; slot < width; slot++) putAll(buffers[slot]!, run, outputs[slot]!)
        return
      }
      for (let slot = 0; slot < width; slot++) {
        const buffer = buffers[slot]!
        for (let i = 0, at = next + slot; i < run.count; i++, at += width) table[at] = buffer[i]!
      }
      next += run.count * width
    },
    finish() {
      if (table === undefined) return
      const placeOf = new Int32Array(count).fill(-1)
      for (let i = 0; i < order.length; i++) placeOf[order[i]!] = i
      for (let first = 0; first < count; first += stripe) {
        const end = Math.min(first + stripe, count)
        for (let slot = 0; slot < width; slot++) readOut(outputs[slot]!, { table, placeOf, slot, first, end })
      }
    },
  }

  function readOut(into: Float64Array, { table, placeOf, slot, first, end }: Stripe): void {
    for (let root = first; root < end; root++) {
      const place = placeOf[root]!
      if (place >= 0) into[root] = table[place * width + slot]!
    }
  }
}

interface Stripe {
  readonly table: Float64Array
  readonly placeOf: Int32Array
  readonly slot: number
  readonly first: number
  readonly end: number
}

const putAll = (from: Float64Array, { roots, count }: RootRun, into: Float64Array): void => {
  for (let i = 0; i < count; i++) into[roots[i]!] = from[i]!
}

/** An output's array of so many roots stays in the cache while it is filled: answers are written to their places at once. */
const mostDirect = 1 << 18

/** So many roots' answers are turned round while they are in the cache. */
const stripe = 256
