/** Lists of live events, all of them or those of one key, sorted when they are read. */
import { valueAt } from '../../../model/cell.ts'
import type { EventVersion } from '../../../model/event.ts'
import { compareEvents } from '../../../model/order.ts'
import type { Value } from '../../../model/value.ts'

/** Events in the order they came, sorted when they are read; one that is no longer plain is left out then. */
export interface Sorted {
  events: EventVersion[]
  dirty: boolean
}

export const push = (list: Sorted, event: EventVersion): void => {
  const last = list.events.at(-1)
  if (last !== undefined && compareEvents(last, event) > 0) list.dirty = true
  list.events.push(event)
}

export const sorted = (list: Sorted, isPlain: (event: EventVersion) => boolean): readonly EventVersion[] => {
  if (list.dirty) {
    list.events = list.events.filter(isPlain).sort(compareEvents)
    list.dirty = false
  }
  return list.events
}

export interface KeyLists {
  add(event: EventVersion): void
  /** The events with a value; undefined where there are none. */
  of(value: Value): Sorted | undefined
  clear(): void
}

/**
 * Events by the value of a field. Most keys are never asked for, and a log is replayed for all of them: so a key's events are a
 * chain through all events, the last one known by the key, and become a list when they are first read.
 */
export const createKeyLists = (path: string): KeyLists => {
  /** Of each value its list, or the place of its last event. */
  const byValue = new Map<Value, Sorted | number>()
  /** Those in no list, and of each the place of the event before it with the same value, −1 for none. */
  let events: (EventVersion | undefined)[] = []
  let before = new Int32Array(firstRoom)

  const chain = (event: EventVersion, last: number): number => {
    const at = events.push(event) - 1
    if (at === before.length) {
      const wider = new Int32Array(2 * at)
      wider.set(before)
      before = wider
    }
    before[at] = last
    return at
  }
  const unchain = (last: number): Sorted => {
    const chained: EventVersion[] = []
    for (let at = last; at >= 0; at = before[at]!) {
      chained.push(events[at]!)
      events[at] = undefined
    }
    const list: Sorted = { events: [], dirty: false }
    for (const event of chained.reverse()) push(list, event)
    return list
  }
  return {
    add: (event) => {
      const value = valueAt(event.data, path)
      if (value === null) return
      const known = byValue.get(value)
      if (typeof known === 'object') push(known, event)
      else byValue.set(value, chain(event, known ?? -1))
    },
    of: (value) => {
      const known = byValue.get(value)
      if (typeof known !== 'number') return known
      const list = unchain(known)
      byValue.set(value, list)
      return list
    },
    clear: () => {
      byValue.clear()
      events = []
      before = new Int32Array(firstRoom)
    },
  }
}

const firstRoom = 64
