/** JSON Lines, and files that are one array of objects. */
import { MillraceError } from '../../../base/error.ts'
import type { Refusal } from '../../../model/standardise.ts'
import { type BatchRequest, memberAt, type RowBatch, type RowReader, type Unreadable } from '../batch.ts'
import { lineFeed, maxRecordBytes } from '../block.ts'
import type { SourceFile } from '../source-file.ts'
import { parseExact } from './exact.ts'
import { createFlatRows, type FlatRows } from './flat.ts'
import { type LineBlock, linesIn, type RecordText, recordTexts } from './records.ts'

const jsonBatchRows = 16_384

/** A column named `a.b` is the member `b` of `a`, where no member is named so itself. */
export const openJsonLines = (file: SourceFile): RowReader => ({
  path: file.path,
  format: 'jsonl',
  bytes: file.bytes,
  totalRows: undefined,
  columns: undefined,
  batches: (request) => batchesOf(file, request),
  close: file.close,
})

type Row = Readonly<Record<string, unknown>>

/** Where a row stands that no object was made of. */
interface Line {
  readonly block: Buffer
  readonly from: number
  readonly to: number
}

/** Rows of a batch under way. */
interface Gathered {
  readonly columns: FlatRows
  readonly lines: (Line | Row | undefined)[]
  readonly unreadable: Map<number, Unreadable>
}

async function* batchesOf(
  file: SourceFile,
  { columns, times = [], from = 0, most = jsonBatchRows }: BatchRequest,
): AsyncGenerator<RowBatch> {
  const progress = { bytesDone: 0 }
  const flat = createFlatRows({ columns, times, most })
  const readers = new Map(columns.map((name) => [name, memberReader(name)]))
  // A path may lead into an object, which a line that is read by its bytes does not have.
  const isFlat = !columns.some((name) => name.includes('.'))
  let gathered: Gathered = { columns: flat, lines: [], unreadable: new Map() }
  let position = 0
  const close = (): RowBatch => {
    const batch = batchOf(gathered, position, progress.bytesDone)
    gathered = { columns: flat, lines: [], unreadable: new Map() }
    return batch
  }
  for (const record of recordTexts(file, progress)) {
    for (const one of 'block' in record ? lineRecords(record) : [record]) {
      if (position++ < from) continue
      if (!('block' in one && isFlat && addLine(gathered, one))) addParsed(gathered, readers, rowOf('block' in one ? textOf(one) : one))
      if (flat.rows === most) yield close()
    }
  }
  if (position === 0)
    throw new MillraceError('FILE_EMPTY', 'the file has no records', {
      at: file.path,
      expected: 'an object on each line, or an array of objects',
      hint: 'check that it was written whole',
    })
  if (flat.rows > 0) yield close()
}

interface NumberedLine extends Line {
  readonly number: number
}

/** Lines of a block that have something. One that may be too long, or begins like no object, is made text first. */
function* lineRecords({ block, number: before }: LineBlock): Generator<NumberedLine | RecordText> {
  let number = before
  for (let from = 0; from < block.length; ) {
    const found = block.indexOf(lineFeed, from)
    const to = found < 0 ? block.length : found
    number++
    let start = from
    while (start < to && isBlank(block[start]!)) start++
    if (block[start] === openObject && to - start <= maxRecordBytes) yield { block, from: start, to, number }
    else if (start < to) {
      const record = lineText({ block, from, to, number })
      if (record.text !== '') yield record
    }
    from = to + 1
  }
}

const openObject = 0x7b
const isBlank = (byte: number): boolean => byte === 0x20 || byte === 0x09 || byte === 0x0d

const textOf = ({ block, from, to, number }: NumberedLine): RecordText => ({ text: lineString({ block, from, to }), number })

const lineString = ({ block, from, to }: Line): string => block.toString('utf8', from, to).trim()

const lineText = ({ block, from, to, number }: NumberedLine): RecordText => {
  const text = lineString({ block, from, to })
  return text.length <= maxRecordBytes ? { text, number } : linesIn(block.subarray(from, to), number - 1).next().value!
}

const addLine = ({ columns, lines }: Gathered, line: Line): boolean => {
  if (!columns.add(line.block, line.from, line.to)) return false
  lines.push(line)
  return true
}

const addParsed = (
  { columns, lines, unreadable }: Gathered,
  readers: ReadonlyMap<string, (row: Row) => unknown>,
  row: { readonly row: Row } | Unreadable,
): void => {
  if ('refusal' in row) unreadable.set(lines.length, row)
  lines.push('row' in row ? row.row : undefined)
  columns.addValues((name) => ('row' in row ? readers.get(name)!(row.row) : null))
}

const batchOf = ({ columns, lines, unreadable }: Gathered, end: number, bytesDone: number): RowBatch => {
  const { rows } = columns
  const record = (row: number): unknown => {
    const line = lines[row]
    return line !== undefined && isLine(line) ? parseExact(lineString(line)) : line
  }
  return { position: end - rows, rows, columns: columns.take(), unreadable, bytesDone, record }
}

const isLine = (line: Line | Row): line is Line => Buffer.isBuffer(line['block'])

/** The member of that name; where there is none, the path that its dots make. */
export const memberReader = (name: string): ((row: Row) => unknown) => {
  if (!name.includes('.')) return (row) => (Object.hasOwn(row, name) ? row[name] : null)
  const path = name.split('.')
  return (row) => (Object.hasOwn(row, name) ? row[name] : memberAt(row, path))
}

const rowOf = ({ text, problem, bytes, number }: RecordText): { readonly row: Row } | Unreadable => {
  const at = `line ${number}`
  if (text === undefined) {
    const expected = problem === 'UTF8_INVALID' ? 'UTF-8' : 'a shorter record'
    return { refusal: refused(problem!, at, expected), record: Buffer.from(bytes!).toString('utf8') }
  }
  try {
    const value = parseExact(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { row: value as Row }
    return { refusal: refused('RECORD_INVALID', at, 'an object'), record: value }
  } catch (error) {
    return { refusal: refused('JSON_INVALID', at, 'a JSON object', (error as Error).message), record: cut(text) }
  }
}

const shownCharacters = 4096

const cut = (text: string): string => (text.length > shownCharacters ? text.slice(0, shownCharacters) : text)

const refused = (code: Refusal['code'], at: string, expected: string, reason?: string): Refusal => ({
  code,
  at,
  value: undefined,
  expected,
  message: `${at}: ${reason ?? `expected ${expected}`}`,
})
