/** Records that did not fit, kept with the reason and where they came from until a fix lets them in. */
import { MillraceError } from '../base/error.ts'
import type { MappingPlan } from '../model/mapping.ts'
import { type Disk, type DiskFile, replaceFile } from '../store/disk/port.ts'
import {
  begin,
  fileHeader,
  fileHeaderBytes,
  frame,
  isHeaderDamaged,
  lettersFile,
  numbersOf,
  type Payload,
  payloadAt,
  rangesOf,
  scan,
} from './dead-letters-file.ts'
import type { DeadLetter, NewDeadLetter, StoredLetter } from './letter.ts'

export interface LetterFilter {
  readonly code?: string
  readonly event?: string
  /** The mapping of an import, or `http`. */
  readonly source?: string
  readonly importId?: string
  /** Those that a replay let in too. */
  readonly withReplayed?: boolean
}

export interface DeadLetterStore {
  /** Gives how many of them were not kept before. On disk, but lasting only after `sync`. */
  append(letters: readonly NewDeadLetter[]): number
  /** The earliest first. */
  list(filter?: LetterFilter, limit?: number): readonly DeadLetter[]
  counts(filter?: LetterFilter): { readonly [code: string]: number }
  markReplayed(number: number): void
  /** Forgets those of an import that was given up. */
  dropImport(importId: string): void
  /** Keeps the mapping of an import that no project declares, so that its letters can be tried again. */
  keepMapping(importId: string, plan: MappingPlan): void
  mappingOf(importId: string): MappingPlan | undefined
  /** Removes letters for good, from the file too; gives their number. Durable when it resolves. */
  erase(isErased: (letter: DeadLetter) => boolean): Promise<number>
  /** Places in the file that are damaged: what stood there is lost, and named here. */
  readonly damaged: readonly string[]
  sync(): Promise<void>
  close(): void
}

interface Entry {
  readonly number: number
  readonly at: number
  readonly length: number
  readonly key: string
  readonly code: string
  readonly event: string | undefined
  readonly source: string
  readonly importId: string | undefined
  isReplayed: boolean
}

/** Opens the store in a folder of the disk, made when missing. A torn end is cut off. */
export const openDeadLetters = async (disk: Disk, folder: string): Promise<DeadLetterStore> => {
  disk.makeFolder(folder)
  const path = `${folder}/${lettersFile}`
  let file = disk.open(path, 'create')
  if (file.size() < fileHeaderBytes) await begin(disk, folder, file)
  const damagedHeader = isHeaderDamaged(file) ? [0] : []
  const entries = new Map<string, Entry>()
  const byNumber = new Map<number, Entry>()
  const mappings = new Map<string, MappingPlan>()
  /** Numbers that no letter has any more, and none will have again. */
  const gone = new Set<number>()
  let last = 0
  const apply = (payload: Payload, at: number, length: number): void => {
    if (payload.letter !== undefined) {
      const entry = entryOf(payload.letter, at, length)
      entries.set(entry.key, entry)
      byNumber.set(entry.number, entry)
      last = Math.max(last, entry.number)
    }
    const replayed = payload.replayed === undefined ? undefined : byNumber.get(payload.replayed)
    if (replayed !== undefined) replayed.isReplayed = true
    if (payload.mapping !== undefined) mappings.set(payload.mapping.importId, payload.mapping.plan)
    for (const number of numbersOf(payload)) {
      gone.add(number)
      last = Math.max(last, number)
    }
    if (payload.dropped === undefined) return
    for (const entry of entries.values()) {
      if (entry.importId !== payload.dropped) continue
      entries.delete(entry.key)
      byNumber.delete(entry.number)
      gone.add(entry.number)
    }
  }
  const found = scan(file, apply)
  let end = found.end
  if (end < file.size()) file.truncate(end)
  /** What comes while the file is written anew, which the new one lacks. */
  let meanwhile: Payload[] | undefined
  const put = (payload: Payload): void => {
    const bytes = frame(payload)
    file.write(bytes, end)
    apply(payload, end, bytes.length)
    end += bytes.length
    meanwhile?.push(payload)
  }
  let turns: Promise<unknown> = Promise.resolve()
  /** One after the other: a file must not be let go of while it is synced. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = turns.then(work)
    turns = turn.catch(() => undefined)
    return turn
  }
  const letterAt = (entry: Entry): DeadLetter => ({ ...readLetter(file, entry), isReplayed: entry.isReplayed })
  /** The file written anew, without what is erased: letters as they stand, then what else is known. */
  const rewrite = async (erased: readonly number[]): Promise<void> => {
    const leaving = new Set(erased)
    const kept = [...entries.values()].filter(({ number }) => !leaving.has(number))
    const parts: readonly Uint8Array[] = [
      fileHeader(),
      ...[...mappings].map(([importId, plan]) => frame({ mapping: { importId, plan } })),
      ...kept.flatMap(({ at, length, number, isReplayed }) => [
        bytesAt(file, at, length),
        ...(isReplayed ? [frame({ replayed: number })] : []),
      ]),
      frame({ erased: rangesOf([...gone, ...erased]) }),
    ]
    meanwhile = []
    try {
      await replaceFile(disk, path, Buffer.concat(parts))
    } catch (error) {
      meanwhile = undefined
      throw error
    }
    const came = meanwhile
    meanwhile = undefined
    file.close()
    file = disk.open(path, 'write')
    for (const known of [entries, byNumber]) known.clear()
    end = scan(file, apply).end
    for (const payload of came) put(payload)
    if (came.length > 0) await file.sync()
  }
  const chosen = (filter: LetterFilter = {}): Entry[] => [...entries.values()].filter((entry) => passes(entry, filter))
  return {
    damaged: [...damagedHeader, ...found.damaged].map((at) => `${path}, byte ${at}`),
    append: (letters) => {
      const before = last
      for (const letter of letters) if (!entries.has(letter.key)) put({ letter: { ...letter, number: last + 1 } })
      return last - before
    },
    list: (filter, limit = Number.POSITIVE_INFINITY) => chosen(filter).slice(0, limit).map(letterAt),
    counts: (filter) => counted(chosen(filter)),
    markReplayed: (number) => {
      if (byNumber.get(number)?.isReplayed === false) put({ replayed: number })
    },
    dropImport: (importId) => put({ dropped: importId }),
    keepMapping: (importId, plan) => {
      if (!mappings.has(importId)) put({ mapping: { importId, plan } })
    },
    mappingOf: (importId) => mappings.get(importId),
    erase: (isErased) =>
      inTurn(async () => {
        const erased = [...entries.values()].filter((entry) => isErased(letterAt(entry))).map(({ number }) => number)
        if (erased.length > 0) await rewrite(erased)
        return erased.length
      }),
    sync: () => inTurn(() => file.sync()),
    close: () => file.close(),
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

const passes = (entry: Entry, { code, event, source, importId, withReplayed = false }: LetterFilter): boolean =>
  (withReplayed || !entry.isReplayed) &&
  (code === undefined || entry.code === code) &&
  (event === undefined || entry.event === event) &&
  (source === undefined || entry.source === source) &&
  (importId === undefined || entry.importId === importId)

const counted = (entries: readonly Entry[]): { readonly [code: string]: number } => {
  const counts: Record<string, number> = {}
  for (const { code } of entries) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

const readLetter = (file: DiskFile, { at, length }: Entry): StoredLetter => {
  const letter = payloadAt(bytesAt(file, at, length), 0)?.payload.letter
  if (letter !== undefined) return letter
  throw new MillraceError('DATA_DAMAGED', 'a dead letter can no longer be read', { at: `${file.path}, byte ${at}` })
}

const bytesAt = (file: DiskFile, at: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(length)
  file.read(bytes, at)
  return bytes
}
