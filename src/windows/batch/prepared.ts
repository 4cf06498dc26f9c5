/**
 * A definition's rows keyed once, for roots that come slice by slice: each key's rows lie together, in the total order. A slice then
 * costs what its own windows can reach: of each key that it has roots of, the rows up to the latest of these, and back as far as its windows go.
 */

import { assert } from '../../base/assert.ts'
import { firstAtOrAfter } from '../../base/search.ts'
import type { BigintColumn, Column, EventTable, NumberColumn } from '../../model/table.ts'
import { reachOf } from '../compile.ts'
import type { CompiledWindows } from '../compiled.ts'
import type { Keys } from '../keys.ts'
import { keysOf } from '../source.ts'
import { createKeyedAnswers } from './engine.ts'
import { cutoffsLag, lowestOf } from './hidden.ts'
import type { BatchOutput, BatchRoots, BatchRows } from './input.ts'
import { type KeyOrder, keyOrder, type Memory, orderedDoubles, ownMemory, placedColumn, placedDoubles } from './key-order.ts'
import { type FeatureMasks, featureMasks, usedColumns } from './masks.ts'
import { type ByKey, type RootsByKey, rootsByKey } from './order.ts'
import type { KeyedRows } from './partition.ts'
import { askedKeys, batchRows, type OwnEvents, type RootColumns, type StampName } from './prepare.ts'
import { doubles } from './scratch.ts'

/** What is made of the rows, plain data: threads can share it. Row i stands before row i + 1 where both are of one key. */
export interface PreparedData {
  readonly time: Float64Array
  readonly columns: readonly (Column | undefined)[]
  /** Key k's rows are those from `starts[k]` to before `starts[k + 1]`. */
  readonly starts: Int32Array
  readonly masks: FeatureMasks
  /** From which cut-off on a row is seen: one for all, or row by row. Undefined: rows have none. */
  readonly from: number | Float64Array | undefined
  /** Until which cut-off, where any row has an end. */
  readonly until: Float64Array | undefined
  /** No row's `from` is more than this after its time. */
  readonly lagMs: number
}

export interface PreparedRows extends PreparedData {
  readonly compiled: CompiledWindows
  readonly keys: Keys
}

export interface PreparedQuestion {
  readonly compiled: CompiledWindows
  /** One for each member, in their order, with at least the member's `paths`. */
  readonly tables: readonly EventTable[]
  /** Which stamp the roots' cut-offs are on; undefined where they have none. */
  readonly stamp: StampName | undefined
  /** Where numbers are to lie. */
  readonly memory?: Memory
}

export const prepareRows = ({ compiled, tables, stamp, memory = ownMemory }: PreparedQuestion): PreparedRows => {
  const keys = keysOf(compiled)
  const rows = batchRows(compiled, tables, keys, stamp)
  const placed = keyOrder(rows, keys.size(), memory)
  const used = usedColumns(compiled)
  const time = placedDoubles(rows.time, placed, memory)
  const columns = rows.columns.map((column, i) => (used[i] ? placedColumn(column, placed, memory) : undefined))
  const { masks, maskOf } = featureMasks(compiled, columns, time.length)
  return {
    compiled,
    keys,
    time,
    columns,
    starts: placed.starts,
    masks: { masks: masks.map((mask) => kept(mask, memory)), maskOf },
    ...seenBetween(rows, time, placed, memory),
  }
}

const kept = (mask: Uint8Array, memory: Memory): Uint8Array => {
  const into = memory.bytes(mask.length)
  into.set(mask)
  return into
}

/** Rows that stand for their event only for some cut-offs come as often as they do so, after the plain ones. */
const seenBetween = (
  rows: BatchRows,
  time: Float64Array,
  placed: KeyOrder,
  memory: Memory,
): Pick<PreparedData, 'from' | 'until' | 'lagMs'> => {
  const { stamps, extras } = rows
  if (extras !== undefined) {
    const { order } = placed
    const from = orderedDoubles(extraFrom(rows, extras.from), order, memory)
    return { from, until: orderedDoubles(extraUntil(rows, extras.until), order, memory), lagMs: Number.POSITIVE_INFINITY }
  }
  if (typeof stamps !== 'object') return { from: stamps, until: undefined, lagMs: Number.POSITIVE_INFINITY }
  // Facts known when they happen have one column for both.
  if (stamps === rows.time) return { from: time, until: undefined, lagMs: 0 }
  const from = placedDoubles(stamps, placed, memory)
  let lagMs = Number.NEGATIVE_INFINITY
  for (let row = 0; row < from.length; row++) if (from[row]! - time[row]! > lagMs) lagMs = from[row]! - time[row]!
  return { from, until: undefined, lagMs }
}

const extraFrom = ({ plain, stamps }: BatchRows, extras: Float64Array): Float64Array => {
  const from = new Float64Array(plain + extras.length)
  if (typeof stamps === 'object') from.set(stamps.subarray(0, plain))
  else from.fill(stamps ?? -Number.MAX_VALUE, 0, plain)
  from.set(extras, plain)
  return from
}

const extraUntil = ({ plain }: BatchRows, ends: Float64Array): Float64Array => {
  const until = new Float64Array(plain + ends.length).fill(Number.POSITIVE_INFINITY, 0, plain)
  until.set(ends, plain)
  return until
}

/** `keys`: the same codes for the same keys as those that `data` was made with. */
export const preparedOf = (compiled: CompiledWindows, keys: Keys, data: PreparedData): PreparedRows => ({ ...data, compiled, keys })

/**
 * Answers each root in `output`, for one slice of roots after the other. Roots' cut-offs are on the stamp that the rows were prepared for.
 * `table`: memory used again by the next answers, perhaps of others.
 */
export const createPreparedAnswers = (prepared: PreparedRows, table = doubles()): ((roots: RootColumns, output: BatchOutput) => void) => {
  const { compiled, keys, time, starts } = prepared
  const answerKeyed = createKeyedAnswers(compiled, prepared.masks.maskOf, table)
  // Roots of no key, or of one that no row has, are those of one more key.
  const noKey = starts.length - 1
  return (roots, output) => {
    const { asked, own } = askedKeys(compiled, roots, keys)
    for (let i = 0; i < asked.length; i++) if (asked[i]! < 0 || asked[i]! > noKey) asked[i] = noKey
    const count = time.length
    const batchRoots: BatchRoots = {
      count: roots.count,
      time: roots.time,
      keys: asked,
      ...(roots.cutoff && { cutoff: roots.cutoff.at }),
      ...(own && { own: { starts: own.starts, rows: numbersFrom(count, own.roots.length) } }),
    }
    const rootsOf = rootsByKey(batchRoots, 0, noKey + 1)
    if (rootsOf.order.length === 0) return
    const plain = reachableRows(prepared, rootsOf, false)
    const isBounded = hidesRows(prepared, batchRoots, rootsOf, plain)
    const beside = own === undefined ? { columns: prepared.columns } : besideOwn(prepared, own)
    const keyed: KeyedRows = {
      time,
      ...rowsOf(isBounded ? reachableRows(prepared, rootsOf, true) : plain),
      from: isBounded ? seenFrom(prepared) : undefined,
      until: isBounded ? prepared.until : undefined,
      own: batchRoots.own,
      ...beside,
    }
    const { apart } = keyed
    const masks = apart && { apart: featureMasks(compiled, apart.columns, apart.time.length).masks }
    answerKeyed({ keyed, masks: { ...prepared.masks, ...masks }, roots: batchRoots, rootsOf, output })
  }
}

const numbersFrom = (first: number, count: number): Int32Array => {
  const numbers = new Int32Array(count)
  for (let i = 0; i < count; i++) numbers[i] = first + i
  return numbers
}

const seenFrom = ({ from, time }: PreparedRows): Float64Array =>
  typeof from === 'object' ? from : new Float64Array(time.length).fill(from ?? -Number.MAX_VALUE)

/** By key of the roots, the rows that any of them can reach: from `lows[k]` to before `highs[k]`. */
interface Reached {
  readonly lows: Int32Array
  readonly highs: Int32Array
}

const reachableRows = ({ compiled, time, starts }: PreparedRows, rootsOf: RootsByKey, isBounded: boolean): Reached => {
  const { reachMs, last } = reach(compiled)
  const keyCount = rootsOf.starts.length - 1
  const lows = new Int32Array(keyCount)
  const highs = new Int32Array(keyCount)
  for (let key = 0; key < keyCount; key++) {
    const [from, to] = [rootsOf.starts[key]!, rootsOf.starts[key + 1]!]
    if (from === to || key + 1 >= starts.length) continue
    const [begin, end] = [starts[key]!, starts[key + 1]!]
    const first = rootsOf.times[from]!
    const high = firstAtOrAfter(time, begin, end, rootsOf.times[to - 1]!)
    let low = firstAtOrAfter(time, begin, high, first - reachMs)
    // The last n are counted among the rows that a root sees: where it may not see some, they reach back further.
    if (last > 0) low = isBounded ? begin : Math.max(begin, Math.min(low, firstAtOrAfter(time, low, high, first) - last))
    lows[key] = low
    highs[key] = high
  }
  return { lows, highs }
}

/** False: every root with a cut-off sees of what it reaches all that it would see without. */
const hidesRows = (
  { time, from, until, lagMs }: PreparedRows,
  roots: BatchRoots,
  rootsOf: RootsByKey,
  { lows, highs }: Reached,
): boolean => {
  const { cutoff } = roots
  if (cutoff === undefined || (from === undefined && until === undefined)) return false
  if (until !== undefined) return true
  if (typeof from !== 'object') return lowestOf(cutoff, roots.count) < from!
  if (cutoffsLag(cutoff, roots.time, roots.count) >= lagMs) return false
  for (let key = 0; key < lows.length; key++) {
    // From the key's latest root back: `lowest` is the smallest cut-off of those after the row.
    let lowest = Number.POSITIVE_INFINITY
    let next = rootsOf.starts[key + 1]! - 1
    for (let row = highs[key]! - 1; row >= lows[key]!; row--) {
      for (; next >= rootsOf.starts[key]! && rootsOf.times[next]! > time[row]!; next--) {
        lowest = Math.min(lowest, cutoff[rootsOf.order[next]!]!)
      }
      if (from[row]! > lowest) return true
    }
  }
  return false
}

const rowsOf = ({ lows, highs }: Reached): ByKey => {
  const starts = new Int32Array(lows.length + 1)
  for (let key = 0; key < lows.length; key++) starts[key + 1] = starts[key]! + highs[key]! - lows[key]!
  const order = new Int32Array(starts[lows.length]!)
  for (let key = 0; key < lows.length; key++) {
    const [begin, end] = [starts[key]!, starts[key + 1]!]
    const first = lows[key]! - begin
    for (let at = begin; at < end; at++) order[at] = first + at
  }
  return { order, starts }
}

/** How far back windows go in time, and the most rows that those go back which are bounded by a number of rows alone. */
const reach = ({ windows, merge }: CompiledWindows): { readonly reachMs: number; readonly last: number } => {
  const timed = windows.filter(({ spec }) => spec.kind !== 'last' || spec.withinMs !== undefined)
  const last = windows.map(({ spec }) => (spec.kind === 'last' && spec.withinMs === undefined ? spec.n : 0))
  return { reachMs: timed.length === 0 ? 0 : reachOf(timed, merge), last: Math.max(0, ...last) }
}

/** The columns of all rows, and the same of the roots' own rows, of one kind and with one dictionary each. */
const besideOwn = ({ columns }: PreparedRows, own: OwnEvents): Pick<KeyedRows, 'columns' | 'apart'> => {
  const both = columns.map((column, i) => (column === undefined ? undefined : alike(column, own.column(i, column))))
  return { columns: both.map((pair) => pair?.[0]), apart: { time: own.time, columns: both.map((pair) => pair?.[1]) } }
}

const alike = (column: Column, apart: Column): readonly [Column, Column] => {
  if (column.kind === 'code' && apart.kind === 'code') return [{ ...column, dictionary: apart.dictionary }, apart]
  if (column.kind === 'number' && apart.kind === 'bigint') return [asBigint(column), apart]
  assert(column.kind === apart.kind, 'a column has one kind')
  return [column, apart]
}

const asBigint = ({ values }: NumberColumn): BigintColumn => ({
  kind: 'bigint',
  values: BigInt64Array.from(values, (value) => (Number.isNaN(value) ? 0n : BigInt(value))),
  nulls: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 1 : 0)),
})
