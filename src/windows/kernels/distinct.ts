/** Aggregates that tell values apart: distinct, distinctCount, mostFrequent. */
import { assert } from '../../base/assert.ts'
import { compareUtf8 } from '../../base/utf8.ts'
import { cellAt } from '../../model/cell.ts'
import type { Column } from '../../model/table.ts'
import type { Value } from '../../model/value.ts'
import type { TypedColumn, ValuesKernel } from './aggregation.ts'

/** What stands for a row's value when values of one column are told apart. */
export const identityOf = (column: Column): ((row: number) => number | bigint) => {
  assert(column.kind !== 'value', 'lists and objects are not told apart')
  return column.kind === 'code' ? (row) => column.codes[row]! : (row) => column.values[row]!
}

export const distinctKernel = (typed: TypedColumn, limit: number): ValuesKernel => {
  const identity = identityOf(typed.column)
  return (rows, from, to) => {
    const seen = new Set<number | bigint>()
    const list: Value[] = []
    for (let i = from; i < to && list.length < limit; i++) {
      const row = rows[i]!
      const value = identity(row)
      if (seen.has(value)) continue
      seen.add(value)
      list.push(cellAt(typed.column, typed.field, row))
    }
    return list
  }
}

export const distinctCountKernel = ({ column }: TypedColumn): ValuesKernel => {
  const identity = identityOf(column)
  return (rows, from, to) => {
    const seen = new Set<number | bigint>()
    for (let i = from; i < to; i++) seen.add(identity(rows[i]!))
    return seen.size
  }
}

export const mostFrequentKernel = (typed: TypedColumn, k: number): ValuesKernel => {
  const identity = identityOf(typed.column)
  return (rows, from, to) => {
    const counts = new Map<number | bigint, Counted>()
    for (let i = from; i < to; i++) {
      const value = identity(rows[i]!)
      const known = counts.get(value)
      if (known === undefined) counts.set(value, { row: rows[i]!, count: 1 })
      else known.count++
    }
    return mostFrequent(typed, counts.values(), k)
  }
}

/** A value, by one of its rows, and how often it was met. */
export interface Counted {
  readonly row: number
  count: number
}

/** The k most frequent; equal counts: the smaller value first. */
export const mostFrequent = (typed: TypedColumn, counted: Iterable<Counted>, k: number): Value => {
  const compare = valueOrder(typed.column)
  return Array.from(counted)
    .sort((a, b) => b.count - a.count || compare(a.row, b.row))
    .slice(0, k)
    .map(({ row, count }) => ({ value: cellAt(typed.column, typed.field, row), count }))
}

/** Orders rows by value: texts by UTF-8 bytes, numbers and times by size, false before true. */
export const valueOrder = (column: Column): ((a: number, b: number) => number) => {
  assert(column.kind !== 'value', 'lists and objects have no order')
  if (column.kind === 'code') return (a, b) => compareUtf8(column.dictionary[column.codes[a]!]!, column.dictionary[column.codes[b]!]!)
  const { values } = column
  return (a, b) => (values[a]! < values[b]! ? -1 : values[a]! > values[b]! ? 1 : 0)
}
