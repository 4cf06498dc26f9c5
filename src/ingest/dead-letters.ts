/** Records that did not fit, kept with the reason and where they came from until a fix lets them in. */
import { MillraceError } from '../base/error.ts'
import type { MappingPlan } from '../model/mapping.ts'
import { type Disk, type DiskFile, leftoverOf, replaceFile } from '../store/disk/port.ts'
import {
  begin,
  fileHeader,
  fileHeaderBytes,
  frame,
  isHeaderDamaged,
  lettersFile,
  type Payload,
  payloadAt,
  rangesOf,
  scan,
} from './dead-letters-file.ts'
import type { DeadLetter, NewDeadLetter, StoredLetter } from './letter.ts'
import { checkpointOf, checkpointPath, readCheckpoint, removeCheckpoint, writeCheckpoint } from './letter-checkpoint.ts'
import { createLetterIndex, type Entry, type LetterIndex } from './letter-index.ts'

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
  /** Notes that so many rows in conflict of a committed import were looked for in the whole of its file. */
  noteConflicts(importId: string, sought: number): void
  /** As it was noted last; 0 where it never was. */
  soughtConflicts(importId: string): number
  /** Removes letters for good, from the file too; gives their number. Durable when it resolves. */
  erase(isErased: (letter: DeadLetter) => boolean): Promise<number>
  /** Places in the file that are damaged: what stood there is lost, and named here until an erasure writes the file anew. */
  readonly damaged: readonly string[]
  sync(): Promise<void>
  close(): void
}

export interface DeadLettersOptions {
  /** Bytes of letters beyond which opening is not to read more than an eighth of them. Default 4 MB. */
  readonly checkpointBytes?: number
}

/**
 * Opens the store in a folder of the disk, made when missing. A torn end is cut off. Of a large file only the end is read: what is
 * damaged before it is found when it is asked for, and named from then on.
 */
export const openDeadLetters = async (disk: Disk, folder: string, options: DeadLettersOptions = {}): Promise<DeadLetterStore> => {
  const { checkpointBytes = 4 << 20 } = options
  disk.makeFolder(folder)
  const path = `${folder}/${lettersFile}`
  const file = disk.open(path, 'create')
  if (file.size() < fileHeaderBytes) await begin(disk, folder, file)
  const hasDamagedHeader = isHeaderDamaged(file)
  const known = readKnown(disk, folder, file)
  if (known.end < file.size()) file.truncate(known.end)
  const kept: Kept = { disk, folder, path, file, checkpointBytes, hasDamagedHeader, ...known, meanwhile: undefined }
  const inTurn = createTurns()
  const letterAt = (entry: Entry): DeadLetter => ({ ...readLetter(kept.file, entry), isReplayed: entry.isReplayed })
  const chosen = (filter: LetterFilter = {}): Entry[] => [...kept.index.entries.values()].filter((entry) => passes(entry, filter))
  return {
    get damaged() {
      return [...(kept.hasDamagedHeader ? [0] : []), ...kept.damaged].map((at) => `${path}, byte ${at}`)
    },
    append: (letters) => appendTo(kept, letters),
    list: (filter, limit = Number.POSITIVE_INFINITY) => findingDamage(kept, () => chosen(filter).slice(0, limit).map(letterAt)),
    counts: (filter) => counted(chosen(filter)),
    markReplayed: (number) => {
      if (kept.index.byNumber.get(number)?.isReplayed === false) put(kept, { replayed: number })
    },
    dropImport: (importId) => put(kept, { dropped: importId }),
    keepMapping: (importId, plan) => {
      if (!kept.index.mappings.has(importId)) put(kept, { mapping: { importId, plan } })
    },
    mappingOf: (importId) => kept.index.mappings.get(importId),
    noteConflicts: (importId, sought) => put(kept, { conflicts: { importId, sought } }),
    soughtConflicts: (importId) => kept.index.conflicts.get(importId) ?? 0,
    erase: (isErased) =>
      inTurn(async () => {
        await removeLeftovers(kept)
        const numbers = () => chosen({ withReplayed: true }).flatMap((entry) => (isErased(letterAt(entry)) ? entry.number : []))
        const erased = findingDamage(kept, numbers)
        if (erased.length > 0) await rewrite(kept, new Set(erased))
        return erased.length
      }),
    sync: () => inTurn(() => syncAll(kept)),
    close: () => kept.file.close(),
  }
}

/** The file as it stands now, and what is known of it. */
interface Kept {
  readonly disk: Disk
  readonly folder: string
  readonly path: string
  readonly checkpointBytes: number
  file: DiskFile
  index: LetterIndex
  hasDamagedHeader: boolean
  /** Bytes from which on something is damaged. */
  damaged: readonly number[]
  /** Where the next record begins. */
  end: number
  /** Where the part that a checkpoint tells of ends; undefined where none does. */
  checkpointEnd: number | undefined
  /** Letters were not all read since: some may be damaged. */
  isUnread: boolean
  /** What comes while the file is written anew, which the new one lacks. */
  meanwhile: Payload[] | undefined
}

type Known = Pick<Kept, 'index' | 'end' | 'damaged' | 'checkpointEnd' | 'isUnread'>

const readKnown = (disk: Disk, folder: string, file: DiskFile): Known => {
  const checkpoint = readCheckpoint(disk, folder, file)
  if (checkpoint === undefined) return readAll(file)
  const index = createLetterIndex(checkpoint.snapshot)
  const { end, damaged } = scan(file, index.apply, checkpoint.end)
  return { index, end, damaged: [...checkpoint.damaged, ...damaged], checkpointEnd: checkpoint.end, isUnread: true }
}

const readAll = (file: DiskFile): Known => {
  const index = createLetterIndex()
  return { index, ...scan(file, index.apply), checkpointEnd: undefined, isUnread: false }
}

/** Where a letter turns out to be damaged all are read, once; then the work is done again. */
const findingDamage = <T>(kept: Kept, work: () => T): T => {
  try {
    return work()
  } catch (error) {
    if (!kept.isUnread || !(error instanceof MillraceError) || error.code !== 'DATA_DAMAGED') throw error
    Object.assign(kept, readAgain(kept))
    return work()
  }
}

/** Only letters are lost to damage: the rest was known before, numbers that no letter is to have again among it. */
const readAgain = ({ file, index, end }: Kept): Known => {
  const whole = new Set<number>()
  const scanned = scan(file, ({ letter }, at) => letter !== undefined && whole.add(at))
  const snapshot = index.snapshot()
  const entries = snapshot.entries.filter(([, at]) => whole.has(at))
  // What was whole once is no torn end, whatever is left of it.
  const damaged = scanned.end < end ? [...scanned.damaged, scanned.end] : scanned.damaged
  return { index: createLetterIndex({ ...snapshot, entries }), end, damaged, checkpointEnd: undefined, isUnread: false }
}

/** What a checkpoint tells of must last before it does. */
const syncAll = async (kept: Kept): Promise<void> => {
  const { disk, folder, file, end, damaged, index, checkpointEnd = 0, checkpointBytes } = kept
  const isDue = end >= checkpointBytes && end - checkpointEnd >= Math.max(checkpointBytes, end * checkpointShare)
  const checkpoint = isDue ? checkpointOf(file, { end, damaged, snapshot: index.snapshot() }) : undefined
  await file.sync()
  if (checkpoint === undefined) return
  await writeCheckpoint(disk, folder, checkpoint)
  kept.checkpointEnd = end
}

/** Of the file, beyond what the checkpoint tells of. */
const checkpointShare = 1 / 8

const put = (kept: Kept, payload: Payload): void => {
  const bytes = frame(payload)
  kept.file.write(bytes, kept.end)
  kept.index.apply(payload, kept.end, bytes.length)
  kept.end += bytes.length
  kept.meanwhile?.push(payload)
}

const appendTo = (kept: Kept, letters: readonly NewDeadLetter[]): number => {
  const { index } = kept
  const before = index.last()
  for (const letter of letters) if (!index.entries.has(letter.key)) put(kept, { letter: { ...letter, number: index.last() + 1 } })
  return index.last() - before
}

/** One after the other: a file must not be let go of while it is synced. */
const createTurns = (): (<T>(work: () => Promise<T>) => Promise<T>) => {
  let turns: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = turns.then(work)
    turns = turn.catch(() => undefined)
    return turn
  }
}

/** What an earlier process left half written may name what is to be erased. Durable when it resolves. */
const removeLeftovers = async ({ disk, folder, path }: Kept): Promise<void> => {
  for (const replaced of [path, checkpointPath(folder)]) disk.remove(leftoverOf(replaced))
  await disk.syncFolder(folder)
}

/** The file written anew, without what is erased and what was damaged. */
const rewrite = async (kept: Kept, erased: ReadonlySet<number>): Promise<void> => {
  const came: Payload[] = []
  // It must not be taken for one of the new file.
  await removeCheckpoint(kept.disk, kept.folder)
  kept.checkpointEnd = undefined
  kept.meanwhile = came
  try {
    await replaceFile(kept.disk, kept.path, Buffer.concat([...partsWithout(kept, erased)]))
  } finally {
    kept.meanwhile = undefined
  }
  kept.file.close()
  kept.file = kept.disk.open(kept.path, 'write')
  Object.assign(kept, { ...readAll(kept.file), hasDamagedHeader: false })
  for (const payload of came) put(kept, payload)
  if (came.length > 0) await kept.file.sync()
}

/** Letters as they stand, and what else is known. */
function* partsWithout({ file, index }: Kept, erased: ReadonlySet<number>): Generator<Uint8Array> {
  yield fileHeader()
  for (const [importId, plan] of index.mappings) yield frame({ mapping: { importId, plan } })
  for (const [importId, sought] of index.conflicts) yield frame({ conflicts: { importId, sought } })
  for (const { at, length, number, isReplayed } of index.entries.values()) {
    if (erased.has(number)) continue
    yield bytesAt(file, at, length)
    if (isReplayed) yield frame({ replayed: number })
  }
  yield frame({ erased: rangesOf([...index.gone, ...erased]), last: index.last() })
}

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
