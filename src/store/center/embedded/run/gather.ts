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

/** The same of places that lie far apart, a few in a page at most. */
export const gatherPlaces = (of: PagedPlaces, into: Elements): void => {
  if (into instanceof Uint8Array) gatherBytes(of, into)
  else if (into instanceof Uint16Array) gatherHalves(of, into)
  else if (into instanceof Uint32Array) gatherWords(of, into)
  else gatherDoubles(of, into)
}

const gatherBytes = ({ places, perPage, pageAt }: PagedPlaces, into: Uint8Array): void => {
  let [first, elements] = [-perPage, into]
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    if (place >= first + perPage) {
      const page = Math.floor(place / perPage)
      elements = pageAt(page) as Uint8Array
      first = page * perPage
    }
    into[i] = elements[place - first]!
  }
}

const gatherHalves = ({ places, perPage, pageAt }: PagedPlaces, into: Uint16Array): void => {
  let [first, elements] = [-perPage, into]
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    if (place >= first + perPage) {
      const page = Math.floor(place / perPage)
      elements = pageAt(page) as Uint16Array
      first = page * perPage
    }
    into[i] = elements[place - first]!
  }
}

const gatherWords = ({ places, perPage, pageAt }: PagedPlaces, into: Uint32Array): void => {
  let [first, elements] = [-perPage, into]
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    if (place >= first + perPage) {
      const page = Math.floor(place / perPage)
      elements = pageAt(page) as Uint32Array
      first = page * perPage
    }
    into[i] = elements[place - first]!
  }
}

const gatherDoubles = ({ places, perPage, pageAt }: PagedPlaces, into: Float64Array): void => {
  let [first, elements] = [-perPage, into]
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    if (place >= first + perPage) {
      const page = Math.floor(place / perPage)
      elements = pageAt(page) as Float64Array
      first = page * perPage
    }
    into[i] = elements[place - first]!
  }
}
