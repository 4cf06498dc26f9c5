/** What was made of tables before any root is answered: once within a run, and from run to run where an owner keeps it. */

/** Gives what `make` made for the same name of the same tables, or makes it. */
export type Keep = <T>(name: string, of: readonly object[], make: () => T) => T

export interface Kept {
  readonly keep: Keep
  /** Forgets what was not asked for since the last end. */
  endRun(): void
}

interface Entry {
  readonly of: readonly object[]
  readonly made: unknown
}

export const createKept = (): Kept => {
  let known = new Map<string, Entry>()
  let asked = new Map<string, Entry>()
  return {
    keep: (name, of, make) => {
      const found = asked.get(name) ?? known.get(name)
      const entry = found?.of.every((table, i) => table === of[i]) ? found : { of, made: make() }
      asked.set(name, entry)
      return entry.made as ReturnType<typeof make>
    },
    endRun: () => {
      known = asked
      asked = new Map()
    },
  }
}
