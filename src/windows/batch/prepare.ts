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
import { createIntList } from './scratch.ts'

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

/** Everything of a task but where its answers go. */
export const prepareBatch = ({ compiled, tables, roots }: BatchQuestion): Omit<BatchTask, 'output'> => {
  const keys = keysOf(compiled)
  const rows = definitionRows(compiled, tables, keys)
  const stamp = roots.cutoff?.stamp
  const extras = extraRows(compiled, rows, stamp)
  const plain: BatchRows = {
    plain: rows.plain,
    time: rows.time,
    keys: rows.keys,
    columns: rows.columns,
    ...(stamp !== undefined && { stamps: rows[stamp] }),
    ...(extras !== undefined && { extras }),
  }
  const asked = (): BatchRoots => ({
    count: roots.count,
    time: roots.time,
    keys: keys.find(roots.keys, roots.count),
    ...(roots.cutoff && { cutoff: roots.cutoff.at }),
  })
  if (!compiled.includeRoot || roots.own === undefined) {
    const of = asked()
    return { compiled, rows: plain, roots: of, keyCount: keys.size() }
  }
  const included = includeOwn(compiled, plain, roots.own, keys, asked)
  return { compiled, ...included, keyCount: keys.size() }
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

/** Adds the roots' own rows after all others. Their keys are added before roots ask for theirs. */
const includeOwn = (
  compiled: CompiledWindows,
  rows: BatchRows,
  own: EventTable,
  keys: Keys,
  asked: () => BatchRoots,
): { readonly rows: BatchRows; readonly roots: BatchRoots } => {
  const members = compiled.members.filter((member) => member.event === own.type)
  const parts = members.map((member): OwnPart => {
    const dimensions = compiled.dimensions.map((column) => own.columns[member.sources[column]!]!)
    return { member, mask: member.where?.mask(own.columns, own.rows), keys: keys.encode(dimensions, own.rows) }
  })
  const roots = asked()
  assert(own.rows === roots.count, "the roots' own events are one for each root")
  const first = rows.time.length
  const starts = new Int32Array(roots.count + 1)
  const includedParts = createIntList()
  const includedRoots = createIntList()
  for (let root = 0; root < roots.count; root++) {
    for (const [i, part] of parts.entries()) {
      const isIncluded = part.keys[root]! >= 0 && part.keys[root] === roots.keys[root] && (part.mask === undefined || part.mask[root] === 1)
      if (!isIncluded) continue
      includedParts.push(i + 1)
      includedRoots.push(root)
    }
    starts[root + 1] = includedRoots.length
  }
  const included = includedRoots.values.subarray(0, includedRoots.length)
  const order = { parts: new Uint16Array(first + included.length), rows: new Int32Array(first + included.length) }
  for (let row = 0; row < first; row++) order.rows[row] = row
  order.parts.set(includedParts.values.subarray(0, included.length), first)
  order.rows.set(included, first)
  const columns = compiled.columns.map(({ field }, column) => {
    const sources = [rows.columns[column]!, ...parts.map(({ member }) => own.columns[member.sources[column]!]!)]
    return gatherColumn(field, sources, order, undefined)
  })
  const time = new Float64Array(order.rows.length)
  time.set(rows.time)
  for (let i = 0; i < included.length; i++) time[first + i] = own.time[included[i]!]!
  const ownRows: OwnRows = { starts, rows: included.map((_, i) => first + i) }
  return { rows: { ...rows, time, columns }, roots: { ...roots, own: ownRows } }
}
