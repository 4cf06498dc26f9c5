/** Elements at many places of a page or of several, one loop for each kind: one loop for all of them is ten times slower. */
import type { Elements } from './numbers.ts'

export interface Places<Kind extends Elements> {
  readonly elements: Kind
  /** The place of `elements[0]`. */
  readonly base: number
  readonly places: Uint32Array
  /** Places [from, to) are those to copy. */
  readonly from: number
  readonly to: number
}

/** `into` is of the elements' kind. */
export const copyPlaces = (of: Places<Elements>, into: Elements): void => {
  const { elements } = of
  if (elements instanceof Uint8Array) copyBytes(of as Places<Uint8Array>, into as Uint8Array)
  else if (elements instanceof Uint16Array) copyHalves(of as Places<Uint16Array>, into as Uint16Array)
  else if (elements instanceof Uint32Array) copyWords(of as Places<Uint32Array>, into as Uint32Array)
  else copyDoubles(of as Places<Float64Array>, into as Float64Array)
}

const copyBytes = ({ elements, base, places, from, to }: Places<Uint8Array>, into: Uint8Array): void => {
  for (let i = from; i < to; i++) into[i] = elements[places[i]! - base]!
}

const copyHalves = ({ elements, base, places, from, to }: Places<Uint16Array>, into: Uint16Array): void => {
  for (let i = from; i < to; i++) into[i] = elements[places[i]! - base]!
}

const copyWords = ({ elements, base, places, from, to }: Places<Uint32Array>, into: Uint32Array): void => {
  for (let i = from; i < to; i++) into[i] = elements[places[i]! - base]!
}

const copyDoubles = ({ elements, base, places, from, to }: Places<Float64Array>, into: Float64Array): void => {
  for (let i = from; i < to; i++) into[i] = elements[places[i]! - base]!
}

export interface PagedPlaces {
  /** Ascending. */
  readonly places: Uint32Array
  /** Elements in a page. */
  readonly perPage: number
  pageAt(page: number): Elements
}

/**
 * The same of places that lie far apart, a few in a page at most. Pages are found first and read then, each loop so small that the
 * processor waits for many of them at once.
 */
export const gatherPlaces = ({ places, perPage, pageAt }: PagedPlaces, into: Elements): void => {
  const pages: Elements[] = new Array(places.length)
  const within = new Uint32Array(places.length)
  for (let i = 0; i < places.length; i++) {
    const page = Math.floor(places[i]! / perPage)
    pages[i] = pageAt(page)
    within[i] = places[i]! - page * perPage
  }
  if (into instanceof Uint8Array) takeBytes(pages as Uint8Array[], within, into)
  else if (into instanceof Uint16Array) takeHalves(pages as Uint16Array[], within, into)
  else if (into instanceof Uint32Array) takeWords(pages as Uint32Array[], within, into)
  else takeDoubles(pages as Float64Array[], within, into)
}

const takeBytes = (pages: readonly Uint8Array[], within: Uint32Array, into: Uint8Array): void => {
  for (let i = 0; i < into.length; i++) into[i] = pages[i]![within[i]!]!
}

const takeHalves = (pages: readonly Uint16Array[], within: Uint32Array, into: Uint16Array): void => {
  for (let i = 0; i < into.length; i++) into[i] = pages[i]![within[i]!]!
}

const takeWords = (pages: readonly Uint32Array[], within: Uint32Array, into: Uint32Array): void => {
  for (let i = 0; i < into.length; i++) into[i] = pages[i]![within[i]!]!
}

const takeDoubles = (pages: readonly Float64Array[], within: Uint32Array, into: Float64Array): void => {
  for (let i = 0; i < into.length; i++) into[i] = pages[i]![within[i]!]!
}
