import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { coerce, isMisfit } from '../../model/coerce.ts'
import { decimalNumber } from '../../model/decimal.ts'
import { type FieldPlan, required } from '../../model/field.ts'
import { toJson } from '../../model/json.ts'
import type { MappingPlan, SourcedValue, TimeUnit } from '../../model/mapping.ts'
import type { EventPlan } from '../../model/plan.ts'
import { createStandardiser } from '../../model/standardise.ts'
import type { Value } from '../../model/value.ts'
import type { RowBatch, SourceColumn } from '../readers/batch.ts'
import { parseKnownAt } from './known-at.ts'
import { createMapper, type MapperInput } from './mapper.ts'
import { newEventAt } from './rows.ts'

const fuzzRuns = Number(process.env['MILLRACE_FUZZ_RUNS'] ?? 300)

const batchOf = (columns: { readonly [name: string]: SourceColumn }, rows: number, position = 0): RowBatch => ({
  position,
  rows,
  columns: new Map(Object.entries(columns)),
  unreadable: new Map(),
  bytesDone: 0,
  record: (row) => ({ row }),
})

/** Events as plain objects, and refusals as `position code at`. */
const run = (input: MapperInput, batch: RowBatch, latest = Number.POSITIVE_INFINITY) => {
  const { tables, refused } = createMapper(input).map(batch, latest)
  const events = tables.flatMap((table) =>
    Array.from({ length: table.rows }, (_, row) => newEventAt(table, input.events[table.type]!, row)),
  )
  return {
    events,
    refused: refused.map(({ position, event, refusal }) => `${position} ${event?.type ?? 'row'} ${refusal.code} ${refusal.at}`),
  }
}

const optional = (of: FieldPlan): FieldPlan => ({ kind: 'optional', of })
const scalars: readonly FieldPlan[] = [
  { kind: 'string' },
  { kind: 'entity', name: 'user' },
  { kind: 'enum', values: ['a', 'bb'] },
  { kind: 'int' },
  { kind: 'int64' },
  { kind: 'double' },
  { kind: 'decimal', scale: 2 },
  { kind: 'decimal', scale: 0 },
  { kind: 'boolean' },
  { kind: 'time' },
]
const fields: readonly FieldPlan[] = [
  ...scalars,
  { kind: 'list', of: { kind: 'decimal', scale: 1 } },
  { kind: 'object', fields: { n: { kind: 'int64' }, t: optional({ kind: 'string' }) } },
]

const cells = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -5, max: 2000 }) },
  { weight: 3, arbitrary: fc.constantFrom<unknown>('a', 'bb', 'u1', '12.5', '7', '1970-01-01T00:00:01Z', true, false, null, undefined) },
  fc.constantFrom<unknown>(0.1, 12.34, -0, 1e15, 1e300, 2 ** 53, 2n ** 60n, -(2n ** 63n), Number.NaN, '', '\ud800', 8.64e15, 1.005),
  fc.constantFrom<unknown>([1, '2.5'], { n: 3 }, { n: '4', t: 'x' }, [0.05]),
)

/** The same cells in the narrowest columns that hold them. */
const narrow = (values: readonly unknown[], unit: TimeUnit | undefined): SourceColumn => {
  const isNull = (value: unknown) => value === null || value === undefined
  if (values.every((value) => isNull(value) || (typeof value === 'number' && !Number.isNaN(value)))) {
    const numbers = Float64Array.from(values, (value) => (isNull(value) ? Number.NaN : (value as number)))
    return { kind: 'number', values: numbers, ...(unit !== undefined && { unit }) }
  }
  if (values.every((value) => isNull(value) || typeof value === 'boolean')) {
    return { kind: 'number', values: Float64Array.from(values, (value) => (isNull(value) ? Number.NaN : Number(value))), isBoolean: true }
  }
  if (values.every((value) => isNull(value) || typeof value === 'bigint')) {
    const nulls = Uint8Array.from(values, (value) => Number(isNull(value)))
    return {
      kind: 'bigint',
      values: BigInt64Array.from(values, (value) => (value as bigint) ?? 0n),
      nulls,
      ...(unit !== undefined && { unit }),
    }
  }
  if (values.every((value) => isNull(value) || typeof value === 'string')) {
    const dictionary = ['never used', ...values.map((value) => (isNull(value) ? 'nor this' : (value as string)))]
    return { kind: 'code', codes: Int32Array.from(values, (value, i) => (isNull(value) ? -1 : i + 1)), dictionary }
  }
  return { kind: 'value', values }
}

/** What a unit means, in whole numbers of any size. */
const oracleTime = (raw: unknown, unit: TimeUnit): unknown => {
  if (typeof raw !== 'bigint' && !Number.isSafeInteger(raw)) return raw
  const nanos = BigInt(raw as number) * { s: 1_000_000_000n, ms: 1_000_000n, us: 1000n, ns: 1n }[unit]
  const down = nanos >= 0n || nanos % 1_000_000n === 0n ? nanos / 1_000_000n : nanos / 1_000_000n - 1n
  return Number(down)
}

interface Scene {
  readonly columns: readonly {
    readonly field: FieldPlan
    readonly unit?: TimeUnit
    readonly own?: TimeUnit
    readonly cells: readonly unknown[]
  }[]
  /** For each column the field that takes it. */
  readonly into: readonly FieldPlan[]
  readonly rows: number
}

const rowCount = 12
const scenes: fc.Arbitrary<Scene> = fc
  .array(
    fc.record({
      column: fc.tuple(
        fc.constantFrom(...fields),
        fc.boolean(),
        fc.option(fc.constantFrom<TimeUnit>('s', 'ms', 'us', 'ns'), { nil: undefined }),
      ),
      own: fc.option(fc.constantFrom<TimeUnit>('us', 'ns'), { nil: undefined }),
      target: fc.tuple(fc.option(fc.constantFrom(...fields), { nil: undefined }), fc.boolean()),
      cells: fc.oneof(
        fc.array(cells, { minLength: rowCount, maxLength: rowCount }),
        fc.array(fc.oneof(fc.integer(), fc.constant(null), fc.double()), { minLength: rowCount, maxLength: rowCount }),
        fc.array(fc.constantFrom('a', 'bb', '5', null), { minLength: rowCount, maxLength: rowCount }),
      ),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => ({
    rows: rowCount,
    columns: parts.map(({ column: [field, isOptional, unit], own, cells: values }) => ({
      field: isOptional ? optional(field) : field,
      ...(field.kind === 'time' && unit !== undefined && { unit }),
      ...(own !== undefined && { own }),
      cells: values,
    })),
    into: parts.map(({ column: [field], target: [other = field, isOptional] }) => (isOptional ? optional(other) : other)),
  }))

describe('a mapping over columns', () => {
  it('gives what the standardiser gives for each row as an object', () => {
    let events = 0
    fc.assert(
      fc.property(scenes, ({ columns, into, rows }) => {
        const data = {
          at: { kind: 'time' },
          who: { kind: 'entity', name: 'user' },
          ...Object.fromEntries(into.map((field, i) => [`f${i}`, field])),
        } as const
        const plan: EventPlan = { kind: 'action', subject: 'who', time: 'at', rows: 'changes', data }
        const sourced = Object.fromEntries(into.map((_, i) => [`f${i}`, { column: `c${i}` }]))
        const mapping: MappingPlan = {
          columns: {
            at: { name: 'at', field: { kind: 'time' } },
            ...Object.fromEntries(
              columns.map(({ field, unit }, i) => [`c${i}`, { name: `s${i}`, field, ...(unit !== undefined && { unit }) }]),
            ),
          },
          events: [
            {
              event: 'thing',
              where: { op: 'below', column: 'at', value: 1010 },
              fields: { at: { column: 'at' }, who: { value: 'me' }, ...sourced },
              knownAt: { time: 'event', lag: '2s' },
            },
          ],
        }
        const times = Float64Array.from({ length: rows }, (_, i) => 1000 + i)
        const batch = batchOf(
          {
            at: { kind: 'number', values: times },
            ...Object.fromEntries(columns.map(({ cells: values, own }, i) => [`s${i}`, narrow(values, own)])),
          },
          rows,
          7,
        )
        const found = run({ mapping: { name: 'm', plan: mapping }, events: { thing: plan } }, batch, 1008)

        const standardise = createStandardiser('thing', plan)
        const expected: unknown[] = []
        const refused: string[] = []
        for (let row = 0; row < rows; row++) {
          const record: Record<string, unknown> = { at: times[row], who: 'me' }
          const misfit = columns
            .map(({ field, unit, own, cells: values }, i) => {
              const source = narrow(values, own)
              const ofSource = source.kind === 'number' || source.kind === 'bigint' ? own : undefined
              const raw =
                required(field).kind === 'time'
                  ? oracleTime(values[row], unit ?? (typeof values[row] === 'boolean' ? 'ms' : ofSource) ?? 'ms')
                  : values[row]
              const coerced = coerce(field, raw, `c${i}`)
              if (!isMisfit(coerced))
                record[`f${i}`] =
                  typeof coerced.value === 'bigint' && required(field).kind === 'int64' ? coerced.value : toJson(coerced.value, field)
              return coerced
            })
            .find(isMisfit)
          if (misfit !== undefined) refused.push(`${7 + row} row ${misfit.misfit} ${misfit.at}`)
          else if (times[row]! < 1010) {
            const outcome = standardise(record, { sourceId: `m:${7 + row}`, seq: 7 + row, latest: 1008 })
            if ('refusal' in outcome) refused.push(`${7 + row} thing ${outcome.refusal.code} ${outcome.refusal.at}`)
            else expected.push({ ...outcome.event, op: 'put', knownAt: times[row]! + 2000 })
          }
        }
        expect(found.refused).toEqual(refused)
        expect(found.events).toEqual(expected)
        events += expected.length
      }),
      { numRuns: fuzzRuns },
    )
    expect(events).toBeGreaterThan(fuzzRuns * 0.3)
  })
})

const plan: EventPlan = {
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: { user: { kind: 'entity', name: 'user' }, at: { kind: 'time' }, n: optional({ kind: 'int' }) },
}
const simple = (
  more: Partial<MappingPlan['events'][number]> = {},
  fieldsMore: Readonly<Record<string, SourcedValue>> = {},
): MapperInput => ({
  mapping: {
    name: 'file',
    plan: {
      columns: { user: { name: 'user', field: { kind: 'string' } }, at: { name: 'at', field: { kind: 'time' } } },
      events: [{ event: 'thing', fields: { user: { column: 'user' }, at: { column: 'at' }, ...fieldsMore }, ...more }],
    },
  },
  events: { thing: plan },
})
const two = batchOf({ user: { kind: 'value', values: ['u', 'v'] }, at: { kind: 'value', values: [5, 6] } }, 2)

describe('a mapping', () => {
  it('asks when events were known where nothing says it', () => {
    expect(() => run(simple(), two)).toThrow(expect.objectContaining({ code: 'KNOWN_AT_MISSING' }))
    expect(run({ ...simple(), knownAt: parseKnownAt('recorded') }, two).events[0]).not.toHaveProperty('knownAt')
    expect(run({ ...simple(), knownAt: parseKnownAt('time + 1m') }, two).events.map(({ knownAt }) => knownAt)).toEqual([60_005, 60_006])
    expect(run(simple({ knownAt: { value: '1970-01-01T00:00:09Z' } }), two).events.map(({ knownAt }) => knownAt)).toEqual([9000, 9000])
    for (const text of ['time+', 'time+1x', 'now', 'time+1h+1h']) expect(() => parseKnownAt(text)).toThrow()
  })
  it('calls computed values with what main would see, never with a missing one, and refuses rows where they throw', () => {
    const seen: unknown[] = []
    const by = (n: number | string) => {
      seen.push(n)
      if (n === 3) throw new Error('no three')
      return n
    }
    const input = simple({ knownAt: { time: 'event' } }, { n: { of: ['price'], by: by as never } })
    const columns = { ...input.mapping.plan.columns, price: { name: 'price', field: optional({ kind: 'decimal', scale: 1 }) } }
    const batch = batchOf(
      {
        user: { kind: 'value', values: ['u', 'u', 'u', 'u'] },
        at: { kind: 'value', values: [5, 5, 5, 5] },
        price: { kind: 'value', values: [2, null, 3, 2.5] },
      },
      4,
    )
    const { events, refused } = run({ ...input, mapping: { name: 'file', plan: { ...input.mapping.plan, columns } } }, batch)
    expect(seen).toEqual([2, 3, 2.5])
    expect(decimalNumber(25n, 1)).toBe(2.5)
    expect(events.map(({ data }) => data['n'])).toEqual([2, null])
    expect(refused).toEqual(['2 thing COMPUTE_FAILED n', '3 thing INTEGER_EXPECTED n'])
  })
  it('gives ids of their own to a second event of the same type, and to declared ids their text', () => {
    const input = simple({ knownAt: { time: 'event' } })
    const twice = {
      ...input,
      mapping: { name: 'file', plan: { ...input.mapping.plan, events: [input.mapping.plan.events[0]!, input.mapping.plan.events[0]!] } },
    }
    expect(run(twice, two).events.map(({ id }) => id)).toEqual(['file:0', 'file:1', 'file#2:0', 'file#2:1'])
    expect(run({ ...input, source: 'other' }, two).events.map(({ id }) => id)).toEqual(['other:0', 'other:1'])
    const declared = { ...input, events: { thing: { ...plan, id: ['user', 'n'], seq: 'n' } } }
    expect(run(declared, two).events.map(({ id, seq }) => [id, seq])).toEqual([
      ['u/', 0],
      ['v/', 0],
    ])
    const alone = { ...input, events: { thing: { ...plan, id: ['n'] } } }
    expect(run(alone, two).refused).toEqual(['0 thing ID_EMPTY n', '1 thing ID_EMPTY n'])
    expect(createMapper(input).map(two, 9).tables[0]!.ids.derived).toEqual({ prefix: 'file:', numbers: Float64Array.of(0, 1) })
  })
  it('reads the texts of a CSV as the declared types', () => {
    const cellsOf = (field: FieldPlan, ...texts: string[]): readonly Value[] => {
      const source: SourceColumn = { kind: 'code', codes: Int32Array.from(texts, (_, i) => i), dictionary: texts, isUntyped: true }
      const input = simple({ knownAt: { time: 'event' } }, { x: { column: 'x' } })
      const columns = { ...input.mapping.plan.columns, x: { name: 'x', field } }
      const events = { thing: { ...plan, data: { ...plan.data, x: field } } }
      const batch = batchOf(
        { user: { kind: 'value', values: texts.map(() => 'u') }, at: { kind: 'value', values: texts.map(() => 1) }, x: source },
        texts.length,
      )
      const found = run({ ...input, events, mapping: { name: 'file', plan: { ...input.mapping.plan, columns } } }, batch)
      return [...found.events.map(({ data }) => data['x']!), ...found.refused.map((text) => text.split(' ')[2]!)]
    }
    expect(cellsOf({ kind: 'int' }, '12', '-3', '1e3', '1.5', 'x', '9007199254740993')).toEqual([
      12,
      -3,
      1000,
      'INTEGER_EXPECTED',
      'TYPE_MISMATCH',
      'INTEGER_OUT_OF_RANGE',
    ])
    expect(cellsOf({ kind: 'double' }, '.5', '1e999', 'NaN', '0x10')).toEqual([0.5, 'NUMBER_NOT_FINITE', 'TYPE_MISMATCH', 'TYPE_MISMATCH'])
    expect(cellsOf({ kind: 'decimal', scale: 2 }, '1.10', '12345678901234567.89')).toEqual([110n, 1234567890123456789n])
    expect(cellsOf({ kind: 'int64' }, '9223372036854775807')).toEqual([9223372036854775807n])
    expect(cellsOf({ kind: 'boolean' }, 'True', '0', 'maybe')).toEqual([true, false, 'TYPE_MISMATCH'])
    expect(cellsOf({ kind: 'time' }, '1700000000000', '2024-01-01 00:00:00Z', '2024-01-01')).toEqual([
      1700000000000,
      1704067200000,
      'TIME_INVALID',
    ])
    expect(cellsOf({ kind: 'list', of: { kind: 'decimal', scale: 1 } }, '[1, 2.5]', '[1')).toEqual([[10n, 25n], 'TYPE_MISMATCH'])
  })
  it.each([
    [{ event: 'other', fields: {} }, 'EVENT_UNKNOWN'],
    [{ event: 'thing', fields: { user: { column: 'user' } } }, 'FIELD_MISSING'],
    [{ event: 'thing', fields: { user: { column: 'usr' }, at: { column: 'at' } } }, 'COLUMN_UNKNOWN'],
    [{ event: 'thing', fields: { user: { column: 'user' }, at: { column: 'at' }, m: { value: 1 } } }, 'FIELD_UNKNOWN'],
  ])('is refused before any row is read: %#', (part, code) => {
    const input = simple()
    const broken = { ...input, mapping: { name: 'file', plan: { ...input.mapping.plan, events: [part as never] } } }
    expect(() => createMapper({ ...broken, knownAt: 'recorded' })).toThrow(expect.objectContaining({ code }))
  })
})
