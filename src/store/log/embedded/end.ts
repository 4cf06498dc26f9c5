/**
 * `log/end`, written when a log is closed: the offset and stamp of its end then. Everything below is durable, which a torn
 * segment by itself cannot tell; it stays true however the log goes on. One line: `millrace-log-end/1 CRC OFFSET STAMP`, the
 * CRC (8 hexadecimal digits) being that of `OFFSET STAMP`.
 */
import { crc32 } from '../../disk/crc.ts'
import { type Disk, readFile, replaceFile } from '../../disk/port.ts'

export interface LogEnd {
  readonly offset: number
  readonly stamp: number
}

export const noEnd: LogEnd = { offset: 0, stamp: 0 }

const head = 'millrace-log-end/1'
const pathIn = (folder: string): string => `${folder}/end`

export const writeEnd = ({ disk, folder }: { readonly disk: Disk; readonly folder: string }, { offset, stamp }: LogEnd): Promise<void> => {
  const body = `${offset} ${stamp}`
  return replaceFile(disk, pathIn(folder), Buffer.from(`${head} ${crc32(Buffer.from(body)).toString(16).padStart(8, '0')} ${body}\n`))
}

/** Undefined where it is damaged: it only ever adds to what segments say themselves. */
export const readEnd = (disk: Disk, folder: string): LogEnd | undefined => {
  if (!disk.exists(pathIn(folder))) return noEnd
  const text = Buffer.from(readFile(disk, pathIn(folder))).toString('latin1')
  const [, crc, body] = /^millrace-log-end\/1 ([0-9a-f]{8}) ([0-9.]+ [0-9.]+)\n$/.exec(text) ?? []
  if (body === undefined || crc32(Buffer.from(body)) !== Number.parseInt(crc!, 16)) return undefined
  const [offset, stamp] = body.split(' ').map(Number) as [number, number]
  return { offset, stamp }
}
