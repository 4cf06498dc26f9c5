import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mapped } from '../mapped.suite.ts'
import { createHeap } from './heap.ts'
import { cardsFile } from './mapping.ts'
import { type Generated, generate } from './world.ts'

const made = (events: number, seed: number): readonly Generated[] => [...generate({ events, seed })]
const digest = (records: readonly Generated[]): string => createHash('sha256').update(JSON.stringify(records)).digest('hex').slice(0, 16)

describe('the generated payments', () => {
  const records = made(20_000, 1)

  it('are as many as asked for, and in the order in which they reach the bank', () => {
    expect(records).toHaveLength(20_000)
    expect(made(1_000, 3)).toHaveLength(1_000)
    for (let i = 1; i < records.length; i++) expect(records[i]!.record.sentAt).toBeGreaterThanOrEqual(records[i - 1]!.record.sentAt)
    expect(records.every(({ record }) => record.sentAt >= record.at && record.sentAt <= record.at + 3_600_000)).toBe(true)
  })

  it('are the same for a seed, on every machine, and others for another', () => {
    expect(digest(records)).toBe('86fbc0975da8d4ed')
    expect(digest(made(1_000, 1))).toBe(digest(made(1_000, 1)))
    expect(digest(made(1_000, 2))).not.toBe(digest(made(1_000, 1)))
  })

  it.each([1_000, 20_000])('have every kind of fraud among %d, and few of them', (events) => {
    const planted = made(events, 7).filter(({ fraud }) => fraud !== undefined)
    expect(new Set(planted.map(({ fraud }) => fraud)).size).toBe(4)
    expect(planted.every(({ record }) => record.type === 'payment')).toBe(true)
    expect(planted.length).toBeLessThan(events / 20)
  })

  it('fit what the mapping says of them: each record becomes one event, and no id comes twice', () => {
    const events = mapped(
      cardsFile,
      records.map(({ record }) => ({ ...record })),
    )
    expect(events.map(({ type, time, knownAt }) => [type, time, knownAt])).toEqual(
      records.map(({ record }) => [record.type, record.at, record.sentAt]),
    )
    expect(new Set(events.map(({ type, id }) => `${type} ${id}`)).size).toBe(records.length)
  })
})

it('a heap gives back by time, equal times in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (times) => {
      const heap = createHeap<number>()
      times.forEach((time, i) => {
        heap.push(time, i)
      })
      const out = times.map(() => heap.pop()!)
      expect(out).toEqual(times.map((_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b))
      expect(heap.pop()).toBeUndefined()
      expect(heap.nextTime()).toBe(Number.POSITIVE_INFINITY)
    }),
  )
})
