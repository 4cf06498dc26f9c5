/** The events of states and behaviours for a slice of roots, chosen as row numbers and read where they lie. */
import { assert } from '../../base/assert.ts'
import { cellAt, valueAt } from '../../model/cell.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import { type FieldPlan, required } from '../../model/field.ts'
import { compareEvents, isVisible } from '../../model/order.ts'
import type { EventPlan, Named } from '../../model/plan.ts'
import type { Column, EventTable } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { EventNode } from '../../tree/event-nodes.ts'
import type { EventSource } from '../../tree/shape.ts'
import { type KeyedTable, lowerBound, nearestBound } from './keyed-table.ts'

/** What a root asks for. */
export interface RootMoment {
  readonly key: Value
  readonly time: number
  readonly read: Read
}

/** Roots in the order of time are answered fastest. */
export interface PlainQuestion {
  /** The code of the root's key in the member's table, −1 for none. */
  readonly code: (row: number) => number
  readonly time: Float64Array
  /** Only events with a stamp at or below the root's cut-off are seen; left out: all are. */
  readonly stamp?: number | Float64Array
  readonly cutoffs?: Float64Array
}

/** A chosen event: a row of a member's table, or a version that was amended. */
interface Chosen {
  /** −1 where `version` says it. */
  readonly rows: Int32Array
  readonly members: Int32Array
  readonly versions: (EventVersion | undefined)[]
}

/**
 * Reads events with `time < T`. `moment` gives a root's question, or undefined where it has no key. `amendedOf` gives the versions
 * of a member's key that hold for a read and may be shown, in the total order.
 */
export const createEventSource = (
  { members, last }: Pick<EventNode, 'members' | 'last'>,
  keyed: readonly KeyedTable[],
  events: Named<EventPlan>,
  question: {
    readonly reachMs: number
    readonly moment: (row: number) => RootMoment | undefined
    /** The same where there is one member and nothing of it was amended: given, it is asked instead of the others. */
    readonly plain?: PlainQuestion
    readonly amendedOf: (member: number, moment: RootMoment, from: number) => readonly EventVersion[]
  },
): EventSource => {
  const masks = members.map((member, m) => member.condition?.mask(keyed[m]!.table.columns, keyed[m]!.table.rows))
  const chosen: Chosen = { rows: new Int32Array(last), members: new Int32Array(last), versions: new Array(last) }
  const found = members.map(() => new Int32Array(last))

  /** A member's latest visible rows, the latest first. */
  const rowsOf = (m: number, { key, time, read }: RootMoment): number => {
    const { table, codes, starts, rows } = keyed[m]!
    const code = codes.get(key)
    if (code === undefined) return 0
    const from = time - question.reachMs
    const begin = starts[code]!
    const mask = masks[m]
    const into = found[m]!
    let count = 0
    for (let i = lowerBound(table.time, rows, begin, starts[code + 1]!, time) - 1; i >= begin && count < last; i--) {
      const row = rows[i]!
      if (table.time[row]! < from) break
      if ((mask === undefined || mask[row] === 1) && isSeen(table, row, read)) into[count++] = row
    }
    return count
  }

  const select = (row: number): number => {
    const moment = question.moment(row)
    if (moment === undefined) return 0
    const counts = members.map((_, m) => rowsOf(m, moment))
    const amended = members.map((_, m) => question.amendedOf(m, moment, moment.time - question.reachMs))
    if (members.length === 1 && amended[0]!.length === 0) {
      const count = counts[0]!
      for (let i = 0; i < count; i++) {
        chosen.rows[i] = found[0]![count - 1 - i]!
        chosen.members[i] = 0
      }
      return count
    }
    return merge(counts, amended)
  }

  /** Members' rows and amended events together, in the total order, each event once. */
  const merge = (counts: readonly number[], amended: readonly (readonly EventVersion[])[]): number => {
    const all = members.flatMap((member, m) => [
      ...Array.from(found[m]!.subarray(0, counts[m]!), (row) => ({
        ...placeAt(keyed[m]!.table, row),
        type: member.type,
        m,
        row,
        version: undefined,
      })),
      ...amended[m]!.map((version) => ({ time: version.time, seq: version.seq, id: version.id, type: member.type, m, row: -1, version })),
    ])
    all.sort(compareEvents)
    const different = all.filter((one, i) => i === 0 || compareEvents(all[i - 1]!, one) !== 0).slice(-last)
    for (const [i, one] of different.entries()) {
      chosen.rows[i] = one.row
      chosen.members[i] = one.m
      chosen.versions[i] = one.version
    }
    return different.length
  }

  const { plain } = question
  const nearby = new Int32Array(plain === undefined ? 0 : keyed[0]!.starts.length)

  const selectPlain = (root: number, { code: codeOf, time: times, stamp, cutoffs }: PlainQuestion): number => {
    const code = codeOf(root)
    if (code < 0) return 0
    const { table, starts, rows } = keyed[0]!
    const time = times[root]!
    const cutoff = cutoffs === undefined ? Number.POSITIVE_INFINITY : cutoffs[root]!
    const from = time - question.reachMs
    const begin = starts[code]!
    const mask = masks[0]
    const end = nearestBound(table.time, rows, { begin, end: starts[code + 1]!, near: nearby[code]! }, time)
    nearby[code] = end
    let count = 0
    for (let i = end - 1; i >= begin && count < last; i--) {
      const row = rows[i]!
      if (table.time[row]! < from) break
      if (mask !== undefined && mask[row] !== 1) continue
      if (stamp !== undefined && (typeof stamp === 'number' ? stamp : stamp[row]!) > cutoff) continue
      found[0]![count++] = row
    }
    for (let i = 0; i < count; i++) chosen.rows[i] = found[0]![count - 1 - i]!
    return count
  }

  const tableOf = (i: number): EventTable => keyed[chosen.members[i]!]!.table
  return {
    select: plain === undefined ? select : (row) => selectPlain(row, plain),
    most: last,
    type: (i) => members[chosen.members[i]!]!.type,
    id: (i) => (chosen.rows[i]! < 0 ? chosen.versions[i]!.id : tableOf(i).ids.at(chosen.rows[i]!)),
    subject: (i) => (chosen.rows[i]! < 0 ? chosen.versions[i]!.subject : subjectAt(tableOf(i), chosen.rows[i]!, events)),
    time: (i) => (chosen.rows[i]! < 0 ? chosen.versions[i]!.time : tableOf(i).time[chosen.rows[i]!]!),
    fieldOf: (type, name) => {
      const { data } = events[type]!
      const table = keyed[members.findIndex((member) => member.type === type)]!.table
      const column = table.columns[name]
      assert(column !== undefined, `the table of '${type}' lacks '${name}'`)
      const read = cellReader(column, data[name]!)
      return (i) => (chosen.rows[i]! < 0 ? valueAt(chosen.versions[i]!.data, name) : read(chosen.rows[i]!))
    },
  }
}

/** `cellAt` of one column, what its kind asks for settled once. */
const cellReader = (column: Column, field: FieldPlan): ((row: number) => Value) => {
  const { kind } = required(field)
  if (column.kind === 'code') {
    const { codes, dictionary } = column
    return (row) => (codes[row]! < 0 ? null : dictionary[codes[row]!]!)
  }
  if (column.kind === 'number' && (kind === 'int' || kind === 'double' || kind === 'time')) {
    const { values } = column
    return (row) => (Number.isNaN(values[row]!) ? null : values[row]!)
  }
  return (row) => cellAt(column, field, row)
}

const placeAt = (table: EventTable, row: number) => ({ time: table.time[row]!, seq: table.seq[row]!, id: table.ids.at(row) })

const isSeen = ({ recordedAt, knownAt }: EventTable, row: number, read: Read): boolean =>
  read.as === 'corrected' ||
  isVisible(
    {
      recordedAt: typeof recordedAt === 'number' ? recordedAt : recordedAt[row]!,
      knownAt: typeof knownAt === 'number' ? knownAt : knownAt[row]!,
    },
    read,
  )

const subjectAt = (table: EventTable, row: number, events: Named<EventPlan>): string => {
  const { subject, data } = events[table.type]!
  return String(cellAt(table.columns[subject]!, data[subject]!, row))
}

/** The roots themselves, one event each. */
export const createRootSource = (roots: EventTable, events: Named<EventPlan>): EventSource => {
  const { data } = events[roots.type]!
  let row = 0
  return {
    most: 1,
    select: (chosen) => {
      row = chosen
      return 1
    },
    type: () => roots.type,
    id: () => roots.ids.at(row),
    subject: () => subjectAt(roots, row, events),
    time: () => roots.time[row]!,
    fieldOf: (type, name) => {
      const column = type === roots.type ? roots.columns[name] : undefined
      const field = data[name]
      return column === undefined || field === undefined ? () => null : () => cellAt(column, field, row)
    },
  }
}
