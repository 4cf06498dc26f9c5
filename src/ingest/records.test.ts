import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { EventPlan } from '../model/plan.ts'
import { readRecords } from './records.testing.ts'
import { readInSteps } from './records.ts'

const fuzzRuns = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 1500)

const payment: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  id: ['pid'],
  rows: 'changes',
  data: {
    pid: { kind: 'int64' },
    user: { kind: 'entity', name: 'user' },
    at: { kind: 'time' },
    amount: { kind: 'decimal', scale: 4 },
    ratio: { kind: 'optional', of: { kind: 'double' } },
  },
  aliases: { amount: ['sum'] },
}
const login: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' } },
}
const options = { events: { payment, login }, source: 'http:r1', latest: 1_000_000 }
const read = (body: string) => readRecords(body, options)
const codes = (body: string) => read(body).map((one) => ('event' in one ? one.event.id : `${one.refusal.code} ${one.refusal.at}`))
const good = '{"pid":9007199254740993,"user":"u","at":5,"amount":123456789012.3456,"ratio":0.12345678901234567}'

describe('records of a request', () => {
  it('name their type in either form, and keep the digits of long numbers', () => {
    const event = {
      type: 'payment',
      id: '9007199254740993',
      subject: 'u',
      time: 5,
      seq: 0,
      isSeqDerived: true,
      op: 'put',
      data: { pid: 9007199254740993n, user: 'u', at: 5, amount: 1234567890123456n, ratio: 0.12345678901234566 },
    }
    expect(read(`{"payment":${good}}`)).toEqual([{ event }])
    expect(read(`{"type":"payment","data":${good}}`)).toEqual([{ event }])
    expect(read(`\ufeff[{"type":"payment",${good.slice(1)}]`)).toEqual([{ event }])
    expect(read(`{"payment":${good.replace('amount', 'sum')}}`)).toEqual([{ event }])
  })
  it('come one, as an array, or on lines, each with an outcome of its own', () => {
    const one = '{"login":{"user":"u","at":1}}'
    expect(codes(one)).toEqual(['http:r1:0'])
    expect(codes(`[${one},${one}]`)).toEqual(['http:r1:0', 'http:r1:1'])
    expect(codes(`${one}\n\n{"login":\n${one}\r\n{"logn":{}}\n[]\n{"login":{"user":"u","at":1000001}}`)).toEqual([
      'http:r1:0',
      'JSON_INVALID ',
      'http:r1:2',
      'EVENT_UNKNOWN type',
      'RECORD_INVALID ',
      'TIME_AHEAD at',
    ])
    expect(codes('')).toEqual(['JSON_INVALID '])
    expect(codes('[]')).toEqual([])
  })
  it('of an array that is not JSON throughout are refused together, whatever its lines are', () => {
    const one = '{"login":{"user":"u","at":1}}'
    const bodies = [
      `[${one},{]`,
      `[${one},]`,
      `[,${one}]`,
      `[${one}`,
      `[${one}]]`,
      `[${one}}`,
      `[${one}] ${one}`,
      `[\n${one},\n{"login":\n${one}\n]`,
    ]
    for (const body of bodies) expect(codes(body)).toEqual(['JSON_INVALID '])
    expect(codes('[ ]')).toEqual([])
    expect(codes(` [${one} ,\n\t${one}\r\n]\n\n`)).toEqual(['http:r1:0', 'http:r1:1'])
  })
  it('may be nested as deep in an array as they may be alone', () => {
    const nested = (depth: number) => `{"login":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    const deep = nested(255)
    expect([codes(deep), codes(`[${deep}]`), codes(`${deep}\n${deep}`)].flat()).toEqual(Array(4).fill('RECORD_INVALID '))
    expect([codes(nested(256)), codes(`[${nested(256)}]`)].flat()).toEqual(['RECORD_INVALID ', 'JSON_INVALID '])
  })
  it('are of the size that records may be, however they come', () => {
    const large = `{"login":"${'x'.repeat(1 << 22)}"}`
    expect([large, `[${large}]`, `{}\n${large}`].map((body) => codes(body).at(-1))).toEqual(Array(3).fill('RECORD_TOO_LARGE '))
  })
  describe.each([
    ['an array', (records: readonly string[]) => `[${records.join(',')}]`],
    ['lines', (records: readonly string[]) => records.join('\n')],
  ])('as %s', (_, bodyOf) => {
    const some = (count: number, record = '{"login":{"user":"u","at":1}}') => Array<string>(count).fill(record)
    const bounded = (records: readonly string[]) => readRecords(bodyOf(records), { ...options, maxRecords: 9, maxRefused: 4 })
    it('are refused where they are more than a request may have, and none is looked at', () => {
      expect(bounded(some(9))).toHaveLength(9)
      const look = vi.spyOn(JSON, 'parse')
      // Whether a body is lines is told by its first line.
      try {
        expect(() => bounded(some(5000, '1'))).toThrow(/the request has 5000 records; expected at most 9 in one request.*in parts/)
        expect(look.mock.calls.length).toBeLessThan(2)
      } finally {
        look.mockRestore()
      }
      expect(() => bounded(some(10))).toThrow(expect.objectContaining({ code: 'TOO_MANY_RECORDS' }))
    })
    it('are refused where more of them do not fit than may, with the first reasons', () => {
      expect(bounded([...some(4, '1'), ...some(5)]).filter((one) => 'refusal' in one)).toHaveLength(4)
      expect(() => bounded(['{}', ...some(1), ...some(7, '2')])).toThrow(
        /more than 4 of the first 6 records of 9 do not fit \(record 0: TYPE_MISSING, .*; record 2: RECORD_INVALID, .*; record 3: .*; …\).*import/,
      )
      expect(() => bounded(some(5, '1'))).toThrow(expect.objectContaining({ code: 'TOO_MANY_REFUSED' }))
    })
    it('are read step by step, none of which reads many', () => {
      let steps = 0
      for (const _step of readInSteps(bodyOf(some(3000)), options)) steps++
      expect(steps).toBeGreaterThanOrEqual(3000)
    })
  })
  it('say what they repair', () => {
    const about = {
      type: 'payment',
      op: 'delete',
      correction: true,
      version: 3,
      knownAt: 9,
      previous: { pid: 1, user: 'v', at: 4, amount: 1 },
    }
    expect(read(JSON.stringify({ ...about, data: { pid: 1, user: 'u', at: 5, amount: 1 } }))).toMatchObject([
      { event: { op: 'delete', correction: true, version: 3, knownAt: 9, previous: { time: 4, subject: 'v', seq: 0 } } },
    ])
    const data = { pid: 1, user: 'u', at: 5, amount: 1 }
    const wrong = [{ op: 'moved' }, { correction: 1 }, { version: 0.5 }, { knownAt: 'x' }, { other: 1 }, { previous: { at: 'x' } }]
    expect(wrong.flatMap((more) => codes(JSON.stringify({ type: 'payment', data, ...more })))).toEqual([
      'TYPE_MISMATCH op',
      'TYPE_MISMATCH correction',
      'TYPE_MISMATCH version',
      'TIME_INVALID knownAt',
      'FIELD_UNKNOWN other',
      'TIME_INVALID previous.at',
    ])
  })
  it('never throw, whatever comes', () => {
    const name = fc.constantFrom('payment', 'login', 'type', 'data', '__proto__', 'constructor', 'user', 'at')
    const leaf = fc.constantFrom<unknown>(1, 'login', 'payment', null, [], 1e300, true, '\ud800', { user: 'u' })
    const inner = fc.oneof(leaf, fc.dictionary(name, leaf, { maxKeys: 4 }))
    const value = fc.oneof(leaf, fc.dictionary(name, inner, { maxKeys: 4 }), fc.array(inner, { maxLength: 3 }))
    const whole = `[{"payment":${good}},{"login":{"user":"u","at":1}}]`
    const body = fc.oneof(
      value.map((any) => JSON.stringify(any)),
      fc.tuple(fc.nat(whole.length), fc.string({ maxLength: 3 })).map(([at, other]) => whole.slice(0, at) + other + whole.slice(at + 1)),
      fc.array(value, { maxLength: 4 }).map((all) => all.map((any) => JSON.stringify(any)).join('\n')),
    )
    fc.assert(
      fc.property(body, (text) => {
        for (const one of read(text)) expect('event' in one || one.refusal.code.length > 0).toBe(true)
      }),
      { numRuns: fuzzRuns },
    )
  })
})
