/** A file to be read: opened, measured, read in ranges and hashed. */
import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { MillraceError } from '../../base/error.ts'

export interface SourceFile {
  readonly path: string
  readonly bytes: number
  /** Bytes `from` to `to`, fewer where the file ends. */
  read(from: number, to: number): Uint8Array<ArrayBuffer>
  close(): void
}

/** Throws FILE_NOT_FOUND, FILE_ACCESS, FILE_NOT_REGULAR, FILE_EMPTY. */
export const openSourceFile = (path: string): SourceFile => {
  const fd = opened(path)
  const stat = fs.fstatSync(fd)
  if (!stat.isFile() || stat.size === 0) {
    fs.closeSync(fd)
    throw stat.isFile()
      ? new MillraceError('FILE_EMPTY', 'the file has no bytes', { at: path, expected: 'records', hint: 'check that it was written whole' })
      : new MillraceError('FILE_NOT_REGULAR', 'not a regular file', { at: path, hint: 'a folder is imported file by file' })
  }
  let isOpen = true
  return {
    path,
    bytes: stat.size,
    read: (from, to) => readRange(fd, path, from, to),
    close: () => {
      if (isOpen) fs.closeSync(fd)
      isOpen = false
    },
  }
}

const opened = (path: string): number => {
  try {
    return fs.openSync(path, 'r')
  } catch (cause) {
    throw fileError(path, cause)
  }
}

const fileError = (path: string, cause: unknown): MillraceError => {
  const { code = 'unknown' } = cause as { code?: string }
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new MillraceError('FILE_NOT_FOUND', 'there is no such file', { at: path, hint: 'correct the path', cause })
  return new MillraceError('FILE_ACCESS', `the file could not be read (${code})`, {
    at: path,
    hint: 'give this user the right to read it',
    cause,
  })
}

const readRange = (fd: number, path: string, from: number, to: number): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(Math.max(0, to - from))
  let done = 0
  try {
    while (done < bytes.length) {
      const count = fs.readSync(fd, bytes, done, bytes.length - done, from + done)
      if (count === 0) break
      done += count
    }
  } catch (cause) {
    throw fileError(path, cause)
  }
  return bytes.subarray(0, done)
}

const hashBlock = 1 << 22

/**
 * SHA-256 of the whole content, in hexadecimal digits. All of it, and no sample: a file changed in one byte must not pass for
 * one that is already imported, and hashing costs a hundredth of what importing does.
 */
export const hashFile = async (file: SourceFile, signal?: AbortSignal): Promise<string> => {
  const hash = createHash('sha256')
  for (let at = 0; at < file.bytes; at += hashBlock) {
    signal?.throwIfAborted()
    hash.update(file.read(at, Math.min(file.bytes, at + hashBlock)))
    await new Promise(setImmediate)
  }
  return hash.digest('hex')
}

/** The file stops making sense at a place: `at` names it, as `path, row 17` or `path, column 'a' from byte 4096 on`. */
export const damaged = (at: string, cause: unknown): MillraceError =>
  cause instanceof MillraceError
    ? cause
    : new MillraceError('FILE_DAMAGED', `the file is damaged or of another format: ${(cause as Error).message}`, {
        at,
        hint: 'copy or write it again, whole, or give it the extension of what it holds',
        cause,
      })
