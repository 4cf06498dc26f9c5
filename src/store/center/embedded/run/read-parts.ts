/** Parts of a run as numbers and texts, by row or by many rows. */
import type { Section } from './file.ts'
import type { NumberPart } from './footer.ts'
import { decodeNumber, decodeNumbers, type Elements } from './numbers.ts'
import { type Reader, readElements, type SectionSource, type Width } from './pages.ts'
import { decodeText, decodeTexts } from './texts.ts'

/** Rows: those from one to another, or a list, ascending. */
export type Selection = { readonly from: number; readonly to: number } | Uint32Array

export const countOf = (rows: Selection): number => (rows instanceof Uint32Array ? rows.length : rows.to - rows.from)
export const rowOf = (rows: Selection, i: number): number => (rows instanceof Uint32Array ? rows[i]! : rows.from + i)

/** Elements of the selected rows, one after another. */
export const select = (reader: Reader, rows: Selection, width: Width): Elements => {
  if (!(rows instanceof Uint32Array)) return reader.range(rows.from, rows.to)
  const elements = emptyElements(rows.length, width)
  reader.gather(rows, elements)
  return elements
}

const emptyElements = (length: number, width: Width): Elements =>
  width === 8
    ? new Float64Array(length)
    : width === 4
      ? new Uint32Array(length)
      : width === 2
        ? new Uint16Array(length)
        : new Uint8Array(length)

export interface NumberReader {
  /** NaN is null. */
  at(row: number): number
  select(rows: Selection): Float64Array
  /** Set where every number is its row's time plus so much. */
  readonly lag?: number
}

export const readNumbers = (source: SectionSource, { code, data }: NumberPart, part: string): NumberReader => {
  const reader = readElements(source, data, code.width, part)
  return {
    at: (row) => decodeNumber(code, reader.at(row)),
    select: (rows) => decodeNumbers(code, select(reader, rows, code.width), 0, countOf(rows)),
  }
}

export interface TextReader {
  at(i: number): string
  /** Below 0 where a text comes before `bytes` by its UTF-8 bytes, 0 where it is the same, else above. */
  compare(i: number, bytes: Uint8Array): number
  range(from: number, to: number): string[]
}

export const readTexts = (
  source: SectionSource,
  { offsets, bytes }: { readonly offsets: Section; readonly bytes: Section },
  part: string,
): TextReader => {
  const bounds = readElements(source, offsets, 4, part)
  const block = readElements(source, bytes, 1, part)
  const bytesAt = (i: number): Uint8Array => block.range(bounds.at(i), bounds.at(i + 1)) as Uint8Array
  /** Byte by byte: most texts that a search meets differ from what is looked for within a few. */
  const compare = (i: number, other: Uint8Array): number => {
    const [from, to] = [bounds.at(i), bounds.at(i + 1)]
    const shared = Math.min(to - from, other.length)
    for (let k = 0; k < shared; k++) {
      const difference = block.at(from + k) - other[k]!
      if (difference !== 0) return difference
    }
    return to - from - other.length
  }
  return {
    compare,
    at: (i) => {
      const text = bytesAt(i)
      return decodeText(text, 0, text.length)
    },
    range: (from, to) => {
      const ends = (bounds.range(from, to + 1) as Uint32Array).slice()
      const start = ends[0]!
      const all = block.range(start, ends.at(-1)!) as Uint8Array
      for (let i = 0; i < ends.length; i++) ends[i]! -= start
      return decodeTexts(ends, all)
    },
  }
}
