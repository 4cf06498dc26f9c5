/**
 * Series of this process: for each windows definition a row engine, loaded from the center key by key when first asked for, kept
 * within a budget of memory, and told of every event that is recorded meanwhile. A definition that declares `merge` has a second one
 * beside it, which merges nothing: for questions that merged units do not answer.
 */
import { type Answer, andThen } from '../../../base/answer.ts'
import { MillraceError } from '../../../base/error.ts'
import { didYouMean } from '../../../base/suggest.ts'
import { coerce, isMisfit } from '../../../model/coerce.ts'
import { type Json, toJson } from '../../../model/json.ts'
import type { ProjectPlan } from '../../../model/plan.ts'
import type { Value } from '../../../model/value.ts'
import { compileWindows } from '../../../windows/compile.ts'
import type { CompiledWindows } from '../../../windows/compiled.ts'
import { createRowEngine, isAnswered, type RowEngine } from '../../../windows/rows/engine.ts'
import type { CenterReader } from '../../center/port.ts'
import type { WindowsReader } from '../port.ts'
import type { HeldKeys } from './held-keys.ts'
import { loadKey } from './load.ts'
import { warm } from './warm.ts'

export interface EmbeddedSeries extends WindowsReader {
  /** Takes in what was just recorded. */
  recorded(events: readonly { readonly type: string; readonly id: string }[]): Promise<void>
  /** Of each windows definition so many keys at most that it has rows of, all together with at most so many characters in their texts. */
  heldKeys(most: { readonly keys: number; readonly characters: number }): HeldKeys
  /** Grows with each key that is loaded. */
  loads(): number
  /**
   * Loads those of some keys that are not held, as though each had been asked for, a part at each step; what is asked for meanwhile
   * is loaded by itself. Ends early once the definition's share of the memory is as good as taken, or when everything is forgotten.
   * Nothing where the definition is not known; a key that does not fit it is passed over.
   */
  warm(windows: string, keys: HeldKeys[string]): AsyncGenerator<void, void>
  /** Forgets everything: after an import or an erasure. */
  clear(): void
  /** Bytes of all series. */
  memoryBytes(): number
}

export interface EmbeddedSeriesOptions {
  readonly plan: ProjectPlan
  readonly center: CenterReader
  /** All series together, about. Default 256 MB. */
  readonly memoryBytes?: number
  /** So many rows of past units are worth a merge (see `RowEngineOptions.fewestRows`). */
  readonly fewestRows?: number
  /** About so many rows of a key that is merged are read from the center at once. Default 65,536. */
  readonly sliceRows?: number
  /** Keys are warmed in parts of about so many events of anybody. Default 200,000: some 50 ms. */
  readonly warmEvents?: number
}

const defaultMemoryBytes = 256 * 1024 * 1024
const defaultSliceRows = 65_536
const defaultWarmEvents = 200_000
/** A share of the memory beyond which what is loaded puts out what was. */
const asGoodAsTaken = 0.9

/** The engines of one definition, which know nothing of each other. */
interface Engines {
  readonly merging: RowEngine
  /** The same where nothing is merged. */
  readonly plain: RowEngine
}

/** Compiles every windows definition of the plan; throws what `compileWindows` throws. */
export const createEmbeddedSeries = (options: EmbeddedSeriesOptions): EmbeddedSeries => {
  const {
    plan,
    center,
    memoryBytes = defaultMemoryBytes,
    fewestRows,
    sliceRows = defaultSliceRows,
    warmEvents = defaultWarmEvents,
  } = options
  const compiled = new Map(Object.entries(plan.windows).map(([name, windows]) => [name, compileWindows(name, windows, plan.events)]))
  const shares = [...compiled.values()].reduce((sum, { merge }) => sum + (merge === undefined ? 1 : 2), 0)
  const make = (windows: CompiledWindows): Engines => {
    const common = { holds: 'loaded', memoryBytes: memoryBytes / shares } as const
    const merging = createRowEngine(windows, { ...common, mergesUnits: true, ...(fewestRows !== undefined && { fewestRows }) })
    return { merging, plain: merging.merges ? createRowEngine(windows, common) : merging }
  }
  const engines = new Map([...compiled].map(([name, windows]) => [name, make(windows)]))
  const enginesOf = (name: string): Engines => {
    const found = engines.get(name)
    if (found !== undefined) return found
    throw new MillraceError('WINDOWS_UNKNOWN', 'there is no such windows definition', {
      value: name,
      hint: didYouMean(name, engines.keys()),
    })
  }
  let loads = 0
  const loaded = createLoader(center, sliceRows, () => {
    loads++
  })
  const all = (): RowEngine[] => [...engines.values()].flatMap(({ merging, plain }) => (merging === plain ? [merging] : [merging, plain]))
  return {
    read: (question, into) => {
      const { merging, plain } = enginesOf(question.windows)
      return andThen(loaded(merging, question.key), () => {
        if (isAnswered(merging, question, into)) return undefined
        return andThen(loaded(plain, question.key), () => plain.query(question, into))
      })
    },
    recorded: async (events) => {
      for (const { type, id } of events) {
        const readers = all().filter((engine) => engine.compiled.members.some((member) => member.event === type))
        if (readers.length === 0) continue
        const versions = await center.versions(type, id)
        for (const engine of readers) engine.insertVersions(versions)
      }
    },
    heldKeys: ({ keys, characters }) => {
      let left = characters
      const fits = (key: readonly Value[]): boolean => {
        for (const value of key) left -= typeof value === 'string' ? value.length : 1
        return left >= 0
      }
      return Object.fromEntries(
        Array.from(engines, ([name, { merging }]) => [
          name,
          merging
            .heldKeys(keys)
            .filter(fits)
            .map((key) => keyToJson(merging.compiled, key)),
        ]),
      )
    },
    loads: () => loads,
    warm: async function* (name, keys) {
      const engine = engines.get(name)?.merging
      if (engine === undefined) return
      const goesOn = (): boolean => engines.get(name)?.merging === engine
      const hasRoom = (): boolean => engine.memoryBytes() < (memoryBytes / shares) * asGoodAsTaken
      const known = keys.map((key) => keyOfJson(engine.compiled, key)).filter((key) => key !== undefined)
      const fitting = [...new Map(known.map((key) => [nameOf(key), key])).values()]
      loads += fitting.length
      yield* warm({ engine, center, keys: fitting, sliceEvents: warmEvents, load: (key) => loaded(engine, key), goesOn, hasRoom })
    },
    clear: () => {
      for (const [name, windows] of compiled) engines.set(name, make(windows))
    },
    memoryBytes: () => all().reduce((sum, engine) => sum + engine.memoryBytes(), 0),
  }
}

/** Sees to it that an engine holds a key. A load that takes turns of the event loop is waited for by all who ask meanwhile. */
const createLoader = (center: CenterReader, sliceRows: number, begun: () => void) => {
  const underWay = new Map<RowEngine, Map<string, Promise<void>>>()
  return (engine: RowEngine, key: readonly Value[] | null): Answer<void> => {
    if (key === null) return undefined
    const name = underWay.size === 0 ? '' : nameOf(key)
    const waiting = underWay.get(engine)?.get(name)
    if (waiting !== undefined) return waiting
    if (engine.has(key)) return undefined
    begun()
    const answer = loadKey({ engine, center, key, sliceRows })
    if (!(answer instanceof Promise)) return undefined
    const loads = underWay.get(engine) ?? new Map<string, Promise<void>>()
    underWay.set(engine, loads.set(nameOf(key), answer))
    return answer.finally(() => {
      loads.delete(nameOf(key))
      if (loads.size === 0) underWay.delete(engine)
    })
  }
}

const keyToJson = ({ columns, dimensions }: CompiledWindows, key: readonly Value[]): readonly Json[] =>
  key.map((value, i) => toJson(value, columns[dimensions[i]!]!.field))

/** Undefined where it was noted for other dimensions. */
const keyOfJson = ({ columns, dimensions }: CompiledWindows, key: readonly Json[]): readonly Value[] | undefined => {
  if (key.length !== dimensions.length) return undefined
  const values = key.map((value, i) => coerce(columns[dimensions[i]!]!.field, value, 'key'))
  return values.some((value) => isMisfit(value)) ? undefined : values.map((coerced) => (isMisfit(coerced) ? null : coerced.value))
}

const nameOf = (key: readonly Value[]): string => JSON.stringify(key.map((part) => [typeof part, String(part)]))
