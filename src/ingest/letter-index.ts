/** What is known of every dead letter without reading it, made of the payloads of their file in its order. */
import type { MappingPlan } from '../model/mapping.ts'
import { numbersOf, type Payload, rangesOf } from './dead-letters-file.ts'
import type { StoredLetter } from './letter.ts'

export interface Entry {
  readonly number: number
  /** Where its record begins in the file, and the bytes of it. */
  readonly at: number
  readonly length: number
  readonly key: string
  readonly code: string
  readonly event: string | undefined
  readonly source: string
  readonly importId: string | undefined
  isReplayed: boolean
}

export interface LetterIndex {
  apply(payload: Payload, at: number, length: number): void
  /** By key, the earliest first. */
  readonly entries: ReadonlyMap<string, Entry>
  readonly byNumber: ReadonlyMap<number, Entry>
  readonly mappings: ReadonlyMap<string, MappingPlan>
  /** By import, how many rows in conflict were looked for to the end. */
  readonly conflicts: ReadonlyMap<string, number>
  /** Numbers that no letter has any more, and none will have again. */
  readonly gone: ReadonlySet<number>
  /** The highest number that any letter ever had. */
  last(): number
  snapshot(): IndexSnapshot
}

/** All of an index, as JSON can have it. */
export interface IndexSnapshot {
  /** The earliest first. */
  readonly entries: readonly EntryRow[]
  /** Codes, types, sources and imports, which entries name by their places; −1 for none. */
  readonly names: readonly string[]
  readonly mappings: readonly (readonly [string, MappingPlan])[]
  readonly conflicts: readonly (readonly [string, number])[]
  readonly gone: readonly (readonly [number, number])[]
  readonly last: number
}

/** number, at, length, key, code, event, source, importId, 1 where it was replayed. */
export type EntryRow = readonly [number, number, number, string, number, number, number, number, 0 | 1]

const rowsOf = (entries: Iterable<Entry>): Pick<IndexSnapshot, 'entries' | 'names'> => {
  const names = new Map<string, number>()
  const place = (name: string | undefined): number => {
    if (name === undefined) return -1
    const known = names.get(name) ?? names.size
    names.set(name, known)
    return known
  }
  const rows = Array.from(entries, ({ number, at, length, key, code, event, source, importId, isReplayed }): EntryRow => {
    return [number, at, length, key, place(code), place(event), place(source), place(importId), isReplayed ? 1 : 0]
  })
  return { entries: rows, names: [...names.keys()] }
}

const entriesOf = ({ entries, names }: Pick<IndexSnapshot, 'entries' | 'names'>): readonly Entry[] =>
  entries.map(([number, at, length, key, code, event, source, importId, isReplayed]) => ({
    number,
    at,
    length,
    key,
    code: names[code]!,
    event: names[event],
    source: names[source]!,
    importId: names[importId],
    isReplayed: isReplayed === 1,
  }))

/** Empty, or as it was. */
export const createLetterIndex = (from?: IndexSnapshot): LetterIndex => {
  const entries = new Map<string, Entry>()
  const byNumber = new Map<number, Entry>()
  const mappings = new Map<string, MappingPlan>(from?.mappings)
  const conflicts = new Map<string, number>(from?.conflicts)
  const gone = new Set<number>(numbersOf({ erased: from?.gone ?? [] }))
  let last = from?.last ?? 0
  const add = (entry: Entry): void => {
    entries.set(entry.key, entry)
    byNumber.set(entry.number, entry)
    last = Math.max(last, entry.number)
  }
  for (const entry of from === undefined ? [] : entriesOf(from)) add(entry)
  const leave = (number: number): void => {
    gone.add(number)
    last = Math.max(last, number)
  }
  const drop = (importId: string): void => {
    for (const entry of entries.values()) {
      if (entry.importId !== importId) continue
      entries.delete(entry.key)
      byNumber.delete(entry.number)
      leave(entry.number)
    }
  }
  return {
    apply: (payload, at, length) => {
      const { letter, replayed, mapping, conflicts: noted, dropped } = payload
      if (letter !== undefined) add(entryOf(letter, at, length))
      const again = replayed === undefined ? undefined : byNumber.get(replayed)
      if (again !== undefined) again.isReplayed = true
      if (mapping !== undefined) mappings.set(mapping.importId, mapping.plan)
      if (noted !== undefined) conflicts.set(noted.importId, noted.sought)
      for (const number of numbersOf(payload)) leave(number)
      last = Math.max(last, payload.last ?? 0)
      if (dropped !== undefined) drop(dropped)
    },
    entries,
    byNumber,
    mappings,
    conflicts,
    gone,
    last: () => last,
    snapshot: () => ({
      ...rowsOf(entries.values()),
      mappings: [...mappings],
      conflicts: [...conflicts],
      gone: rangesOf([...gone]),
      last,
    }),
  }
}

const entryOf = ({ number, key, code, event, origin }: StoredLetter, at: number, length: number): Entry => ({
  number,
  at,
  length,
  key,
  code,
  event,
  source: origin.via === 'http' ? 'http' : origin.mapping,
  importId: origin.via === 'http' ? undefined : origin.importId,
  isReplayed: false,
})
