import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventVersion } from '../../../model/event.ts'
import type { SchemaPlan } from '../../../model/field.ts'
import { type Backlog, createBacklog } from './backlog.ts'
import { createByteReader, createByteWriter } from './bytes.ts'
import { decodeEvent, encodeEvent, findNames } from './codec.ts'

const fields: SchemaPlan = { user: { kind: 'entity', name: 'user' }, note: { kind: 'optional', of: { kind: 'string' } } }
const reader = createByteReader(new Uint8Array(0))
const openBacklog = (): Backlog =>
  createBacklog((record) => {
    reader.reset(record.bytes)
    return decodeEvent(reader, () => ({ type: 'payment', fields }), record).version
  })

const eventOf = (offset: number, id: string, subject: string): EventVersion => ({
  type: 'payment',
  id,
  subject,
  time: -offset,
  seq: 0,
  op: 'put',
  version: offset,
  recordedAt: 1000 + offset,
  knownAt: 1000 + offset,
  data: { user: subject, note: offset % 2 === 0 ? null : `note ${offset}` },
})

const writer = createByteWriter()
const names = { schema: 0, idAt: 0, idEnd: 0, subjectAt: 0, subjectEnd: 0 }
const bytesOf = ({ version: _, recordedAt: __, knownAt: ___, ...event }: EventVersion, further = false): Uint8Array => {
  encodeEvent(writer, { schema: 300, further, versionBack: 0, event }, fields)
  return writer.take()
}
const addTo = (backlog: Backlog, event: EventVersion): boolean => {
  const bytes = bytesOf(event)
  expect(findNames(bytes, names)).toBe(true)
  expect(names.schema).toBe(300)
  return backlog.add({ offset: event.version, stamp: event.recordedAt, kind: 1, bytes }, names)
}

const text = fc.oneof(fc.constantFrom('', 'a', 'b', 'ä', 'user-1', 'user-2'), fc.string({ unit: 'grapheme' }))
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ id: text, subject: text, times: fc.constantFrom(1, 1, 1, 40) }) },
  { weight: 2, arbitrary: fc.record({ byId: text }) },
  { weight: 2, arbitrary: fc.record({ bySubject: text }) },
  { weight: 1, arbitrary: fc.record({ most: fc.constantFrom(1, 3, 1000) }) },
)

/** Takes those of a plain list that are asked for. */
const takeFrom = (waiting: EventVersion[], isAsked: (event: EventVersion) => boolean): EventVersion[] => {
  const taken = waiting.filter(isAsked)
  waiting.splice(0, waiting.length, ...waiting.filter((event) => !isAsked(event)))
  return taken
}

describe('a backlog', () => {
  it('gives each event once, by id, by subject or some at a time, in the order of the log', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const backlog = openBacklog()
        const waiting: EventVersion[] = []
        const known = new Set<string>()
        let [offset, isOver] = [0, false]
        for (const one of steps) {
          if ('byId' in one) expect(backlog.takeById(one.byId)).toEqual(takeFrom(waiting, ({ id }) => id === one.byId)[0])
          else if ('bySubject' in one)
            expect(backlog.takeBySubject(one.bySubject)).toEqual(takeFrom(waiting, ({ subject }) => subject === one.bySubject))
          else if ('most' in one) {
            const asked = new Set(waiting.slice(0, one.most))
            expect(backlog.takeSome(one.most)).toEqual(takeFrom(waiting, (event) => asked.has(event)))
            isOver ||= waiting.length === 0
          } else {
            for (let n = 0; n < one.times; n++) {
              const event = eventOf(offset++, n === 0 ? one.id : `${one.id}:${offset}`, one.subject)
              const isNew = !isOver && !known.has(event.id)
              expect(addTo(backlog, event)).toBe(isNew)
              if (isNew) waiting.push(event)
              known.add(event.id)
            }
          }
        }
        expect(backlog.takeSome(Number.POSITIVE_INFINITY)).toEqual(waiting)
      }),
    )
  })

  it('is not for what amends an event, nor for formats that are not known', () => {
    const event = eventOf(1, 'a', 'b')
    expect(findNames(bytesOf(event, true), names)).toBe(false)
    expect(findNames(bytesOf({ ...event, op: 'delete' }), names)).toBe(false)
    expect(findNames(bytesOf({ ...event, op: 'moved' }), names)).toBe(false)
    expect(findNames(bytesOf(event).fill(2, 0, 1), names)).toBe(false)
  })
})
