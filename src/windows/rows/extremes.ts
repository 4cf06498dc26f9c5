/** The least and greatest values of many parts, of each 64 of them, of each 64 of these, and so on: levels, each an array of either. */

const levelBits = 6
const mostLevels = 5

export interface Levels {
  count: number
  /** By level, where its least values, and its greatest, begin. */
  readonly mins: Int32Array
  readonly maxs: Int32Array
}

export interface Extremes {
  min: number
  max: number
}

export const createLevels = (): Levels => ({ count: 0, mins: new Int32Array(mostLevels), maxs: new Int32Array(mostLevels) })

/** How many numbers the levels over so many parts take. */
export const levelsSize = (parts: number): number => {
  let size = 0
  for (let level = 0, of = parts; level < mostLevels && of > 0; level++, of >>= levelBits) size += 2 * of
  return size
}

/** Lays the levels over so many parts out from `base` on. */
export const setLevels = (levels: Levels, base: number, parts: number): void => {
  let at = base
  levels.count = 0
  for (let of = parts; levels.count < mostLevels && of > 0; of >>= levelBits) {
    levels.mins[levels.count] = at
    levels.maxs[levels.count] = at + of
    levels.count++
    at += 2 * of
  }
}

/** Makes what stands above parts `from` to below `to` anew, as far as it is whole. */
export const repairLevels = (numbers: Float64Array, levels: Levels, from: number, to: number): void => {
  for (let level = 1; level < levels.count; level++) {
    const end = to >> (level * levelBits)
    for (let block = from >> (level * levelBits); block < end; block++) {
      let min = Number.POSITIVE_INFINITY
      let max = Number.NEGATIVE_INFINITY
      const [mins, maxs] = [levels.mins[level - 1]!, levels.maxs[level - 1]!]
      for (let i = block << levelBits; i < (block + 1) << levelBits; i++) {
        if (numbers[mins + i]! < min) min = numbers[mins + i]!
        if (numbers[maxs + i]! > max) max = numbers[maxs + i]!
      }
      numbers[levels.mins[level]! + block] = min
      numbers[levels.maxs[level]! + block] = max
    }
  }
}

/** Takes the extremes of parts `from` to below `to` into account; the levels stand in `numbers`. */
export const addExtremes = (
  { numbers, levels }: { readonly numbers: Float64Array; readonly levels: Levels },
  from: number,
  to: number,
  into: Extremes,
): void => {
  let { min, max } = into
  for (let part = from; part < to; ) {
    let level = 0
    let bits = 0
    while (level + 1 < levels.count && (part & ((1 << (bits + levelBits)) - 1)) === 0 && part + (1 << (bits + levelBits)) <= to) {
      level++
      bits += levelBits
    }
    const low = numbers[levels.mins[level]! + (part >> bits)]!
    const high = numbers[levels.maxs[level]! + (part >> bits)]!
    if (low < min) min = low
    if (high > max) max = high
    part += 1 << bits
  }
  into.min = min
  into.max = max
}
