/** Choices for generated data, from a source of random numbers. */
export interface Draw {
  /** Whole, both ends included. */
  int(from: number, to: number): number
  chance(share: number): boolean
  of<T>(choices: readonly T[]): T
  /** Some of them, at least one, in their order. */
  some<T>(choices: readonly T[], share: number): readonly T[]
  list<T>(from: number, to: number, make: (i: number) => T): readonly T[]
}

export const createDraw = (random: () => number): Draw => {
  const int = (from: number, to: number): number => from + Math.floor(random() * (to - from + 1))
  const of = <T>(choices: readonly T[]): T => choices[int(0, choices.length - 1)]!
  return {
    int,
    of,
    chance: (share) => random() < share,
    some: (choices, share) => {
      const chosen = choices.filter(() => random() < share)
      return chosen.length > 0 ? chosen : [of(choices)]
    },
    list: (from, to, make) => Array.from({ length: int(from, to) }, (_, i) => make(i)),
  }
}
