import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf } from '../../model/cell.ts'
import type { FieldPlan } from '../../model/field.ts'
import { type AggregateName, aggregateNames, type EventPlan, type FeatureOptions } from '../../model/plan.ts'
import type { Value } from '../../model/value.ts'
import { compileWindows } from '../compile.ts'
import type { TypedColumn } from './aggregation.ts'
import { createKernel } from './kernel.ts'
import { type OracleRow, oracle } from './oracle.testing.ts'
import { sha256 } from './sha-256.ts'

const fields: { readonly [name: string]: FieldPlan } = {
  int: { kind: 'int' },
  int64: { kind: 'int64' },
  double: { kind: 'double' },
  decimal: { kind: 'decimal', scale: 2 },
  time: { kind: 'time' },
  string: { kind: 'string' },
  boolean: { kind: 'boolean' },
  list: { kind: 'list', of: { kind: 'int' } },
}

const few = fc.integer({ min: -3, max: 3 })
const values: { readonly [name: string]: fc.Arbitrary<Value> } = {
  int: fc.oneof(few, fc.maxSafeInteger()),
  int64: fc.oneof(few.map(BigInt), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  double: fc.oneof(
    few,
    fc.integer({ min: -999, max: 999 }).map((cents) => cents / 100),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0),
  ),
  decimal: fc.oneof(few.map(BigInt), fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })),
  time: fc.integer({ min: -1e12, max: 2e12 }),
  string: fc.constantFrom('', 'a', 'ab', '\u{10000}', '\uffee', '__proto__', 'é'),
  boolean: fc.boolean(),
  list: fc.array(few, { maxLength: 2 }),
}

const takes = (aggregate: AggregateName): readonly (string | undefined)[] => {
  if (['sum', 'mean', 'variance', 'variancePop', 'deviation', 'deviationPop', 'percentile', 'histogram', 'decayedSum'].includes(aggregate))
    return ['int', 'int64', 'double', 'decimal']
  if (['min', 'max', 'topK'].includes(aggregate)) return ['int', 'int64', 'double', 'decimal', 'time']
  if (['distinct', 'distinctCount', 'mostFrequent'].includes(aggregate)) return Object.keys(fields).filter((name) => name !== 'list')
  if (aggregate === 'rate') return [undefined]
  if (aggregate === 'timeSince') return [undefined, 'time']
  return aggregate === 'count' ? [undefined, ...Object.keys(fields)] : Object.keys(fields)
}

const optionsFor = (aggregate: AggregateName): FeatureOptions => {
  if (['firstK', 'lastK', 'topK', 'mostFrequent'].includes(aggregate)) return { k: 2 }
  if (aggregate === 'collect' || aggregate === 'distinct') return { limit: 3 }
  if (aggregate === 'percentile') return { percent: 33.3 }
  if (aggregate === 'histogram') return { bounds: [-1.5, 0, 0.025, 2] }
  if (aggregate === 'rate') return { per: '1h' }
  return aggregate === 'decayedSum' ? { halfLife: '7s' } : {}
}

const event = (kind: string, group: string): EventPlan => ({
  kind: 'action',
  subject: 'user',
  time: 'at',
  rows: 'changes',
  data: {
    user: { kind: 'entity', name: 'user' },
    at: { kind: 'time' },
    x: { kind: 'optional', of: fields[kind]! },
    g: { kind: 'optional', of: fields[group]! },
  },
})

const featureOf = (aggregate: AggregateName, kind: string | undefined, group: string | undefined) => {
  const plan = {
    aggregate,
    options: optionsFor(aggregate),
    ...(kind !== undefined && { column: 'x' }),
    ...(group !== undefined && { groupBy: 'g' }),
  }
  const windows = { of: [{ event: 'e' }], by: ['user'], over: ['1h'], includeRoot: false, features: { f: plan } }
  const compiled = compileWindows('w', windows, { e: event(kind ?? 'int', group ?? 'int') })
  return compiled.features[0]!
}

const rowsOf = (kind: string | undefined, group: string | undefined) =>
  fc.array(
    fc.record({
      time: fc.integer({ min: -20_000, max: 20_000 }),
      value: kind === undefined ? fc.constant(0) : fc.option(values[kind]!, { freq: 4 }),
      group: group === undefined ? fc.constant(null) : fc.option(values[group]!, { freq: 4 }),
      passes: fc.boolean(),
    }),
    { maxLength: 25 },
  )

const typed = (kind: string, cells: readonly Value[]): TypedColumn => ({ field: fields[kind]!, column: columnOf(fields[kind]!, cells) })

const groupKinds = [undefined, undefined, 'string', 'int', 'int64', 'decimal', 'boolean']

describe.each(aggregateNames)('%s', (aggregate) => {
  it('is what the plain loop says', () => {
    const shapes = fc.record({ kind: fc.constantFrom(...takes(aggregate)), group: fc.constantFrom(...groupKinds) })
    const questions = shapes.chain(({ kind, group }) => fc.tuple(fc.constant(kind), fc.constant(group), rowsOf(kind, group), fc.boolean()))
    fc.assert(
      fc.property(questions, fc.integer({ min: 0, max: 5 }), ([kind, group, rows, masked], from) => {
        const feature = featureOf(aggregate, kind, group)
        rows.sort((a, b) => a.time - b.time)
        const kernel = createKernel({
          aggregate,
          options: feature.options,
          fallback: feature.fallback,
          time: Float64Array.from(rows, (row) => row.time),
          ...(kind !== undefined && {
            column: typed(
              kind,
              rows.map((row) => row.value),
            ),
          }),
          ...(group !== undefined && {
            group: typed(
              group,
              rows.map((row) => row.group),
            ),
          }),
          ...(masked && { mask: Uint8Array.from(rows, (row) => Number(row.passes)) }),
        })
        const window = { time: 20_001, lengthMs: rows.length % 2 === 0 ? Number.NaN : 5_000 }
        const start = Math.min(from, rows.length)
        const kept: OracleRow[] = rows.slice(start).filter((row) => !masked || row.passes)
        const expected = oracle(
          {
            feature,
            field: kind === undefined ? undefined : fields[kind],
            groupField: group === undefined ? undefined : fields[group],
            ...window,
          },
          kept,
        )
        expect(kernel({ rows: Int32Array.from(rows.keys()), from: start, to: rows.length, ...window })).toEqual(expected)
      }),
      { numRuns: 150 },
    )
  })
})

describe('a sketched count', () => {
  const sketched = (cells: readonly Value[]) =>
    createKernel({
      aggregate: 'distinctCount',
      options: { ...featureOf('distinctCount', 'string', undefined).options, sketched: true },
      fallback: null,
      time: new Float64Array(cells.length),
      column: typed('string', cells),
    })({ rows: Int32Array.from(cells.keys()), from: 0, to: cells.length, time: 0, lengthMs: 0 }) as number

  it('is near the count, whatever repeats and in any order', () => {
    for (const n of [0, 1, 2, 100, 5_000, 60_000]) {
      const cells = Array.from({ length: n }, (_, i) => `user-${i}`)
      const count = sketched(cells)
      expect(Math.abs(count - n)).toBeLessThanOrEqual(n * 0.03)
      expect(sketched([...cells.slice().reverse(), ...cells.slice(0, 50)])).toBe(count)
    }
  })
  it('hashes with SHA-256', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const digest = createHash('sha256').update(bytes).digest()
        expect(Array.from(sha256(bytes))).toEqual(Array.from({ length: 8 }, (_, i) => digest.readInt32BE(4 * i)))
      }),
    )
  })
})
