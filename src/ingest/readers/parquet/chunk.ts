/** A flat column of a row group as one source column. */
import type { CompressionCodec } from 'hyparquet'
import type { SourceColumn } from '../batch.ts'
import type { TextPool } from '../texts.ts'
import { rawOf } from './convert.ts'
import type { Leaf } from './leaf.ts'
import { type DataPage, type DictionaryPage, pagesOf, placesOf } from './pages.ts'
import { decodedOf, type Encoded, numbersOf, TooWide } from './physical.ts'

export interface Chunk {
  readonly leaf: Leaf
  readonly bytes: Uint8Array
  readonly codec: CompressionCodec
  readonly rows: number
}

/** The column, its rows' texts in `pool`; codes of −2 are texts that are no UTF-8. */
export const readChunk = (chunk: Chunk, pool: TextPool): SourceColumn => {
  const { form } = chunk.leaf
  switch (form.as) {
    case 'texts':
      return { kind: 'code', codes: readTexts(chunk, pool), dictionary: pool.texts }
    case 'booleans':
      return { kind: 'number', values: readNumbers(chunk)!, isBoolean: true }
    case 'numbers':
      return readNumberColumn(chunk, form)
    default:
      return { kind: 'value', values: readValues(chunk) }
  }
}

const exactUnits = 1e15

const readNumberColumn = (chunk: Chunk, { unit, scale, isDay }: Leaf['form'] & { as: 'numbers' }): SourceColumn => {
  const values = readNumbers(chunk)
  if (values === undefined) return wideColumn(readValues(chunk), unit)
  if (isDay === true) for (let i = 0; i < values.length; i++) values[i]! *= 86_400_000
  if (scale !== undefined && scale !== 0) {
    const divisor = 10 ** scale
    for (let i = 0; i < values.length; i++) {
      if (Math.abs(values[i]!) >= exactUnits || scale > 22) return { kind: 'value', values: readValues(chunk) }
      values[i]! /= divisor
    }
  }
  return { kind: 'number', values, ...(unit !== undefined && { unit }) }
}

/** Whole numbers of 64 bits. Real NaNs, and unsigned numbers beyond the signed ones, stay as they are. */
const wideColumn = (values: readonly unknown[], unit: (Leaf['form'] & { as: 'numbers' })['unit']): SourceColumn => {
  const isWhole = (value: unknown) =>
    value === null || (typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value))
  if (!values.every(isWhole)) return { kind: 'value', values }
  return {
    kind: 'bigint',
    values: BigInt64Array.from(values, (value) => BigInt((value ?? 0) as bigint)),
    nulls: Uint8Array.from(values, (value) => (value === null ? 1 : 0)),
    ...(unit !== undefined && { unit }),
  }
}

/** Undefined where doubles do not tell everything: whole numbers beyond 2^53, real NaNs. */
const readNumbers = (chunk: Chunk): Float64Array | undefined => {
  const out = new Float64Array(chunk.rows)
  const isFloat = chunk.leaf.element.type === 'FLOAT' || chunk.leaf.element.type === 'DOUBLE'
  let dictionary: Float64Array | undefined
  let row = 0
  try {
    for (const page of flatPages(chunk)) {
      if (page.isDictionary) {
        dictionary = numbersOf(plainEntries(page), chunk.leaf)
        continue
      }
      const places = isPlaced(page) ? placesOf(page, dictionary?.length ?? 0) : undefined
      const values = places === undefined ? numbersOf(encodedIn(page), chunk.leaf) : picked(places, dictionary!)
      if (isFloat && values.some(Number.isNaN)) return undefined
      spreadNumbers(values, page, chunk.leaf.maxDefinition, out.subarray(row, row + page.count))
      row += page.count
    }
  } catch (error) {
    if (error instanceof TooWide) return undefined
    throw error
  }
  return out
}

const picked = (places: Int32Array, dictionary: Float64Array): Float64Array => {
  const values = new Float64Array(places.length)
  for (let i = 0; i < places.length; i++) values[i] = dictionary[places[i]!]!
  return values
}

const spreadNumbers = (values: Float64Array, { definition }: DataPage, most: number, out: Float64Array): void => {
  if (definition === undefined) out.set(values)
  else for (let i = 0, next = 0; i < out.length; i++) out[i] = definition[i] === most ? values[next++]! : Number.NaN
}

const readTexts = (chunk: Chunk, pool: TextPool): Int32Array => {
  const out = new Int32Array(chunk.rows)
  let dictionary: Int32Array | undefined
  let row = 0
  for (const page of flatPages(chunk)) {
    if (page.isDictionary) {
      dictionary = textCodes(plainEntries(page), chunk.leaf, pool)
      continue
    }
    const codes = isPlaced(page) ? placesOf(page, dictionary?.length ?? 0) : textCodes(encodedIn(page), chunk.leaf, pool)
    if (isPlaced(page)) for (let i = 0; i < codes.length; i++) codes[i] = dictionary![codes[i]!]!
    spreadCodes(codes, page, chunk.leaf.maxDefinition, out.subarray(row, row + page.count))
    row += page.count
  }
  return out
}

const spreadCodes = (codes: Int32Array, { definition }: DataPage, most: number, out: Int32Array): void => {
  if (definition === undefined) out.set(codes)
  else for (let i = 0, next = 0; i < out.length; i++) out[i] = definition[i] === most ? codes[next++]! : -1
}

const textCodes = (encoded: Encoded, leaf: Leaf, pool: TextPool): Int32Array => {
  const { bytes, count } = encoded
  const codes = new Int32Array(count)
  if (encoded.encoding !== 'PLAIN') {
    const texts = decodedOf(encoded, leaf) as readonly Uint8Array[]
    for (let i = 0; i < count; i++) codes[i] = pool.code(texts[i]!, 0, texts[i]!.length)
    return codes
  }
  const starts = new Int32Array(count)
  const ends = new Int32Array(count)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let i = 0, at = encoded.at; i < count; i++) {
    const from = at + 4
    if (from > bytes.length) throw new Error('a page ends before its values')
    at = from + view.getInt32(at, true)
    if (!(at >= from && at <= bytes.length)) throw new Error('a text is longer than its page')
    starts[i] = from
    ends[i] = at
  }
  pool.codes(bytes, starts, ends, codes)
  return codes
}

/** Anything else, as raw values; null where there is none. */
const readValues = (chunk: Chunk): readonly unknown[] => {
  const out: unknown[] = []
  const convert = rawOf(chunk.leaf)
  let dictionary: readonly unknown[] = []
  for (const page of flatPages(chunk)) {
    if (page.isDictionary) {
      dictionary = Array.from(decodedOf(plainEntries(page), chunk.leaf), convert)
      continue
    }
    const values = isPlaced(page)
      ? Array.from(placesOf(page, dictionary.length), (place) => dictionary[place])
      : Array.from(decodedOf(encodedIn(page), chunk.leaf), convert)
    for (let i = 0, next = 0; i < page.count; i++)
      out.push(page.definition === undefined || page.definition[i] === chunk.leaf.maxDefinition ? values[next++] : null)
  }
  return out
}

export const plainEntries = ({ bytes, count }: DictionaryPage): Encoded => ({ encoding: 'PLAIN', bytes, at: 0, count })
export const encodedIn = ({ encoding, bytes, at, present }: DataPage): Encoded => ({ encoding, bytes, at, count: present })
export const isPlaced = ({ encoding }: DataPage): boolean => encoding === 'RLE_DICTIONARY' || encoding === 'PLAIN_DICTIONARY'

/** The pages of a flat chunk, whose values are as many as the row group's rows. */
function* flatPages({ bytes, leaf, codec, rows }: Chunk): Generator<DictionaryPage | DataPage> {
  let seen = 0
  for (const page of pagesOf(bytes, leaf, codec, rows)) {
    if (!page.isDictionary) seen += page.count
    if (seen > rows) throw new Error(`a column has more values than the ${rows} rows of its group`)
    yield page
  }
}
