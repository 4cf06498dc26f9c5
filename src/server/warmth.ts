/**
 * Keeps a process that serves warm: notes which keys' series it holds, and loads those that the one before it held, so that the
 * first questions after a start do not each wait for theirs.
 */
import { setImmediate } from 'node:timers/promises'
import { MillraceError } from '../base/error.ts'
import type { Disk } from '../store/disk/port.ts'
import { type HeldKeys, readHeldKeys, removeHeldKeys, writeHeldKeys } from '../store/series/embedded/held-keys.ts'
import type { EmbeddedSeries } from '../store/series/embedded/series.ts'

export interface Warmth {
  /** From now on series are loaded, a part in each turn of the event loop, and those held are noted. Before it nothing is. */
  start(): void
  /** Everything was imported anew: series are forgotten, and those that were held are loaded again. */
  renew(): void
  /** Something was erased: the same, and once it resolves no file names a key until one is noted again, which has rows then. */
  forget(): Promise<void>
  /** What is being loaded is. */
  settled(): Promise<void>
  /** Notes a last time. */
  stop(): Promise<void>
}

/** Of each definition at most so many keys are noted, and of all their texts so many characters. */
const most = { keys: 100_000, characters: 4_000_000 }
const noteEveryMs = 5_000
/** Noting takes at most a hundredth of the time. */
const restFactor = 100

export const createWarmth = (series: EmbeddedSeries, disk: Disk, folder: string): Warmth => {
  let loading: AbortController | undefined
  let loaded: Promise<void> = Promise.resolve()
  /** What is being loaded; undefined once it is. */
  let awaited: HeldKeys | undefined
  let timer: NodeJS.Timeout | undefined
  let noted = 0
  /** One write or removal after another. */
  let written: Promise<void> = Promise.resolve()

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = written.then(work)
    written = done.catch(() => {})
    return done
  }

  const note = async (): Promise<void> => {
    const loads = series.loads()
    // What is not loaded yet would be missing from the list.
    if (awaited !== undefined || loads === noted) return
    await writeHeldKeys(disk, folder, series.heldKeys(most))
    noted = loads
  }

  /** A disk that is full or gone costs nothing but the note. */
  const noteLater = (ms: number): void => {
    timer = setTimeout(async () => {
      const began = performance.now()
      await inTurn(note).catch(ignoreKnown)
      if (timer !== undefined) noteLater(Math.max(noteEveryMs, restFactor * (performance.now() - began)))
    }, ms).unref()
  }

  const load = async (held: HeldKeys, { signal }: AbortController): Promise<void> => {
    for (const [windows, keys] of Object.entries(held)) {
      await setImmediate()
      for await (const _ of series.warm(windows, keys)) {
        if (signal.aborted) return
        await setImmediate()
      }
    }
    if (!signal.aborted) awaited = undefined
  }

  const loadAll = (held: HeldKeys): void => {
    loading?.abort()
    loading = new AbortController()
    awaited = held
    // Whoever asks for what is damaged is told.
    loaded = load(held, loading).catch((error) => {
      ignoreKnown(error)
      awaited = undefined
    })
  }

  /** What is held, and what was to be. */
  const renew = (): void => {
    const held = timer === undefined ? {} : united(series.heldKeys(most), awaited ?? {})
    series.clear()
    if (timer !== undefined) loadAll(held)
  }

  return {
    start: () => {
      if (timer !== undefined) return
      loadAll(readable(disk, folder))
      noteLater(noteEveryMs)
    },
    renew,
    forget: () => {
      renew()
      return inTurn(() => removeHeldKeys(disk, folder))
    },
    settled: () => loaded,
    stop: async () => {
      if (timer === undefined) return
      clearTimeout(timer)
      timer = undefined
      loading?.abort()
      await loaded
      await inTurn(note).catch(ignoreKnown)
    },
  }
}

/** A list that cannot be read is as good as none. */
const readable = (disk: Disk, folder: string): HeldKeys => {
  try {
    return readHeldKeys(disk, folder)
  } catch (error) {
    ignoreKnown(error)
    return {}
  }
}

const united = (a: HeldKeys, b: HeldKeys): HeldKeys =>
  Object.fromEntries([...new Set([...Object.keys(a), ...Object.keys(b)])].map((name) => [name, [...(a[name] ?? []), ...(b[name] ?? [])]]))

const ignoreKnown = (error: unknown): void => {
  if (!(error instanceof MillraceError)) throw error
}
