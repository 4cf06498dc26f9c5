/** Texts by their UTF-8 bytes, each given a code once: a dictionary that decodes a text only when it first appears. */

const firstSlots = 1 << 10
const asciiLimit = 0x80

export interface TextPool {
  /** Text by code. */
  readonly texts: readonly string[]
  /** The code of the text in these bytes; −2 when they are no UTF-8. */
  code(bytes: Uint8Array, from: number, to: number): number
  /** The same for many: text i lies in bytes `starts[i]` to `ends[i]`. Faster by far where the pool is larger than the cache. */
  codes(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, into: Int32Array): void
  /** Whether a new pool should be begun, so that memory stays bounded however many different texts a file has. */
  isFull(): boolean
}

const mostBytes = 1 << 23

/** So many are looked up together: their reads of memory far away do not wait for each other. */
const blockTexts = 256

/** In 4-byte words of the arena: a text's code and its length in bytes, before the bytes themselves. */
const headWords = 2

/**
 * A pool that is full at about `most` texts. A slot says where a text lies, and there lies everything else: slots are small enough
 * for the cache where texts are not, so that a text met again costs one look-up far away. Texts are hashed and compared four bytes at
 * a time, the last ones with zeros behind them.
 */
export const createTextPool = (most = 1 << 18): TextPool => {
  const texts: string[] = []
  /** The place of each text, by open addressing with linear probing (0 is none), and eight bits of its hash. */
  let slots = new Int32Array(firstSlots)
  let tags = new Uint8Array(firstSlots)
  let words = new Int32Array(firstSlots * 4)
  let used = headWords

  const isSame = (place: number, view: DataView, from: number, length: number): boolean => {
    if (place === 0 || words[place + 1] !== length) return false
    let at = place + headWords
    let i = from
    for (const end = from + length - 4; i <= end; i += 4) if (words[at++] !== view.getInt32(i, true)) return false
    return i === from + length || words[at] === lastWord(view, i, from + length)
  }

  const put = (hash: number, place: number): void => {
    const mask = slots.length - 1
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = place
    tags[slot] = hash >>> 24
  }

  const grow = (): void => {
    const old = slots
    const view = new DataView(words.buffer)
    slots = new Int32Array(old.length * 2)
    tags = new Uint8Array(slots.length)
    for (const place of old) {
      const from = (place + headWords) * 4
      if (place !== 0) put(hashOf(view, from, from + words[place + 1]!), place)
    }
  }

  const add = (view: DataView, from: number, to: number, hash: number): number => {
    const text = decode(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), from, to)
    if (text === undefined) return -2
    const place = used
    used += headWords + Math.ceil((to - from) / 4)
    if (used > words.length) words = enlarged(words, new Int32Array(Math.max(used, words.length * 2)))
    words[place] = texts.length
    words[place + 1] = to - from
    let at = place + headWords
    let i = from
    for (; i + 4 <= to; i += 4) words[at++] = view.getInt32(i, true)
    if (i < to) words[at] = lastWord(view, i, to)
    if (texts.length * 2 >= slots.length) grow()
    put(hash, place)
    return texts.push(text) - 1
  }

  const find = (view: DataView, from: number, to: number, hash: number): number => {
    const mask = slots.length - 1
    const tag = hash >>> 24
    let slot = hash & mask
    for (let place = slots[slot]!; place !== 0; place = slots[slot]!) {
      if (tags[slot] === tag && isSame(place, view, from, to - from)) return words[place]!
      slot = (slot + 1) & mask
    }
    return add(view, from, to, hash)
  }

  const hashes = new Int32Array(blockTexts)
  const places = new Int32Array(blockTexts)
  const lengths = new Int32Array(blockTexts)
  let viewed: Uint8Array = new Uint8Array(0)
  let view: DataView = new DataView(viewed.buffer)
  const viewOf = (bytes: Uint8Array): DataView => {
    if (bytes !== viewed) {
      viewed = bytes
      view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    return view
  }

  const findBlock = (of: DataView, first: number, { starts, ends, into }: Texts): void => {
    const count = Math.min(blockTexts, into.length - first)
    for (let i = 0; i < count; i++) hashes[i] = hashOf(of, starts[first + i]!, ends[first + i]!)
    const mask = slots.length - 1
    for (let i = 0; i < count; i++) places[i] = slots[hashes[i]! & mask]!
    // Reads of what lies far away, with nothing between them.
    for (let i = 0; i < count; i++) lengths[i] = words[places[i]! + 1]!
    for (let i = 0; i < count; i++) {
      const [from, to] = [starts[first + i]!, ends[first + i]!]
      const isFound = lengths[i] === to - from && isSame(places[i]!, of, from, to - from)
      into[first + i] = isFound ? words[places[i]!]! : find(of, from, to, hashes[i]!)
    }
  }

  return {
    texts,
    isFull: () => texts.length > most || used * 4 > mostBytes,
    code: (bytes, from, to) => {
      const of = viewOf(bytes)
      return find(of, from, to, hashOf(of, from, to))
    },
    codes: (bytes, starts, ends, into) => {
      const of = viewOf(bytes)
      for (let first = 0; first < into.length; first += blockTexts) findBlock(of, first, { starts, ends, into })
    },
  }
}

interface Texts {
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly into: Int32Array
}

const enlarged = (old: Int32Array, fresh: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  fresh.set(old)
  return fresh
}

/** The bytes from `at` up to `to`, one to three, as a word. */
const lastWord = (view: DataView, at: number, to: number): number => {
  let word = view.getUint8(at)
  if (at + 1 < to) word |= view.getUint8(at + 1) << 8
  if (at + 2 < to) word |= view.getUint8(at + 2) << 16
  return word
}

const mixer = 0x5bd1e995

/** MurmurHash2 (Austin Appleby, public domain), four bytes at a time. */
const hashOf = (view: DataView, from: number, to: number): number => {
  let hash = to - from
  let i = from
  for (; i + 4 <= to; i += 4) hash = mixed(hash, view.getInt32(i, true))
  if (i < to) hash = mixed(hash, lastWord(view, i, to))
  hash = Math.imul(hash ^ (hash >>> 13), mixer)
  return hash ^ (hash >>> 15)
}

const mixed = (hash: number, word: number): number => {
  const product = Math.imul(word, mixer)
  return Math.imul(hash, mixer) ^ Math.imul(product ^ (product >>> 24), mixer)
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const shortLimit = 24

/** Undefined when the bytes are no UTF-8. */
export const decode = (bytes: Uint8Array, from: number, to: number): string | undefined => {
  if (to - from <= shortLimit) {
    let text = ''
    let i = from
    for (; i < to && bytes[i]! < asciiLimit; i++) text += String.fromCharCode(bytes[i]!)
    if (i === to) return text
  }
  try {
    return strict.decode(bytes.subarray(from, to))
  } catch {
    return undefined
  }
}
