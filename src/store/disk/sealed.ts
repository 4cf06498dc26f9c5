/** Small files of JSON that tell whether they are whole: `{format, crc, body}`, body the JSON text of what is kept, and crc its CRC. */
import { crc32 } from './crc.ts'
import { type Disk, readFile, replaceFile } from './port.ts'

/** Makes its folder; after a crash either the old or the new content is there. */
export const writeSealed = async (disk: Disk, path: string, format: number, value: unknown): Promise<void> => {
  const body = JSON.stringify(value)
  disk.makeFolder(path.slice(0, Math.max(0, path.lastIndexOf('/'))))
  await replaceFile(disk, path, Buffer.from(JSON.stringify({ format, crc: crc32(Buffer.from(body)), body })))
}

/** `value` is undefined where the file is damaged; then `format` may be anything. */
export const readSealed = (disk: Disk, path: string): { readonly format: unknown; readonly value: unknown } => {
  const { format, crc, body } = parse(Buffer.from(readFile(disk, path)).toString('utf8')) ?? {}
  const isWhole = typeof body === 'string' && crc32(Buffer.from(body)) === crc
  return { format, value: isWhole ? JSON.parse(body) : undefined }
}

const parse = (text: string): { readonly format?: unknown; readonly crc?: unknown; readonly body?: unknown } | undefined => {
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}
