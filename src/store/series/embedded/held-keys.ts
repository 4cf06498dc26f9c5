/**
 * Which keys a process held, for the next one to load before they are asked for (docs/formats.md, "Held keys"). No answer depends
 * on it: where it is damaged or of another format it is as good as none.
 */
import type { Json } from '../../../model/json.ts'
import { crc32 } from '../../disk/crc.ts'
import { type Disk, readFile, replaceFile } from '../../disk/port.ts'

const format = 1
/** Far more than is ever written. */
const mostBytes = 64 << 20

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
    const bytes = readFile(disk, pathIn(folder))
    if (bytes.length > mostBytes) return {}
    const read = JSON.parse(Buffer.from(bytes).toString('utf8')) as { [name: string]: unknown } | null
    const body = read?.['body']
    const isWhole = read?.['format'] === format && typeof body === 'string' && crc32(Buffer.from(body)) === read['crc']
    const held: unknown = isWhole ? JSON.parse(body) : undefined
    return isHeldKeys(held) ? held : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}

const isHeldKeys = (value: unknown): value is HeldKeys =>
  typeof value === 'object' && value !== null && Object.values(value).every((keys) => Array.isArray(keys) && keys.every(Array.isArray))

/** Nothing of it is left once it resolves, nor of a list that was being written when its process was killed. */
export const removeHeldKeys = async (disk: Disk, folder: string): Promise<void> => {
  const left = disk.list(folder)
  for (const name of left) disk.remove(`${folder}/${name}`)
  if (left.length > 0) await disk.syncFolder(folder)
}
