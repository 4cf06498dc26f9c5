/** A text file read forward in blocks, the unread rest of one carried into the next. */
import { MillraceError } from '../../base/error.ts'
import type { SourceFile } from './source-file.ts'

/** A record (a line, a CSV record, an element of an array) of more bytes than this is refused. */
export const maxRecordBytes = 1 << 22
const blockBytes = 1 << 22

export interface Blocks {
  /** Bytes that are there, from `at` to `to`. */
  bytes: Uint8Array
  at: number
  to: number
  /** Whether the file ends at `to`. */
  isEnd: boolean
  /** Offset in the file of `bytes[0]`. */
  base: number
}

/** At the file's first byte after a byte order mark. Throws FILE_ENCODING_UNKNOWN where the mark is one of UTF-16. */
export const openBlocks = (file: SourceFile): Blocks => {
  const bytes = file.read(0, Math.min(file.bytes, blockBytes))
  const [a, b, c] = bytes
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new MillraceError('FILE_ENCODING_UNKNOWN', 'the file is UTF-16', { at: file.path, expected: 'UTF-8', hint: 'convert it first' })
  }
  const at = a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0
  return { bytes, at, to: bytes.length, isEnd: bytes.length >= file.bytes, base: 0 }
}

/** Reads on: what lies before `at` is gone, and at least one more block is there unless the file ends. */
export const readOn = (file: SourceFile, blocks: Blocks): void => {
  const from = blocks.base + blocks.to
  const more = file.read(from, Math.min(file.bytes, from + blockBytes))
  const rest = blocks.bytes.subarray(blocks.at, blocks.to)
  const bytes = new Uint8Array(rest.length + more.length)
  bytes.set(rest)
  bytes.set(more, rest.length)
  blocks.base += blocks.at
  blocks.bytes = bytes
  blocks.at = 0
  blocks.to = bytes.length
  blocks.isEnd = more.length === 0 || from + more.length >= file.bytes
}

export const lineFeed = 0x0a

/** Passes over everything up to the end of the line, however far that is; gives how many bytes the line had from `at` on. */
export const skipLine = (file: SourceFile, blocks: Blocks): number => {
  let skipped = 0
  for (;;) {
    const end = blocks.bytes.subarray(0, blocks.to).indexOf(lineFeed, blocks.at)
    if (end >= 0) {
      skipped += end - blocks.at
      blocks.at = end + 1
      return skipped
    }
    skipped += blocks.to - blocks.at
    blocks.at = blocks.to
    if (blocks.isEnd) return skipped
    readOn(file, blocks)
  }
}
