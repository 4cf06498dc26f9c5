import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lettersText, replayText } from './commands/dead.ts'
import { erasedText } from './commands/erase.ts'
import { eventTable } from './commands/events.ts'
import { importText } from './commands/import.ts'
import { featureTable } from './commands/query.ts'
import { chunksOf } from './commands/send.ts'
import { bytes, statusText } from './commands/status.ts'
import { count, duration, table } from './output.ts'
import { cell, moment, prettyJson } from './text.ts'

describe('tables', () => {
  it('put numbers to the right and texts to the left', () => {
    expect(
      table(
        ['name', 'n'],
        [
          ['a', 1],
          ['long', 20],
          ['b', null],
        ],
      ).split('\n'),
    ).toEqual(['name   n', '────  ──', 'a      1', 'long  20', 'b      –'])
  })
  it('show a feature in each window, empty where it has none', () => {
    expect(featureTable({ n: { '1h': 2, '24h': 30 }, top: { '24h': ['a', 'b'] }, p: { '1h': null } }).split('\n')).toEqual([
      'feature  1h  24h',
      '───────  ──  ─────────',
      'n         2  30',
      'top          ["a","b"]',
      'p         –',
    ])
  })
  it('show windows of time by their reach, then the others', () => {
    const [heading] = featureTable({
      a: { '24h': 1, lifetime: 1, '30d': 1, '30d to 7d': 1 },
      b: { 'last 3': 1, '7d': 1, 'day to date': 1 },
    }).split('\n')
    expect(heading!.split(/ {2,}/)).toEqual(['feature', '24h', '7d', '30d to 7d', '30d', 'last 3', 'day to date', 'lifetime'])
  })
  it('show events by time and id', () => {
    const event = { type: 'x', id: 'x:1', subject: 'u', time: 0, data: { user: 'u', amount: 1.5 } }
    expect(eventTable([event]).split('\n').at(-1)).toBe('1970-01-01 00:00:00  x:1  u        1.5')
    expect(eventTable([])).toBe('no events')
  })
})

it('numbers, times and sizes are as people write them', () => {
  expect([count(0), count(999), count(1000), count(1234567)]).toEqual(['0', '999', '1,000', '1,234,567'])
  expect([duration(12), duration(1200), duration(184_000)]).toEqual(['12 ms', '1.2 s', '3 min 4 s'])
  expect([moment(0), moment(1), moment(-1000)]).toEqual(['1970-01-01 00:00:00', '1970-01-01 00:00:00.001', '1969-12-31 23:59:59'])
  expect([bytes(0), bytes(1023), bytes(1536), bytes(5 * 1024 ** 3)]).toEqual(['0 bytes', '1023 bytes', '1.5 KB', '5.0 GB'])
})

it('long values are cut in a table', () => {
  expect(cell('x'.repeat(61))).toBe(`${'x'.repeat(59)}…`)
  expect([cell(null), cell(1), cell(true), cell({ a: 1 })]).toEqual([null, 1, 'true', '{"a":1}'])
})

describe('JSON over several lines', () => {
  it('reads back as it was, coloured or not', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (value, isColoured) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters; JSON text holds none of its own
        const text = prettyJson(value as never, isColoured).replaceAll(/\u001b\[\d+m/g, '')
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })
  it('keeps on one line what fits', () => {
    expect(prettyJson({ a: { b: 1, c: [1, 2] } }, false)).toBe('{\n  "a": { "b": 1, "c": [ 1, 2 ] }\n}')
  })
})

describe('records that are sent in parts', () => {
  it('are each sent once, in order, and known by their place', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ text: fc.string({ maxLength: 30 }) })), fc.integer({ min: 10, max: 200 }), (records, most) => {
        const text = records.map((record) => `${JSON.stringify(record)}\n`).join('')
        const chunks = chunksOf(text, most)
        const lines = chunks.map(({ body }) => body.split('\n').filter((line) => line !== ''))
        expect(lines.flat().map((line) => JSON.parse(line))).toEqual(records)
        expect(chunks.map(({ before }) => before)).toEqual(lines.map((_, i) => lines.slice(0, i).flat().length))
      }),
    )
  })
  it('are never cut when they are one value over several lines', () => {
    const text = JSON.stringify(
      Array.from({ length: 50 }, (_, n) => ({ n })),
      null,
      2,
    )
    expect(chunksOf(text, 20)).toEqual([{ body: text, before: 0 }])
    const object = JSON.stringify({ payment: { id: 1, amount: 2 } }, null, 2)
    expect(chunksOf(object, 5)).toEqual([{ body: object, before: 0 }])
  })

  it('of many short lines are no longer than a request may be', () => {
    const chunks = chunksOf('{}\n'.repeat(250_000), 4_000_000)
    expect(chunks.map(({ body, before }) => [body.split('\n').length, before])).toEqual([
      [100_000, 0],
      [100_000, 100_000],
      [50_000, 200_000],
    ])
  })
})

const report = {
  id: 'i',
  state: 'committed',
  rows: 10,
  from: 0,
  events: { paid: 8 },
  refused: { TYPE_MISMATCH: 2, ID_CONFLICT: 1 },
  stored: 7,
  duplicates: 0,
  conflictCount: 1,
  conflicts: [{ type: 'paid', id: 'p1', time: 1, seq: 0, position: 9 }],
  absentColumns: ['note'],
  seconds: 2,
} as const

it('an import says what became of every row', () => {
  expect(importText(report).split('\n')).toEqual([
    '10 rows in 2.0 s, 5 rows/s',
    '7 events stored (of the rows: 8 paid)',
    "3 records refused (2 TYPE_MISMATCH, 1 ID_CONFLICT): 'millrace dead' lists them",
    '1 in conflict: their ids are there with other content',
    '  paid p1',
    'columns that the file lacks: note',
  ])
  expect(importText({ ...report, state: 'already', stamp: 0 })).toBe(
    'this file was imported before, at 1970-01-01 00:00:00: no event changed',
  )
  expect(importText({ ...report, state: 'stopped' })).toMatch(/goes on from there/)
})

it('an erasure says what stays since nothing tells whose it is', () => {
  const erased = { stamp: 1, versions: 3, types: ['paid', 'refund'], letters: 2, unclearLetters: 0 }
  expect(erasedText(erased)).toBe('3 versions removed, of events paid, refund; 2 dead letters removed')
  expect(erasedText({ ...erased, unclearLetters: 4 })).toMatch(/\n4 dead letters do not tell whose they are and stay: .*\n.*erase again$/)
})

it('dead letters name reason, place and record', () => {
  const letter = {
    number: 3,
    key: 'k',
    code: 'TYPE_MISMATCH',
    reason: 'amount: found "x"',
    at: 'amount',
    event: 'paid',
    position: 17,
    origin: { via: 'import', importId: 'i', mapping: 'm', file: 'a.csv', source: 'm' },
    record: { amount: 'x' },
    refusedAt: 0,
    isReplayed: false,
  } as const
  expect(lettersText([letter], { TYPE_MISMATCH: 5 }).split('\n')).toEqual([
    '3  TYPE_MISMATCH (paid)  a.csv, row 17',
    '   amount: found "x"',
    '   {"amount":"x"}',
    '1 of 5 shown',
  ])
  expect(replayText({ replayed: 1, events: 2, refused: { TYPE_MISMATCH: 4 } })).toBe(
    '1 record let in, 2 events\n4 still refused: TYPE_MISMATCH',
  )
})

it('a status has what is there, and who serves it', () => {
  const status = {
    project: 'abc',
    folder: '/data',
    holder: { pid: 7, url: 'http://127.0.0.1:1' },
    safe: 0,
    events: { paid: { count: 2, from: 0, to: 1000 }, none: { count: 0, from: null, to: null } },
    disk: { bytes: 2048, files: 3, runs: 1 },
    deadLetters: { A: 1, B: 2 },
    lostLetters: [],
  }
  const text = statusText(status)
  expect(text).not.toContain('doctor')
  expect(text).toContain('paid        2  1970-01-01 00:00:00  1970-01-01 00:00:01')
  expect(text).toContain('2.0 KB in 1 sorted runs and 2 other files')
  expect(text).toContain('dead letters  3')
  expect(text).toContain('by process 7 at http://127.0.0.1:1')
  const withheld = { count: null, from: null, to: null, withheld: { code: 'LOG_DAMAGED', message: 'records are damaged' } }
  const damaged = statusText({ ...status, events: { paid: withheld, sent: withheld }, lostLetters: ['letters, byte 16'] })
  expect(damaged).toMatch(/paid +withheld/)
  expect(damaged.split('\n').slice(-3)).toEqual([
    'events are withheld: records are damaged (LOG_DAMAGED)',
    'dead letters are lost: letters, byte 16',
    "'millrace doctor' says what is damaged and what to do",
  ])
})
