/** Column chunks: a dictionary page where one pays, then a data page of the first version. */
import { constants, zstdCompressSync } from 'node:zlib'
import { ByteWriter } from 'hyparquet-writer'
import { serializeTCompactProtocol } from 'hyparquet-writer/src/thrift.js'
import { type FieldPlan, required } from '../../../model/field.ts'
import type { Column } from '../../../model/table.ts'
import type { Scratch } from '../../../windows/batch/scratch.ts'
import { type Dictionary, jsonColumn, numberDictionary, placeBytes, textDictionary } from './dictionary.ts'
import { oneRun, packed } from './levels.ts'
import { type NumberStats, numberStats, type Present, plainTexts, plainValues, presentIn, wholeNumbers } from './plain.ts'
import type { ChunkRoom } from './room.ts'

export type Codec = 'ZSTD' | 'UNCOMPRESSED'

/** What the footer says of a chunk. */
export interface ChunkNote {
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

export interface ChunkOptions {
  readonly codec: Codec
  readonly room: ChunkRoom
}

/** The chunk of one column of a slice. */
export const encodeChunk = (given: Column, field: FieldPlan, rows: number, { codec, room }: ChunkOptions): EncodedChunk => {
  const column = given.kind === 'value' ? jsonColumn(given.values, field, rows) : given
  const stats = column.kind === 'number' ? numberStats(column.values, rows) : undefined
  const present = presentIn(column, rows, stats, room)
  const found = dictionaryOf(column, field, { present, stats, room })
  const pages: Page[] = []
  if (found !== undefined) pages.push(page('dictionary', found.bytes, found.dictionary.size, codec))
  const levels = field.kind === 'optional' ? levelBytes(present, room) : []
  const values = found === undefined ? [plainValues(column, field, present, room)] : placeBytes(found.dictionary, room)
  pages.push(page(found === undefined ? 'plain' : 'places', joinedIn(room.page, [...levels, ...values]), rows, codec))
  return {
    parts: pages.flatMap(({ parts }) => parts),
    note: {
      dictionary: pages.length === 2 ? pages[0]!.size : 0,
      compressed: pages.reduce((sum, { size }) => sum + size, 0),
      uncompressed: pages.reduce((sum, { uncompressed }) => sum + uncompressed, 0),
      nulls: rows - present.count,
      bounds: boundsOf(stats, field),
    },
  }
}

/** With its page's bytes. */
const dictionaryOf = (
  column: Column,
  field: FieldPlan,
  { present, stats, room }: { readonly present: Present; readonly stats: NumberStats | undefined; readonly room: ChunkRoom },
): { readonly dictionary: Dictionary<unknown>; readonly bytes: Uint8Array } | undefined => {
  if (column.kind === 'code') {
    const dictionary = textDictionary(column, present, room)
    return dictionary && { dictionary, bytes: plainTexts(dictionary.values) }
  }
  const { kind } = required(field)
  if (column.kind !== 'number' || stats === undefined || (kind !== 'int' && kind !== 'time' && kind !== 'int64')) return undefined
  const dictionary = numberDictionary(column.values, present, stats, room)
  return dictionary && { dictionary, bytes: wholeNumbers(dictionary.values) }
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
  const body = codec === 'ZSTD' ? compressed(bytes) : bytes.slice()
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

/** The output comes in one piece: zstd never makes more than this of its input (ZSTD_compressBound). */
const compressed = (bytes: Uint8Array): Uint8Array =>
  zstdCompressSync(bytes, {
    chunkSize: Math.max(constants.Z_MIN_CHUNK, bytes.length + (bytes.length >>> 8) + 512),
    params: { [constants.ZSTD_c_compressionLevel]: zstdLevel },
  })

const levelBytes = ({ rows, mask }: Present, room: ChunkRoom): readonly Uint8Array[] => {
  const runs = mask === undefined ? oneRun(1, rows) : packed(mask, 1, room.levels)
  const length = new Uint8Array(4)
  new DataView(length.buffer).setUint32(0, runs.length, true)
  return [length, runs]
}

const boundsOf = (stats: NumberStats | undefined, field: FieldPlan): readonly [number, number] | null => {
  const { kind } = required(field)
  if (stats === undefined || stats.count === 0 || (kind !== 'int' && kind !== 'double' && kind !== 'time')) return null
  return [stats.least, stats.most]
}

export const joined = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(lengthOf(parts))
  putAll(parts, all)
  return all
}

/** Valid until the next ones in the same room. */
const joinedIn = (room: Scratch<Uint8Array>, parts: readonly Uint8Array[]): Uint8Array => {
  const length = lengthOf(parts)
  const all = room.atLeast(length).subarray(0, length)
  putAll(parts, all)
  return all
}

const lengthOf = (parts: readonly Uint8Array[]): number => parts.reduce((sum, { length }) => sum + length, 0)

const putAll = (parts: readonly Uint8Array[], into: Uint8Array): void => {
  let at = 0
  for (const part of parts) {
    into.set(part, at)
    at += part.length
  }
}
