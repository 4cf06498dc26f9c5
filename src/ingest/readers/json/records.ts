/** The texts of a JSON file's records: its lines, or the elements of the one array that it holds. */
import { isUtf8 } from 'node:buffer'
import { MillraceError } from '../../../base/error.ts'
import { type Blocks, lineFeed, maxRecordBytes, openBlocks, readOn, skipLine } from '../block.ts'
import { damaged, type SourceFile } from '../source-file.ts'

export interface RecordText {
  /** Undefined when it is too large, or no UTF-8; `bytes` then has the beginning of it. */
  readonly text: string | undefined
  readonly problem?: 'RECORD_TOO_LARGE' | 'UTF8_INVALID'
  readonly bytes?: Uint8Array
  /** Line of the file, or element of the array, counted from 1. */
  readonly number: number
}

/** Whole lines, all of them UTF-8. */
export interface LineBlock {
  readonly block: Buffer
  /** Lines of the file before it. */
  readonly number: number
}

/** Lines come in blocks where they can, else one by one; blank ones are passed over. Throws FILE_DAMAGED where an array has no end, RECORD_TOO_LARGE for an element. */
export function* recordTexts(file: SourceFile, progress: { bytesDone: number }): Generator<RecordText | LineBlock> {
  const blocks = openBlocks(file)
  let first = firstByte(blocks)
  while (first === undefined && !blocks.isEnd) {
    blocks.at = blocks.to
    readOn(file, blocks)
    first = firstByte(blocks)
  }
  yield* first === openArray ? elements(file, blocks, progress) : lines(file, blocks, progress)
}

const openArray = 0x5b

const firstByte = ({ bytes, at, to }: Blocks): number | undefined => {
  for (let i = at; i < to; i++) if (!isBlank(bytes[i]!)) return bytes[i]
  return undefined
}

const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09

const cutBytes = 4096

function* lines(file: SourceFile, blocks: Blocks, progress: { bytesDone: number }): Generator<RecordText | LineBlock> {
  let number = 0
  for (;;) {
    const last = blocks.isEnd ? blocks.to : blocks.bytes.subarray(0, blocks.to).lastIndexOf(lineFeed, blocks.to) + 1
    if (last > blocks.at) {
      const block = Buffer.from(blocks.bytes.buffer, blocks.bytes.byteOffset + blocks.at, last - blocks.at)
      if (isUtf8(block)) {
        yield { block, number }
        number += countLines(block)
      } else {
        for (const record of linesIn(block, number)) {
          number = record.number
          if (record.text !== '') yield record
        }
      }
      blocks.at = last
      progress.bytesDone = blocks.base + blocks.at
    }
    if (blocks.isEnd) return
    if (blocks.to - blocks.at > maxRecordBytes) {
      const bytes = blocks.bytes.slice(blocks.at, blocks.at + cutBytes)
      skipLine(file, blocks)
      yield { text: undefined, problem: 'RECORD_TOO_LARGE', bytes, number: ++number }
    } else readOn(file, blocks)
  }
}

const countLines = (block: Uint8Array): number => {
  let count = block.at(-1) === lineFeed ? 0 : 1
  for (let at = block.indexOf(lineFeed); at >= 0; at = block.indexOf(lineFeed, at + 1)) count++
  return count
}

/** Whole lines, each looked at by itself. */
export function* linesIn(bytes: Uint8Array, before: number): Generator<RecordText> {
  let number = before
  for (let from = 0; from < bytes.length; ) {
    const found = bytes.indexOf(lineFeed, from)
    const end = found < 0 ? bytes.length : found
    yield textRecord(bytes.subarray(from, end), ++number)
    from = end + 1
  }
}

const textRecord = (bytes: Uint8Array, number: number): RecordText => {
  if (bytes.length > maxRecordBytes) return { text: undefined, problem: 'RECORD_TOO_LARGE', bytes: bytes.slice(0, cutBytes), number }
  if (!isUtf8(bytes)) return { text: undefined, problem: 'UTF8_INVALID', bytes: bytes.slice(0, cutBytes), number }
  return { text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8').trim(), number }
}

function* elements(file: SourceFile, blocks: Blocks, progress: { bytesDone: number }): Generator<RecordText> {
  blocks.at = blocks.bytes.indexOf(openArray, blocks.at) + 1
  let number = 0
  for (;;) {
    const end = elementEnd(blocks)
    if (end >= 0) {
      const record = textRecord(blocks.bytes.subarray(blocks.at, end), number + 1)
      const isClosing = blocks.bytes[end] === 0x5d
      if (record.text !== '' || !isClosing || number > 0) {
        number++
        yield record
      }
      blocks.at = end + 1
      progress.bytesDone = blocks.base + blocks.at
      if (isClosing) return checkEnd(file, blocks)
    } else if (blocks.isEnd) throw damaged(`${file.path}, byte ${file.bytes}`, new Error('the array has no end'))
    else if (blocks.to - blocks.at > maxRecordBytes) {
      throw new MillraceError('RECORD_TOO_LARGE', 'an element of the array is too large', {
        at: `${file.path}, element ${number + 1} from byte ${blocks.base + blocks.at} on`,
        expected: `at most ${maxRecordBytes} bytes`,
      })
    } else readOn(file, blocks)
  }
}

/** Where the comma or bracket stands that ends the element at `at`; −1 when it is not there yet. */
const elementEnd = ({ bytes, at, to }: Blocks): number => {
  let depth = 0
  for (let i = at; i < to; i++) {
    const byte = bytes[i]
    if (byte === 0x22) {
      for (i++; i < to && bytes[i] !== 0x22; i++) if (bytes[i] === 0x5c) i++
    } else if (byte === openArray || byte === 0x7b) depth++
    else if (depth > 0) {
      if (byte === 0x5d || byte === 0x7d) depth--
    } else if (byte === 0x5d || byte === 0x2c) return i
  }
  return -1
}

const checkEnd = (file: SourceFile, blocks: Blocks): void => {
  for (;;) {
    const rest = firstByte(blocks)
    if (rest !== undefined) throw damaged(`${file.path}, byte ${blocks.base + blocks.at}`, new Error('something follows the array'))
    if (blocks.isEnd) return
    blocks.at = blocks.to
    readOn(file, blocks)
  }
}
