/** Every checksum of a center's files, read and not changed: what `millrace doctor` shows. */
import { MillraceError } from '../../../base/error.ts'
import type { Disk } from '../../disk/port.ts'
import { readEnd } from '../../log/embedded/end.ts'
import { openEmbeddedLog } from '../../log/embedded/log.ts'
import { isSegmentName, readSegmentHeader } from '../../log/embedded/segment.ts'
import type { LogGap } from '../../log/port.ts'
import { amendedBody } from './amended-file.ts'
import { parseProgress, progressFiles } from './import/progress.ts'
import { notGivenUp } from './lost.ts'
import { allManifests, type Manifest, readManifest, writeManifest } from './manifest.ts'
import { type ImportRecord, parseJsonRecord, recordKinds } from './records.ts'
import { examineRun } from './run/examine.ts'
import { isDamage } from './run/file.ts'
import type { RunEntry } from './run/open.ts'
import { runsFolder } from './state.ts'

export interface Damage {
  /** Path below the disk's root. */
  readonly file: string
  readonly part: string
  /** What stood there, as far as it is known. Times in milliseconds since 1970 UTC; ranges hold both ends. */
  readonly holds: {
    readonly type?: string
    readonly rows?: readonly [number, number]
    readonly times?: readonly [number, number]
    readonly offsets?: readonly [number, number]
    readonly stamps?: readonly [number, number]
  }
  /** What it means for reads. */
  readonly effect: string
  readonly remedy: string
  /** Nothing is missing for it: another file says the same. */
  readonly isHarmless: boolean
}

export interface Examined {
  readonly files: number
  readonly bytes: number
  readonly damage: readonly Damage[]
}

const bringBack = 'bring back the file from a copy'

/**
 * Examines a center's folder. A process that holds it may put new files in place of those that are read: then it is read anew, a few
 * times. Throws what the disk throws, and FORMAT_TOO_NEW.
 */
export const examineCenter = async (disk: Disk, folder: string, attempts = 5): Promise<Examined> => {
  const before = newestManifest(disk, folder)
  const isOvertaken = (): boolean => attempts > 1 && newestManifest(disk, folder) !== before
  try {
    const examined = await examineFiles(disk, folder)
    if (examined.damage.length === 0 || !isOvertaken()) return examined
  } catch (error) {
    if (!isOvertaken()) throw error
  }
  return examineCenter(disk, folder, attempts - 1)
}

const newestManifest = (disk: Disk, folder: string): number =>
  Math.max(0, ...allManifests(disk, folder).map(({ manifest }) => manifest?.number ?? 0))

const examineFiles = async (disk: Disk, folder: string): Promise<Examined> => {
  const found: Found = { disk, files: new Map(), damage: [] }
  const manifests = examineManifests(found, folder)
  const imported = await examineLog(found, folder, manifests)
  const [newest, previous] = manifests
  for (const [type, file] of Object.entries(newest?.amended ?? {})) examineAmended(found, `${runsFolder(folder)}/${file}`, type, true)
  for (const [type, file] of Object.entries(previous?.amended ?? {})) {
    if (newest?.amended[type] !== file) examineAmended(found, `${runsFolder(folder)}/${file}`, type, false)
  }
  const runs = new Map<string, RunEntry>()
  for (const entry of [...(newest?.runs ?? []), ...imported, ...examineImports(found, folder)]) runs.set(entry.file, entry)
  for (const entry of runs.values()) examineOneRun(found, folder, entry)
  return { files: found.files.size, bytes: [...found.files.values()].reduce((sum, size) => sum + size, 0), damage: found.damage }
}

interface Found {
  readonly disk: Disk
  /** Path → bytes. */
  readonly files: Map<string, number>
  readonly damage: Damage[]
}

const note = ({ disk, files }: Found, path: string): void => {
  if (!disk.exists(path)) return
  const file = disk.open(path, 'read')
  files.set(path, file.size())
  file.close()
}

const examineManifests = (found: Found, folder: string): readonly Manifest[] => {
  const all = allManifests(found.disk, folder)
  const isAny = all.some(({ manifest }) => manifest !== undefined)
  for (const { path, manifest } of all) {
    note(found, path)
    if (manifest !== undefined) continue
    found.damage.push({
      file: path,
      part: 'the manifest',
      holds: {},
      effect: isAny ? 'none: the other one stands in, and the log has what came between' : 'the center does not open',
      remedy: isAny ? 'none is needed: the next one that is written takes its place' : bringBack,
      isHarmless: isAny,
    })
  }
  return all.flatMap(({ manifest }) => manifest ?? [])
}

/** Gives the runs of imports that no manifest names yet. */
const examineLog = async (found: Found, folder: string, manifests: readonly Manifest[]): Promise<readonly RunEntry[]> => {
  const { disk, damage } = found
  const inLog = `${folder}/log`
  for (const name of disk.list(inLog).filter(isSegmentName)) {
    const path = `${inLog}/${name}`
    note(found, path)
    const file = disk.open(path, 'read')
    if (readSegmentHeader(file)?.offset !== Number(name.slice(0, 20)))
      damage.push({
        file: path,
        part: 'the header',
        holds: {},
        effect: 'none: its name says the same, and records are checked one by one',
        remedy: 'none is needed: the segment goes when its events are in runs',
        isHarmless: true,
      })
    file.close()
  }
  note(found, `${inLog}/end`)
  if (readEnd(disk, inLog) === undefined)
    damage.push({
      file: `${inLog}/end`,
      part: 'the note of where the log ended',
      holds: {},
      effect: 'none, unless the last records of the log are damaged too',
      remedy: 'none is needed: closing the center writes it anew',
      isHarmless: true,
    })
  const [newest] = manifests
  const { gaps, imported } = await readLog(disk, folder, newest)
  for (const gap of gaps) damage.push(gapDamage(gap, newest))
  return imported
}

/** What of the log cannot be read, what went with dropped segments excepted; and the runs that its records beyond the manifest name. */
const readLog = async (disk: Disk, folder: string, manifest: Manifest | undefined) => {
  const durable = { offset: manifest?.logOffset ?? 0, stamp: manifest?.stamp ?? 0 }
  const log = await openEmbeddedLog({ disk, folder: `${folder}/log`, clock: () => 0, durable, isReadOnly: true })
  const gaps: LogGap[] = []
  const imported: RunEntry[] = []
  for await (const records of log.read(manifest?.keepFrom ?? 0, (gap) => gaps.push(gap))) {
    const imports = records.filter(({ kind, offset }) => kind === recordKinds.import && offset >= durable.offset)
    imported.push(...imports.flatMap((record) => parseJsonRecord<ImportRecord>(record).runs))
  }
  await log.close()
  return { gaps, imported }
}

const gapDamage = (gap: LogGap, manifest: Manifest | undefined): Damage => {
  const { segment, from, to, after, upTo } = gap
  const isStored = to <= (manifest?.logOffset ?? 0) && !(manifest?.lost ?? []).some((lost) => lost.from < to && from < lost.to)
  const isGivenUp = !notGivenUp(gap, manifest?.lost ?? [])
  return {
    file: segment,
    part: `${to - from} records`,
    holds: { offsets: [from, to - 1], stamps: [after, upTo] },
    effect: isStored
      ? 'none: their events are in runs'
      : isGivenUp
        ? 'they were given up: reads go on without them'
        : 'reads that they could touch are refused (LOG_DAMAGED); everything recorded beside them is kept',
    remedy: isStored || isGivenUp ? 'none is needed' : `${bringBack}, or give them up with 'millrace doctor --give-up'`,
    isHarmless: isStored || isGivenUp,
  }
}

const examineAmended = (found: Found, path: string, type: string, isNewest: boolean): void => {
  note(found, path)
  try {
    amendedBody(found.disk, path)
  } catch (error) {
    if (!isDamage(error)) throw error
    found.damage.push({
      file: path,
      part: 'corrected and deleted events',
      holds: { type },
      effect: isNewest
        ? 'the ones before stand in where they are whole; else events of the type are withheld (DATA_DAMAGED)'
        : 'none: newer ones stand',
      remedy: isNewest ? bringBack : 'none is needed: the file goes with the next manifest',
      isHarmless: !isNewest,
    })
  }
}

/** Parts of imports under way. */
const examineImports = (found: Found, folder: string): readonly RunEntry[] =>
  progressFiles(found.disk, folder).flatMap((path) => {
    note(found, path)
    const progress = parseProgress(found.disk, path)
    if (progress === undefined)
      found.damage.push({
        file: path,
        part: 'how far an import has come',
        holds: {},
        effect: 'none on reads: the import begins anew when its command is given again',
        remedy: 'give the command again',
        isHarmless: true,
      })
    return progress?.parts ?? []
  })

const examineOneRun = (found: Found, folder: string, entry: RunEntry): void => {
  const path = `${runsFolder(folder)}/${entry.file}`
  note(found, path)
  const { type, minTime, maxTime } = entry
  for (const { part, rows } of examineRun(found.disk, path, entry.rows)) {
    found.damage.push({
      file: path,
      part,
      holds: { type, rows: [rows.from, rows.to - 1], times: [minTime, maxTime] },
      effect: 'reads that need it are refused (DATA_DAMAGED); all others are answered',
      remedy: bringBack,
      isHarmless: false,
    })
  }
}

/**
 * Goes on without the records of the log that cannot be read: the next manifest names them as given up, and reads are refused
 * for them no more. Gives what they were. For a center that nobody holds. Throws DATA_DAMAGED, MANIFEST_DAMAGED and what the disk throws.
 */
export const giveUpLost = async (disk: Disk, folder: string): Promise<readonly LogGap[]> => {
  const lock = disk.lock(folder)
  try {
    const { manifest } = readManifest(disk, folder)
    refuseDamagedAmended(disk, folder, manifest)
    const known = manifest.lost ?? []
    const pending = known.filter(({ isGivenUp }) => isGivenUp !== true)
    const gaps = (await readLog(disk, folder, manifest)).gaps.filter(
      (gap) => notGivenUp(gap, known) && (gap.to > manifest.logOffset || pending.some(({ from, to }) => from < gap.to && gap.from < to)),
    )
    if (gaps.length === 0) return gaps
    const lost = [...known.filter(({ isGivenUp }) => isGivenUp === true), ...gaps.map((gap) => ({ ...gap, isGivenUp: true }))]
    await writeManifest(disk, folder, { ...manifest, number: manifest.number + 1, lost })
    return gaps
  } finally {
    lock.release()
  }
}

/** The manifest before may stand in for one whose amended events are damaged, and another new one would take its place. */
const refuseDamagedAmended = (disk: Disk, folder: string, { amended }: Manifest): void => {
  const found: Found = { disk, files: new Map(), damage: [] }
  for (const [type, file] of Object.entries(amended)) examineAmended(found, `${runsFolder(folder)}/${file}`, type, true)
  const [first] = found.damage
  if (first !== undefined)
    throw new MillraceError('DATA_DAMAGED', 'amended events are damaged as well', {
      at: first.file,
      hint: `${bringBack} before anything is given up`,
    })
}
