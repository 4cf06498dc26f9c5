/** Columns of a run as the declared field asks for them. */
import { type FieldPlan, required } from '../../../../model/field.ts'
import type { BigintColumn, CodeColumn, Column } from '../../../../model/table.ts'
import type { Value } from '../../../../model/value.ts'
import type { ColumnPart, DictionaryPart } from './footer.ts'
import { decodeJson } from './json.ts'
import type { Elements } from './numbers.ts'
import { readElements, type SectionSource } from './pages.ts'
import { lowerBound } from './read-ids.ts'
import { countOf, type NumberReader, readNumbers, readTexts, type Selection, select } from './read-parts.ts'

/** Ascending rows, each read when it is asked for. */
export interface RowList {
  readonly length: number
  at(i: number): number
  slice(from: number, to: number): Uint32Array
}

export const noRows: RowList = { length: 0, at: () => -1, slice: () => new Uint32Array(0) }

export interface ColumnReader {
  select(rows: Selection): Column
  at(row: number): Value
  /** Set where `select` gives the numbers that this part of the run has. */
  readonly sameAs?: 'time' | 'seq'
  /** Undefined where the column has no index. */
  readonly index?: TextIndex
}

/** Which rows have a text. */
export interface TextIndex {
  /** What stands for a text here; −1 where no row has it. */
  codeOf(text: string): number
  /** The rows with what a code stands for, ascending; none for −1. */
  rowsOf(code: number): RowList
}

export interface ColumnContext {
  readonly source: SectionSource
  readonly time: NumberReader
  readonly seq: NumberReader
}

/** `part` as it was stored, `field` as it is declared. */
export const readColumn = ({ source, time, seq }: ColumnContext, path: string, part: ColumnPart, field: FieldPlan): ColumnReader => {
  const name = `column ${path}`
  switch (part.as) {
    case 'time':
      return placeColumn(time, field, part.as)
    case 'seq':
      return placeColumn(seq, field, part.as)
    case 'number':
      return numberColumn(readNumbers(source, part, name), field)
    case 'bigint':
      return bigintColumn(source, part, name)
    case 'dictionary':
      return dictionaryColumn(source, part, name)
    case 'texts':
      return textColumn(source, part, name)
    case 'json':
      return jsonColumn(source, part, name, field)
  }
}

const numberColumn = (reader: NumberReader, field: FieldPlan): ColumnReader => {
  const { kind } = required(field)
  const big = kind === 'int64' || kind === 'decimal'
  return {
    select: (rows) => (kind === 'int64' ? asBigints(reader.select(rows)) : { kind: 'number', values: reader.select(rows) }),
    at: (row) => {
      const value = reader.at(row)
      return Number.isNaN(value) ? null : kind === 'boolean' ? value !== 0 : big ? BigInt(value) : value
    },
  }
}

const placeColumn = (reader: NumberReader, field: FieldPlan, sameAs: 'time' | 'seq'): ColumnReader => {
  const column = numberColumn(reader, field)
  return required(field).kind === 'int64' ? column : { ...column, sameAs }
}

/** Numbers of a column, NaN for null, as 64-bit integers. */
export const asBigints = (numbers: Float64Array): BigintColumn => {
  const values = new BigInt64Array(numbers.length)
  const nulls = new Uint8Array(numbers.length)
  let some = false
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isNaN(numbers[i]!)) {
      nulls[i] = 1
      some = true
    } else values[i] = BigInt(numbers[i]!)
  }
  return some ? { kind: 'bigint', values, nulls } : { kind: 'bigint', values }
}

const bigintColumn = (source: SectionSource, part: Extract<ColumnPart, { as: 'bigint' }>, name: string): ColumnReader => {
  // In halves: an integer's bits may be those of a NaN, which a double on the way need not keep.
  const halves = readElements(source, part.data, 4, name)
  const nulls = part.nulls && readElements(source, part.nulls, 1, name)
  const valuesOf = (rows: Selection): BigInt64Array => {
    if (!(rows instanceof Uint32Array)) return new BigInt64Array(halves.range(rows.from * 2, rows.to * 2).slice().buffer)
    const bits = new Uint32Array(rows.length * 2)
    const places = new Uint32Array(bits.length)
    for (let i = 0; i < places.length; i++) places[i] = 2 * rows[i >> 1]! + (i & 1)
    halves.gather(places, bits)
    return new BigInt64Array(bits.buffer)
  }
  return {
    select: (rows) => ({
      kind: 'bigint',
      values: valuesOf(rows),
      ...(nulls !== undefined && { nulls: (select(nulls, rows, 1) as Uint8Array).slice() }),
    }),
    at: (row) => (nulls?.at(row) === 1 ? null : valuesOf({ from: row, to: row + 1 })[0]!),
  }
}

const dictionaryColumn = (source: SectionSource, part: DictionaryPart, name: string): ColumnReader => {
  const { width, nulls, count } = part
  const codes = readElements(source, part.codes, width, name)
  const texts = readTexts(source, part, name)
  const first = nulls ? 1 : 0
  let dictionary: WeakRef<readonly string[]> | undefined
  const all = (): readonly string[] => {
    const known = dictionary?.deref()
    if (known !== undefined) return known
    const read = count === 0 ? [] : texts.range(0, count)
    dictionary = new WeakRef(read)
    return read
  }
  const starts = part.index && readElements(source, part.index.starts, 4, name)
  const rowsOf = part.index && readElements(source, part.index.rows, part.index.width, name)
  const index: TextIndex | undefined = starts &&
    rowsOf && {
      codeOf: (text) => {
        const key = Buffer.from(text, 'utf8')
        const code = lowerBound(count, 0, (i) => texts.compare(i, key))
        return code === count || texts.compare(code, key) !== 0 ? -1 : code
      },
      rowsOf: (code) => {
        if (code < 0) return noRows
        const [from, to] = [starts.at(code), starts.at(code + 1)]
        return {
          length: to - from,
          at: (i) => rowsOf.at(from + i),
          slice: (a, b) => (part.index!.width === 0 ? new Uint32Array(b - a) : new Uint32Array(rowsOf.range(from + a, from + b))),
        }
      },
    }
  return {
    select: (rows) => {
      const units = select(codes, rows, width)
      return countOf(rows) * 4 < count ? fewTexts(units, countOf(rows), first, texts.at) : manyTexts(units, countOf(rows), first, all())
    },
    at: (row) => {
      const code = codes.at(row) - first
      return code < 0 ? null : texts.at(code)
    },
    ...(index !== undefined && { index }),
  }
}

const manyTexts = (units: Elements, count: number, first: number, dictionary: readonly string[]): CodeColumn => {
  const codes = new Int32Array(count)
  if (units.length === 0) codes.fill(-first)
  else {
    codes.set(units)
    if (first !== 0) for (let i = 0; i < count; i++) codes[i]! -= first
  }
  return { kind: 'code', codes, dictionary }
}

/** A dictionary of only those texts that the rows have. */
const fewTexts = (units: Elements, count: number, first: number, textOf: (code: number) => string): CodeColumn => {
  const known = new Map<number, number>()
  const dictionary: string[] = []
  const codes = new Int32Array(count)
  for (let i = 0; i < count; i++) {
    const code = (units[i] ?? 0) - first
    let number = code < 0 ? -1 : known.get(code)
    if (number === undefined) {
      number = dictionary.push(textOf(code)) - 1
      known.set(code, number)
    }
    codes[i] = number
  }
  return { kind: 'code', codes, dictionary }
}

const textColumn = (source: SectionSource, part: Extract<ColumnPart, { as: 'texts' }>, name: string): ColumnReader => {
  const texts = readTexts(source, part, name)
  const nulls = part.nulls && readElements(source, part.nulls, 1, name)
  return {
    select: (rows) => {
      const absent = nulls && select(nulls, rows, 1)
      const found = rows instanceof Uint32Array ? Array.from(rows, texts.at) : texts.range(rows.from, rows.to)
      const known = new Map<string, number>()
      const codes = new Int32Array(found.length)
      for (const [i, text] of found.entries()) {
        if (absent?.[i] === 1) codes[i] = -1
        else {
          const number = known.get(text) ?? known.size
          if (number === known.size) known.set(text, number)
          codes[i] = number
        }
      }
      return { kind: 'code', codes, dictionary: [...known.keys()] }
    },
    at: (row) => (nulls?.at(row) === 1 ? null : texts.at(row)),
  }
}

const jsonColumn = (source: SectionSource, part: Extract<ColumnPart, { as: 'json' }>, name: string, field: FieldPlan): ColumnReader => {
  const texts = readTexts(source, part, name)
  const at = (row: number): Value => decodeJson(texts.at(row), field)
  return {
    at,
    select: (rows) => ({
      kind: 'value',
      values: rows instanceof Uint32Array ? Array.from(rows, at) : texts.range(rows.from, rows.to).map((text) => decodeJson(text, field)),
    }),
  }
}
