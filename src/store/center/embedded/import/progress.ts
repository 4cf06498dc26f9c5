/**
 * How far an import has come: `imports/HASH.json`, replaced at every sync (docs/formats.md, "Import under way"). Its parts are
 * runs like any other that no manifest names yet.
 */

import { createHash } from 'node:crypto'
import { MillraceError } from '../../../../base/error.ts'
import type { Disk } from '../../../disk/port.ts'
import { readSealed, writeSealed } from '../../../disk/sealed.ts'
import type { RunEntry } from '../run/open.ts'

const importFormat = 1

export interface ImportProgress {
  readonly id: string
  /** The source's position up to which every row is in a part. */
  readonly position: number
  readonly parts: readonly (RunEntry & { readonly position: number })[]
}

const importsFolder = (folder: string): string => `${folder}/imports`
const progressPath = (folder: string, id: string): string =>
  `${importsFolder(folder)}/${createHash('sha256').update(id).digest('hex').slice(0, 32)}.json`

export const writeProgress = (disk: Disk, folder: string, progress: ImportProgress): Promise<void> =>
  writeSealed(disk, progressPath(folder, progress.id), importFormat, progress)

export const readProgress = (disk: Disk, folder: string, id: string): ImportProgress | undefined => {
  const path = progressPath(folder, id)
  return disk.exists(path) ? parseProgress(disk, path) : undefined
}

export const removeProgress = async (disk: Disk, folder: string, id: string): Promise<void> => {
  const path = progressPath(folder, id)
  if (!disk.exists(path)) return
  disk.remove(path)
  await disk.syncFolder(importsFolder(folder))
}

/** All imports that were broken off and can be gone on with. */
export const listProgress = (disk: Disk, folder: string): ImportProgress[] =>
  progressFiles(disk, folder).flatMap((path) => parseProgress(disk, path) ?? [])

export const progressFiles = (disk: Disk, folder: string): string[] =>
  disk
    .list(importsFolder(folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${importsFolder(folder)}/${name}`)

/** Undefined where it is damaged: nothing of it was visible, so that import begins anew. Throws FORMAT_TOO_NEW. */
export const parseProgress = (disk: Disk, path: string): ImportProgress | undefined => {
  const { format, value } = readSealed(disk, path)
  if (typeof format === 'number' && format > importFormat) {
    throw new MillraceError('FORMAT_TOO_NEW', 'the import was begun by a newer Millrace', {
      at: path,
      value: format,
      expected: `at most ${importFormat}`,
    })
  }
  return value as ImportProgress | undefined
}
