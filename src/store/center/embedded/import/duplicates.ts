/** Which rows of an import are there already: in the center, or in the import itself. */
import { compareUtf8 } from '../../../../base/utf8.ts'
import type { EventVersion } from '../../../../model/event.ts'
import type { ImportConflict } from '../../port.ts'
import { type Breath, inSlices } from '../breath.ts'
import { isSameEvent } from '../judge.ts'
import type { Run } from '../run/open.ts'
import type { TypeState } from '../state.ts'
import { forgetOrder, type Pairs, sameIds } from './same-ids.ts'
import { sameRows } from './same-rows.ts'

export interface Part {
  readonly run: Run
  /** The source's last position when it was written. */
  readonly position: number
}

export interface Found {
  duplicates: number
  conflictCount: number
  /** Some, among them the first `most`: see `firstConflicts`. */
  readonly conflicts: ImportConflict[]
  readonly most: number
}

/** By type, then in the total order: however the rows came into parts, these are the same. */
export const firstConflicts = ({ conflicts, most }: Found): readonly ImportConflict[] => conflicts.toSorted(compareConflicts).slice(0, most)

const compareConflicts = (a: ImportConflict, b: ImportConflict): number =>
  compareUtf8(a.type, b.type) || a.time - b.time || a.seq - b.seq || compareUtf8(a.id, b.id) || a.position - b.position

/** Hides every row that is not to be stored. Of rows of one id within the import the first in the total order stays. */
export const hideKnown = async (breathe: Breath, of: TypeState, parts: readonly Part[], found: Found): Promise<void> => {
  // Run by run: what is remembered of one is let go before the next.
  for (const run of of.runs) {
    for (const part of parts) {
      hideStored(of, part, run, found)
      await breathe()
    }
    forgetOrder(run)
  }
  const live = [...of.live.plainEvents().map((event) => [event]), ...of.live.amendedEvents()]
  for (const part of parts) {
    await inSlices(breathe, live.length, (from, to) => {
      for (let i = from; i < to; i++) hideLive(of, part, live[i]!, found)
    })
  }
  await hideWithin(breathe, of, parts, found)
}

/** Gathered beyond twice as many as are wanted before the others are let go. */
const spareConflicts = 1000

const hide = ({ run, position }: Part, row: number, isSame: boolean, found: Found): void => {
  if (run.hidden.has(row)) return
  run.hidden.add(row)
  if (isSame) {
    found.duplicates++
    return
  }
  found.conflictCount++
  const { conflicts, most } = found
  conflicts.push({ type: run.entry.type, id: run.ids.at(row), position, time: run.time.at(row), seq: run.seq.at(row) })
  if (conflicts.length <= 2 * most + spareConflicts) return
  conflicts.sort(compareConflicts)
  conflicts.length = most
}

const hideStored = (of: TypeState, part: Part, run: Run, found: Found): void => {
  const pairs = sameIds(part.run, run)
  const same = sameRows(part.run, run, pairs, of.plan)
  for (const [i, row] of pairs.a.entries()) hide(part, row, same[i] === 1, found)
}

/** An event in memory, amended or not: each is looked for, since they are few. */
const hideLive = ({ plan }: TypeState, part: Part, versions: readonly EventVersion[], found: Found): void => {
  const isThere = (own: EventVersion): boolean =>
    versions.some((version) => version.op === 'put' && isSameEvent(version, plan.seq === undefined ? { ...own, seq: version.seq } : own))
  const { id } = versions[0]!
  for (let row = part.run.find(id); row >= 0; row = part.run.find(id)) hide(part, row, isThere(part.run.versionAt(row)), found)
}

/** First which row of each id stays, of all parts together; then what each of the others is beside it: so it does not matter how rows came into parts. */
const hideWithin = async (breathe: Breath, of: TypeState, parts: readonly Part[], found: Found): Promise<void> => {
  const later = new Map(parts.map((part) => [part, new Set<number>()]))
  const meeting: (readonly [Part, Part])[] = []
  for (const [i, part] of parts.entries()) {
    for (const other of parts.slice(i)) {
      if (noteLater(part, other, later)) meeting.push([part, other])
      await breathe()
    }
  }
  for (const [a, b] of meeting) {
    hideLater(of, a, b, { later, found })
    await breathe()
  }
}

/** The rows of each part before which another of their id stands. */
type Later = ReadonlyMap<Part, Set<number>>

/** False where the parts have no id in common. */
const noteLater = (a: Part, b: Part, later: Later): boolean => {
  const pairs = remaining(sameIds(a.run, b.run), a.run, b.run)
  for (const [i, rowA] of pairs.a.entries()) {
    const rowB = pairs.b[i]!
    const order = a.run.time.at(rowA) - b.run.time.at(rowB) || a.run.seq.at(rowA) - b.run.seq.at(rowB)
    if (order <= 0) later.get(b)!.add(rowB)
    else later.get(a)!.add(rowA)
  }
  return pairs.a.length > 0
}

const hideLater = (of: TypeState, a: Part, b: Part, { later, found }: { readonly later: Later; readonly found: Found }): void => {
  const pairs = remaining(sameIds(a.run, b.run), a.run, b.run)
  const same = sameRows(a.run, b.run, pairs, of.plan)
  for (const [i, rowA] of pairs.a.entries()) {
    const rowB = pairs.b[i]!
    if (!later.get(a)!.has(rowA)) hide(b, rowB, same[i] === 1, found)
    else if (!later.get(b)!.has(rowB)) hide(a, rowA, same[i] === 1, found)
  }
}

const remaining = (pairs: Pairs, a: Run, b: Run): Pairs => {
  const kept: Pairs = { a: [], b: [] }
  for (const [i, rowA] of pairs.a.entries()) {
    if (a.hidden.has(rowA) || b.hidden.has(pairs.b[i]!)) continue
    kept.a.push(rowA)
    kept.b.push(pairs.b[i]!)
  }
  return kept
}
