import fc from 'fast-check'
import { expect, it } from 'vitest'
import { coerceFields } from '../../model/coerce.ts'
import type { FieldPlan, SchemaPlan } from '../../model/field.ts'
import { compileChecker } from './checker.ts'

const scalar = fc.constantFrom<FieldPlan>(
  { kind: 'string' },
  { kind: 'entity', name: 'user' },
  { kind: 'enum', values: ['low', 'high', ''] },
  { kind: 'boolean' },
  { kind: 'int' },
  { kind: 'int64' },
  { kind: 'double' },
  { kind: 'decimal', scale: 2 },
  { kind: 'time' },
)
const name = fc.constantFrom('a', 'b', 'c', '1', 'toString')
const { schema } = fc.letrec<{ field: FieldPlan; schema: SchemaPlan }>((tie) => ({
  field: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    scalar,
    scalar.map((of): FieldPlan => ({ kind: 'optional', of })),
    tie('field').map((of): FieldPlan => ({ kind: 'list', of })),
    tie('schema').map((fields): FieldPlan => ({ kind: 'object', fields })),
  ),
  schema: fc.dictionary(name, tie('field'), { maxKeys: 4 }),
}))

const odd = fc.oneof(
  fc.constantFrom(null, undefined, Number.NaN, Infinity, -0, 2 ** 53, 8.64e15 + 1, 0.5, 1n << 63n, 7n, 'x\ud800', '', 'é'.repeat(513)),
  fc.constantFrom('é'.repeat(512), 'é'.repeat(339), '2001-01-01T00:00:00Z', '12.345', '-7', new Date(5), Symbol.iterator, [], {}),
  fc.anything(),
)

/** A value that fits, or now and then one that may not. */
const rawFor = (field: FieldPlan): fc.Arbitrary<unknown> => {
  const fitting = (): fc.Arbitrary<unknown> => {
    switch (field.kind) {
      case 'optional':
        return fc.oneof(rawFor(field.of), fc.constantFrom(null, undefined))
      case 'enum':
        return fc.constantFrom(...field.values)
      case 'boolean':
        return fc.boolean()
      case 'int':
      case 'time':
        return fc.integer()
      case 'int64':
        return fc.oneof(fc.bigInt(-(1n << 63n), (1n << 63n) - 1n), fc.integer())
      case 'double':
      case 'decimal':
        return fc.oneof(
          fc.double(),
          fc.integer().map((cents) => cents / 100),
        )
      case 'list':
        return fc.array(rawFor(field.of), { maxLength: 3 })
      case 'object':
        return rawOf(field.fields)
      default:
        return fc.string({ unit: 'binary' })
    }
  }
  return fc.oneof({ weight: 30, arbitrary: fitting() }, { weight: 1, arbitrary: odd })
}

/** Fields in any order, now and then one left out, one too many, or one that is not enumerable. */
const rawOf = (fields: SchemaPlan): fc.Arbitrary<Record<string, unknown>> =>
  fc
    .tuple(
      fc.record(Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, rawFor(field)]))),
      fc.shuffledSubarray(Object.keys(fields), { minLength: Math.max(0, Object.keys(fields).length - 1) }),
      fc.option(fc.constantFrom('z', 'constructor'), { freq: 8 }),
      fc.option(name, { freq: 8 }),
    )
    .map(([all, order, more, hidden]) => {
      const raw: Record<string, unknown> = Object.fromEntries(order.map((key) => [key, all[key]]))
      if (more !== null) raw[more] = 1
      if (hidden !== null && Object.hasOwn(raw, hidden)) Object.defineProperty(raw, hidden, { enumerable: false })
      return raw
    })

const effort = Number(process.env['MILLRACE_CHECKER_RUNS'] ?? 800)

it('says of every value what coerceFields says', () => {
  let fitting = 0
  fc.assert(
    fc.property(
      schema.chain((fields) => fc.tuple(fc.constant(fields), rawOf(fields))),
      ([fields, raw]) => {
        const want = coerceFields(fields, raw, '')
        expect(compileChecker(fields)(raw)).toStrictEqual(want)
        if ('value' in want && Object.keys(fields).length > 0) fitting++
      },
    ),
    { numRuns: effort },
  )
  expect(fitting).toBeGreaterThan(effort / 5)
})
