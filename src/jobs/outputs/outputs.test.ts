import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestDuckdb, type TestDuckdb } from '../../../test/duckdb.ts'
import { createPrng } from '../../base/prng.ts'
import { columnOf } from '../../model/cell.ts'
import { type FieldPlan, required, type SchemaPlan } from '../../model/field.ts'
import { canonical, toJson } from '../../model/json.ts'
import type { Value } from '../../model/value.ts'
import { readFile } from '../../store/disk/port.ts'
import { createSimulatedDisk } from '../../store/disk/simulated/disk.ts'
import { openResultFile, resultFormat } from './open.ts'
import { parquetFormat } from './parquet/format.ts'
import { openPart } from './part.ts'
import type { ResultRows } from './rows-format.ts'
import { jsonLinesFormat } from './text-formats.ts'

let duckdb: TestDuckdb
beforeAll(async () => {
  duckdb = await openTestDuckdb()
})
afterAll(() => duckdb.close())

const optional = (of: FieldPlan): FieldPlan => ({ kind: 'optional', of })
const schema: SchemaPlan = {
  root_id: { kind: 'string' },
  root_time: { kind: 'time' },
  n: optional({ kind: 'int' }),
  big: optional({ kind: 'int64' }),
  x: optional({ kind: 'double' }),
  price: optional({ kind: 'decimal', scale: 3 }),
  ok: optional({ kind: 'boolean' }),
  word: optional({ kind: 'enum', values: ['a', 'b"', 'c,d\n', ''] }),
  list: optional({ kind: 'list', of: { kind: 'decimal', scale: 1 } }),
}

type Row = { readonly [name: string]: Value }
const maybe = <T extends Value>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 3 })
const limit = 2n ** 63n - 1n
const rowArbitrary: fc.Arbitrary<Row> = fc.record({
  root_id: fc.string({ unit: 'binary' }).map((text) => text.toWellFormed().replaceAll('\0', '0')),
  root_time: fc.integer({ min: -60_000_000_000_000, max: 200_000_000_000_000 }),
  n: maybe(fc.oneof(fc.integer(), fc.maxSafeInteger())),
  big: maybe(fc.bigInt(-limit - 1n, limit)),
  x: maybe(fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0)),
  price: maybe(fc.oneof(fc.bigInt(-1000n, 1000n), fc.bigInt(-limit, limit))),
  ok: maybe(fc.boolean()),
  word: maybe(fc.constantFrom('a', 'b"', 'c,d\n', '')),
  list: maybe(fc.array(fc.bigInt(-99n, 99n), { maxLength: 3 })),
})
const sliceOf = (rows: readonly Row[]): ResultRows => ({
  rows: rows.length,
  columns: Object.fromEntries(
    Object.entries(schema).map(([name, field]) => [
      name,
      columnOf(
        field,
        rows.map((row) => row[name]!),
      ),
    ]),
  ),
})

/** As DuckDB states values in JSON: 64-bit numbers and decimals as text. */
const stated = (row: Row): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(schema).map(([name, field]) => {
      const value = row[name]!
      const { kind } = required(field)
      if (value === null) return [name, null]
      if (kind === 'int' || kind === 'int64') return [name, String(value)]
      if (kind === 'time') return [name, String(value)]
      if (kind === 'decimal') return [name, plainDecimal(value as bigint)]
      return [name, kind === 'list' ? canonical(toJson(value, field)) : value]
    }),
  )
const plainDecimal = (units: bigint): string => {
  const digits = `${units < 0n ? -units : units}`.padStart(4, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`
}
const columnsSql = Object.entries(schema).map(([name, field]) =>
  required(field).kind === 'time' ? `epoch_ms(${name})::VARCHAR AS ${name}` : name,
)

let files = 0
const write = async (slices: readonly (readonly Row[])[], extension: string, key = 'k') => {
  const file = join(duckdb.folder, `out${files++}${extension}`)
  const writer = await openResultFile({ file, schema, key })
  for (const rows of slices) await writer.write(resultFormat(file, schema).encode(sliceOf(rows)))
  await writer.finish()
  expect(readdirSync(duckdb.folder).filter((name) => name.includes('millrace-'))).toEqual([])
  return file
}

describe('files of results', () => {
  const slices = fc.array(fc.array(rowArbitrary, { minLength: 1, maxLength: 40 }), { maxLength: 3 })

  it('are Parquet that DuckDB reads back, value for value', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(slices, async (parts) => {
        const file = await write(parts, '.parquet')
        expect(await duckdb.rows(`SELECT ${columnsSql.join(', ')} FROM '${file}'`)).toEqual(parts.flat().map(stated))
      }),
      { numRuns: 60 },
    )
  })

  it('are CSV that DuckDB reads back, empty text apart from null', { timeout: 60_000 }, async () => {
    const kinds: { readonly [kind: string]: string } = {
      int: 'BIGINT',
      int64: 'BIGINT',
      double: 'DOUBLE',
      decimal: 'DECIMAL(19, 3)',
      boolean: 'BOOLEAN',
      time: 'TIMESTAMPTZ',
    }
    const types = Object.entries(schema).map(([name, field]) => `'${name}': '${kinds[required(field).kind] ?? 'VARCHAR'}'`)
    const options = `header = true, quote = '"', escape = '"', delim = ',', auto_detect = false, allow_quoted_nulls = false, columns = {${types.join(', ')}}`
    await fc.assert(
      fc.asyncProperty(slices, async (parts) => {
        const rows = parts.map((part) => part.map((row) => ({ ...row, root_time: Math.abs(row['root_time'] as number) })))
        const file = await write(rows, '.csv')
        expect(await duckdb.rows(`SELECT ${columnsSql.join(', ')} FROM read_csv('${file}', ${options})`)).toEqual(rows.flat().map(stated))
      }),
      { numRuns: 30 },
    )
  })

  it('are JSON Lines, each line canonical', async () => {
    await fc.assert(
      fc.asyncProperty(slices, async (parts) => {
        const file = await write(parts, '.jsonl')
        const lines = parts
          .flat()
          .map(
            (row) => `${canonical(Object.fromEntries(Object.entries(schema).map(([name, field]) => [name, toJson(row[name]!, field)])))}\n`,
          )
        expect(readFileSync(file, 'utf8')).toBe(lines.join(''))
      }),
      { numRuns: 50 },
    )
  })

  it('use dictionaries where texts repeat, whatever their number, and leave rows out by their bounds', async () => {
    for (const count of [1, 2, 3, 255, 257, 40_000]) {
      const rows = 100_000
      const words = Array.from({ length: count }, (_, i) => `w${i}`)
      const many: SchemaPlan = {
        word: optional({ kind: 'string' }),
        n: optional({ kind: 'int' }),
        few: optional({ kind: 'int' }),
        part: optional({ kind: 'double' }),
        gone: optional({ kind: 'double' }),
        t: { kind: 'time' },
      }
      const file = join(duckdb.folder, `words${count}.parquet`)
      const writer = await openResultFile({ file, schema: many, key: 'k' })
      const codes = Int32Array.from({ length: rows }, (_, i) => (i % 7 === 0 ? -1 : i % count))
      const times = Float64Array.from({ length: rows }, (_, i) => -1000 + i)
      const numbers = Float64Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? Number.NaN : i * 2 ** 30 - 2 ** 40))
      const columns: ResultRows['columns'] = {
        word: { kind: 'code', codes, dictionary: words },
        n: { kind: 'number', values: numbers },
        few: { kind: 'number', values: numbers.map((_, i) => (i % 5 === 0 ? Number.NaN : (i % count) - 7)) },
        part: { kind: 'number', values: numbers.map((_, i) => (i % 5 === 0 ? Number.NaN : i % count === 1 ? -0 : (i % count) / 8)) },
        gone: { kind: 'number', values: new Float64Array(rows).fill(Number.NaN) },
        t: { kind: 'number', values: times },
      }
      await writer.write(resultFormat(file, many).encode({ rows, columns }))
      await writer.finish()
      const [sums] = await duckdb.rows(
        `SELECT count(word)::INT AS words, count(DISTINCT word)::INT AS different, sum(n)::VARCHAR AS n, sum(CASE WHEN word = 'w' || ((epoch_ms(t) + 1000) % ${count}) THEN 1 ELSE 0 END)::INT AS same, sum(CASE WHEN few = (epoch_ms(t) + 1000) % ${count} - 7 THEN 1 ELSE 0 END)::INT AS few, count(few)::INT AS "fewAll", sum(CASE WHEN part = CASE WHEN few = -6 THEN 0 ELSE (few + 7) / 8.0 END AND signbit(part) = (few = -6) THEN 1 ELSE 0 END)::INT AS part, count(part)::INT AS "partAll", count(gone)::INT AS gone FROM '${file}'`,
      )
      const present = codes.filter((code) => code >= 0)
      const total = numbers.reduce((sum, value) => sum + (Number.isNaN(value) ? 0n : BigInt(value)), 0n)
      expect(sums).toEqual({
        words: present.length,
        different: new Set(present).size,
        n: `${total}`,
        same: present.length,
        few: 80_000,
        fewAll: 80_000,
        part: 80_000,
        partAll: 80_000,
        gone: 0,
      })
      const [late] = await duckdb.rows(
        `SELECT count(*)::INT AS late FROM '${file}' WHERE t >= make_timestamptz((${rows - 1010}) * 1000) AND n > -1e300`,
      )
      expect(late!['late']).toBeGreaterThan(0)
    }
  })

  it('go on after a kill, and hold every slice once', { timeout: 60_000 }, async () => {
    const rows = fc.sample(rowArbitrary, { numRuns: 40, seed: 3 })
    const parts = Array.from({ length: 8 }, (_, i) => rows.slice(i * 5, i * 5 + 5))
    const disk0 = createSimulatedDisk(createPrng(0)).mount()
    const whole = async (format: typeof jsonLinesFormat) => {
      const made = format(schema)
      const writer = await openPart({ disk: disk0, path: 'whole', format: made, key: 'k' })
      for (const part of parts) await writer.write(made.encode(sliceOf(part)))
      await writer.finish()
      return Buffer.from(readFile(disk0, 'whole'))
    }
    const expected = { lines: await whole(jsonLinesFormat), parquet: await whole((of) => parquetFormat(of)) }
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.boolean(), fc.array(fc.nat(30), { maxLength: 5 }), async (seed, isParquet, kills) => {
        const disk = createSimulatedDisk(createPrng(seed))
        const format = isParquet ? parquetFormat(schema) : jsonLinesFormat(schema)
        let done = 0
        for (const syncs of [...kills, Number.POSITIVE_INFINITY]) {
          const mounted = disk.mount()
          const stopAt = disk.syncs() + syncs
          const dying = new Error('power')
          const open: typeof mounted.open = (path, mode) => {
            const file = mounted.open(path, mode)
            const sync = async (): Promise<void> => {
              if (disk.syncs() >= stopAt) throw dying
              await file.sync()
            }
            return { ...file, sync }
          }
          try {
            const writer = await openPart({ disk: { ...mounted, open }, path: 'out', format, key: 'k' })
            expect(writer.slices).toBeGreaterThanOrEqual(done)
            for (let i = writer.slices; i < parts.length; i++) {
              await writer.write(format.encode(sliceOf(parts[i]!)))
              done = i + 1
            }
            await writer.finish()
            break
          } catch (error) {
            if (error !== dying) throw error
            expect(disk.mount().exists('out')).toBe(false)
            disk.crash()
          }
        }
        const found = disk.mount()
        expect(found.list('')).toEqual(['out'])
        expect(Buffer.from(readFile(found, 'out')).equals(isParquet ? expected.parquet : expected.lines)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })

  it('refuses a name that a folder has, and lets others read what it makes', async () => {
    const folder = join(duckdb.folder, 'results.csv')
    mkdirSync(folder)
    await expect(openResultFile({ file: folder, schema, key: 'k' })).rejects.toMatchObject({ code: 'FILE_ACCESS' })
    expect(readdirSync(duckdb.folder).filter((name) => name.startsWith('results.csv.'))).toEqual([])
    const file = join(folder, 'made.csv')
    await (await openResultFile({ file, schema, key: 'k' })).finish()
    expect(statSync(file).mode & 0o777).toBe(0o666 & ~process.umask())
  })
  it('do not take a file for whole whose data was removed', async () => {
    const disk = createSimulatedDisk(createPrng(7)).mount()
    const open = () => openPart({ disk, path: 'gone', format: jsonLinesFormat(schema), key: 'k' })
    const slice = jsonLinesFormat(schema).encode(sliceOf(fc.sample(rowArbitrary, { numRuns: 3, seed: 2 })))
    const writer = await open()
    await writer.write(slice)
    disk.remove('gone.millrace-data')
    await expect(writer.write(slice)).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
    await expect(writer.finish()).rejects.toThrow()
    await expect(open()).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
  })

  it('begin anew for another batch, and refuse names and parts that they cannot use', async () => {
    const file = join(duckdb.folder, 'again.jsonl')
    const rows = fc.sample(rowArbitrary, { numRuns: 3, seed: 1 })
    const first = await openResultFile({ file, schema, key: 'one' })
    await first.write(resultFormat(file, schema).encode(sliceOf(rows)))
    first.close()
    expect(existsSync(file)).toBe(false)
    const same = await openResultFile({ file, schema, key: 'one' })
    expect([same.slices, same.rows]).toEqual([1, 3])
    same.close()
    writeFileSync(`${file}.millrace-data`, 'x')
    await expect(openResultFile({ file, schema, key: 'one' })).rejects.toMatchObject({ code: 'OUTPUT_DAMAGED' })
    const other = await openResultFile({ file, schema, key: 'two' })
    expect([other.slices, other.rows]).toEqual([0, 0])
    await other.write(resultFormat(file, schema).encode(sliceOf(rows.slice(1))))
    await other.finish()
    expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(3)
    await expect(openResultFile({ file: 'results.xlsx', schema, key: 'k' })).rejects.toMatchObject({ code: 'FILE_FORMAT_UNKNOWN' })
  })
})
