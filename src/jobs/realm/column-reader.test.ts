import { expect, it } from 'vitest'
import type { FieldColumn } from '../../tree/shape.ts'
import { columnReader } from './column-reader.ts'

/** By place: two rows out of order, an event that lies in none, and the row of a null. */
const rows = Int32Array.of(1, 0, -1, 2)

it.each<[string, FieldColumn, readonly unknown[]]>([
  ['numbers', { kind: 'number', values: Float64Array.of(0, -2.5, Number.NaN) }, [-2.5, 0, 'elsewhere 2', null]],
  ['texts', { kind: 'code', codes: Int32Array.of(1, 0, -1), dictionary: ['', 'b'] }, ['', 'b', 'elsewhere 2', null]],
])('reads %s by row, null where there is none, and elsewhere what lies in no row', (_, column, expected) => {
  const read = columnReader(rows, column, (place) => `elsewhere ${place}`)
  expect([0, 1, 2, 3].map(read)).toEqual(expected)
})

it('follows the rows that its places are given next', () => {
  const moving = Int32Array.of(0)
  const read = columnReader(moving, { kind: 'number', values: Float64Array.of(1, 2) }, () => null)
  expect(read(0)).toBe(1)
  moving[0] = 1
  expect(read(0)).toBe(2)
})
