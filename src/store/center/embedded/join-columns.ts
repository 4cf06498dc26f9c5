/** Columns one behind the other, and in another order. */
import { columnOf } from '../../../model/cell.ts'
import type { FieldPlan } from '../../../model/field.ts'
import type { BigintColumn, CodeColumn, Column, NumberColumn, ValueColumn } from '../../../model/table.ts'
import type { Value } from '../../../model/value.ts'
import type { Window } from './run/order.ts'
import { asBigints } from './run/read-columns.ts'

/** `isForWriting`: dictionaries need not be of different texts, which costs most where texts seldom come again. */
export interface JoinOptions {
  readonly isForWriting?: boolean
}

/** Of one field. */
export const joinColumns = (field: FieldPlan, parts: readonly Column[], rows: number, options: JoinOptions = {}): Column =>
  parts.length === 0 ? columnOf(field, []) : parts.length === 1 ? parts[0]! : join(parts, rows, options)

/** Several columns as one, their rows put in order where they overlap. */
export const mergeColumns = (
  field: FieldPlan,
  parts: readonly Column[],
  { rows, windows, ...options }: JoinOptions & { readonly rows: number; readonly windows: readonly Window[] },
): Column => {
  const joined = joinColumns(field, parts, rows, options)
  switch (joined.kind) {
    case 'code':
      permute(joined.codes, windows)
      return joined
    case 'value':
      return windows.length === 0 ? joined : { kind: 'value', values: permute(joined.values.slice(), windows) }
    case 'bigint':
      if (joined.nulls !== undefined) permute(joined.nulls, windows)
      permute(joined.values, windows)
      return joined
    case 'number':
      permute(joined.values, windows)
      return joined
  }
}

/** In place; gives its first argument. */
export const permute = <T extends Numbers | Value[]>(values: T, windows: readonly Window[]): T => {
  for (const { at, rows } of windows) {
    const moved = values.slice(at, at + rows.length)
    for (let i = 0; i < rows.length; i++) values[at + i] = moved[rows[i]!]!
  }
  return values
}

const join = (parts: readonly Column[], rows: number, { isForWriting = false }: JoinOptions): Column => {
  switch (parts[0]!.kind) {
    case 'code':
      return isForWriting && areMostlyDifferent(parts as readonly CodeColumn[])
        ? putCodes(parts as readonly CodeColumn[], rows)
        : joinCodes(parts as readonly CodeColumn[], rows)
    case 'value':
      return { kind: 'value', values: (parts as readonly ValueColumn[]).flatMap(({ values }) => values) }
    default:
      return parts.every(({ kind }) => kind === 'number')
        ? joinNumbers(parts as readonly NumberColumn[], rows)
        : joinBigints(parts as readonly (NumberColumn | BigintColumn)[], rows)
  }
}

const joinNumbers = (parts: readonly NumberColumn[], rows: number): NumberColumn => {
  const values = new Float64Array(rows)
  let at = 0
  for (const part of parts) {
    values.set(part.values, at)
    at += part.values.length
  }
  return { kind: 'number', values }
}

const joinBigints = (parts: readonly (NumberColumn | BigintColumn)[], rows: number): BigintColumn => {
  const values = new BigInt64Array(rows)
  const nulls = new Uint8Array(rows)
  let [at, some] = [0, false]
  for (const part of parts) {
    const big = part.kind === 'bigint' ? part : asBigints(part.values)
    values.set(big.values, at)
    if (big.nulls !== undefined) {
      nulls.set(big.nulls, at)
      some = true
    }
    at += big.values.length
  }
  return some ? { kind: 'bigint', values, nulls } : { kind: 'bigint', values }
}

const mostly = 0.9
const looked = 50_000

/** Whether nearly every one of the first rows of two parts has a text of its own; a guess for the others, which costs no answer. */
const areMostlyDifferent = ([first, second]: readonly CodeColumn[]): boolean => {
  const texts = new Set<string>()
  let rows = 0
  for (const { codes, dictionary } of [first!, second!]) {
    const own = codes.subarray(0, looked)
    rows += own.length
    if (dictionary.length < own.length * mostly) return false
    for (const code of own) if (code >= 0) texts.add(dictionary[code]!)
  }
  return texts.size >= rows * mostly
}

/** Dictionaries one behind the other as they are, one that several parts share once. */
const putCodes = (parts: readonly CodeColumn[], rows: number): CodeColumn => {
  const codes = new Int32Array(rows)
  const dictionary: string[] = []
  const bases = new Map<readonly string[], number>()
  let at = 0
  for (const part of parts) {
    const base = bases.get(part.dictionary) ?? dictionary.length
    if (!bases.has(part.dictionary)) {
      bases.set(part.dictionary, base)
      for (const text of part.dictionary) dictionary.push(text)
    }
    for (let i = 0; i < part.codes.length; i++) codes[at + i] = part.codes[i]! < 0 ? -1 : base + part.codes[i]!
    at += part.codes.length
  }
  return { kind: 'code', codes, dictionary }
}

const joinCodes = (parts: readonly CodeColumn[], rows: number): CodeColumn => {
  const { dictionary } = parts[0]!
  if (parts.every((part) => part.dictionary === dictionary)) return putCodes(parts, rows)
  const known = new Map<string, number>()
  const numbersOf = new Map<readonly string[], Int32Array>()
  const codes = new Int32Array(rows)
  let at = 0
  for (const part of parts) {
    const numbers = numbersOf.get(part.dictionary) ?? new Int32Array(part.dictionary.length).fill(-1)
    numbersOf.set(part.dictionary, numbers)
    const numberOf = (code: number): number => {
      const text = part.dictionary[code]!
      const number = known.get(text) ?? known.size
      if (number === known.size) known.set(text, number)
      numbers[code] = number
      return number
    }
    // Looked up when first met: a part may bring a dictionary far larger than itself.
    const own = part.codes
    for (let i = 0; i < own.length; i++) {
      const code = own[i]!
      if (code < 0) codes[at + i] = -1
      else {
        const number = numbers[code]!
        codes[at + i] = number < 0 ? numberOf(code) : number
      }
    }
    at += part.codes.length
  }
  return { kind: 'code', codes, dictionary: [...known.keys()] }
}

type Numbers = Float64Array | BigInt64Array | Int32Array | Uint32Array | Uint8Array

/** A copy in another order, possibly of some rows only. */
export const reorder = <T extends Numbers>(values: T, order: Uint32Array): T => {
  const moved = new (values.constructor as new (length: number) => T)(order.length)
  for (let i = 0; i < order.length; i++) moved[i] = values[order[i]!]!
  return moved
}

export const reorderColumn = (column: Column, order: Uint32Array): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: reorder(column.values, order) }
    case 'bigint':
      return {
        kind: 'bigint',
        values: reorder(column.values, order),
        ...(column.nulls !== undefined && { nulls: reorder(column.nulls, order) }),
      }
    case 'code':
      return { kind: 'code', codes: reorder(column.codes, order), dictionary: column.dictionary }
    case 'value':
      return { kind: 'value', values: Array.from(order, (row) => column.values[row]!) }
  }
}
