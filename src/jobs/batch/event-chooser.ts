/** Which events of a state or behaviour each root of a slice sees, chosen as row numbers. */
import { firstAtOrAfter } from '../../base/search.ts'
import type { EventVersion, Read } from '../../model/event.ts'
import { compareEvents, isVisible } from '../../model/order.ts'
import type { EventTable } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { EventNode } from '../../tree/event-nodes.ts'
import { type KeyedTable, nearestBound } from './keyed-table.ts'

/** What a root asks for. */
export interface RootMoment {
  readonly key: Value
  readonly time: number
  readonly read: Read
}

/** What the roots of a slice ask for. */
export interface EventQuestion {
  /** Undefined where the root has no key. */
  readonly moment: (row: number) => RootMoment | undefined
  /** The same where there is one member and nothing of it was amended: given, it is asked instead of the others. */
  readonly plain?: PlainQuestion
  /** The versions of a member's key that hold for a read and may be shown, in the total order. */
  readonly amendedOf: (member: number, moment: RootMoment, from: number) => readonly EventVersion[]
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

/** Event i: a row of a member's table, or a version that was amended. */
export interface Chosen {
  /** −1 where `versions` says it. */
  readonly rows: Int32Array
  readonly members: Int32Array
  readonly versions: (EventVersion | undefined)[]
}

export interface EventChooser {
  /** Of the root that was selected last, in the total order. */
  readonly chosen: Chosen
  /** Roots selected from here on are those of this question. */
  ask(question: EventQuestion): void
  /** Chooses a root's latest events with `time < T`, at most the node's `last`; gives how many. */
  select(root: number): number
}

export const createEventChooser = (
  { members, last, reachMs }: Pick<EventNode, 'members' | 'last' | 'reachMs'>,
  keyed: readonly KeyedTable[],
): EventChooser => {
  const masks = members.map((member, m) => member.condition?.mask(keyed[m]!.table.columns, keyed[m]!.table.rows))
  const chosen: Chosen = { rows: new Int32Array(last), members: new Int32Array(last), versions: new Array(last) }
  const selectAny = createAnyChooser({ keyed, masks, members, last, reachMs }, chosen)
  const selectPlain = createPlainChooser({ keyed, masks, last, reachMs }, chosen)
  let question: EventQuestion | undefined
  let plain: PlainQuestion | undefined
  return {
    chosen,
    ask: (next) => {
      question = next
      plain = next.plain
      if (plain !== undefined) chosen.members.fill(0)
    },
    select: (root) => (plain === undefined ? selectAny(root, question!) : selectPlain(root, plain)),
  }
}

interface ChooserScope {
  readonly keyed: readonly KeyedTable[]
  /** By member, the rows that its condition accepts. */
  readonly masks: readonly (Uint8Array | undefined)[]
  readonly last: number
  readonly reachMs: number
}

/** One member without amended events: no object is made for a root. */
const createPlainChooser = ({ keyed, masks, last, reachMs }: ChooserScope, { rows: chosen }: Chosen) => {
  const { starts, rows, times } = keyed[0]!
  const [mask] = masks
  /** By key, where the last root stood. */
  const nearby = new Int32Array(starts.length)
  const found = new Int32Array(last)
  return (root: number, { code: codeOf, time: rootTimes, stamp, cutoffs }: PlainQuestion): number => {
    const code = codeOf(root)
    if (code < 0) return 0
    const time = rootTimes[root]!
    const cutoff = cutoffs === undefined ? Number.POSITIVE_INFINITY : cutoffs[root]!
    const from = time - reachMs
    const begin = starts[code]!
    const end = nearestBound(times, { begin, end: starts[code + 1]!, near: nearby[code]! }, time)
    nearby[code] = end
    let count = 0
    for (let i = end - 1; i >= begin && count < last; i--) {
      if (times[i]! < from) break
      const row = rows[i]!
      if (mask !== undefined && mask[row] !== 1) continue
      if (stamp !== undefined && (typeof stamp === 'number' ? stamp : stamp[row]!) > cutoff) continue
      found[count++] = row
    }
    for (let i = 0; i < count; i++) chosen[i] = found[count - 1 - i]!
    return count
  }
}

const createAnyChooser = (
  { keyed, masks, members, last, reachMs }: ChooserScope & Pick<EventNode, 'members'>,
  chosen: Chosen,
): ((root: number, question: EventQuestion) => number) => {
  const found = members.map(() => new Int32Array(last))

  /** A member's latest visible rows, the latest first. */
  const rowsOf = (m: number, { key, time, read }: RootMoment): number => {
    const { table, codes, starts, rows, times } = keyed[m]!
    const code = codes.get(key)
    if (code === undefined) return 0
    const from = time - reachMs
    const begin = starts[code]!
    const mask = masks[m]
    const into = found[m]!
    let count = 0
    for (let i = firstAtOrAfter(times, begin, starts[code + 1]!, time) - 1; i >= begin && count < last; i--) {
      if (times[i]! < from) break
      const row = rows[i]!
      if ((mask === undefined || mask[row] === 1) && isSeen(table, row, read)) into[count++] = row
    }
    return count
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

  return (root, { moment: momentOf, amendedOf }) => {
    const moment = momentOf(root)
    if (moment === undefined) return 0
    const counts = members.map((_, m) => rowsOf(m, moment))
    const amended = members.map((_, m) => amendedOf(m, moment, moment.time - reachMs))
    if (members.length > 1 || amended[0]!.length > 0) return merge(counts, amended)
    const count = counts[0]!
    for (let i = 0; i < count; i++) {
      chosen.rows[i] = found[0]![count - 1 - i]!
      chosen.members[i] = 0
    }
    return count
  }
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
