/** The pages of a column chunk, decompressed, with their levels: data pages of both versions, dictionary pages. */
import { crc32 } from 'node:zlib'
import type { CompressionCodec, Encoding, PageHeader } from 'hyparquet'
import { parquetHeader } from 'hyparquet/src/column.js'
import { decompress } from './decompress.ts'
import { type HybridInput, isOneRun, readHybrid } from './hybrid.ts'
import type { Leaf } from './leaf.ts'

export interface DictionaryPage {
  readonly isDictionary: true
  readonly count: number
  readonly bytes: Uint8Array
}

export interface DataPage {
  readonly isDictionary: false
  readonly encoding: Encoding
  /** Values and nulls. */
  readonly count: number
  /** Values that are there. */
  readonly present: number
  /** Left out where every value is there. */
  readonly definition?: Int32Array
  /** Left out where nothing repeats. */
  readonly repetition?: Int32Array
  /** The values, from `at` on. */
  readonly bytes: Uint8Array
  readonly at: number
}

/** A value, a level and a place in a dictionary take at most so many of one page, else it is taken for damage. */
const mostValues = 2 ** 27

/** The pages of a chunk in order. `values`: how many its metadata promises; what follows is not read. */
export function* pagesOf(chunk: Uint8Array, leaf: Leaf, codec: CompressionCodec, values: number): Generator<DictionaryPage | DataPage> {
  const reader = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), offset: 0 }
  for (let seen = 0; seen < values; ) {
    const header = parquetHeader(reader)
    const from = reader.offset
    const to = from + header.compressed_page_size
    if (!(to >= from && to <= chunk.length)) throw new Error('a page is longer than its column')
    const bytes = chunk.subarray(from, to)
    if (header.crc !== undefined && (crc32(bytes) | 0) !== (header.crc | 0)) throw new Error('a page does not match its checksum')
    reader.offset = to
    const page = pageOf(bytes, header, leaf, codec)
    if (page === undefined) continue
    if (!page.isDictionary) seen += page.count
    yield page
  }
}

const pageOf = (bytes: Uint8Array, header: PageHeader, leaf: Leaf, codec: CompressionCodec): DictionaryPage | DataPage | undefined => {
  switch (header.type) {
    case 'DICTIONARY_PAGE': {
      const count = counted(header.dictionary_page_header?.num_values)
      return { isDictionary: true, count, bytes: decompress(codec, bytes, header.uncompressed_page_size) }
    }
    case 'DATA_PAGE':
      return firstVersion(decompress(codec, bytes, header.uncompressed_page_size), header, leaf)
    case 'DATA_PAGE_V2':
      return secondVersion(bytes, header, leaf, codec)
    case 'INDEX_PAGE':
      return undefined
    default:
      throw new Error('a page is of no known type')
  }
}

const counted = (count: number | undefined): number => {
  if (count === undefined || !(count >= 0 && count <= mostValues)) throw new Error(`a page says that it has ${count} values`)
  return count
}

const firstVersion = (bytes: Uint8Array, { data_page_header: header }: PageHeader, leaf: Leaf): DataPage => {
  if (header === undefined) throw new Error('a data page lacks its header')
  const count = counted(header.num_values)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const levels = (most: number, encoding: Encoding): Int32Array | undefined => {
    if (most === 0) return undefined
    if (encoding !== 'RLE') throw new Error(`levels are encoded by ${encoding}, which is not known`)
    const from = at + 4
    at = from + view.getUint32(at, true)
    if (at > bytes.length) throw new Error('levels are longer than their page')
    return levelsOf({ bytes, from, to: at, width: 32 - Math.clz32(most) }, most, count)
  }
  const repetition = levels(leaf.maxRepetition, header.repetition_level_encoding)
  const definition = levels(leaf.maxDefinition, header.definition_level_encoding)
  return dataPage({ encoding: header.encoding, count, repetition, definition, bytes, at }, leaf)
}

const secondVersion = (
  bytes: Uint8Array,
  { data_page_header_v2: header, uncompressed_page_size }: PageHeader,
  leaf: Leaf,
  codec: CompressionCodec,
): DataPage => {
  if (header === undefined) throw new Error('a data page lacks its header')
  const count = counted(header.num_values)
  const { repetition_levels_byte_length: first, definition_levels_byte_length: second } = header
  if (!(first >= 0 && second >= 0 && first + second <= bytes.length)) throw new Error('levels are longer than their page')
  const levels = (most: number, from: number, to: number) =>
    most === 0 ? undefined : levelsOf({ bytes, from, to, width: 32 - Math.clz32(most) }, most, count)
  const rest = bytes.subarray(first + second)
  const values = header.is_compressed === false ? rest : decompress(codec, rest, uncompressed_page_size - first - second)
  return dataPage(
    {
      encoding: header.encoding,
      count,
      repetition: levels(leaf.maxRepetition, 0, first),
      definition: levels(leaf.maxDefinition, first, first + second),
      bytes: values,
      at: 0,
    },
    leaf,
  )
}

/** Undefined where all are `most`. */
const levelsOf = (input: HybridInput, most: number, count: number): Int32Array | undefined => {
  if (isOneRun(input, most, count)) return undefined
  const levels = new Int32Array(count)
  readHybrid(input, levels)
  return levels
}

interface Levelled {
  readonly encoding: Encoding
  readonly count: number
  readonly repetition: Int32Array | undefined
  readonly definition: Int32Array | undefined
  readonly bytes: Uint8Array
  readonly at: number
}

const dataPage = ({ encoding, count, repetition, definition, bytes, at }: Levelled, leaf: Leaf): DataPage => ({
  isDictionary: false,
  encoding,
  count,
  present: definition === undefined ? count : presentIn(definition, leaf.maxDefinition),
  ...(definition !== undefined && { definition }),
  ...(leaf.maxRepetition > 0 && { repetition: repetition ?? new Int32Array(count).fill(leaf.maxRepetition) }),
  bytes,
  at,
})

const presentIn = (definition: Int32Array, most: number): number => {
  let present = 0
  for (let i = 0; i < definition.length; i++) if (definition[i] === most) present++
  return present
}

/** Places in the dictionary, `present` of them, each checked to be below `size`. */
export const placesOf = ({ bytes, at, present }: DataPage, size: number): Int32Array => {
  const places = new Int32Array(present)
  if (present === 0) return places
  const width = bytes[at]
  if (width === undefined || width > 32) throw new Error('places in a dictionary have no width')
  if (width > 0) readHybrid({ bytes, from: at + 1, to: bytes.length, width }, places)
  let most = 0
  for (let i = 0; i < present; i++) most = Math.max(most, places[i]! >>> 0)
  if (most >= size) throw new Error(`a place in a dictionary is ${most}, beyond its ${size} values`)
  return places
}
