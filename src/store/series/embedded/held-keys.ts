/**
 * Which keys a process held, for the next one to load before they are asked for (docs/formats.md, "Held keys"). No answer depends
 * on it: where it is damaged or of another format it is as good as none.
 */
import type { Json } from '../../../model/json.ts'
import { crc32 } from '../../disk/crc.ts'
import { type Disk, readFile, replaceFile } from '../../disk/port.ts'

const format = 1

/** By windows definition; of each key the values of its dimensions as JSON. */
export type HeldKeys = { readonly [windows: string]: readonly (readonly Json[])[] }

const pathIn = (folder: string): string => `${folder}/held-keys.json`

export const writeHeldKeys = async (disk: Disk, folder: string, held: HeldKeys): Promise<void> => {
  const body = JSON.stringify(held)
  disk.makeFolder(folder)
  await replaceFile(disk, pathIn(folder), Buffer.from(JSON.stringify({ format, crc: crc32(Buffer.from(body)), body })))
}

export const readHeldKeys = (disk: Disk, folder: string): HeldKeys => {
  if (!disk.exists(pathIn(folder))) return {}
  try {
    const read = JSON.parse(Buffer.from(readFile(disk, pathIn(folder))).toString('utf8')) as { [name: string]: unknown } | null
    const body = read?.['body']
    const isWhole = read?.['format'] === format && typeof body === 'string' && crc32(Buffer.from(body)) === read['crc']
    return isWhole ? (JSON.parse(body) as HeldKeys) : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

/** Nothing of it is left once it resolves. */
export const removeHeldKeys = async (disk: Disk, folder: string): Promise<void> => {
  if (!disk.exists(pathIn(folder))) return
  disk.remove(pathIn(folder))
  await disk.syncFolder(folder)
}
