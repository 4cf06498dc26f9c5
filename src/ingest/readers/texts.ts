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

const mostBytes = 1 << 25

/** So many are looked up together: their reads of memory far away do not wait for each other. */
const blockTexts = 256

/** In 4-byte words of the arena: a text's code and its length in bytes, before the bytes themselves. */
const headWords = 2

/**
 * A pool that is full at about `most` texts. A text met again costs two look-ups far apart in memory, whatever their number: a slot
 * holds the hash and where the text lies, and there lies everything else.
 */
export const createTextPool = (most = 1 << 18): TextPool => {
  const texts: string[] = []
  /** Hash and place of each text, by open addressing with linear probing; place 0 is no text. */
  let slots = new Int32Array(2 * firstSlots)
  let words = new Int32Array(firstSlots * 4)
  let arena = new Uint8Array(words.buffer)
  let used = headWords

  const isSame = (place: number, bytes: Uint8Array, from: number, length: number): boolean => {
    if (place === 0 || words[place + 1] !== length) return false
    const start = (place + headWords) * 4
    for (let i = 0; i < length; i++) if (arena[start + i] !== bytes[from + i]) return false
    return true
  }

  const put = (hash: number, place: number): void => {
    const mask = slots.length - 2
    let slot = (hash << 1) & mask
    while (slots[slot + 1] !== 0) slot = (slot + 2) & mask
    slots[slot] = hash
    slots[slot + 1] = place
  }

  const grow = (): void => {
    const old = slots
    slots = new Int32Array(old.length * 2)
    for (let slot = 0; slot < old.length; slot += 2) if (old[slot + 1] !== 0) put(old[slot]!, old[slot + 1]!)
  }

  const add = (bytes: Uint8Array, from: number, to: number, hash: number): number => {
    const text = decode(bytes, from, to)
    if (text === undefined) return -2
    const place = used
    used += headWords + Math.ceil((to - from) / 4)
    if (used > words.length) {
      words = enlarged(words, new Int32Array(Math.max(used, words.length * 2)))
      arena = new Uint8Array(words.buffer)
    }
    words[place] = texts.length
    words[place + 1] = to - from
    for (let i = from, at = (place + headWords) * 4; i < to; i++, at++) arena[at] = bytes[i]!
    if (texts.length * 4 >= slots.length) grow()
    put(hash, place)
    return texts.push(text) - 1
  }

  const find = (bytes: Uint8Array, from: number, to: number, hash: number): number => {
    const mask = slots.length - 2
    let slot = (hash << 1) & mask
    for (let place = slots[slot + 1]!; place !== 0; place = slots[slot + 1]!) {
      if (slots[slot] === hash && isSame(place, bytes, from, to - from)) return words[place]!
      slot = (slot + 2) & mask
    }
    return add(bytes, from, to, hash)
  }

  const hashes = new Int32Array(blockTexts)
  const places = new Int32Array(blockTexts)

  return {
    texts,
    isFull: () => texts.length > most || used * 4 > mostBytes,
    code: (bytes, from, to) => find(bytes, from, to, hashOf(bytes, from, to)),
    codes: (bytes, starts, ends, into) => {
      for (let first = 0; first < into.length; first += blockTexts) {
        const count = Math.min(blockTexts, into.length - first)
        for (let i = 0; i < count; i++) hashes[i] = hashOf(bytes, starts[first + i]!, ends[first + i]!)
        const mask = slots.length - 2
        for (let i = 0; i < count; i++) places[i] = slots[((hashes[i]! << 1) & mask) + 1]!
        for (let i = 0; i < count; i++) {
          const [from, to] = [starts[first + i]!, ends[first + i]!]
          into[first + i] = isSame(places[i]!, bytes, from, to - from) ? words[places[i]!]! : find(bytes, from, to, hashes[i]!)
        }
      }
    },
  }
}

const enlarged = (old: Int32Array, fresh: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> => {
  fresh.set(old)
  return fresh
}

const mixer = 0x5bd1e995

/** MurmurHash2 (Austin Appleby, public domain), four bytes at a time and what is left by the byte. */
const hashOf = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = to - from
  let i = from
  for (; i + 4 <= to; i += 4) {
    const word = Math.imul(bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24), mixer)
    hash = Math.imul(hash, mixer) ^ Math.imul(word ^ (word >>> 24), mixer)
  }
  for (; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, mixer)
  hash = Math.imul(hash ^ (hash >>> 13), mixer)
  return hash ^ (hash >>> 15)
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
