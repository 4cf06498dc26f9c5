/** The columns of a run: each in the form that holds it exactly in the fewest bytes. */
import { compareUtf8 } from '../../../../base/utf8.ts'
import { required } from '../../../../model/field.ts'
import type { BigintColumn, CodeColumn, Column, ValueColumn } from '../../../../model/table.ts'
import { type Breath, inSlices } from '../breath.ts'
import type { Leaf } from '../leaves.ts'
import { numbersIn } from '../sorted-columns.ts'
import { blockBytes, type RunFileWriter } from './file.ts'
import type { ColumnPart, DictionaryPart } from './footer.ts'
import { encodeJson } from './json.ts'
import { doubleScales, unsignedWidth, wholeScales } from './numbers.ts'
import { rowPage } from './pages.ts'
import { areEqual, gather, numberPart, type RunOutput, rowAt, rowsPart, type Slice } from './parts.ts'
import { encodeTextsInSteps, sortTextsInSteps } from './texts.ts'

/** Which column it is, and what it may be equal to, so that it is not stored again. */
export interface ColumnFacts {
  readonly leaf: Leaf
  readonly time: Float64Array
  readonly seq: Float64Array
  readonly subject: string
}

export const columnPart = async (out: RunOutput, column: Column, slice: Slice, facts: ColumnFacts): Promise<ColumnPart> => {
  const { leaf, subject } = facts
  await out.breathe()
  switch (column.kind) {
    case 'number':
      return plainPart(out.file, gather(column.values, slice), facts)
    case 'bigint':
      return bigintPart(out, column, slice)
    case 'code':
      return textPart(out, column, slice, leaf.path === subject || required(leaf.field).kind === 'entity')
    case 'value':
      return jsonPart(out, column, slice)
  }
}

const plainPart = async (file: RunFileWriter, values: Float64Array, { leaf, time, seq }: ColumnFacts): Promise<ColumnPart> => {
  if (areEqual(time, 0, values)) return { as: 'time' }
  if (areEqual(seq, 0, values)) return { as: 'seq' }
  return { as: 'number', ...(await numberPart(file, values, required(leaf.field).kind === 'double' ? doubleScales : wholeScales)) }
}

const bigintPart = async ({ file, breathe }: RunOutput, { values, nulls }: BigintColumn, slice: Slice): Promise<ColumnPart> => {
  const rows = slice.to - slice.from
  const limit = BigInt(Number.MAX_SAFE_INTEGER)
  const held = new BigInt64Array(rows)
  const absent = new Uint8Array(rows)
  let [small, some] = [true, false]
  await inSlices(breathe, rows, (from, to) => {
    for (let i = from; i < to; i++) {
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
  })
  if (small) {
    const numbers = new Float64Array(rows)
    await inSlices(breathe, rows, (from, to) => {
      for (let i = from; i < to; i++) numbers[i] = absent[i] === 1 ? Number.NaN : Number(held[i])
    })
    return { as: 'number', ...(await numberPart(file, numbers, wholeScales)) }
  }
  const data = await file.add(new Uint8Array(held.buffer), rowPage(8))
  return { as: 'bigint', data, ...(some && { nulls: await file.add(absent, rowPage(1)) }) }
}

/** Above this share of different texts a dictionary saves nothing. */
const mostlyDifferent = 0.5
const smallDictionary = 1000

const textPart = async (out: RunOutput, column: CodeColumn, slice: Slice, indexed: boolean): Promise<ColumnPart> => {
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
  await out.breathe()
  const texts: string[] = []
  // Numbers of the used texts only.
  await inSlices(out.breathe, used.length, (from, to) => {
    for (let code = from; code < to; code++) {
      if (used[code] === 0) continue
      used[code] = texts.length
      texts.push(column.dictionary[code]!)
    }
  })
  if (!indexed && texts.length > smallDictionary && texts.length > rows * mostlyDifferent) return textsPart(out, column, codes, nulls)
  return dictionaryPart(out, { codes, numberOf: used, nulls, texts: await sortUsed(out.breathe, texts, used) }, indexed)
}

/** The texts in the order of bytes, each once; where they are not, `numberOf` is renumbered. */
const sortUsed = async (breathe: Breath, texts: readonly string[], numberOf: Int32Array): Promise<readonly string[]> => {
  let isSorted = true
  await inSlices(breathe, texts.length, (from, to) => {
    for (let i = Math.max(1, from); i < to && isSorted; i++) isSorted = compareUtf8(texts[i - 1]!, texts[i]!) < 0
  })
  if (isSorted) return texts
  const sorted = await sortTextsInSteps(breathe, [...new Set(texts)])
  const renumbered = await numbersIn(breathe, sorted, texts)
  // Those of unused texts are never asked for.
  for (let code = 0; code < numberOf.length; code++) numberOf[code] = renumbered[numberOf[code]!]!
  return sorted
}

const textsPart = async (
  { file, breathe }: RunOutput,
  { dictionary }: CodeColumn,
  codes: Int32Array,
  nulls: boolean,
): Promise<ColumnPart> => {
  const textOf = (code: number): string => (code < 0 ? '' : dictionary[code]!)
  const { offsets, bytes } = await encodeTextsInSteps(breathe, codes.length, (i) => textOf(codes[i]!))
  return {
    as: 'texts',
    offsets: await file.add(new Uint8Array(offsets.buffer), rowPage(4)),
    bytes: await file.add(bytes, blockBytes),
    ...(nulls && { nulls: await file.add(absences(codes), rowPage(1)) }),
  }
}

const absences = (codes: Int32Array): Uint8Array => {
  const absent = new Uint8Array(codes.length)
  for (let i = 0; i < codes.length; i++) absent[i] = codes[i]! < 0 ? 1 : 0
  return absent
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

const dictionaryPart = async (
  { file, breathe }: RunOutput,
  { texts, codes, numberOf, nulls }: UsedTexts,
  indexed: boolean,
): Promise<DictionaryPart> => {
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
  await breathe()
  const { offsets, bytes } = await encodeTextsInSteps(breathe, texts.length, (i) => texts[i]!)
  return {
    as: 'dictionary',
    count: texts.length,
    width,
    nulls,
    codes: await file.add(packed, rowPage(width)),
    offsets: await file.add(new Uint8Array(offsets.buffer), blockBytes),
    bytes: await file.add(bytes, blockBytes),
    ...(indexed && { index: await indexPart(file, texts.length, codes) }),
  }
}

/** Rows by code: one counting sort. */
const indexPart = async (file: RunFileWriter, count: number, codes: Int32Array): Promise<NonNullable<DictionaryPart['index']>> => {
  const starts = new Uint32Array(count + 1)
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) starts[codes[i]! + 1]!++
  for (let code = 0; code < count; code++) starts[code + 1]! += starts[code]!
  const next = starts.slice()
  const rows = new Uint32Array(starts[count]!)
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) rows[next[codes[i]!]!++] = i
  const { data, width } = await rowsPart(file, rows, codes.length)
  return { starts: await file.add(new Uint8Array(starts.buffer), blockBytes), rows: data, width }
}

const jsonPart = async ({ file, breathe }: RunOutput, { values }: ValueColumn, slice: Slice): Promise<ColumnPart> => {
  const { offsets, bytes } = await encodeTextsInSteps(breathe, slice.to - slice.from, (i) => encodeJson(values[rowAt(slice, i)] ?? null))
  return { as: 'json', offsets: await file.add(new Uint8Array(offsets.buffer), rowPage(4)), bytes: await file.add(bytes, blockBytes) }
}
