/** Tables and roots made ready for the batch core: one set of rows, keys as codes, amended events as rows with a time of validity. */
import { assert } from '../../base/assert.ts'
import type { Read } from '../../model/event.ts'
import { holding } from '../../model/order.ts'
import type { Column, EventTable } from '../../model/table.ts'
import type { CompiledMember, CompiledWindows } from '../compiled.ts'
import { gatherColumn } from '../gather.ts'
import type { Keys } from '../keys.ts'
import { type AmendedEvent, compareRows, type DefinitionRows, definitionRows, keysOf } from '../source.ts'
import type { BatchRoots, BatchRows, BatchTask, ExtraRows, OwnRows } from './input.ts'

/** Which stamp cut-offs are compared with. */
export type StampName = 'recordedAt' | 'knownAt'

/** Roots as columns: root i is in row i of each. */
export interface RootColumns {
  readonly count: number
  readonly time: Float64Array
  /** The key asked for, by dimension; of the dimension's own kind. A null part: no series. */
  readonly keys: readonly Column[]
  /** Left out: as corrected. Infinity for a root that reads as corrected. */
  readonly cutoff?: { readonly stamp: StampName; readonly at: Float64Array }
  /**
   * For definitions with `includeRoot`, where roots are events of one type: that type's table whose row i is root i, of the version
   * that holds for it, with the paths that its members ask for.
   */
  readonly own?: EventTable
}

export interface BatchQuestion {
  readonly compiled: CompiledWindows
  /** One for each member, in their order, with at least the member's `paths`. */
  readonly tables: readonly EventTable[]
  readonly roots: RootColumns
}

/** A definition's rows out of its members' tables; their keys are added to `keys`. `stamp`: what roots' cut-offs are on. */
export const batchRows = (
  compiled: CompiledWindows,
  tables: readonly EventTable[],
  keys: Keys,
  stamp: StampName | undefined,
): BatchRows => {
  const rows = definitionRows(compiled, tables, keys)
  const extras = extraRows(compiled, rows, stamp)
  return {
    plain: rows.plain,
    time: rows.time,
    keys: rows.keys,
    columns: rows.columns,
    ...(stamp !== undefined && { stamps: rows[stamp] }),
    ...(extras !== undefined && { extras }),
  }
}

/** Everything of a task but where its answers go. */
export const prepareBatch = ({ compiled, tables, roots }: BatchQuestion): Omit<BatchTask, 'output'> => {
  const keys = keysOf(compiled)
  const rows = batchRows(compiled, tables, keys, roots.cutoff?.stamp)
  const { asked, own } = askedKeys(compiled, roots, keys)
  const batchRoots: BatchRoots = { count: roots.count, time: roots.time, keys: asked, ...(roots.cutoff && { cutoff: roots.cutoff.at }) }
  if (own === undefined) return { compiled, rows, roots: batchRoots, keyCount: keys.size() }
  return { compiled, ...includeOwn(compiled, rows, batchRoots, own), keyCount: keys.size() }
}

const extraRows = (compiled: CompiledWindows, rows: DefinitionRows, stamp: StampName | undefined): ExtraRows | undefined => {
  if (rows.amended.length === 0) return undefined
  const held = rows.amended.flatMap((event) => (stamp === undefined ? heldAtLast(event) : heldInTurn(event, stamp)))
  held.sort((a, b) => compareRows(compiled, rows, a.row, b.row))
  return {
    rows: Int32Array.from(held, ({ row }) => row),
    before: Int32Array.from(held, ({ row }) => plainBefore(compiled, rows, row)),
    from: Float64Array.from(held, ({ from }) => from),
    until: Float64Array.from(held, ({ until }) => until),
  }
}

/** A row that stands for its event for cut-offs in [from, until). */
interface Held {
  readonly row: number
  readonly from: number
  readonly until: number
}

const rowHolding = ({ versions, rows }: AmendedEvent, read: Read): number => {
  const version = holding(versions, read)
  return version === undefined ? -1 : rows[versions.indexOf(version)]!
}

const heldAtLast = (event: AmendedEvent): readonly Held[] => {
  const row = rowHolding(event, { as: 'corrected' })
  return row < 0 ? [] : [{ row, from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }]
}

/** What holds changes only where a stamp is reached. */
const heldInTurn = (event: AmendedEvent, stamp: StampName): readonly Held[] => {
  const stamps = [...new Set(event.versions.map((version) => version[stamp]))].sort((a, b) => a - b)
  const held: Held[] = []
  for (const [i, from] of stamps.entries()) {
    const row = rowHolding(event, { as: stamp === 'recordedAt' ? 'recorded' : 'known', cutoff: from })
    const until = stamps[i + 1] ?? Number.POSITIVE_INFINITY
    const last = held.at(-1)
    if (last !== undefined && last.row === row && last.until === from) held[held.length - 1] = { ...last, until }
    else if (row >= 0) held.push({ row, from, until })
  }
  return held
}

/** How many plain rows stand before a row in the total order. */
const plainBefore = (compiled: CompiledWindows, rows: DefinitionRows, row: number): number => {
  let low = 0
  let high = rows.plain
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareRows(compiled, rows, middle, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}

interface OwnPart {
  readonly member: CompiledMember
  readonly mask: Uint8Array | undefined
  readonly keys: Int32Array
}

/** The roots' own events that are part of the series asked for. */
export interface OwnEvents {
  /** Root r's are those from `starts[r]` up to `starts[r + 1] − 1`. */
  readonly starts: Int32Array
  /** By event, its root. */
  readonly roots: Int32Array
  readonly time: Float64Array
  /** The definition's columns of them. `first`: a column of the same, that stands before and whose texts keep their codes. */
  column(index: number, first: Column): Column
}

/** Roots' keys as codes, −1 for one never met; for `includeRoot` the roots' own events, whose keys are added to `keys`. */
export const askedKeys = (
  compiled: CompiledWindows,
  roots: RootColumns,
  keys: Keys,
): { readonly asked: Int32Array; readonly own: OwnEvents | undefined } => {
  const { own } = roots
  const members = own === undefined || !compiled.includeRoot ? [] : compiled.members.filter((member) => member.event === own.type)
  const parts = members.map((member): OwnPart => {
    const dimensions = compiled.dimensions.map((column) => own!.columns[member.sources[column]!]!)
    return { member, mask: member.where?.mask(own!.columns, own!.rows), keys: keys.encode(dimensions, own!.rows) }
  })
  const asked = keys.find(roots.keys, roots.count)
  if (own === undefined || !compiled.includeRoot) return { asked, own: undefined }
  assert(own.rows === roots.count, "the roots' own events are one for each root")
  return { asked, own: ownEvents(compiled, own, parts, asked) }
}

const ownEvents = (compiled: CompiledWindows, own: EventTable, parts: readonly OwnPart[], asked: Int32Array): OwnEvents => {
  const starts = new Int32Array(asked.length + 1)
  const included = new Int32Array(asked.length * parts.length)
  const partOf = new Uint16Array(included.length)
  let count = 0
  for (let root = 0; root < asked.length; root++) {
    for (let i = 0; i < parts.length; i++) {
      const { keys, mask } = parts[i]!
      if (keys[root]! < 0 || keys[root] !== asked[root] || mask?.[root] === 0) continue
      partOf[count] = i + 1
      included[count++] = root
    }
    starts[root + 1] = count
  }
  const roots = included.subarray(0, count)
  const order = { parts: partOf.subarray(0, count), rows: roots }
  const time = new Float64Array(count)
  for (let i = 0; i < count; i++) time[i] = own.time[roots[i]!]!
  return {
    starts,
    roots,
    time,
    column: (index, first) => {
      const sources = parts.map(({ member }) => own.columns[member.sources[index]!]!)
      return gatherColumn(compiled.columns[index]!.field, [first, ...sources], order, undefined)
    },
  }
}

/** Adds the roots' own rows after all others. */
const includeOwn = (
  compiled: CompiledWindows,
  rows: BatchRows,
  roots: BatchRoots,
  own: OwnEvents,
): { readonly rows: BatchRows; readonly roots: BatchRoots } => {
  const first = rows.time.length
  const count = own.roots.length
  const order = { parts: new Uint16Array(first + count), rows: new Int32Array(first + count) }
  order.parts.fill(1, first)
  for (let row = 0; row < order.rows.length; row++) order.rows[row] = row < first ? row : row - first
  const columns = compiled.columns.map(({ field }, index) => {
    const column = rows.columns[index]!
    return gatherColumn(field, [column, own.column(index, column)], order, undefined)
  })
  const time = new Float64Array(first + count)
  time.set(rows.time)
  time.set(own.time, first)
  const ownRows: OwnRows = { starts: own.starts, rows: own.roots.map((_, i) => first + i) }
  return { rows: { ...rows, time, columns }, roots: { ...roots, own: ownRows } }
}
