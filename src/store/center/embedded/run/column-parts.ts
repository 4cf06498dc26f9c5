/** The columns of a run: each in the form that holds it exactly in the fewest bytes. */
import { compareUtf8 } from '../../../../base/utf8.ts'
import { required } from '../../../../model/field.ts'
import type { BigintColumn, CodeColumn, Column, ValueColumn } from '../../../../model/table.ts'
import type { Leaf } from '../leaves.ts'
import { blockBytes, type RunFileWriter } from './file.ts'
import type { ColumnPart, DictionaryPart } from './footer.ts'
import { encodeJson } from './json.ts'
import { doubleScales, unsignedWidth, wholeScales } from './numbers.ts'
import { rowPage } from './pages.ts'
import { areEqual, gather, numberPart, rowAt, rowsPart, type Slice } from './parts.ts'
import { encodeTexts, sortTexts } from './texts.ts'

/** What a column may be equal to, so that it is not stored again. */
export interface RowFacts {
  readonly time: Float64Array
  readonly seq: Float64Array
  readonly subject: string
}

export const columnPart = (file: RunFileWriter, leaf: Leaf, column: Column, slice: Slice, facts: RowFacts): ColumnPart => {
  switch (column.kind) {
    case 'number':
      return plainPart(file, leaf, gather(column.values, slice), facts)
    case 'bigint':
      return bigintPart(file, column, slice)
    case 'code':
      return textPart(file, column, slice, leaf.path === facts.subject || required(leaf.field).kind === 'entity')
    case 'value':
      return jsonPart(file, column, slice)
  }
}

const plainPart = (file: RunFileWriter, { field }: Leaf, values: Float64Array, { time, seq }: RowFacts): ColumnPart => {
  if (areEqual(time, 0, values)) return { as: 'time' }
  if (areEqual(seq, 0, values)) return { as: 'seq' }
  return { as: 'number', ...numberPart(file, values, required(field).kind === 'double' ? doubleScales : wholeScales) }
}

const bigintPart = (file: RunFileWriter, { values, nulls }: BigintColumn, slice: Slice): ColumnPart => {
  const rows = slice.to - slice.from
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  const held = new BigInt64Array(rows)
  const absent = new Uint8Array(rows)
  let [small, some] = [true, false]
  for (let i = 0; i < rows; i++) {
    const row = rowAt(slice, i)
    if (nulls?.[row] === 1) {
      absent[i] = 1
      some = true
      continue
    }
    const value = values[row]!
    held[i] = value
    if (value > limit || value < -limit) small = false
  }
  if (small) {
    const numbers = Float64Array.from(held, (value, i) => (absent[i] === 1 ? Number.NaN : Number(value)))
    return { as: 'number', ...numberPart(file, numbers, wholeScales) }
  }
  const data = file.add(new Uint8Array(held.buffer), rowPage(8))
  return { as: 'bigint', data, ...(some && { nulls: file.add(absent, rowPage(1)) }) }
}

/** Above this share of different texts a dictionary saves nothing. */
const mostlyDifferent = 0.5
const smallDictionary = 1000

const textPart = (file: RunFileWriter, column: CodeColumn, slice: Slice, indexed: boolean): ColumnPart => {
  const rows = slice.to - slice.from
  const codes = new Int32Array(rows)
  const used = new Int32Array(column.dictionary.length)
  let nulls = false
  for (let i = 0; i < rows; i++) {
    const code = column.codes[rowAt(slice, i)]!
    codes[i] = code
    if (code < 0) nulls = true
    else used[code] = 1
  }
  const texts: string[] = []
  // Numbers of the used texts only.
  for (let code = 0; code < used.length; code++) {
    if (used[code] === 0) continue
    used[code] = texts.length
    texts.push(column.dictionary[code]!)
  }
  if (!indexed && texts.length > smallDictionary && texts.length > rows * mostlyDifferent) return textsPart(file, column, codes, nulls)
  return dictionaryPart(file, { codes, numberOf: used, nulls, texts: sortUsed(texts, used) }, indexed)
}

/** The texts in the order of bytes, each once; where they are not, `numberOf` is renumbered. */
const sortUsed = (texts: readonly string[], numberOf: Int32Array): readonly string[] => {
  if (texts.every((text, i) => i === 0 || compareUtf8(texts[i - 1]!, text) < 0)) return texts
  const sorted = sortTexts([...new Set(texts)])
  const numbers = new Map(sorted.map((text, number) => [text, number]))
  const renumbered = Int32Array.from(texts, (text) => numbers.get(text)!)
  // Those of unused texts are never asked for.
  for (let code = 0; code < numberOf.length; code++) numberOf[code] = renumbered[numberOf[code]!]!
  return sorted
}

const textsPart = (file: RunFileWriter, { dictionary }: CodeColumn, codes: Int32Array, nulls: boolean): ColumnPart => {
  const { offsets, bytes } = encodeTexts(Array.from(codes, (code) => (code < 0 ? '' : dictionary[code]!)))
  return {
    as: 'texts',
    offsets: file.add(new Uint8Array(offsets.buffer), rowPage(4)),
    bytes: file.add(bytes, blockBytes),
    ...(nulls && {
      nulls: file.add(
        Uint8Array.from(codes, (code) => (code < 0 ? 1 : 0)),
        rowPage(1),
      ),
    }),
  }
}

interface UsedTexts {
  /** Those that rows have, sorted. */
  readonly texts: readonly string[]
  /** Rows' codes in the column's dictionary. */
  readonly codes: Int32Array
  /** Code in the column's dictionary → number in `texts`. */
  readonly numberOf: Int32Array
  readonly nulls: boolean
}

const dictionaryPart = (file: RunFileWriter, { texts, codes, numberOf, nulls }: UsedTexts, indexed: boolean): DictionaryPart => {
  const first = nulls ? 1 : 0
  const width = unsignedWidth(Math.max(0, texts.length - 1 + first))!
  const packed = new Uint8Array(codes.length * width)
  const units = width === 4 ? new Uint32Array(packed.buffer) : width === 2 ? new Uint16Array(packed.buffer) : packed
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    const number = code < 0 ? -1 : numberOf[code]!
    codes[i] = number
    if (width > 0) units[i] = number + first
  }
  const { offsets, bytes } = encodeTexts(texts)
  return {
    as: 'dictionary',
    count: texts.length,
    width,
    nulls,
    codes: file.add(packed, rowPage(width)),
    offsets: file.add(new Uint8Array(offsets.buffer), blockBytes),
    bytes: file.add(bytes, blockBytes),
    ...(indexed && { index: indexPart(file, texts.length, codes) }),
  }
}

/** Rows by code: one counting sort. */
const indexPart = (file: RunFileWriter, count: number, codes: Int32Array): NonNullable<DictionaryPart['index']> => {
  const starts = new Uint32Array(count + 1)
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) starts[codes[i]! + 1]!++
  for (let code = 0; code < count; code++) starts[code + 1]! += starts[code]!
  const next = starts.slice()
  const rows = new Uint32Array(starts[count]!)
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) rows[next[codes[i]!]!++] = i
  const { data, width } = rowsPart(file, rows, codes.length)
  return { starts: file.add(new Uint8Array(starts.buffer), blockBytes), rows: data, width }
}

const jsonPart = (file: RunFileWriter, { values }: ValueColumn, slice: Slice): ColumnPart => {
  const texts = Array.from({ length: slice.to - slice.from }, (_, i) => encodeJson(values[rowAt(slice, i)] ?? null))
  const { offsets, bytes } = encodeTexts(texts)
  return { as: 'json', offsets: file.add(new Uint8Array(offsets.buffer), rowPage(4)), bytes: file.add(bytes, blockBytes) }
}
