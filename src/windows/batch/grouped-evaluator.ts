/** count, sum, mean, variance and deviation by group: exact sums for each group, kept up to date as the window moves. */
import type { AggregateName } from '../../model/plan.ts'
import type { Value } from '../../model/value.ts'
import { roundMean, roundSum, roundVariance } from '../exact/moments.ts'
import { groupText } from '../kernels/kernel.ts'
import type { Block } from './block.ts'
import type { Codes } from './codes.ts'
import { type Answer, createSlide, type Evaluator, eachException, hasExceptions } from './evaluator.ts'
import type { CountedRows, FeatureRows } from './feature-rows.ts'
import { doubles, ints } from './scratch.ts'
import { isSumAggregate, leastValues, type SumAggregate } from './sum-aggregate.ts'
import type { PrefixSums } from './sums.ts'

export const isGroupable = (name: AggregateName): boolean => name === 'count' || isSumAggregate(name)

/** `otherwise` answers blocks whose values are too different in size for limbs. */
export const groupedEvaluator = ({ feature, rows, groups }: FeatureRows, answer: Answer, otherwise: Evaluator): Evaluator => {
  const tally = createGroupTally(rows, groups!, feature.aggregate)
  let held: Block
  let isHeld = false
  const groupValue = (group: number): Value => tally.value(group) ?? feature.fallback
  return {
    start(block) {
      held = block
      isHeld = tally.start(block)
      if (!isHeld) otherwise.start(block)
    },
    run(bounds) {
      if (!isHeld) return otherwise.run(bounds)
      const typed = groups!.typed(held)
      const read = (): Value =>
        Object.fromEntries(tally.present().map((group) => [groupText(typed, tally.rowOf(group)), groupValue(group)]))
      for (let i = 0; i < bounds.count; i++) {
        tally.moveTo(bounds.low[i]!, bounds.high[i]!)
        const { exceptions } = bounds
        const isExceptional = hasExceptions(exceptions, i)
        if (isExceptional) eachException(exceptions, i, tally.leave, tally.enter)
        answer(i, read())
        if (isExceptional) eachException(exceptions, i, tally.enter, tally.leave)
      }
    },
  }
}

const createGroupTally = (rows: CountedRows, groups: CountedRows, aggregate: AggregateName) => {
  const needsSum = isSumAggregate(aggregate)
  const needsSquares = needsSum && aggregate !== 'sum' && aggregate !== 'mean'
  const [rowScratch, valueScratch, placeScratch, presentScratch] = [ints(), ints(), ints(), ints()]
  const [sumScratch, squareScratch] = [doubles(), doubles()]
  let codes: Codes
  let counted: Uint8Array | undefined
  let rowsIn: Int32Array
  let valuesIn: Int32Array
  let place: Int32Array
  let present: Int32Array
  let size = 0
  let decimals = 0
  let sums: PrefixSums | undefined
  let squares: PrefixSums | undefined
  let sum: Float64Array
  let square: Float64Array

  const change = (group: number, row: number, sign: 1 | -1): void => {
    if (counted !== undefined && counted[row] === 0) return
    valuesIn[group]! += sign
    sums?.add(sum, group * sums.shape.limbs, row, sign)
    squares?.add(square, group * squares.shape.limbs, row, sign)
  }
  const enter = (row: number): void => {
    const group = codes.codes[row]!
    if (group < 0) return
    if (rowsIn[group]!++ === 0) {
      place[group] = size
      present[size++] = group
    }
    change(group, row, 1)
  }
  const leave = (row: number): void => {
    const group = codes.codes[row]!
    if (group < 0) return
    change(group, row, -1)
    if (--rowsIn[group]! > 0) return
    const last = present[--size]!
    present[place[group]!] = last
    place[last] = place[group]!
  }
  const slide = createSlide(enter, leave)
  const zeros = (held: PrefixSums | undefined, scratch: typeof sumScratch): Float64Array => {
    const length = (held?.shape.limbs ?? 0) * codes.count
    return scratch.atLeast(length).fill(0, 0, length)
  }
  const moment = (group: number, name: SumAggregate): number | null => {
    const n = valuesIn[group]!
    if (n < leastValues(name)) return null
    const held = { sums: sum, at: group * sums!.shape.limbs, shape: sums!.shape }
    if (name === 'sum') return roundSum(held, decimals)
    if (name === 'mean') return roundMean(n, held, decimals)
    const population = name === 'variancePop' || name === 'deviationPop'
    const heldSquares = { sums: square, at: group * squares!.shape.limbs, shape: squares!.shape }
    const variance = roundVariance(n, held, heldSquares, { population, decimals })
    return name === 'variance' || name === 'variancePop' ? variance : Math.sqrt(variance)
  }
  return {
    enter,
    leave,
    moveTo: slide.moveTo,
    present: () => Array.from(present.subarray(0, size)),
    rowOf: (group: number) => codes.rows[group]!,
    value: (group: number) => (isSumAggregate(aggregate) ? moment(group, aggregate) : valuesIn[group]!),
    /** Whether the block's values can be held. */
    start(block: Block): boolean {
      codes = groups.codes(block)
      counted = rows.counted(block)
      sums = needsSum ? rows.sums.values(block) : undefined
      squares = needsSquares ? rows.sums.squares(block) : undefined
      if ((needsSum && sums === undefined) || (needsSquares && squares === undefined)) return false
      decimals = needsSum ? rows.sums.decimals(block) : 0
      rowsIn = rowScratch.atLeast(codes.count).fill(0)
      valuesIn = valueScratch.atLeast(codes.count).fill(0)
      place = placeScratch.atLeast(codes.count)
      present = presentScratch.atLeast(codes.count)
      sum = zeros(sums, sumScratch)
      square = zeros(squares, squareScratch)
      size = 0
      slide.start()
      return true
    },
  }
}
