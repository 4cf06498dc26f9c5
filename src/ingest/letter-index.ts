/** What is known of every dead letter without reading it, made of the payloads of their file in its order. */
import type { MappingPlan } from '../model/mapping.ts'
import { numbersOf, type Payload } from './dead-letters-file.ts'
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
}

export const createLetterIndex = (): LetterIndex => {
  const entries = new Map<string, Entry>()
  const byNumber = new Map<number, Entry>()
  const mappings = new Map<string, MappingPlan>()
  const conflicts = new Map<string, number>()
  const gone = new Set<number>()
  let last = 0
  const add = (entry: Entry): void => {
    entries.set(entry.key, entry)
    byNumber.set(entry.number, entry)
    last = Math.max(last, entry.number)
  }
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
      if (dropped !== undefined) drop(dropped)
    },
    entries,
    byNumber,
    mappings,
    conflicts,
    gone,
    last: () => last,
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
