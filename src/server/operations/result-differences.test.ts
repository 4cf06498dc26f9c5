import fc from 'fast-check'
import { expect, it } from 'vitest'
import { columnOf } from '../../model/cell.ts'
import type { SchemaPlan } from '../../model/field.ts'
import type { Collected } from './collected.ts'
import { resultDifferences } from './result-differences.ts'

interface Root {
  readonly id: number
  readonly score: number | null
  readonly risk: string | null
  readonly why: readonly string[]
  readonly error: string | null
}

const schema: SchemaPlan = {
  root_id: { kind: 'string' },
  root_time: { kind: 'time' },
  root_subject: { kind: 'string' },
  score: { kind: 'optional', of: { kind: 'double' } },
  risk: { kind: 'optional', of: { kind: 'string' } },
  why: { kind: 'optional', of: { kind: 'list', of: { kind: 'string' } } },
  main_error: { kind: 'optional', of: { kind: 'string' } },
}

const collected = (roots: readonly Root[], sliceRows: number): Collected => {
  const slices = Array.from({ length: Math.ceil(roots.length / sliceRows) }, (_, i) => roots.slice(i * sliceRows, (i + 1) * sliceRows))
  return {
    schema,
    roots: roots.length,
    failed: 0,
    slices: slices.map((rows) => ({
      rows: rows.length,
      failed: 0,
      columns: {
        root_id: columnOf(
          schema['root_id']!,
          rows.map(({ id }) => `a:${id}`),
        ),
        root_time: columnOf(
          schema['root_time']!,
          rows.map(({ id }) => id % 3),
        ),
        root_subject: columnOf(
          schema['root_subject']!,
          rows.map(() => 'u'),
        ),
        score: columnOf(
          schema['score']!,
          rows.map(({ score }) => score),
        ),
        risk: columnOf(
          schema['risk']!,
          rows.map(({ risk }) => risk),
        ),
        why: columnOf(
          schema['why']!,
          rows.map(({ why }) => why),
        ),
        main_error: columnOf(
          schema['main_error']!,
          rows.map(({ error }) => error),
        ),
      },
    })),
  }
}

const versions = fc.uniqueArray(
  fc.record({
    id: fc.nat(40),
    score: fc.option(fc.constantFrom(0, 1, 2.5, -3)),
    risk: fc.option(fc.constantFrom('low', 'high')),
    why: fc.array(fc.constantFrom('x', 'y'), { maxLength: 2 }),
    error: fc.option(fc.constant('MAIN_THREW: x')),
  }),
  { selector: ({ id }) => id, maxLength: 20 },
)

it('finds what a comparison root by root finds, in whatever order and slices the roots come', () => {
  fc.assert(
    fc.property(versions, versions, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }), (before, after, size, otherSize) => {
      const found = resultDifferences(collected(before, size), collected(after, otherSize), 1000)
      const both = after.flatMap((is) => before.filter(({ id }) => id === is.id).map((was) => ({ was, is })))
      const differs = (field: 'score' | 'risk' | 'why' | 'error') =>
        both.filter(({ was, is }) => JSON.stringify(was[field]) !== JSON.stringify(is[field]))
      const scores = differs('score').filter(({ was, is }) => was.score !== null && is.score !== null)
      const by = scores.map(({ was, is }) => Math.abs(is.score! - was.score!))
      expect(found.compared).toBe(both.length)
      expect(found.onlyBefore).toBe(before.length - both.length)
      expect(found.onlyAfter).toBe(after.length - both.length)
      for (const [field, name] of [
        ['score', 'score'],
        ['risk', 'risk'],
        ['why', 'why'],
        ['error', 'main_error'],
      ] as const)
        expect(found.fields[name]?.different ?? 0).toBe(differs(field).length)
      expect(found.fields['score']?.numbers?.largest ?? 0).toBe(Math.max(0, ...by))
      if (by.length > 0) expect(found.fields['score']!.numbers!.mean).toBeCloseTo(by.reduce((a, b) => a + b, 0) / by.length, 12)
      const changed = both.filter(({ was, is }) => JSON.stringify(was) !== JSON.stringify(is)).map(({ is }) => `a:${is.id}`)
      expect(found.first.map(({ root }) => root).sort()).toEqual(changed.sort())
      expect(found.different).toBe(changed.length)
    }),
  )
})

it('does not compare a field that one version lacks', () => {
  const roots = [{ id: 1, score: 1, risk: 'low', why: [], error: null }]
  const { risk: _, ...fewer } = schema
  const found = resultDifferences({ ...collected(roots, 1), schema: fewer }, collected(roots, 1), 10)
  expect(found).toMatchObject({ compared: 1, different: 0, fieldsBefore: [], fieldsAfter: ['risk'] })
})
