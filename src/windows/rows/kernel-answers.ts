/** Questions that sums and tables of numbers do not answer: the rows are gathered, and kernels run over them. */
import { firstAtOrAfter } from '../../base/search.ts'
import type { SlotValues } from './answer.ts'
import type { Directory } from './directory.ts'
import type { Edges } from './edges.ts'
import { answerByKernels, appendRow, createGathered, gatherHeld, gatherRange } from './gather.ts'
import { checkMerged, createMergedAnswers } from './merged-answer.ts'
import type { ReadPlan } from './plan.ts'
import type { RowQuestion } from './question.ts'
import type { Ranges } from './ranges.ts'
import type { RowState } from './state.ts'
import type { Merged, Units } from './units.ts'

/** One question on its way to its answer. */
export interface Asked {
  readonly question: RowQuestion
  /** The key's code, and its series. */
  readonly key: number
  readonly directory: Directory | undefined
  readonly plan: ReadPlan
  /** The root's own rows, where the definition includes it. */
  readonly roots: readonly Float64Array[]
  readonly into: SlotValues
}

export interface KernelAnswers {
  /** Some of the plan's kernels over the rows of `ranges`, all of which hold. */
  range(plans: ReadPlan['kernels'], asked: Asked): void
  /** The whole plan over the rows that the question's read holds. */
  held(asked: Asked): void
  /** The whole plan over merged units and the rows beside them; `hides` says whether the read leaves rows out. */
  merged(merged: Merged, hides: boolean, asked: Asked): void
}

interface Setting {
  readonly edges: Edges
  /** Of the question that is answered. */
  readonly ranges: Ranges
  readonly units: Units | undefined
}

export const createKernelAnswers = (state: RowState, { edges, ranges, units }: Setting): KernelAnswers => {
  const { compiled, layout } = state
  const gathered = createGathered(layout.cells.length)
  const from = new Float64Array(compiled.windows.length)
  const to = new Float64Array(compiled.windows.length)
  const answerByUnits = units === undefined ? undefined : createMergedAnswers(state, units)

  const range = (plans: ReadPlan['kernels'], { directory, question, roots, into }: Asked): void => {
    let [low, high] = [Number.POSITIVE_INFINITY, 0]
    for (const { targets } of plans) {
      for (const { window } of targets) {
        low = Math.min(low, ranges.from[window]!)
        high = Math.max(high, ranges.to[window]!)
      }
    }
    gatherRange(state, gathered, directory, low, high)
    const plain = gathered.rows
    for (const row of roots) appendRow(gathered, row)
    for (const { targets } of plans) {
      for (const { window } of targets) {
        from[window] = Math.min(ranges.from[window]! - Math.min(low, high), plain)
        to[window] = ranges.to[window]! - Math.min(low, high)
        if (edges.endsAtRoot[window] === 1 && roots.length > 0) endWithRoots(window, plain, roots.length)
      }
    }
    answerByKernels(state, plans, gathered, { time: question.time, edges, from, to, into })
  }

  /** The root's rows stand after all plain ones: a window that ends there reaches on to them. */
  const endWithRoots = (window: number, plain: number, roots: number): void => {
    to[window] = plain + roots
    from[window] = Math.max(from[window]!, plain + roots - edges.last[window]!)
  }

  const held = (asked: Asked): void => {
    gatherQuestion(asked)
    answerByKernels(state, asked.plan.all, gathered, { time: asked.question.time, edges, from, to, into: asked.into })
  }

  const merged = (of: Merged, hides: boolean, asked: Asked): void => {
    const { directory, question, plan, into } = asked
    checkMerged(state, units!, plan.allWindows, { merged: of, edges, read: question.read })
    if (hides) gatherQuestion(asked)
    else {
      gatherRange(state, gathered, directory, Math.min(ranges.low, ranges.high), ranges.high)
      for (const w of plan.allWindows) {
        from[w] = Math.max(0, ranges.from[w]! - ranges.low)
        to[w] = Math.max(from[w]!, ranges.to[w]! - ranges.low)
      }
    }
    answerByUnits!(plan, { merged: of, time: question.time, edges, gathered, from, to, into })
  }

  /** Gathers the rows that the read holds, and sets `from` and `to`. */
  const gatherQuestion = ({ question, key, directory, plan, roots }: Asked): void => {
    if (question.read.as === 'corrected') return
    let earliest = question.time
    let last = 0
    for (const w of plan.allWindows) {
      const isOpen = edges.from[w] === Number.NEGATIVE_INFINITY
      if (isOpen && edges.last[w]! < Number.POSITIVE_INFINITY) last = Math.max(last, edges.last[w]!)
      else earliest = Math.min(earliest, edges.from[w]!)
    }
    const exceptions = state.exceptions.get(key) ?? []
    gatherHeld(state, gathered, { directory, exceptions, key, read: question.read, time: question.time, from: earliest, last })
    const plain = gathered.rows
    for (const row of roots) appendRow(gathered, row)
    for (const w of plan.allWindows) {
      to[w] = firstAtOrAfter(gathered.time, 0, plain, edges.to[w]!)
      from[w] = Math.min(to[w]!, firstAtOrAfter(gathered.time, 0, plain, edges.from[w]!))
      if (edges.endsAtRoot[w] === 1) to[w]! += roots.length
      from[w] = Math.max(from[w]!, to[w]! - edges.last[w]!)
    }
  }
  return { range, held, merged }
}
