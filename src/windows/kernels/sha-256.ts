/** SHA-256 (FIPS 180-4), pure, for the hash of sketches. */

/** The first 64 bits of each prime's root (8 primes: initial state; 64 primes: round constants), as the standard derives them. */
const primes: number[] = []
for (let n = 2; primes.length < 64; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n)

/** The first 32 bits of the fraction of n^(1/degree), by whole numbers. */
const rootFraction = (n: number, degree: 2n | 3n): number => {
  const target = BigInt(n) << (32n * degree)
  let low = 0n
  let high = 1n << 40n
  while (high - low > 1n) {
    const middle = (low + high) >> 1n
    if (middle ** degree <= target) low = middle
    else high = middle
  }
  return Number(low & 0xffffffffn)
}

const initial = Int32Array.from(primes.slice(0, 8), (prime) => rootFraction(prime, 2n))
const constants = Int32Array.from(primes, (prime) => rootFraction(prime, 3n))
const words = new Int32Array(64)
const state = new Int32Array(8)

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by))

/** The digest's 8 words, in an array that the next call overwrites. */
export const sha256 = (bytes: Uint8Array): Int32Array => {
  const padded = new Uint8Array(((bytes.length + 8) >> 6) * 64 + 64)
  padded.set(bytes)
  padded[bytes.length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29))
  view.setUint32(padded.length - 4, (bytes.length * 8) >>> 0)
  state.set(initial)
  for (let at = 0; at < padded.length; at += 64) block(view, at)
  return state
}

const block = (view: DataView, at: number): void => {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + 4 * i)
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15]!
    const y = words[i - 2]!
    const small0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)
    const small1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10)
    words[i] = words[i - 16]! + small0 + words[i - 7]! + small1
  }
  let [a, b, c, d, e, f, g, h] = state as unknown as [number, number, number, number, number, number, number, number]
  for (let i = 0; i < 64; i++) {
    const large1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const first = (h + large1 + ((e & f) ^ (~e & g)) + constants[i]! + words[i]!) | 0
    const large0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const second = (large0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  const rounds = [a, b, c, d, e, f, g, h]
  for (let i = 0; i < 8; i++) state[i] = state[i]! + rounds[i]!
}
