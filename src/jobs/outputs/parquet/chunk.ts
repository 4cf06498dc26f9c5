/** Column chunks: a dictionary page where one pays, then a data page of the first version. */
import { constants, zstdCompressSync } from 'node:zlib'
import { ByteWriter } from 'hyparquet-writer'
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js'
import { type FieldPlan, required } from '../../../model/field.ts'
import type { Column } from '../../../model/table.ts'
import { bitsOf, oneRun, packed } from './levels.ts'
import { type Present, plainTexts, plainValues, presentIn } from './plain.ts'

export type Codec = 'ZSTD' | 'UNCOMPRESSED'

/** What the footer says of a chunk. */
export interface ChunkNote {
  readonly dictionaryAt: number | null
  readonly dataAt: number
  readonly compressed: number
  readonly uncompressed: number
  readonly nulls: number
  /** Of numbers and times: the smallest and the largest, where there is one. */
  readonly bounds: readonly [number, number] | null
}

export interface EncodedChunk {
  readonly parts: readonly Uint8Array[]
  readonly note: ChunkNote
}

/** The chunk of one column of a slice, to stand at byte `at` of the file. */
export const encodeChunk = (
  column: Column,
  field: FieldPlan,
  rows: number,
  { at, codec }: { readonly at: number; readonly codec: Codec },
): EncodedChunk => {
  const present = presentIn(column, rows)
  const dictionary = column.kind === 'code' ? dictionaryOf(column, present) : undefined
  const pages: Page[] = []
  if (dictionary !== undefined) pages.push(page('dictionary', plainTexts(dictionary.texts), dictionary.texts.length, codec))
  const levels = field.kind === 'optional' ? levelBytes(present) : new Uint8Array(0)
  const values = dictionary === undefined ? plainValues(column, field, present) : placeBytes(dictionary)
  pages.push(page(dictionary === undefined ? 'plain' : 'places', joined([levels, values]), rows, codec))
  const first = pages.length === 2 ? pages[0]!.size : 0
  return {
    parts: pages.flatMap(({ parts }) => parts),
    note: {
      dictionaryAt: dictionary === undefined ? null : at,
      dataAt: at + first,
      compressed: pages.reduce((sum, { size }) => sum + size, 0),
      uncompressed: pages.reduce((sum, { uncompressed }) => sum + uncompressed, 0),
      nulls: rows - present.count,
      bounds: boundsOf(column, field, rows),
    },
  }
}

interface Page {
  readonly parts: readonly Uint8Array[]
  readonly size: number
  readonly uncompressed: number
}

const zstdLevel = 1
const [plain, rle, rleDictionary] = [0, 3, 8]
const [dataPage, dictionaryPage] = [0, 2]

const page = (kind: 'dictionary' | 'plain' | 'places', bytes: Uint8Array, count: number, codec: Codec): Page => {
  const body = codec === 'ZSTD' ? zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: zstdLevel } }) : bytes
  const header = new ByteWriter(64)
  serializeTCompactProtocol(header as never, {
    field_1: kind === 'dictionary' ? dictionaryPage : dataPage,
    field_2: bytes.length,
    field_3: body.length,
    ...(kind === 'dictionary'
      ? { field_7: { field_1: count, field_2: plain } }
      : { field_5: { field_1: count, field_2: kind === 'plain' ? plain : rleDictionary, field_3: rle, field_4: rle } }),
  })
  const head = header.getBytes()
  return { parts: [head, body], size: head.length + body.length, uncompressed: head.length + bytes.length }
}

const levelBytes = ({ rows, mask }: Present): Uint8Array => {
  const runs = mask === undefined ? oneRun(1, rows) : packed(mask, 1)
  const bytes = new Uint8Array(4 + runs.length)
  new DataView(bytes.buffer).setUint32(0, runs.length, true)
  bytes.set(runs, 4)
  return bytes
}

interface Dictionary {
  readonly texts: readonly string[]
  /** Of the rows that have a value. */
  readonly places: Int32Array
}

/** The texts that the rows use. Undefined where most rows have one of their own, so that a dictionary only costs. */
const dictionaryOf = ({ codes, dictionary }: Extract<Column, { kind: 'code' }>, { rows, count }: Present): Dictionary | undefined => {
  const translation = new Int32Array(dictionary.length).fill(-1)
  const texts: string[] = []
  const places = new Int32Array(count)
  const most = Math.min(count / 2, 2 ** 20)
  for (let row = 0, next = 0; row < rows; row++) {
    const code = codes[row]!
    if (code < 0) continue
    if (translation[code] === -1) translation[code] = texts.push(dictionary[code]!) - 1
    places[next++] = translation[code]!
    if (texts.length > most) return undefined
  }
  return { texts, places }
}

const placeBytes = ({ texts, places }: Dictionary): Uint8Array => {
  const width = Math.max(1, bitsOf(Math.max(0, texts.length - 1)))
  const runs = packed(places, width)
  const bytes = new Uint8Array(1 + runs.length)
  bytes[0] = width
  bytes.set(runs, 1)
  return bytes
}

const boundsOf = (column: Column, field: FieldPlan, rows: number): readonly [number, number] | null => {
  const { kind } = required(field)
  if (column.kind !== 'number' || (kind !== 'int' && kind !== 'double' && kind !== 'time')) return null
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = 0; i < rows; i++) {
    const value = column.values[i]!
    if (value < least) least = value
    if (value > most) most = value
  }
  return least <= most ? [least, most] : null
}

export const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const [only] = parts
  if (parts.length === 1) return only!
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
