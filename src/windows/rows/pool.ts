/**
 * Spaces of doubles for what is known of many long series, 2^bits each, cut from shared pages: one page's header stays in the
 * processor's cache, while an array of its own for each series would not. A space larger than a page is a page of its own.
 */
const pageBits = 17
const pageSize = 2 ** pageBits
const pageMask = pageSize - 1

/** A space is named by a whole number, below 2^48: its page, and where it begins in it. */
export interface Pool {
  readonly pages: Float64Array[]
  /** By bits. */
  readonly free: number[][]
  /** The page that spaces are cut from, and how much of it is taken. */
  page: number
  top: number
  /** Doubles in spaces that are held. */
  held: number
}

export const createPool = (): Pool => ({ pages: [], free: [], page: 0, top: pageSize, held: 0 })

/** The bits of the smallest space for so many doubles. */
export const bitsFor = (doubles: number): number => 32 - Math.clz32(doubles - 1)

/** A space, zeroed. */
export const takeSpace = (pool: Pool, bits: number): number => {
  const size = 2 ** bits
  pool.held += size
  const free = pool.free[bits]?.pop()
  if (free === undefined) return newSpace(pool, size)
  const numbers = spacePage(pool, free)
  if (bits > pageBits) pool.pages[Math.floor(free / pageSize)] = new Float64Array(size)
  else numbers.fill(0, spaceOffset(free), spaceOffset(free) + size)
  return free
}

const newSpace = (pool: Pool, size: number): number => {
  if (size > pageSize) return (pool.pages.push(new Float64Array(size)) - 1) * pageSize
  if (pool.top + size > pageSize) {
    pool.page = pool.pages.push(new Float64Array(pageSize)) - 1
    pool.top = 0
  }
  pool.top += size
  return pool.page * pageSize + pool.top - size
}

export const freeSpace = (pool: Pool, space: number, bits: number): void => {
  pool.held -= 2 ** bits
  if (bits > pageBits) pool.pages[Math.floor(space / pageSize)] = new Float64Array(0)
  pool.free[bits] ??= []
  pool.free[bits].push(space)
}

export const spacePage = (pool: Pool, space: number): Float64Array => pool.pages[Math.floor(space / pageSize)]!
export const spaceOffset = (space: number): number => space & pageMask
