import { expect, it } from 'vitest'
import type { FieldPlan } from '../../../model/field.ts'
import type { Column } from '../../../model/table.ts'
import { encodeChunk } from './chunk.ts'
import { createChunkRoom } from './room.ts'

const rows = 3
const columns: readonly Column[] = [
  { kind: 'number', values: Float64Array.of(1, 0, 1) },
  { kind: 'bigint', values: BigInt64Array.of(1n, 0n, 1n) },
  { kind: 'code', codes: Int32Array.of(0, 1, 0), dictionary: ['a', 'b'] },
  { kind: 'value', values: [[], [], []] },
]
const fields: readonly (readonly [FieldPlan, string])[] = [
  [{ kind: 'int' }, 'number'],
  [{ kind: 'time' }, 'number'],
  [{ kind: 'double' }, 'number'],
  [{ kind: 'boolean' }, 'number'],
  [{ kind: 'int64' }, 'number bigint'],
  [{ kind: 'decimal', scale: 2 }, 'number bigint'],
  [{ kind: 'string' }, 'code'],
  [{ kind: 'enum', values: ['a', 'b'] }, 'code'],
  [{ kind: 'entity', name: 'user' }, 'code'],
  [{ kind: 'list', of: { kind: 'int' } }, 'value'],
  [{ kind: 'object', fields: {} }, 'value'],
]

it('refuses a column in a form that its field never comes in', () => {
  const room = createChunkRoom()
  for (const [of, forms] of fields)
    for (const field of [of, { kind: 'optional', of }] as const)
      for (const column of columns) {
        const encode = () => encodeChunk(column, field, rows, room)
        if (forms.split(' ').includes(column.kind)) expect(encode().note.nulls).toBe(0)
        else expect(encode).toThrow(`a result of kind '${of.kind}' comes as a column of kind '${column.kind}'`)
      }
})

it('refuses whole numbers that are not whole or not finite', () => {
  for (const value of [0.5, Number.POSITIVE_INFINITY])
    expect(() =>
      encodeChunk({ kind: 'number', values: Float64Array.of(Number.NaN, value) }, { kind: 'int' }, 2, createChunkRoom()),
    ).toThrow(`whole numbers begin with ${value}`)
})
