/**
 * The pieces of a decayed sum (docs/aggregates.md): a value's weight is 2^-(age / half-life), cut into a whole power of two, which
 * is exact, and a factor in [1, 2), which is rounded once per value.
 */

/** Halvings between a row and the root after which a row counts nothing. */
export const mostHalvings = 1000

/** floor(time / halfLife): how many whole half-lives since 1970. */
export const halvingsAt = (time: number, halfLife: number): number => {
  // The division may round up to the next whole number; the remainder is exact and tells.
  const k = Math.floor(time / halfLife)
  return k * halfLife > time ? k - 1 : k
}

/** (time − k·halfLife) / halfLife, one rounding: in [0, 1). */
export const phaseAt = (time: number, halfLife: number): number => (time - halvingsAt(time, halfLife) * halfLife) / halfLife
