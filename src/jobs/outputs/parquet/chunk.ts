/** Column chunks: a dictionary page where one pays, then a data page of the first version. */
import { ByteWriter } from 'hyparquet-writer'
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js'
import { type FieldPlan, required } from '../../../model/field.ts'
import type { Column } from '../../../model/table.ts'
import { type Dictionary, jsonColumn, placeWidth, textDictionary } from './dictionary.ts'
import { fewDoubles } from './doubles.ts'
import { assertForm } from './forms.ts'
import { oneRun, pack, packedHeader, packedSize, packedSlack } from './levels.ts'
import { plainNumbers, plainTexts, plainValues, wholeNumbers } from './plain.ts'
import { type Bounds, numbersIn, type Present, presentIn } from './present.ts'
import { type Codec, type Press, pressOf } from './press.ts'
import type { ChunkRoom } from './room.ts'
import { wholesIn } from './wholes.ts'
import { isDoublesWorth, isPlacesWorth } from './worth.ts'

/** What the footer says of a chunk. */
export interface ChunkNote {
  readonly codec: Codec
  /** Bytes of the dictionary page, which stands first; 0: there is none. */
  readonly dictionary: number
  /** Bytes of the chunk in the file, and without compression. */
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

/** The chunk of one column of a slice, which is in a form that the field may come in. */
export const encodeChunk = (given: Column, field: FieldPlan, rows: number, room: ChunkRoom): EncodedChunk => {
  assertForm(given, field)
  const content = contentOf(given.kind === 'value' ? jsonColumn(given.values, field, rows) : given, field, rows, room)
  const { present, dictionary } = content
  const levels = field.kind === 'optional' ? levelBytes(present) : []
  const body = dictionary === undefined ? joinedIn(room, [...levels, content.plain]) : placesIn(room, levels, dictionary)
  const codec = codecOf(content, body, field)
  const press = pressOf(codec, dictionary === undefined && required(field).kind === 'double')
  const pages: Page[] = []
  if (dictionary !== undefined) pages.push(page('dictionary', content.plain, dictionary.size, press))
  pages.push(page(dictionary === undefined ? 'plain' : 'places', body, rows, press))
  return {
    parts: pages.flatMap(({ parts }) => parts),
    note: {
      codec,
      dictionary: pages.length === 2 ? pages[0]!.size : 0,
      compressed: pages.reduce((sum, { size }) => sum + size, 0),
      uncompressed: pages.reduce((sum, { uncompressed }) => sum + uncompressed, 0),
      nulls: rows - present.count,
      bounds: boundsOf(content, field),
    },
  }
}

interface Content {
  readonly present: Present
  readonly bounds?: Bounds
  readonly dictionary?: Dictionary<unknown>
  /** The dictionary's values, or else the column's that are there. */
  readonly plain: Uint8Array
}

const contentOf = (column: Exclude<Column, { kind: 'value' }>, field: FieldPlan, rows: number, room: ChunkRoom): Content => {
  if (column.kind === 'number') return numberContent(column.values, field, rows, room)
  const present = presentIn(column, rows, room)
  const dictionary = column.kind === 'code' ? textDictionary(column, present, room) : undefined
  if (dictionary !== undefined) return { present, dictionary, plain: plainTexts(dictionary.values) }
  return { present, plain: plainValues(column, field, present) }
}

const numberContent = (values: Float64Array, field: FieldPlan, rows: number, room: ChunkRoom): Content => {
  const { kind } = required(field)
  const wholes = kind === 'int' || kind === 'time' || kind === 'int64' ? wholesIn(values, rows, room) : undefined
  if (wholes !== undefined) return { ...wholes, plain: wholeNumbers(wholes.dictionary.values) }
  const present = numbersIn(values, rows, room)
  const dictionary = kind === 'double' ? fewDoubles(present.values, room) : undefined
  if (dictionary !== undefined) return { present, bounds: present, dictionary, plain: plainNumbers(dictionary.values, field) }
  return { present, bounds: present, plain: plainNumbers(present.values, field) }
}

const codecOf = ({ dictionary, plain }: Content, body: Uint8Array, field: FieldPlan): Codec => {
  const isWorth = dictionary !== undefined ? isPlacesWorth([plain, body]) : required(field).kind !== 'double' || isDoublesWorth(plain)
  return isWorth ? 'ZSTD' : 'UNCOMPRESSED'
}

interface Page {
  readonly parts: readonly Uint8Array[]
  readonly size: number
  readonly uncompressed: number
}

const [plain, rle, rleDictionary] = [0, 3, 8]
const [dataPage, dictionaryPage] = [0, 2]

type PageKind = 'dictionary' | 'places' | 'plain'

const page = (kind: PageKind, bytes: Uint8Array, count: number, press: Press): Page => {
  const body = press(bytes)
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

const levelBytes = ({ rows, bits }: Present): readonly Uint8Array[] => {
  const runs = bits === undefined ? [oneRun(1, rows)] : [packedHeader(rows), bits]
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, lengthOf(runs), true)
  return [length, ...runs]
}

const boundsOf = ({ present, bounds }: Content, field: FieldPlan): readonly [number, number] | null => {
  const { kind } = required(field)
  if (bounds === undefined || present.count === 0 || (kind !== 'int' && kind !== 'double' && kind !== 'time')) return null
  return [bounds.least, bounds.most]
}

export const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(lengthOf(parts))
  putAll(parts, all)
  return all
}

/** Valid until the next page in the same room. */
const joinedIn = (room: ChunkRoom, parts: readonly Uint8Array[]): Uint8Array => {
  const length = lengthOf(parts)
  const all = room.page.atLeast(length).subarray(0, length)
  putAll(parts, all)
  return all
}

/** The places' width and their run follow the levels. Valid until the next page in the same room. */
const placesIn = (room: ChunkRoom, levels: readonly Uint8Array[], dictionary: Dictionary<unknown>): Uint8Array => {
  const width = placeWidth(dictionary)
  const count = dictionary.slots.length
  const head = [...levels, Uint8Array.of(width), packedHeader(count)]
  const at = lengthOf(head)
  const end = at + packedSize(count, width)
  const all = room.page.atLeast(end + packedSlack)
  putAll(head, all)
  pack({ slots: dictionary.slots, placeOf: dictionary.placeOf, width }, all, at)
  return all.subarray(0, end)
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)

const putAll = (parts: readonly Uint8Array[], into: Uint8Array): void => {
  let at = 0
  for (const part of parts) {
    into.set(part, at)
    at += part.length
  }
}
