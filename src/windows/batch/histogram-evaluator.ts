/** histogram: counts by bin, kept up to date as the window moves. */
import type { CompiledOptions } from '../compiled.ts'
import { binner } from '../kernels/ordered.ts'
import { type Answer, createSlide, type Evaluator, eachException, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { ints } from './scratch.ts'

export const histogramEvaluator = (rows: CountedRows, options: CompiledOptions, answer: Answer): Evaluator => {
  const scratch = ints()
  const counts = new Int32Array(options.bounds.length + 1)
  let bins: Int32Array
  const enter = (row: number): void => {
    if (bins[row]! >= 0) counts[bins[row]!]!++
  }
  const leave = (row: number): void => {
    if (bins[row]! >= 0) counts[bins[row]!]!--
  }
  const slide = createSlide(enter, leave)
  return {
    start(block) {
      const flags = rows.counted(block)
      const binOf = binner(rows.typed(block), options)
      bins = scratch.atLeast(block.rows)
      for (let row = 0; row < block.rows; row++) bins[row] = flags === undefined || flags[row] === 1 ? binOf(row) : -1
      counts.fill(0)
      slide.start()
    },
    run({ count, low, high, exceptions }) {
      for (let i = 0; i < count; i++) {
        slide.moveTo(low[i]!, high[i]!)
        const isExceptional = hasExceptions(exceptions, i)
        if (isExceptional) eachException(exceptions, i, leave, enter)
        answer(i, Array.from(counts))
        if (isExceptional) eachException(exceptions, i, enter, leave)
      }
    },
  }
}
