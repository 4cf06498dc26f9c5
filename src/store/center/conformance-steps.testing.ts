/** Steps of the histories that every center is put through, and what must come of each. */
import { expect } from 'vitest'
import type { EventVersion } from '../../model/event.ts'
import type { Data } from '../../model/value.ts'
import type { Center, NewEvent } from './port.ts'
import { importTable, sameData } from './suite.testing.ts'

export const payment = (id: string, time: number): NewEvent => {
  const data: Data = {
    user: 'u1',
    at: time,
    shop: null,
    amount: 100n,
    ratio: null,
    count: null,
    big: null,
    isOpen: null,
    note: null,
    level: 'low',
    tags: null,
    address: null,
  }
  return { type: 'payment', id, subject: 'u1', time, seq: 0, op: 'put', data }
}

/** A correction or deletion of an event that is known; of none, where there is none. */
export const amend = (
  known: readonly EventVersion[],
  { pick, event, isDelete, isAtPlace }: { pick: number; event: NewEvent; isDelete: boolean; isAtPlace: boolean },
): NewEvent[] => {
  const puts = known.filter(({ op }) => op === 'put')
  const target = puts[pick % Math.max(1, puts.length)]
  if (target === undefined) return []
  const { id, time, seq, subject, data } = target
  if (isDelete) return [{ ...event, id, op: 'delete' }]
  const own = isAtPlace ? { ...event, time, seq, subject, data: { ...event.data, user: subject, at: time, shop: data['shop']! } } : event
  return [{ ...own, id, correction: true, previous: { time, seq, subject, data } }]
}

export const importAndExpect = async (
  center: Center,
  id: string,
  events: readonly NewEvent[],
  lag: number | undefined,
  known: EventVersion[],
): Promise<void> => {
  const writer = await center.import(id)
  const half = Math.floor(events.length / 2)
  await writer.write(importTable(events.slice(0, half), lag), half)
  if (half % 2 === 0) await writer.sync()
  await writer.write(importTable(events.slice(half), lag), events.length)
  const { stamp, stored, duplicates, conflictCount } = await writer.commit()
  expect(stored + duplicates + conflictCount).toBe(events.length)
  const before = new Set(known.map((version) => version.id))
  const fresh = new Map<string, EventVersion>()
  for (const event of events.toSorted((a, b) => a.time - b.time || a.seq - b.seq)) {
    if (before.has(event.id) || fresh.has(event.id)) continue
    const [version, ...others] = await center.versions('payment', event.id)
    expect(others).toEqual([])
    const candidates = events.filter((one) => one.id === event.id && one.time === event.time && one.seq === event.seq)
    expect(candidates.some((one) => sameData(one.data, version!.data))).toBe(true)
    expect(version).toMatchObject({
      time: event.time,
      seq: event.seq,
      op: 'put',
      recordedAt: stamp,
      knownAt: lag === undefined ? stamp : event.time + lag,
    })
    fresh.set(event.id, version!)
  }
  expect(stored).toBe(fresh.size)
  known.push(...fresh.values())
}
