/** Texts by their UTF-8 bytes, each given a code once: a dictionary that decodes a text only when it first appears. */

const firstSlots = 1 << 10
const asciiLimit = 0x80

export interface TextPool {
  /** Text by code. */
  readonly texts: readonly string[]
  /** The code of the text in these bytes; −2 when they are no UTF-8. */
  code(bytes: Uint8Array, from: number, to: number): number
  /** Whether a new pool should be begun, so that memory stays bounded however many different texts a file has. */
  isFull(): boolean
}

const mostBytes = 1 << 25

/** A pool that is full at about `most` texts. */
export const createTextPool = (most = 1 << 18): TextPool => {
  const texts: string[] = []
  let slots = new Int32Array(firstSlots).fill(-1)
  let hashes = new Int32Array(firstSlots)
  let ends = new Uint32Array(firstSlots)
  let arena = new Uint8Array(firstSlots * 16)
  let used = 0

  const startOf = (code: number): number => (code === 0 ? 0 : ends[code - 1]!)

  const isSame = (code: number, bytes: Uint8Array, from: number, length: number): boolean => {
    const start = startOf(code)
    if (ends[code]! - start !== length) return false
    for (let i = 0; i < length; i++) if (arena[start + i] !== bytes[from + i]) return false
    return true
  }

  const grow = (): void => {
    const size = slots.length * 2
    slots = new Int32Array(size).fill(-1)
    hashes = enlarged(hashes, new Int32Array(size))
    ends = enlarged(ends, new Uint32Array(size))
    for (let code = 0; code < texts.length; code++) {
      let slot = hashes[code]! & (size - 1)
      while (slots[slot] !== -1) slot = (slot + 1) & (size - 1)
      slots[slot] = code
    }
  }

  const add = (bytes: Uint8Array, from: number, to: number, hash: number): number => {
    const text = decode(bytes, from, to)
    if (text === undefined) return -2
    const length = to - from
    while (used + length > arena.length) arena = enlarged(arena, new Uint8Array(arena.length * 2))
    for (let i = 0; i < length; i++) arena[used + i] = bytes[from + i]!
    used += length
    hashes[texts.length] = hash
    ends[texts.length] = used
    texts.push(text)
    return texts.length - 1
  }

  return {
    texts,
    isFull: () => texts.length > most || used > mostBytes,
    code: (bytes, from, to) => {
      const hash = hashOf(bytes, from, to)
      let slot = hash & (slots.length - 1)
      for (let code = slots[slot]!; code !== -1; code = slots[slot]!) {
        if (hashes[code] === hash && isSame(code, bytes, from, to - from)) return code
        slot = (slot + 1) & (slots.length - 1)
      }
      const code = add(bytes, from, to, hash)
      if (code < 0) return code
      slots[slot] = code
      if (texts.length * 2 > slots.length) grow()
      return code
    },
  }
}

const enlarged = <T extends Int32Array | Uint32Array | Uint8Array>(old: T, fresh: T): T => {
  fresh.set(old)
  return fresh
}

/** MurmurHash3's mixing (Austin Appleby, public domain), a byte at a time: keys are short. */
const hashOf = (bytes: Uint8Array, from: number, to: number): number => {
  let hash = to - from
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x5bd1e995) ^ (hash >>> 15)
  hash = Math.imul(hash ^ (hash >>> 13), 0x5bd1e995)
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
