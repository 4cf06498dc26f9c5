import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDuckdb, type TestDuckdb } from '../../../../test/duckdb.ts'
import { MillraceError } from '../../../base/error.ts'
import { memoryFile } from '../source.testing.ts'
import { openSourceFile, type SourceFile } from '../source-file.ts'
import { openParquet } from './reader.ts'

const fuzzRuns = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 1500)

let duckdb: TestDuckdb
beforeAll(async () => {
  duckdb = await openTestDuckdb()
})
afterAll(() => duckdb.close())

const read = async (path: string | SourceFile, request: { readonly from?: number; readonly most?: number } = {}) => {
  const reader = openParquet(typeof path === 'string' ? openSourceFile(path) : path)
  try {
    const rows: unknown[] = []
    const positions: number[] = []
    for await (const batch of reader.batches({ columns: reader.columns!.map(({ name }) => name), ...request })) {
      positions.push(batch.position)
      for (let row = 0; row < batch.rows; row++) rows.push(batch.unreadable.get(row)?.refusal.code ?? batch.record(row))
    }
    return { rows, positions, columns: reader.columns!, totalRows: reader.totalRows }
  } finally {
    reader.close()
  }
}

/** 9,000 rows of every sort, nulls among them, as SQL and as what the reader must give. */
const many = `SELECT i AS n, CASE WHEN i % 7 = 3 THEN NULL ELSE 'key-' || (i % 97) END AS key, 'unique-é-' || i AS text,
  CASE WHEN i % 5 = 0 THEN NULL ELSE i * 3 - 4000 END::INTEGER AS small, i % 3 = 0 AS flag, CASE WHEN i % 4 = 1 THEN NULL ELSE i / 8.0 END::DOUBLE AS ratio,
  (i * 1000003)::BIGINT AS wide, (i / 100.0)::DECIMAL(9, 2) AS price FROM range(9000) t(i)`
const manyRow = (i: number) => ({
  n: i,
  key: i % 7 === 3 ? null : `key-${i % 97}`,
  text: `unique-é-${i}`,
  small: i % 5 === 0 ? null : i * 3 - 4000,
  flag: i % 3 === 0,
  ratio: i % 4 === 1 ? null : i / 8,
  wide: i * 1000003,
  price: i / 100,
})

describe('parquet', () => {
  it.each([
    ["CODEC 'uncompressed'"],
    ["CODEC 'snappy'"],
    ["CODEC 'zstd'"],
    ["CODEC 'gzip'"],
    ["CODEC 'lz4_raw'"],
    ["CODEC 'brotli'"],
    ["PARQUET_VERSION 'V2', CODEC 'zstd'"],
    ["PARQUET_VERSION 'V2', CODEC 'snappy', DICTIONARY_SIZE_LIMIT 1"],
    ["CODEC 'zstd', DICTIONARY_SIZE_LIMIT 1"],
  ])('reads what DuckDB writes: %s', async (options) => {
    const path = join(duckdb.folder, 'many.parquet')
    await duckdb.run(`COPY (${many}) TO '{folder}/many.parquet' (FORMAT parquet, ROW_GROUP_SIZE 4096, ${options})`)
    const { rows, totalRows } = await read(path)
    expect(totalRows).toBe(9000)
    expect(rows).toEqual(Array.from({ length: 9000 }, (_, i) => manyRow(i)))
  })

  it('begins at any row and keeps to the size of a batch', async () => {
    await duckdb.run(`COPY (${many}) TO '{folder}/from.parquet' (FORMAT parquet, ROW_GROUP_SIZE 4096)`)
    const { rows, positions } = await read(join(duckdb.folder, 'from.parquet'), { from: 4000, most: 3000 })
    expect(positions).toEqual([4000, 4096, 7096, 8192])
    expect(rows).toEqual(Array.from({ length: 5000 }, (_, i) => manyRow(i + 4000)))
  })

  it('keeps times, decimals, wide numbers and nested values exact', async () => {
    await duckdb.run(`COPY (SELECT TIMESTAMP '2024-02-29 12:34:56.789012' AS us, TIMESTAMP_MS '1969-12-31 23:59:59.999' AS ms,
      TIMESTAMP_NS '2024-02-29 12:34:56.789012345' AS ns, TIMESTAMPTZ '2024-01-01 00:00:00+02' AS zoned, DATE '1970-01-03' AS day,
      12345678901234567.89::DECIMAL(19, 2) AS exact, -1.5::DECIMAL(4, 1) AS short, 0.1::DECIMAL(38, 20) AS long,
      9223372036854775807::BIGINT AS most, 18446744073709551615::UBIGINT AS unsigned, 4294967295::UINTEGER AS word,
      'nan'::DOUBLE AS nan, '5f8b2f3e-1111-2222-3333-444455556666'::UUID AS id, [1, NULL, 3] AS list,
      {'city': 'Wien', 'parts': [{'n': 1}, {'n': 2}]} AS place, MAP {'a': 1} AS map, '{"x": [1]}'::JSON AS json)
      TO '{folder}/types.parquet' (FORMAT parquet)`)
    const { rows, columns } = await read(join(duckdb.folder, 'types.parquet'))
    expect(rows).toEqual([
      {
        us: 1709210096789012,
        ms: -1,
        ns: 1709210096789012345n,
        zoned: Date.UTC(2023, 11, 31, 22) * 1000,
        day: 172_800_000,
        exact: '12345678901234567.89',
        short: -1.5,
        long: 0.1,
        most: 9223372036854775807n,
        unsigned: 18446744073709551615n,
        word: 4294967295,
        nan: Number.NaN,
        id: '5f8b2f3e-1111-2222-3333-444455556666',
        list: [1, null, 3],
        place: { city: 'Wien', parts: [{ n: 1 }, { n: 2 }] },
        map: { a: 1 },
        json: { x: [1] },
      },
    ])
    const reader = openParquet(openSourceFile(join(duckdb.folder, 'types.parquet')))
    for await (const { columns: members } of reader.batches({ columns: ['place.city', 'place.none', 'short'] })) {
      expect([...members]).toMatchObject([
        ['place.city', { values: ['Wien'] }],
        ['place.none', { values: [null] }],
        ['short', {}],
      ])
    }
    reader.close()
    expect(columns.find(({ name }) => name === 'ns')).toEqual({ name: 'ns', kind: 'time', unit: 'ns' })
  })

  it('reads no time of day as a moment', async () => {
    await duckdb.run(`COPY (SELECT TIME '01:02:03' AS clock) TO '{folder}/clock.parquet' (FORMAT parquet)`)
    await expect(read(join(duckdb.folder, 'clock.parquet'))).rejects.toMatchObject({ code: 'COLUMN_UNSUPPORTED' })
  })

  it('makes texts that are no UTF-8 unreadable rows', async () => {
    await duckdb.run(
      `COPY (SELECT 'aaaaaaaaaa' AS key UNION ALL SELECT 'bbbbbbbbbb' AS key) TO '{folder}/utf8.parquet' (FORMAT parquet, CODEC 'uncompressed')`,
    )
    const path = join(duckdb.folder, 'utf8.parquet')
    const bytes = readFileSync(path)
    bytes[bytes.indexOf('bbbbbbbbbb') + 3] = 0xff
    writeFileSync(path, bytes)
    expect((await read(path)).rows).toEqual([{ key: 'aaaaaaaaaa' }, 'UTF8_INVALID'])
  })

  it.each([
    ['no-such.parquet', undefined, 'FILE_NOT_FOUND'],
    ['empty.parquet', '', 'FILE_EMPTY'],
    ['short.parquet', 'PAR1', 'FILE_DAMAGED'],
    ['csv.parquet', 'a,b\n1,2\n3,4\n', 'FILE_DAMAGED'],
    ['long-footer.parquet', 'PAR1xxxx\xff\xff\xff\x7fPAR1', 'FILE_DAMAGED'],
  ])('refuses %s', async (name, content, code) => {
    const path = join(duckdb.folder, name)
    if (content !== undefined) writeFileSync(path, content, 'latin1')
    await expect(read(path)).rejects.toMatchObject({ code })
  })
})

describe('damaged parquet', () => {
  it('fails with the place or gives rows, and never hangs', { timeout: 60_000 }, async () => {
    const files = await Promise.all(
      ["CODEC 'uncompressed'", "PARQUET_VERSION 'V2', CODEC 'snappy'", "CODEC 'zstd', DICTIONARY_SIZE_LIMIT 1"].map(async (options, i) => {
        await duckdb.run(
          `COPY (SELECT *, [n, n] AS list, {'a': key, 'b': small} AS o FROM (${many}) LIMIT 60) TO '{folder}/f${i}.parquet' (FORMAT parquet, ${options})`,
        )
        return readFileSync(join(duckdb.folder, `f${i}.parquet`))
      }),
    )
    const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { minLength: 1, maxLength: 6 })
    let refused = 0
    await fc.assert(
      fc.asyncProperty(
        fc.nat(2),
        flips,
        fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.boolean(),
        async (which, places, cut, end) => {
          let bytes = Buffer.from(files[which]!)
          for (const [at, value] of places) bytes[Math.floor(end ? bytes.length - 1 - at * 600 : at * (bytes.length - 1))] = value
          if (cut !== null) bytes = Buffer.concat([bytes.subarray(0, Math.floor(cut * bytes.length)), files[which]!.subarray(-8)])
          try {
            await read(memoryFile('fuzz.parquet', bytes))
          } catch (error) {
            if (!(error instanceof MillraceError)) throw error
            expect(error.details.at).toContain('fuzz.parquet')
            refused++
          }
        },
      ),
      { numRuns: fuzzRuns },
    )
    expect(refused).toBeGreaterThan(fuzzRuns * 0.2)
  })
})
