/**
 * What one type's reads find in memory: plain events not yet in a run, and the amended events (more than one version, or a
 * deletion), all versions of each. Amended events stay here after their plain rows went into runs: they are the exceptions.
 */
import { assert } from '../../../base/assert.ts'
import { valueAt } from '../../../model/cell.ts'
import type { EventVersion } from '../../../model/event.ts'
import { required } from '../../../model/field.ts'
import type { EventPlan } from '../../../model/plan.ts'
import { compareVersions } from '../../../model/tables.ts'
import type { Value } from '../../../model/value.ts'
import type { TimeRange } from '../port.ts'
import type { Backlog } from './backlog.ts'
import { leavesOf } from './leaves.ts'
import { createKeyLists, push, type Sorted, sorted } from './live-lists.ts'

export type Key = { readonly [path: string]: Value }

export interface Live {
  /** From now on plain events may also come into a backlog, which are made when they are first needed. */
  defer(events: Backlog): void
  plain(id: string): EventVersion | undefined
  amended(id: string): readonly EventVersion[] | undefined
  /** Adds a version; the event becomes amended when it has others, or is not a put. */
  add(version: EventVersion): void
  /** Plain events of a range with a key, in the total order. */
  plainIn(range: TimeRange, key: Key): readonly EventVersion[]
  /** The same from the last down, one at each call and undefined after the first: no more is looked at than is asked for. */
  plainBackward(range: TimeRange, key: Key): () => EventVersion | undefined
  /** Amended events of which a version has the key and lies in the range. */
  amendedIn(range: TimeRange, key: Key): readonly (readonly EventVersion[])[]
  /** In the total order. */
  plainEvents(): readonly EventVersion[]
  /** Makes some of the events that came in a backlog; false when none is left. */
  settleSome(): boolean
  /**
   * The plain events, in any order, to be written into runs: they are read from here until `leave`, and what becomes of them in
   * between is remembered. Within `freeze` and `leave` or `thaw` nothing is erased.
   */
  freeze(): readonly EventVersion[]
  /** Forgets the events that were frozen, which are in runs now; gives the ids of those, and of rows of runs, amended since. */
  leave(): readonly string[]
  /** They are not in runs after all: everything stays. Nothing where none are frozen. */
  thaw(): void
  amendedEvents(): Iterable<readonly EventVersion[]>
  /** Removes every version with this subject; gives their number. */
  erase(subject: string): number
}

export const indexedPaths = (plan: EventPlan): string[] =>
  leavesOf(plan.data)
    .filter(({ path, field }) => path === plan.subject || required(field).kind === 'entity')
    .map(({ path }) => path)

export const hasKey = ({ data }: EventVersion, key: Key): boolean =>
  Object.entries(key).every(([path, value]) => value !== null && valueAt(data, path) === value)

export const createLive = (plan: EventPlan): Live => {
  const paths = indexedPaths(plan)
  let plainById = new Map<string, EventVersion>()
  const amendedById = new Map<string, EventVersion[]>()
  const amendedByKey = new Map(paths.map((path) => [path, new Map<Value, Set<string>>()]))
  let all: Sorted = { events: [], dirty: false }
  const byKey = new Map(paths.map((path) => [path, createKeyLists(path)]))

  let backlog: Backlog | undefined
  /** Since events were frozen: those that came as plain ones, and ids of those that are plain no longer. */
  let since: { readonly came: EventVersion[]; readonly amended: string[] } | undefined

  const isPlain = (event: EventVersion): boolean => plainById.get(event.id) === event

  const addPlain = (event: EventVersion): void => {
    plainById.set(event.id, event)
    since?.came.push(event)
    hold(event)
  }

  /** In the lists that reads go through. */
  const hold = (event: EventVersion): void => {
    push(all, event)
    for (const lists of byKey.values()) lists.add(event)
  }

  const plain = (id: string): EventVersion | undefined => {
    const event = backlog?.takeById(id)
    if (event !== undefined) addPlain(event)
    return plainById.get(id)
  }

  const takeSome = (most: number): boolean => {
    const events = backlog?.takeSome(most) ?? []
    for (const event of events) addPlain(event)
    if (events.length === most) return true
    // It holds on to the bytes that it read last.
    backlog = undefined
    return false
  }
  const takeAll = (): void => {
    takeSome(Number.POSITIVE_INFINITY)
  }

  const amend = (version: EventVersion): void => {
    const group = amendedById.get(version.id)
    if (group === undefined) amendedById.set(version.id, [version])
    else {
      group.push(version)
      group.sort(compareVersions)
    }
    for (const [path, ids] of amendedByKey) {
      const value = valueAt(version.data, path)
      if (value !== null) ids.set(value, (ids.get(value) ?? new Set()).add(version.id))
    }
  }

  const add = (version: EventVersion): void => {
    const before = plain(version.id)
    if (before === undefined && !amendedById.has(version.id) && version.op === 'put') {
      addPlain(version)
      return
    }
    if (before !== undefined) {
      plainById.delete(version.id)
      since?.amended.push(version.id)
      amend(before)
      // Lists still hold it: the next read leaves it out.
      all.dirty = true
    }
    amend(version)
  }

  /** An indexed field of the key, where it has one. */
  const indexOf = (key: Key): string | undefined => paths.find((path) => path in key)

  /** Events among which those of the key are, in the total order; some may be plain no longer. */
  const listOf = (key: Key): readonly EventVersion[] => {
    const subject = key[plan.subject]
    if (typeof subject !== 'string') takeAll()
    else for (const event of backlog?.takeBySubject(subject) ?? []) addPlain(event)
    const path = indexOf(key)
    const list = path === undefined ? all : byKey.get(path)!.of(key[path]!)
    return list === undefined ? [] : sorted(list, isPlain)
  }

  const erase = (subject: string): number => {
    assert(since === undefined, 'nothing is erased while events are written into runs')
    takeAll()
    let versions = 0
    for (const [id, event] of plainById) {
      if (event.subject === subject && plainById.delete(id)) versions++
    }
    all.dirty = true
    for (const [id, group] of amendedById) {
      const kept = group.filter((version) => version.subject !== subject)
      versions += group.length - kept.length
      if (kept.length > 0) amendedById.set(id, kept)
      else {
        amendedById.delete(id)
        for (const byValue of amendedByKey.values()) for (const ids of byValue.values()) ids.delete(id)
      }
    }
    return versions
  }

  return {
    erase,
    defer: (events) => {
      backlog = events
    },
    plain,
    amended: (id) => amendedById.get(id),
    add,
    plainBackward: (range, key) => {
      const events = listOf(key)
      const from = lowerBound(events, range.from)
      let at = lowerBound(events, range.to)
      return () => {
        while (at > from) {
          at--
          const event = events[at]!
          if (isPlain(event) && hasKey(event, key)) return event
        }
        return undefined
      }
    },
    plainIn: (range, key) => {
      if (plainById.size === 0 && backlog === undefined) return []
      const path = indexOf(key)
      const found = within(listOf(key), range).filter(isPlain)
      return Object.keys(key).length === (path === undefined ? 0 : 1) ? found : found.filter((event) => hasKey(event, key))
    },
    amendedIn: (range, key) => {
      if (amendedById.size === 0) return []
      const path = indexOf(key)
      const ids = path === undefined ? amendedById.keys() : (amendedByKey.get(path)!.get(key[path]!) ?? [])
      return Array.from(ids, (id) => amendedById.get(id)!).filter((group) =>
        group.some((version) => isIn(version, range) && hasKey(version, key)),
      )
    },
    plainEvents: () => {
      takeAll()
      return sorted(all, isPlain).filter(isPlain)
    },
    amendedEvents: () => amendedById.values(),
    settleSome: () => takeSome(settledAtOnce),
    freeze: () => {
      takeAll()
      since = { came: [], amended: [] }
      return [...plainById.values()]
    },
    leave: () => {
      assert(since !== undefined, 'what leaves was frozen')
      const { came, amended } = since
      since = undefined
      const left = came.filter(isPlain)
      plainById = new Map(left.map((event) => [event.id, event]))
      all = { events: [], dirty: false }
      for (const lists of byKey.values()) lists.clear()
      for (const event of left) hold(event)
      return amended
    },
    thaw: () => {
      since = undefined
    },
  }
}

/** Events of a backlog made in one step. */
const settledAtOnce = 1024

const isIn = ({ time }: EventVersion, { from, to }: TimeRange): boolean => time >= from && time < to

const within = (events: readonly EventVersion[], { from, to }: TimeRange): readonly EventVersion[] => {
  const [start, end] = [lowerBound(events, from), lowerBound(events, to)]
  assert(start <= end, 'a range ends after it begins')
  return events.slice(start, end)
}

const lowerBound = (events: readonly EventVersion[], time: number): number => {
  let [from, to] = [0, events.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (events[middle]!.time < time) from = middle + 1
    else to = middle
  }
  return from
}
