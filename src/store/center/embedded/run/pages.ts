/** Pages of all runs in memory, within a budget of bytes; each is checked when it comes from the disk. */
import { crc32 } from '../../../disk/crc.ts'
import type { DiskFile } from '../../../disk/port.ts'
import { dataDamaged, pageRows, type Section } from './file.ts'
import { copyPlaces, gatherPlaces } from './gather.ts'
import { type Elements, elementsOf } from './numbers.ts'

/** The pages of one section that are held. Each section keeps its own, so that finding a page is one look into an array. */
export interface HeldPages {
  readonly pages: (Elements | undefined)[]
  /** 1 where a page was met again since the hand last passed. */
  readonly used: Uint8Array
}

/** The clock algorithm (Corbató 1968): a page met again before the hand comes round stays. */
export interface PageCache {
  put(into: HeldPages, page: number, elements: Elements): void
  /** Bytes held now. */
  bytes(): number
}

interface Slot {
  readonly of: HeldPages
  readonly page: number
}

export const createPageCache = (budgetBytes: number): PageCache => {
  const slots: (Slot | undefined)[] = []
  const free: number[] = []
  let bytes = 0
  let hand = 0

  const pass = (): void => {
    hand = (hand + 1) % slots.length
    const slot = slots[hand]
    if (slot === undefined) return
    const { of, page } = slot
    if (of.used[page] === 1) of.used[page] = 0
    else {
      bytes -= of.pages[page]!.byteLength
      of.pages[page] = undefined
      slots[hand] = undefined
      free.push(hand)
    }
  }
  return {
    put: (of, page, elements) => {
      while (bytes > 0 && bytes + elements.byteLength > budgetBytes) pass()
      bytes += elements.byteLength
      of.pages[page] = elements
      of.used[page] = 0
      slots[free.pop() ?? slots.length] = { of, page }
    },
    bytes: () => bytes,
  }
}

export type Width = 0 | 1 | 2 | 4 | 8

/** A section as elements of one width. */
export interface Reader {
  /** One element, through the cache. */
  at(index: number): number
  /** Elements [from, to), for reading only: they may be a cached page's. Long ones go past the cache. */
  range(from: number, to: number): Elements
  /** Elements at these places, ascending, into as many of `into`, which is of their kind. */
  gather(places: Uint32Array, into: Elements): void
}

export interface SectionSource {
  readonly file: DiskFile
  readonly sums: Uint32Array
  readonly cache: PageCache
}

const none = new Uint8Array(0)
const noPages: HeldPages = { pages: [], used: none }

const emptyPages = (pages: number): HeldPages => ({ pages: new Array<undefined>(pages).fill(undefined), used: new Uint8Array(pages) })

/** `part` names the section in errors. */
export const readElements = (source: SectionSource, section: Section, width: Width, part: string): Reader => {
  if (width === 0) return { at: () => 0, range: () => none, gather: () => {} }
  const { file, sums, cache } = source
  const perPage = section.page / width
  let held = noPages

  const load = (firstPage: number, lastPage: number): Uint8Array => {
    const from = firstPage * section.page
    const bytes = new Uint8Array(Math.min(section.length, (lastPage + 1) * section.page) - from)
    const count = file.read(bytes, section.at + from)
    for (let page = firstPage; page <= lastPage; page++) {
      const start = (page - firstPage) * section.page
      const end = Math.min(bytes.length, start + section.page)
      if (count < end || crc32(bytes.subarray(start, end)) !== sums[section.first + page]) throw damagedPage(page)
    }
    return bytes
  }
  const damagedPage = (page: number) => {
    const length = section.length / width
    return dataDamaged(file.path, part, { from: Math.min(length, page * perPage), to: Math.min(length, (page + 1) * perPage) })
  }
  const pageAt = (page: number): Elements => {
    const known = held.pages[page]
    if (known !== undefined) {
      held.used[page] = 1
      return known
    }
    const elements = elementsOf(load(page, page), width)
    if (held === noPages) held = emptyPages(Math.ceil(section.length / section.page))
    cache.put(held, page, elements)
    return elements
  }

  // Rows are mostly asked for in order: the page met last is met again.
  let lastPage = -1
  let lastElements: Elements = none
  const at = (index: number): number => {
    const page = Math.floor(index / perPage)
    if (page !== lastPage) {
      lastElements = pageAt(page)
      lastPage = page
    }
    return lastElements[index - page * perPage]!
  }

  /** What is short is likely to be asked for again. */
  const fromCache = (from: number, to: number, firstPage: number): Elements => {
    const elements = elementsOf(new Uint8Array((to - from) * width), width)
    for (let page = firstPage; page * perPage < to; page++) {
      const [start, end] = [Math.max(from, page * perPage), Math.min(to, (page + 1) * perPage)]
      elements.set(pageAt(page).subarray(start - page * perPage, end - page * perPage), start - from)
    }
    return elements
  }

  const range = (from: number, to: number): Elements => {
    if (to <= from) return elementsOf(none, width)
    const firstPage = Math.floor(from / perPage)
    const lastPage = Math.floor((to - 1) / perPage)
    if (firstPage === lastPage) return pageAt(firstPage).subarray(from - firstPage * perPage, to - firstPage * perPage)
    if (lastPage - firstPage < cachedPages) return fromCache(from, to, firstPage)
    return elementsOf(load(firstPage, lastPage), width).subarray(from - firstPage * perPage, to - firstPage * perPage)
  }

  /** Where most pages are met they are read many at a time and past the cache, else each through it. */
  const gather = (places: Uint32Array, into: Elements): void => {
    if (places.length < 2 * stretchPages) {
      gatherPlaces({ places, perPage, pageAt }, into)
      return
    }
    for (let i = 0; i < places.length; ) {
      const page = Math.floor(places[i]! / perPage)
      const stretchEnd = lowerBound(places, (page + stretchPages) * perPage, i)
      const isDense = stretchEnd - i >= stretchPages * 2 && held.pages[page] === undefined
      const lastPage = isDense ? Math.floor(places[stretchEnd - 1]! / perPage) : page
      const end = isDense ? stretchEnd : lowerBound(places, (page + 1) * perPage, i)
      const elements = isDense ? elementsOf(load(page, lastPage), width) : pageAt(page)
      copyPlaces({ elements, base: page * perPage, places, from: i, to: end }, into)
      i = end
    }
  }

  return { at, range, gather }
}

/** Pages read together where many places are asked for. */
const stretchPages = 64

/** The first place from `from` on that is not below `key`. */
const lowerBound = (places: Uint32Array, key: number, from: number): number => {
  // Near more often than far: the step doubles until it is beyond.
  let [low, step] = [from, 1]
  while (low + step < places.length && places[low + step]! < key) {
    low += step
    step *= 2
  }
  let high = Math.min(places.length, low + step)
  while (low < high) {
    const middle = (low + high) >>> 1
    if (places[middle]! < key) low = middle + 1
    else high = middle
  }
  return low
}

/** Ranges of more pages than this go past the cache, so that a scan does not empty it. */
const cachedPages = 16

/** Bytes in a page of a column whose rows take `width` each. */
export const rowPage = (width: Width): number => pageRows * Math.max(1, width)
