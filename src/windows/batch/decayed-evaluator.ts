/**
 * decayedSum: an accumulator follows the window. Terms are held as p · 2^(k − base), so that a row's term does not change with the
 * root; once a root is more than `mostHalvings` beyond the base, the rows that still count are added up anew over a later base, which
 * happens once in that many half-lives.
 */
import { accumulatorOver } from '../exact/accumulator.ts'
import { halvingsAt, mostHalvings, phaseAt } from '../exact/decayed.ts'
import { addDecayed, decayed, doubleOf } from '../kernels/decayed-sum.ts'
import { createSlide, type Evaluator, eachException, hasExceptions } from './evaluator.ts'
import type { CountedRows } from './feature-rows.ts'
import { doubles } from './scratch.ts'

export const decayedEvaluator = (rows: CountedRows, halfLifeMs: number, out: Float64Array): Evaluator => {
  const sum = accumulatorOver(-1074 - mostHalvings, 1026 + mostHalvings)
  const [valueScratch, phaseScratch, halvingScratch] = [doubles(), doubles(), doubles()]
  let values: Float64Array
  let phases: Float64Array
  let halvings: Float64Array
  let base = 0
  let now = 0
  const add = (row: number, sign: 1 | -1): void => {
    if (!Number.isNaN(values[row]!)) addDecayed(sum, sign * values[row]!, phases[row]!, halvings[row]! - base)
  }
  const slide = createSlide(
    (row) => add(row, 1),
    (row) => add(row, -1),
  )
  /** The first row of [low, high) that is not too old. */
  const youngFrom = (low: number, high: number): number => {
    while (low < high) {
      const middle = (low + high) >>> 1
      if (now - halvings[middle]! > mostHalvings) low = middle + 1
      else high = middle
    }
    return low
  }
  const isYoung = (row: number): boolean => now - halvings[row]! <= mostHalvings

  return {
    start(block) {
      const flags = rows.counted(block)
      const valueAt = doubleOf(rows.typed(block))
      values = valueScratch.atLeast(block.rows)
      phases = phaseScratch.atLeast(block.rows)
      halvings = halvingScratch.atLeast(block.rows)
      for (let row = 0; row < block.rows; row++) {
        values[row] = flags === undefined || flags[row] === 1 ? valueAt(row) : Number.NaN
        halvings[row] = halvingsAt(block.time[row]!, halfLifeMs)
        phases[row] = phaseAt(block.time[row]!, halfLifeMs)
      }
      base = Number.NaN
    },
    run({ count, time, low, high, exceptions }) {
      for (let i = 0; i < count; i++) {
        now = halvingsAt(time[i]!, halfLifeMs)
        const from = youngFrom(low[i]!, high[i]!)
        if (!(now >= base && now - base <= mostHalvings)) {
          sum.clear()
          slide.start()
          base = now
        }
        slide.moveTo(from, high[i]!)
        const isExceptional = hasExceptions(exceptions, i)
        const [less, more] = [(row: number) => isYoung(row) && add(row, -1), (row: number) => isYoung(row) && add(row, 1)]
        if (isExceptional) eachException(exceptions, i, less, more)
        out[i] = decayed(sum, phaseAt(time[i]!, halfLifeMs), base - now)
        if (isExceptional) eachException(exceptions, i, more, less)
      }
    },
  }
}
