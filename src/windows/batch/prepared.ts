/**
 * A definition's rows keyed once, for roots that come slice by slice. A slice then costs what its own windows can reach: of each key
 * that it has roots of, the rows up to the latest of these, and back as far as its windows go.
 */
import { assert } from '../../base/assert.ts'
import type { BigintColumn, Column, EventTable, NumberColumn } from '../../model/table.ts'
import { reachOf } from '../compile.ts'
import type { CompiledWindows } from '../compiled.ts'
import { gatherColumn } from '../gather.ts'
import type { Keys } from '../keys.ts'
import { keysOf } from '../source.ts'
import { answerKeyed } from './engine.ts'
import { hidesRows } from './hidden.ts'
import type { BatchOutput, BatchRoots, BatchRows } from './input.ts'
import { type FeatureMasks, featureMasks, usedColumns } from './masks.ts'
import { type ByKey, rootsByKey } from './order.ts'
import type { KeyedRows } from './partition.ts'
import { askedKeys, batchRows, type OwnEvents, type RootColumns, type StampName } from './prepare.ts'
import { doubles } from './scratch.ts'

/** What is made of the rows, plain data: threads can share it. */
export interface PreparedData {
  /** In the total order, amended events among them: row i stands before row i + 1 where both are of one key in `byKey`. */
  readonly rows: BatchRows
  readonly columns: readonly (Column | undefined)[]
  readonly byKey: ByKey
  readonly masks: FeatureMasks
  /** Until which cut-off a row is seen, where any row has an end. */
  readonly until: Float64Array | undefined
}

export interface PreparedRows extends PreparedData {
  readonly compiled: CompiledWindows
  readonly keys: Keys
  /** From which cut-off on a row is seen, made when first asked for. */
  from(): Float64Array
}

export interface PreparedQuestion {
  readonly compiled: CompiledWindows
  /** One for each member, in their order, with at least the member's `paths`. */
  readonly tables: readonly EventTable[]
  /** Which stamp the roots' cut-offs are on; undefined where they have none. */
  readonly stamp: StampName | undefined
}

export const prepareRows = ({ compiled, tables, stamp }: PreparedQuestion): PreparedRows => {
  const keys = keysOf(compiled)
  const rows = batchRows(compiled, tables, keys, stamp)
  const used = usedColumns(compiled)
  const settled = settle(compiled, rows, used)
  // What is kept for good names no more of `rows` than is read later: keys of all rows are as large as their order.
  const kept: BatchRows = { ...rows, time: settled.time, keys: noKeys, columns: [], ...lagOf(rows) }
  return preparedOf(compiled, keys, {
    rows: kept,
    columns: settled.columns,
    byKey: keyOrder(rows, keys.size()),
    masks: featureMasks(compiled, settled.columns, settled.time.length),
    until: rows.extras && seenUntil(rows, rows.extras.until),
  })
}

/** `keys`: the same codes for the same keys as those that `data` was made with. */
export const preparedOf = (compiled: CompiledWindows, keys: Keys, { rows, columns, byKey, masks, until }: PreparedData): PreparedRows => {
  let from: Float64Array | undefined
  return {
    compiled,
    keys,
    rows,
    columns,
    byKey,
    masks,
    until,
    from: () => {
      from ??= seenFrom(rows)
      return from
    },
  }
}

/** How far stamps are after times at most, found once for all roots to come. */
const lagOf = ({ plain, time, stamps, extras }: BatchRows): { readonly lagMs?: number } => {
  if (typeof stamps !== 'object' || extras !== undefined) return {}
  let most = Number.NEGATIVE_INFINITY
  for (let row = 0; row < plain; row++) if (stamps[row]! - time[row]! > most) most = stamps[row]! - time[row]!
  return { lagMs: most }
}

/** Keys are not looked at again once rows are in their order. */
const noKeys = new Int32Array(0)

interface Settled {
  readonly time: Float64Array
  readonly columns: readonly (Column | undefined)[]
}

/** Rows that are seen for some cut-offs only stand after the plain ones, as often as they come. */
const settle = (compiled: CompiledWindows, { plain, time, columns, extras }: BatchRows, used: readonly boolean[]): Settled => {
  if (extras === undefined) return { time, columns: columns.map((column, i) => (used[i] ? column : undefined)) }
  const total = plain + extras.rows.length
  const order = { parts: new Uint16Array(total), rows: new Int32Array(total) }
  for (let row = 0; row < plain; row++) order.rows[row] = row
  order.rows.set(extras.rows, plain)
  return {
    time: Float64Array.from(order.rows, (row) => time[row]!),
    columns: columns.map((column, i) => (used[i] ? gatherColumn(compiled.columns[i]!.field, [column], order, undefined) : undefined)),
  }
}

/** A stable counting sort, amended events in their places among the plain ones. */
const keyOrder = ({ plain, keys, extras }: BatchRows, keyCount: number): ByKey => {
  const starts = new Int32Array(keyCount + 1)
  const more = extras?.rows.length ?? 0
  for (let row = 0; row < plain; row++) starts[keys[row]! + 1]!++
  for (let x = 0; x < more; x++) starts[keys[extras!.rows[x]!]! + 1]!++
  for (let key = 0; key < keyCount; key++) starts[key + 1]! += starts[key]!
  const next = starts.slice()
  const order = new Int32Array(plain + more)
  let row = 0
  for (let x = 0; x < more; x++) {
    for (; row < extras!.before[x]!; row++) order[next[keys[row]!]!++] = row
    order[next[keys[extras!.rows[x]!]!]!++] = plain + x
  }
  for (; row < plain; row++) order[next[keys[row]!]!++] = row
  return { order, starts }
}

const seenFrom = ({ plain, time, stamps, extras }: BatchRows): Float64Array => {
  if (typeof stamps === 'object' && extras === undefined) return stamps
  const from = new Float64Array(time.length)
  if (typeof stamps === 'object') from.set(stamps.subarray(0, plain))
  else from.fill(stamps ?? -Number.MAX_VALUE, 0, plain)
  if (extras !== undefined) from.set(extras.from, plain)
  return from
}

const seenUntil = ({ plain }: BatchRows, ends: Float64Array): Float64Array => {
  const until = new Float64Array(plain + ends.length).fill(Number.POSITIVE_INFINITY, 0, plain)
  until.set(ends, plain)
  return until
}

/** Answers each root in `output`. Roots' cut-offs are on the stamp that the rows were prepared for. `table`: memory used again by the next answers. */
export const answerPrepared = (prepared: PreparedRows, roots: RootColumns, output: BatchOutput, table = doubles()): void => {
  const { compiled, keys, rows } = prepared
  const { asked, own } = askedKeys(compiled, roots, keys)
  // Roots of no key are those of one more key, which has no rows.
  const noKey = keys.size()
  const ofKey = asked.map((key) => (key < 0 ? noKey : key))
  const count = rows.time.length
  const batchRoots: BatchRoots = {
    count: roots.count,
    time: roots.time,
    keys: ofKey,
    ...(roots.cutoff && { cutoff: roots.cutoff.at }),
    ...(own && { own: { starts: own.starts, rows: own.roots.map((_, i) => count + i) } }),
  }
  const rootsOf = rootsByKey(batchRoots, 0, noKey + 1)
  if (rootsOf.order.length === 0) return
  const isBounded = hidesRows(rows, batchRoots)
  const reached = reachableRows(prepared, batchRoots, rootsOf, isBounded)
  const beside = own === undefined ? { columns: prepared.columns } : besideOwn(prepared, own)
  const keyed: KeyedRows = {
    time: rows.time,
    ...reached,
    from: isBounded ? prepared.from() : undefined,
    until: isBounded ? prepared.until : undefined,
    own: batchRoots.own,
    ...beside,
  }
  const { apart } = keyed
  const masks = apart && { apart: featureMasks(compiled, apart.columns, apart.time.length).masks }
  answerKeyed({ compiled, keyed, masks: { ...prepared.masks, ...masks }, roots: batchRoots, rootsOf, output, table })
}

/** Of each key with roots, the rows that any of them can reach. */
const reachableRows = ({ compiled, rows: { time }, byKey }: PreparedRows, roots: BatchRoots, rootsOf: ByKey, isBounded: boolean): ByKey => {
  const { reachMs, last } = reach(compiled)
  const keyCount = rootsOf.starts.length - 1
  const lows = new Int32Array(keyCount)
  const starts = new Int32Array(keyCount + 1)
  const rowBefore = (low: number, high: number, instant: number): number => {
    while (low < high) {
      const middle = (low + high) >>> 1
      if (time[byKey.order[middle]!]! < instant) low = middle + 1
      else high = middle
    }
    return low
  }
  for (let key = 0; key < keyCount; key++) {
    starts[key + 1] = starts[key]!
    const [from, to] = [rootsOf.starts[key]!, rootsOf.starts[key + 1]!]
    if (from === to || key + 1 >= byKey.starts.length) continue
    const [begin, end] = [byKey.starts[key]!, byKey.starts[key + 1]!]
    const first = roots.time[rootsOf.order[from]!]!
    const high = rowBefore(begin, end, roots.time[rootsOf.order[to - 1]!]!)
    let low = rowBefore(begin, high, first - reachMs)
    // The last n are counted among the rows that a root sees: where it may not see some, they reach back further.
    if (last > 0) low = isBounded ? begin : Math.max(begin, Math.min(low, rowBefore(low, high, first) - last))
    lows[key] = low
    starts[key + 1]! += high - low
  }
  const order = new Int32Array(starts[keyCount]!)
  for (let key = 0; key < keyCount; key++) {
    const count = starts[key + 1]! - starts[key]!
    for (let i = 0, to = starts[key]!, from = lows[key]!; i < count; i++) order[to + i] = byKey.order[from + i]!
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
