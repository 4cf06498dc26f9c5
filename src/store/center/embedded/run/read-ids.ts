/** Ids of a run by row, and rows by id. */
import type { IdPart } from './footer.ts'
import { type IdParts, idKey, joinId } from './ids.ts'
import type { Elements } from './numbers.ts'
import { readElements, type SectionSource } from './pages.ts'
import { type NumberReader, readNumbers, readTexts, type Selection } from './read-parts.ts'

export interface IdReader {
  at(row: number): string
  /** The first acceptable row of an id (parts under way may have several); −1 where there is none. */
  find(id: string, parts: IdParts, accept: (row: number) => boolean): number
  /** Set where ids are a prefix and a number. */
  readonly derived?: {
    readonly prefix: string
    readonly min: number
    readonly max: number
    numbers(rows: Selection): Float64Array
    /** Rows in the order of their numbers; undefined where numbers ascend, each above the one before. */
    byNumber(): Uint32Array | undefined
  }
  /** 32-bit keys of all ids ascending, and their rows; set where ids are texts. */
  keys?(): { readonly keys: Uint32Array; readonly rows: Uint32Array }
}

export const readIds = (source: SectionSource, part: IdPart, rows: number, seq: NumberReader): IdReader => {
  if (part.as === 'derived') return derivedIds(source, part, rows, part.numbers === 'seq' ? seq : readNumbers(source, part.numbers, 'ids'))
  const texts = readTexts(source, part, 'ids')
  const keys = readElements(source, part.keys, 4, 'ids')
  const byKey = readElements(source, part.byKey.data, part.byKey.width, 'ids')
  return {
    at: texts.at,
    keys: () => ({
      keys: keys.range(0, rows) as Uint32Array,
      rows: part.byKey.width === 0 ? new Uint32Array(rows) : new Uint32Array(byKey.range(0, rows)),
    }),
    find: (id, parts, accept) => {
      const key = idKey(parts)
      for (let i = hashedBound(rows, key, keys.at); i < rows && keys.at(i) === key; i++) {
        const row = byKey.at(i)
        if (texts.at(row) === id && accept(row)) return row
      }
      return -1
    },
  }
}

type Derived = Extract<IdPart, { as: 'derived' }>

const derivedIds = (source: SectionSource, { prefix, min, max, byNumber }: Derived, rows: number, numbers: NumberReader): IdReader => {
  const order = byNumber === undefined ? undefined : readElements(source, byNumber.data, byNumber.width, 'ids')
  const rowOf = (i: number): number => (order === undefined ? i : order.at(i))
  return {
    at: (row) => joinId(prefix, numbers.at(row)),
    derived: { prefix, min, max, numbers: numbers.select, byNumber: () => order && new Uint32Array(width0(order.range(0, rows), rows)) },
    find: (_, parts, accept) => {
      if (parts.prefix !== prefix || parts.number < min || parts.number > max) return -1
      for (let i = lowerBound(rows, parts.number, (at) => numbers.at(rowOf(at))); i < rows && numbers.at(rowOf(i)) === parts.number; i++) {
        if (accept(rowOf(i))) return rowOf(i)
      }
      return -1
    },
  }
}

/** Elements of no width are zeroes. */
const width0 = (elements: Elements, count: number): Elements => (elements.length === count ? elements : new Uint8Array(count))

const firstStep = 64

/**
 * As `lowerBound`, of ascending 32-bit hashes: they lie evenly, so that the place is guessed and found in a page or two,
 * where halving would read one for each half.
 */
export const hashedBound = (length: number, key: number, at: (i: number) => number): number => {
  const guess = Math.min(length, Math.floor((key / 2 ** 32) * length))
  let [low, high, step] = [guess, guess, firstStep]
  while (low > 0 && at(low - 1) >= key) {
    high = low - 1
    low = Math.max(0, low - step)
    step *= 2
  }
  step = firstStep
  while (high < length && at(high) < key) {
    low = high + 1
    high = Math.min(length, high + step)
    step *= 2
  }
  const start = low
  return start + lowerBound(high - start, key, (i) => at(start + i))
}

/** The first of `length` ascending numbers that is not below `key`. */
export const lowerBound = (length: number, key: number, at: (i: number) => number): number => {
  let [from, to] = [0, length]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (at(middle) < key) from = middle + 1
    else to = middle
  }
  return from
}
