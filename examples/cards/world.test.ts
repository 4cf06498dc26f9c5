import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { freeze } from '../../src/index.ts'
import { createStandardiser } from '../../src/model/standardise.ts'
import { createHeap } from './heap.ts'
import { cardsFile } from './mapping.ts'
import { cardsProject } from './project.ts'
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
    expect(digest(records)).toBe('375bf714515a8679')
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
    const { events } = freeze(cardsProject)
    const seen = new Set<string>()
    for (const [row, { record }] of records.entries()) {
      const mapped = cardsFile.plan.events.filter(({ where }) => where?.op === 'is' && 'value' in where && where.value === record.type)
      expect(mapped).toHaveLength(1)
      const { event, fields } = mapped[0]!
      const raw = Object.fromEntries(
        Object.entries(fields).flatMap(([name, value]) => ('column' in value ? [[name, Reflect.get(record, value.column)]] : [])),
      )
      const outcome = createStandardiser(event, events[event]!)(raw, {
        sourceId: `cards:${row}`,
        seq: row,
        latest: Number.POSITIVE_INFINITY,
      })
      if ('refusal' in outcome) expect.fail(JSON.stringify(outcome.refusal))
      const id = `${event} ${outcome.event.id}`
      expect(seen.has(id), id).toBe(false)
      seen.add(id)
    }
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
