/**
 * Whether bytes are worth compressing, judged from a few pieces of them: many columns of places in a dictionary hardly shrink,
 * and finding that out by compression takes longer than all else that is done for them. Only the bytes decide, so that a slice
 * that is made again is the same.
 */

const pieceSize = 512
const pieces = 4
/** Of a dictionary and its places such a share must fall away. */
const leastOfPlaces = 0.3
/** Of doubles as a sample shows it: values come again further apart as well, so that a quarter and more falls away. */
const leastOfDoubles = 0.12

/** `parts`: the dictionary and the places, each of which would be compressed by itself. */
export const isPlacesWorth = (parts: readonly Uint8Array[]): boolean => {
  const all = parts.reduce((sum, { length }) => sum + length, 0)
  const saved = parts.reduce((sum, part) => sum + part.length * savedShare(part), 0)
  return saved > 0 && saved >= all * leastOfPlaces
}

export const isDoublesWorth = (values: Uint8Array): boolean => savedShare(values) >= leastOfDoubles

/** Estimated: what a code of whole bytes saves, or what repeats do, whichever is more. */
const savedShare = (bytes: Uint8Array): number => {
  const sample = sampleOf(bytes)
  return sample.length === 0 ? 0 : Math.max(1 - entropy(sample) / 8, repeatedIn(sample) / sample.length)
}

/** Pieces from the beginning to the end; all of what is short. */
const sampleOf = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length <= pieces * pieceSize) return bytes
  const sample = new Uint8Array(pieces * pieceSize)
  for (let piece = 0; piece < pieces; piece++) {
    const from = Math.floor(((bytes.length - pieceSize) * piece) / (pieces - 1))
    sample.set(bytes.subarray(from, from + pieceSize), piece * pieceSize)
  }
  return sample
}

/** Bits for each byte where every byte value has the code that its frequency gives. */
const entropy = (bytes: Uint8Array): number => {
  const counts = new Uint32Array(256)
  for (let i = 0; i < bytes.length; i++) counts[bytes[i]!]!++
  let bits = 0
  for (const count of counts) if (count > 0) bits -= count * Math.log2(count / bytes.length)
  return bits / bytes.length
}

/** How many bytes stand in sixes that came before as they are. */
const repeatedIn = (bytes: Uint8Array): number => {
  // By hash, one more than where such bytes stood last.
  const known = new Uint16Array(1 << 11)
  let repeated = 0
  for (let i = 0; i + 6 <= bytes.length; i++) {
    const four = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
    const two = bytes[i + 4]! | (bytes[i + 5]! << 8)
    const hash = Math.imul(four ^ Math.imul(two, 0x9e3779b1), 0x85ebca6b) >>> 21
    const at = known[hash]! - 1
    known[hash] = i + 1
    if (at < 0 || !isSame(bytes, at, i, 6)) continue
    repeated += 6
    i += 5
  }
  return repeated
}

const isSame = (bytes: Uint8Array, a: number, b: number, length: number): boolean => {
  for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false
  return true
}
