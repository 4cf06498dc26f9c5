/** Any aggregate by its scan kernel: a pass over the window for each root. */

import type { Value } from '../../model/value.ts'
import type { Kernel, RowWindow } from '../kernels/aggregation.ts'
import { createKernel } from '../kernels/kernel.ts'
import type { Block } from './block.ts'
import type { WindowBounds } from './bounds.ts'
import { type Answer, type Evaluator, hasExceptions, mergeRows } from './evaluator.ts'
import type { FeatureRows } from './feature-rows.ts'
import { ints } from './scratch.ts'

/** Root i's answer, from a kernel over the block's rows. */
export interface Scan {
  start(block: Block): void
  answer(bounds: WindowBounds, i: number): Value
}

export const createScan = (feature: FeatureRows): Scan => {
  const merged = ints()
  const whole = ints()
  let kernel: Kernel
  let identity: Int32Array = new Int32Array(0)
  const window: { -readonly [name in keyof RowWindow]: RowWindow[name] } = { rows: identity, from: 0, to: 0, time: 0, lengthMs: 0 }
  return {
    start(block) {
      kernel = createKernel(feature.aggregation(block))
      const known = identity.length
      identity = whole.atLeast(block.base)
      if (identity.length !== known) for (let i = 0; i < identity.length; i++) identity[i] = i
    },
    answer(bounds, i) {
      const { low, high, time, length, exceptions } = bounds
      window.time = time[i]!
      window.lengthMs = length[i]!
      window.rows = identity
      window.from = low[i]!
      window.to = high[i]!
      if (hasExceptions(exceptions, i)) {
        window.rows = merged.atLeast(high[i]! - low[i]! + exceptions.end[i]! - exceptions.middle[i]!)
        window.from = 0
        window.to = mergeRows(bounds, i, exceptions, window.rows)
      }
      return kernel(window)
    },
  }
}

export const kernelEvaluator = (feature: FeatureRows, answer: Answer): Evaluator => {
  const scan = createScan(feature)
  return {
    start: scan.start,
    run(bounds) {
      for (let i = 0; i < bounds.count; i++) answer(i, scan.answer(bounds, i))
    },
  }
}
