/**
 * Merging by unit (docs/semantics.md, "Windows"): rows of whole past units are merged into one record for each unit, so that a long
 * series takes memory by its units and not by its events.
 *
 * Only what answers every question exactly is merged: all slots of the definition must be of aggregates that records give, none of
 * the windows may need single rows. A record cannot tell an event that comes again from a new one, nor take a value out, so
 * whatever arrives below the boundary makes the engine forget the key: its owner loads it anew from the center.
 */
import type { MergeUnit } from '../../model/plan.ts'
import { type Calendar, createCalendar } from '../calendar.ts'
import { addSquareToLimbs, addToLimbs, type LimbShape } from '../exact/limbs.ts'
import { leafRows } from './arena.ts'
import { copyRow, removeFirst } from './changes.ts'
import { addDifferent, createDifferent, type Different, differentBytes, endUnit, startUnit, type UnitCodes } from './different.ts'
import { type Directory, firstTimeOf, rowsBefore, rowsOf } from './directory.ts'
import { locateTime } from './locate.ts'
import { createReadPlan } from './plan.ts'
import { firstCell, knownColumn, openSeries, recordedColumn, repair, timeColumn } from './series.ts'
import type { RowState } from './state.ts'

/** The rows of one unit; by cell. */
export interface Unit {
  readonly start: number
  rows: number
  readonly firstTime: number
  lastTime: number
  readonly counts: Float64Array
  readonly sums: readonly Float64Array[]
  readonly squares: readonly Float64Array[]
  readonly min: Float64Array
  readonly max: Float64Array
  /** The first and last values, NaN where there is none. */
  readonly first: Float64Array
  readonly last: Float64Array
  /** The different values, for cells that are asked how many. */
  readonly different: readonly (UnitCodes | undefined)[]
}

export interface Merged {
  /** Rows before this time are in units, which are in order; it is the start of a unit. */
  boundary: number
  readonly units: Unit[]
  /** All that have been merged. */
  rows: number
  /** By cell, see `Extents.epoch`: sums of another epoch are of no use. */
  readonly epochs: readonly number[]
  maxRecorded: number
  maxKnown: number
  /** By cell, for those that are asked how many different values they have. */
  readonly different: readonly (Different | undefined)[]
  /** About what all of this takes. */
  bytes: number
}

export interface SumShapes {
  readonly sums: readonly LimbShape[]
  readonly squares: readonly LimbShape[]
}

export interface Units {
  of(key: number): Merged | undefined
  /** Merges what can be merged of a key's rows, once that is worth the work. */
  merge(key: number): void
  /** The same once the rows have grown by half since: for rows that come in and are not asked for. */
  mergeGrown(key: number): void
  /** Whether a time lies among a key's merged rows. */
  isMerged(key: number, time: number): boolean
  /** False where the key must be loaded anew, since values have come that its sums have no room for. */
  isCurrent(key: number): boolean
  forget(key: number): void
  /** Undefined where sums cannot be held: then nothing is merged. */
  shapes(): SumShapes | undefined
  readonly calendar: Calendar
  bytes(): number
}

/** Sums hold up to 2^30 values. A series with half as many merged is merged no more, and the arena holds less than the other half. */
const terms = 30
const growth = 1.5
/** Rows that a unit must have on average, as a part of those that are worth a merge. */
const unitShare = 1 / 8

/** About, where units differ. */
const lengthMs: { readonly [unit in MergeUnit]: number } = {
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: 30 * 86_400_000,
  quarter: 91 * 86_400_000,
  year: 365 * 86_400_000,
}

/** Whether records of units answer all that a definition asks. */
export const canMerge = (state: RowState): boolean => {
  const { merge, includeRoot, features, windows, slots } = state.compiled
  if (merge === undefined || includeRoot) return false
  if (slots.some(({ window }) => windows[window]!.spec.kind === 'last')) return false
  const holds = features.some(({ column = -1 }) => state.codecs[column]?.holds === true && !state.codecs[column].isNumber())
  const { kernels } = createReadPlan(state, slots)
  return (
    !holds &&
    kernels.every(({ feature }) => feature.aggregate === 'distinctCount' && !feature.options.sketched && feature.groupBy === undefined)
  )
}

/** `fewestRows`: fewer are not worth a merge, which looks at every leaf of the series anew. */
export const createUnits = (state: RowState, release: (row: Float64Array) => void, fewestRows: number): Units => {
  const { store, layout, extents, compiled } = state
  const byKey = new Map<number, Merged>()
  const calendar = createCalendar(compiled.zone, compiled.weekStart)
  const cells = layout.cells.length
  const row = new Float64Array(store.width)
  const needs = needsOf(state)
  /** By key: with so many rows it is tried again. */
  const triedAgain = new Map<number, number>()
  let held = 0

  const shapes = (): SumShapes | undefined => {
    const sums: LimbShape[] = []
    const squares: LimbShape[] = []
    for (let cell = 0; cell < cells; cell++) {
      const sum = needs.sums[cell] === true ? extents.shape(cell, terms, false) : noSum
      const square = needs.squares[cell] === true ? extents.shape(cell, terms, true) : noSum
      if (sum === undefined || square === undefined) return undefined
      sums.push(sum)
      squares.push(square)
    }
    return { sums, squares }
  }

  const isCurrent = (key: number): boolean => {
    const merged = byKey.get(key)
    return merged === undefined || (state.largeSeen === 0 && merged.epochs.every((epoch, cell) => epoch === extents.epoch(cell)))
  }

  const boundaryOf = (key: number, newest: number): number => {
    const { unit, olderThanMs } = compiled.merge!
    let boundary = Math.min(calendar.startOf(unit, calendar.startOf(unit, newest) - 1), calendar.startOf(unit, newest - olderThanMs))
    for (const { entries } of state.exceptions.get(key) ?? []) {
      for (const { time } of entries) boundary = Math.min(boundary, calendar.startOf(unit, time))
    }
    return boundary
  }

  const merge = (key: number): void => {
    const directory = openSeries(store, key)
    if (directory === undefined || state.largeSeen > 0) return
    repair(store, directory)
    if (rowsBefore(directory, directory.count) < fewestRows) return
    const boundary = boundaryOf(key, firstTimeOf(directory, directory.count))
    locateTime(store, directory, boundary)
    const [leaf, at] = [store.leaf, store.at]
    const rows = rowsBefore(directory, leaf) + at
    const made = shapes()
    if (rows < fewestRows || !isDense(rows, boundary - firstTimeOf(directory, 0))) return
    if (made === undefined || !isCurrent(key) || isFull(key)) return
    mergeLeaves(key, directory, { boundary, shapes: made, leaf, at })
    removeFirst(store, directory, leaf, at)
  }

  /** A unit's record takes as much memory as many rows. */
  const isDense = (rows: number, spanMs: number): boolean => rows >= fewestRows * unitShare * (spanMs / lengthMs[compiled.merge!.unit])

  const mergeGrown = (key: number): void => {
    const rows = roomOf(openSeries(store, key))
    if (rows < (triedAgain.get(key) ?? fewestRows)) return
    merge(key)
    triedAgain.set(key, Math.max(fewestRows, growth * roomOf(openSeries(store, key))))
  }

  /** At least the rows of a series. */
  const roomOf = (directory: Directory | undefined): number =>
    directory === undefined ? 0 : (directory.count - 1) * leafRows + rowsOf(directory, directory.count - 1)

  const isFull = (key: number): boolean => (byKey.get(key)?.rows ?? 0) > 2 ** (terms - 1)

  interface Part {
    readonly boundary: number
    readonly shapes: SumShapes
    /** Up to this row. */
    readonly leaf: number
    readonly at: number
  }

  const mergeLeaves = (key: number, directory: Directory, part: Part): void => {
    const epochs = layout.cells.map((_, cell) => extents.epoch(cell))
    const merged = byKey.get(key) ?? createMerged(epochs, needs.different)
    byKey.set(key, merged)
    const from = Math.max(0, merged.units.length - 1)
    const before = merged.bytes
    merged.bytes -= bytesFrom(merged, from)
    for (let leaf = 0; leaf <= part.leaf; leaf++) {
      const end = leaf === part.leaf ? part.at : rowsOf(directory, leaf)
      for (let at = 0; at < end; at++) {
        copyRow(store, directory, leaf, at, row)
        addRow(merged, part.shapes)
        release(row)
      }
    }
    merged.boundary = part.boundary
    merged.bytes += bytesFrom(merged, from)
    held += merged.bytes - before
  }

  const addRow = (merged: Merged, made: SumShapes): void => {
    const time = row[timeColumn]!
    let unit = merged.units.at(-1)
    if (unit === undefined || time > unit.lastTime) {
      const start = calendar.startOf(compiled.merge!.unit, time)
      if (unit === undefined || unit.start !== start) unit = startedUnit(merged, createUnit(start, time, made, merged.different))
    }
    unit.rows++
    merged.rows++
    unit.lastTime = time
    merged.maxRecorded = Math.max(merged.maxRecorded, row[recordedColumn]!)
    merged.maxKnown = Math.max(merged.maxKnown, row[knownColumn]!)
    for (let cell = 0; cell < cells; cell++) addValue(merged, unit, cell, row[firstCell + cell]!, made)
  }

  const startedUnit = ({ units }: Merged, unit: Unit): Unit => {
    for (const codes of units.at(-1)?.different ?? []) if (codes !== undefined) endUnit(codes)
    units.push(unit)
    return unit
  }

  return {
    of: (key) => byKey.get(key),
    merge,
    mergeGrown,
    isMerged: (key, time) => byKey.size > 0 && time < (byKey.get(key)?.boundary ?? Number.NEGATIVE_INFINITY),
    isCurrent,
    forget: (key) => {
      held -= byKey.get(key)?.bytes ?? 0
      byKey.delete(key)
      triedAgain.delete(key)
    },
    shapes,
    calendar,
    bytes: () => held,
  }
}

/** No limb at all: nothing is added, and nothing asked. */
const noSum: LimbShape = { limbs: 0, unit: 0, bits: 50, cutters: new Float64Array(0) }

/** By cell what is asked of it: its sum, its squares' sum, how many different values it has. */
const needsOf = (state: RowState) => {
  const { compiled, layout } = state
  const { numbers, fast, kernels } = createReadPlan(state, compiled.slots)
  const cells = [...numbers.cells, ...fast]
  const asks = (is: (cell: number) => boolean): readonly boolean[] => layout.cells.map((_, cell) => is(cell))
  return {
    sums: asks((cell) => cells.some((plan) => plan.cell === cell && plan.needs.sums)),
    squares: asks((cell) => cells.some((plan) => plan.cell === cell && plan.needs.squares)),
    different: asks((cell) => kernels.some(({ index }) => layout.features[index]!.value === cell)),
  }
}

const createMerged = (epochs: readonly number[], isCounted: readonly boolean[]): Merged => ({
  boundary: Number.NEGATIVE_INFINITY,
  units: [],
  rows: 0,
  epochs,
  maxRecorded: Number.NEGATIVE_INFINITY,
  maxKnown: Number.NEGATIVE_INFINITY,
  different: isCounted.map((is) => (is ? createDifferent() : undefined)),
  bytes: 0,
})

const createUnit = (start: number, firstTime: number, { sums, squares }: SumShapes, different: Merged['different']): Unit => {
  const cells = different.length
  return {
    start,
    rows: 0,
    firstTime,
    lastTime: firstTime,
    counts: new Float64Array(cells),
    sums: sums.map(({ limbs }) => new Float64Array(limbs)),
    squares: squares.map(({ limbs }) => new Float64Array(limbs)),
    min: new Float64Array(cells).fill(Number.POSITIVE_INFINITY),
    max: new Float64Array(cells).fill(Number.NEGATIVE_INFINITY),
    first: new Float64Array(cells).fill(Number.NaN),
    last: new Float64Array(cells).fill(Number.NaN),
    different: different.map((of) => (of === undefined ? undefined : startUnit(of))),
  }
}

const addValue = (merged: Merged, unit: Unit, cell: number, value: number, shapes: SumShapes): void => {
  if (Number.isNaN(value)) return
  if (unit.counts[cell]!++ === 0) unit.first[cell] = value
  unit.last[cell] = value
  if (value < unit.min[cell]!) unit.min[cell] = value
  if (value > unit.max[cell]!) unit.max[cell] = value
  if (shapes.sums[cell]!.limbs > 0) addToLimbs(unit.sums[cell]!, 0, shapes.sums[cell]!, value)
  if (shapes.squares[cell]!.limbs > 0) addSquareToLimbs(unit.squares[cell]!, 0, shapes.squares[cell]!, value)
  const codes = unit.different[cell]
  if (codes !== undefined) addDifferent(merged.different[cell]!, codes, value)
}

/** Of the units from one on, and of all different values: a unit takes its numbers, and a few objects for each cell. */
const bytesFrom = ({ units, different }: Merged, from: number): number => {
  let bytes = 0
  for (const of of different) if (of !== undefined) bytes += differentBytes(of)
  for (let i = from; i < units.length; i++) bytes += unitBytes(units[i]!)
  return bytes
}

/** What an array takes beside its numbers. */
const arrayBytes = 120

const unitBytes = ({ counts, sums, squares, different }: Unit): number => {
  let bytes = 200 + 5 * (arrayBytes + counts.length * 8)
  for (const limbs of [...sums, ...squares]) bytes += arrayBytes + limbs.length * 8
  for (const codes of different) if (codes !== undefined) bytes += arrayBytes + codes.codes.length * 4
  return bytes
}
