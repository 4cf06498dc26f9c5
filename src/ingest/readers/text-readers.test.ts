import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MillraceError } from '../../base/error.ts'
import { sourceCell } from './batch.ts'
import { maxRecordBytes } from './block.ts'
import { openCsv } from './csv/reader.ts'
import { openJsonLines } from './json/reader.ts'
import { memoryFile } from './source.testing.ts'

const fuzzRuns = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 1500)

interface Request {
  readonly columns?: readonly string[]
  readonly times?: readonly string[]
  readonly from?: number
  readonly most?: number
  readonly delimiter?: string
}

/** Every row as its cells, or the code why it could not be read. */
const read = async (name: string, content: string | Uint8Array, { columns, delimiter, ...request }: Request = {}) => {
  const file = memoryFile(name, Buffer.from(content as string))
  const reader = name.endsWith('csv') ? openCsv(file, delimiter === undefined ? {} : { delimiter }) : openJsonLines(file)
  const asked = columns ?? reader.columns!.map((column) => column.name)
  const rows: unknown[] = []
  const records: unknown[] = []
  let next = request.from ?? 0
  for await (const batch of reader.batches({ columns: asked, most: 1000, ...request })) {
    expect(batch.position).toBe(next)
    next += batch.rows
    for (let row = 0; row < batch.rows; row++) {
      const cells = asked.map((column) => {
        const found = batch.columns.get(column)
        const cell = found === undefined ? undefined : sourceCell(found, row)
        return found?.kind === 'number' && found.isInstant === true && cell !== null ? new Date(cell as number).toISOString() : cell
      })
      rows.push(batch.unreadable.get(row)?.refusal.code ?? cells)
      records.push(batch.unreadable.get(row)?.record ?? batch.record(row))
    }
  }
  return { rows, records }
}

describe('csv', () => {
  it('reads quotes, doubled quotes, line ends within quotes, CRLF, a byte order mark and empty fields', async () => {
    const { rows, records } = await read('a.csv', '\ufeffa,"b ""x""",c\r\n1,"two, ""2""\nlines",\r\n"",é,"😀"\r\nplain "quote",,end')
    expect(rows).toEqual([
      ['1', 'two, "2"\nlines', null],
      [null, 'é', '😀'],
      ['plain "quote"', null, 'end'],
    ])
    expect(records[0]).toEqual({ a: '1', 'b "x"': 'two, "2"\nlines', c: null })
  })
  it('takes the delimiter that the header has most of, or the one told', async () => {
    expect((await read('b.csv', 'a;b,c;d\n1;2;3\n')).rows).toEqual([['1', '2', '3']])
    expect((await read('b.csv', 'a\tb\n1\t2\n')).rows).toEqual([['1', '2']])
    expect((await read('b.csv', 'a|b,c,d\n1|2\n', { delimiter: '|' })).rows).toEqual([['1', '2']])
  })
  it('refuses single records and goes on behind them', async () => {
    const long = 'x'.repeat(maxRecordBytes + 10)
    const content = Buffer.concat([
      Buffer.from(`a,b\n1,2\n1\n1,2,3\n"x"y,2\n${long},2\n`),
      Buffer.from([0x31, 0x2c, 0xff, 0x0a]),
      Buffer.from('\n3,4\n"open,5\n6,7\n'),
    ])
    expect((await read('c.csv', content)).rows).toEqual([
      ['1', '2'],
      'FIELD_COUNT_WRONG',
      'FIELD_COUNT_WRONG',
      'QUOTE_INVALID',
      'RECORD_TOO_LARGE',
      'UTF8_INVALID',
      ['3', '4'],
      'QUOTE_UNCLOSED',
      ['6', '7'],
    ])
  })
  it.each([
    ['a,a\n1,2\n', 'HEADER_INVALID'],
    ['a,"b\n1,2\n', 'HEADER_INVALID'],
    ['\xff\xfea\0', 'FILE_ENCODING_UNKNOWN'],
  ])('refuses the file %j', async (content, code) => {
    await expect(read('d.csv', Buffer.from(content, 'latin1'))).rejects.toMatchObject({ code })
  })
  it('gives any table back, whatever its texts, from any row on', async () => {
    const cell = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '"', '\n', '\r\n', ',', 'a"b', ' x '))
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { maxLength: 30 }),
        fc.nat(31),
        fc.integer({ min: 1, max: 9 }),
        async (table, from, most) => {
          const text = ['a,b', ...table.map((row) => row.map((value) => quoted(value.toWellFormed())).join(','))].join('\n')
          const { rows } = await read('e.csv', text, { from, most })
          expect(rows).toEqual(table.slice(from).map((row) => row.map((value) => value.toWellFormed() || null)))
        },
      ),
      { numRuns: 300 },
    )
  })
})

describe('json', () => {
  it('reads lines, and keeps the digits of long numbers', async () => {
    const { rows } = await read('a.jsonl', '{"a":1,"b":9007199254740993}\n\n  {"a":{"c":[0.12345678901234567]},"a.x":2}\r\n{"b":null}', {
      columns: ['a', 'b', 'a.c', 'a.x'],
    })
    expect(JSON.parse(JSON.stringify(rows))).toEqual([
      [1, 9007199254740992, null, null],
      [{ c: [0.12345678901234566] }, null, [0.12345678901234566], 2],
      [null, null, null, null],
    ])
    expect(JSON.stringify(rows)).toContain('9007199254740993')
  })
  it('gives what JSON.parse gives of each line, of whatever values and however it is written', async () => {
    const scalar = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
      fc.constantFrom('', 'user-1', 'user-2', 'ü', '2024-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '2023-02-29T00:00:00.000Z'),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.constantFrom(-0, 0.1, 123456789.25, 1e15, 999999999999999, 1e-7, 5e-324),
    )
    const line = fc.record({ a: scalar, b: scalar, ü: scalar, other: scalar }, { requiredKeys: [] })
    const blank = fc.constantFrom('', ' ', '\t', ' \r')
    const written = fc.tuple(line, blank, fc.boolean()).map(([row, space, isReversed]) => {
      const members = Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}${space}:${space}${JSON.stringify(value)}`)
      return `${space}{${space}${(isReversed ? members.reverse() : members).join(`${space},${space}`)}${space}}${space}`
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 9, arbitrary: written }, blank), { maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(5),
        async (lines, most, from) => {
          const content = lines.join('\n')
          const parsed = lines.filter((text) => text.trim() !== '').map((text) => JSON.parse(text) as Record<string, unknown>)
          if (parsed.length === 0) return
          const { rows, records } = await read('p.jsonl', content, { columns: ['a', 'b', 'ü'], times: ['b'], most, from })
          expect(JSON.parse(JSON.stringify(rows))).toEqual(
            JSON.parse(JSON.stringify(parsed.slice(from).map((row) => ['a', 'b', 'ü'].map((name) => row[name] ?? null)))),
          )
          expect(JSON.parse(JSON.stringify(records))).toEqual(JSON.parse(JSON.stringify(parsed.slice(from))))
        },
      ),
      { numRuns: 400 },
    )
  })
  it('reads an array over many lines', async () => {
    const { rows } = await read('a.json', ' [\n {"a": "x]}\\"," },\n {"a": [1, {"b": 2}]}\n, 3, ]', { columns: ['a'] })
    expect(rows).toEqual([['x]}",'], [[1, { b: 2 }]], 'RECORD_INVALID', 'JSON_INVALID'])
    expect(await read('b.json', '[]', { columns: ['a'] }).catch((error) => error.code)).toBe('FILE_EMPTY')
  })
  it('refuses single lines by number', async () => {
    const content = Buffer.concat([
      Buffer.from(`{"a":1}\n{"a":NaN}\n[1]\n{"a":"${'x'.repeat(maxRecordBytes)}"}\n`),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      Buffer.from('{"a":Infinity}\n{"a":2}'),
    ])
    const { rows } = await read('b.jsonl', content, { columns: ['a'] })
    expect(rows).toEqual([[1], 'JSON_INVALID', 'RECORD_INVALID', 'RECORD_TOO_LARGE', 'UTF8_INVALID', 'JSON_INVALID', [2]])
    expect((await read('b.jsonl', content, { columns: ['a'], from: 5 })).rows).toEqual(['JSON_INVALID', [2]])
  })
  it.each([
    ['[{"a":1}', 'FILE_DAMAGED'],
    ['[{"a":1}] x', 'FILE_DAMAGED'],
    ['\n \n', 'FILE_EMPTY'],
    [`[{"a":"${'x'.repeat(9_000_000)}"}]`, 'RECORD_TOO_LARGE'],
  ])('refuses the file %#', async (content, code) => {
    await expect(read('c.json', content, { columns: ['a'] })).rejects.toMatchObject({ code })
  })
})

describe.each([
  ['fuzz.csv', 'a,b,c\n1,"x, ""y""",2024-01-01\n"multi\nline",é😀,\n3,4,5\n'],
  ['fuzz.jsonl', '{"a":1,"b":"x\\u00e9","c":[1,2,{"d":null}]}\n{"a":12345678901234567890}\n{"b":"é😀"}\n'],
  ['fuzz.json', '[{"a":1,"b":"x\\"]}"},{"a":[1,2,{"d":null}]},\n{"b":"é😀"}]'],
])('damaged %s', (name, good) => {
  it('gives rows, refuses them, or names the place', { timeout: 60_000 }, async () => {
    const bytes = Buffer.from(good)
    const place = fc.tuple(fc.nat(bytes.length - 1), fc.oneof(fc.nat(255), fc.constantFrom(0x22, 0x0a, 0x2c, 0x5b, 0x7d, 0x5c)))
    const damage = fc.oneof(
      fc.tuple(fc.array(place, { minLength: 1, maxLength: 5 }), fc.nat(bytes.length)).map(([places, cut]) => {
        const copy = Buffer.from(bytes)
        for (const [at, value] of places) copy[at] = value
        return cut === 0 ? copy : copy.subarray(0, cut)
      }),
      fc.uint8Array({ minLength: 1, maxLength: 200 }).map((random) => Buffer.from(random)),
    )
    let unusual = 0
    await fc.assert(
      fc.asyncProperty(damage, async (content) => {
        try {
          const { rows } = await read(name, content, { columns: ['a', 'b', 'c'] })
          if (rows.some((row) => typeof row === 'string')) unusual++
        } catch (error) {
          if (!(error instanceof MillraceError)) throw error
          expect(error.details.at).toContain(name)
          unusual++
        }
      }),
      { numRuns: fuzzRuns },
    )
    expect(unusual).toBeGreaterThan(fuzzRuns * 0.3)
  })
})

it('reads a record again without the rest of its file', async () => {
  const content = Buffer.from(`a,b\n1,"x""y"\n${'2,zz\n'.repeat(50_000)}`)
  let bytes = 0
  const file = memoryFile('a.csv', content)
  const counted = {
    ...file,
    read: (from: number, to: number) => {
      bytes += to - from
      return file.read(from, to)
    },
  }
  for await (const batch of openCsv(counted).batches({ columns: ['a'] })) {
    bytes = 0
    expect([batch.record(0), batch.record(1)]).toEqual([
      { a: '1', b: 'x"y' },
      { a: '2', b: 'zz' },
    ])
    expect(bytes).toBeLessThan(20)
    break
  }
})
