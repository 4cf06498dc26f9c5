/**
 * The batch core: rows and roots are brought together by key in counting sorts; then, block of keys by block of keys, the windows of
 * the roots in order slide over the rows in order, and each slot is answered from ranges that only move forwards. A pure function of
 * columns into columns: threads may each take a range of keys and write into one output.
 */

import { createCalendar } from '../calendar.ts'
import type { CompiledWindows } from '../compiled.ts'
import { type Answers, createAnswers } from './answers.ts'
import { createBlocks } from './block.ts'
import { createTracker, type WindowTracker } from './bounds.ts'
import type { Evaluator } from './evaluator.ts'
import { createEvaluator } from './evaluators.ts'
import { type CountedRows, createCountedRows, createFeatureRows, type FeatureRows } from './feature-rows.ts'
import { hidesRows } from './hidden.ts'
import type { BatchOutput, BatchRoots, BatchTask } from './input.ts'
import { createLayouts, type Layout } from './layout.ts'
import { type FeatureMasks, featureMasks, usedColumns } from './masks.ts'
import { type RootsByKey, rootsByKey } from './order.ts'
import { type KeyedRows, partitionRows } from './partition.ts'
import { type RootRun, runSize } from './root-run.ts'
import { doubles, type Scratch } from './scratch.ts'
import { createEdgeRows } from './slides.ts'

/** A block is as many whole keys as have about so many rows, or roots, together. */
const blockRows = 32_768
const blockRoots = 65_536

/** Answers each root of the task's keys in `output`. Roots without a series (key −1) are answered too, over no rows. */
export const computeWindows = ({ compiled, rows, roots, keyCount, keyRange = { from: 0, to: keyCount }, output }: BatchTask): void => {
  // Roots of no key are those of one more key, which has no rows.
  const noKey = keyCount
  const isFirst = keyRange.from === 0
  const keyed = isFirst && roots.keys.includes(-1) ? { ...roots, keys: roots.keys.map((key) => (key < 0 ? noKey : key)) } : roots
  answerKeys({ compiled, rows, roots: keyed, output }, keyRange.from, keyRange.to)
  if (keyed !== roots) answerKeys({ compiled, rows, roots: keyed, output }, noKey, noKey + 1)
}

const answerKeys = ({ compiled, rows, roots, output }: Omit<BatchTask, 'keyCount' | 'keyRange'>, from: number, to: number): void => {
  const rootsOf = rootsByKey(roots, from, to)
  if (rootsOf.order.length === 0) return
  const used = usedColumns(compiled)
  const keyed = partitionRows({ rows, from, to, roots: rootsOf, own: roots.own, used, isBounded: hidesRows(rows, roots) })
  const masks = featureMasks(compiled, keyed.columns, keyed.time.length)
  createKeyedAnswers(compiled, masks.maskOf)({ keyed, masks, roots, rootsOf, output })
}

export interface KeyedTask {
  readonly keyed: KeyedRows
  readonly masks: FeatureMasks
  readonly roots: BatchRoots
  /** By the keys of `keyed`, at least one root. */
  readonly rootsOf: RootsByKey
  readonly output: BatchOutput
}

/**
 * Answers each root of a task's `rootsOf`, block of keys by block of keys. For one task after the other: what is made here serves
 * all of them, its arrays and the code that the engine compiles for it. `maskOf`: as in every task's masks. `table`: where answers
 * stand until they are read out; several may use one in turn.
 */
export const createKeyedAnswers = (
  compiled: CompiledWindows,
  maskOf: FeatureMasks['maskOf'],
  table: Scratch<Float64Array> = doubles(),
): ((task: KeyedTask) => void) => {
  const { slots: ofFeatures, features } = compiled
  const answers = createAnswers(
    ofFeatures.map(({ feature }) => features[feature]!.output.store === 'number'),
    table,
  )
  const slots = createSlots(compiled, maskOf, answers)
  const layouts = createLayouts()
  const blocks = createBlocks()
  const run = createRuns()
  const visit = (roots: RootRun): void => {
    answers.begin(roots)
    for (const { tracker, evaluators } of slots) {
      const bounds = tracker.advance(roots)
      for (const evaluator of evaluators) evaluator.run(bounds)
    }
    answers.end(roots)
  }
  const answerBlock = ({ rootsOf }: KeyedTask, from: number, to: number): void => {
    const layout = layouts.next(from, to)
    const block = blocks.next(layout.source, layout.base, layout.rows)
    for (const { tracker, evaluators } of slots) {
      tracker.start(layout, block.time)
      for (const evaluator of evaluators) evaluator.start(block)
    }
    run({ from, to, layout, rowTime: block.time, rootsOf }, visit)
  }
  return (task) => {
    const { keyed, masks, roots, rootsOf, output } = task
    answers.open(output, rootsOf.order, roots.count)
    layouts.open(keyed, roots, rootsOf)
    blocks.open(keyed, masks)
    const keyCount = rootsOf.starts.length - 1
    for (let key = 0; key < keyCount; ) {
      const end = blockEnd(keyed.starts, rootsOf.starts, key, keyCount)
      if (rootsOf.starts[end]! > rootsOf.starts[key]!) answerBlock(task, key, end)
      key = end
    }
    answers.finish()
  }
}

/** The key after the last one of the block that begins with `key`. */
const blockEnd = (rows: Int32Array, roots: Int32Array, key: number, count: number): number => {
  let end = key + 1
  while (end < count && rows[end + 1]! - rows[key]! <= blockRows && roots[end + 1]! - roots[key]! <= blockRoots) end++
  return end
}

interface RunRange {
  /** Keys of a block. */
  readonly from: number
  readonly to: number
  readonly layout: Layout
  readonly rowTime: Float64Array
  readonly rootsOf: RootsByKey
}

/** Goes through a block's roots in runs. */
const createRuns = () => {
  const [roots, keys, ends, limits] = [new Int32Array(runSize), new Int32Array(runSize), new Int32Array(runSize), new Int32Array(runSize)]
  const time = new Float64Array(runSize)
  const edgeRows = createEdgeRows()
  /** Fills the arrays with the roots from `first` on; gives the last one's key. */
  const fill = (first: number, count: number, key: number, { from, layout, rootsOf }: RunRange): number => {
    const { order, starts, times } = rootsOf
    let own = key
    for (let i = 0; i < count; i++) {
      while (first + i >= starts[own + 1]!) own++
      roots[i] = order[first + i]!
      time[i] = times[first + i]!
      keys[i] = own - from
      limits[i] = layout.starts[own - from + 1]!
    }
    return own
  }
  return (range: RunRange, visit: (run: RootRun) => void): void => {
    const { from, to, layout, rowTime, rootsOf } = range
    const begin = rootsOf.starts[from]!
    const end = rootsOf.starts[to]!
    edgeRows.start(layout, rowTime)
    for (let first = begin, key = from; first < end; first += runSize) {
      const count = Math.min(runSize, end - first)
      key = fill(first, count, key, range)
      const run = { first: first - begin, count, roots, time, keys, ends }
      edgeRows.find(run, time, limits, ends)
      visit(run)
    }
  }
}

interface WindowSlots {
  readonly tracker: WindowTracker
  readonly evaluators: readonly Evaluator[]
}

const createSlots = (compiled: CompiledWindows, maskOf: readonly (number | undefined)[], answers: Answers): readonly WindowSlots[] => {
  const calendar = createCalendar(compiled.zone, compiled.weekStart)
  const counted = new Map<string, CountedRows>()
  const countedRows = (column: number | undefined, mask: number | undefined): CountedRows => {
    const name = `${column} ${mask}`
    const rows = counted.get(name) ?? createCountedRows(compiled, column, mask)
    counted.set(name, rows)
    return rows
  }
  const features = compiled.features.map((feature, i): FeatureRows => {
    const mask = maskOf[i]
    const groups = feature.groupBy === undefined ? undefined : countedRows(feature.groupBy, mask)
    return createFeatureRows(compiled, feature, { rows: countedRows(feature.column, mask), groups, mask })
  })
  return compiled.windows.map((window, w) => ({
    tracker: createTracker(window, compiled, calendar),
    evaluators: compiled.slots
      .filter((slot) => slot.window === w)
      .map(({ index, feature }) => createEvaluator(features[feature]!, answers.sinkOf(index))),
  }))
}
