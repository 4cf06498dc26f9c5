/**
 * Which keys a process held, for the next one to load before they are asked for (docs/formats.md, "Held keys"). No answer depends
 * on it: where it is damaged or of another format it is as good as none.
 */
import type { Json } from '../../../model/json.ts'
import { type Disk, leftoverOf } from '../../disk/port.ts'
import { readSealed, writeSealed } from '../../disk/sealed.ts'

const format = 1
/** Far more than is ever written. */
const mostBytes = 64 << 20

/** By windows definition; of each key the values of its dimensions as JSON. */
export type HeldKeys = { readonly [windows: string]: readonly (readonly Json[])[] }

const pathIn = (folder: string): string => `${folder}/held-keys.json`

export const writeHeldKeys = (disk: Disk, folder: string, held: HeldKeys): Promise<void> => writeSealed(disk, pathIn(folder), format, held)

export const readHeldKeys = (disk: Disk, folder: string): HeldKeys => {
  if (!disk.exists(pathIn(folder)) || sizeOf(disk, pathIn(folder)) > mostBytes) return {}
  const read = readSealed(disk, pathIn(folder))
  return read.format === format && isHeldKeys(read.value) ? read.value : {}
}

const sizeOf = (disk: Disk, path: string): number => {
  const file = disk.open(path, 'read')
  try {
    return file.size()
  } finally {
    file.close()
  }
}

const isHeldKeys = (value: unknown): value is HeldKeys =>
  typeof value === 'object' && value !== null && Object.values(value).every((keys) => Array.isArray(keys) && keys.every(Array.isArray))

/** Nothing of it is left once it resolves, nor of a list that was being written when its process was killed. */
export const removeHeldKeys = async (disk: Disk, folder: string): Promise<void> => {
  const left = [pathIn(folder), leftoverOf(pathIn(folder))].filter((path) => disk.exists(path))
  for (const path of left) disk.remove(path)
  if (left.length > 0) await disk.syncFolder(folder)
}
