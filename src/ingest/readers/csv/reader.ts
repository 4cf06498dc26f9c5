/**
 * CSV files. Read by bytes, not by one of the usual libraries: these give JavaScript strings for every field, mend or merge
 * broken records in silence, and cannot say where in the file a record stood.
 */
import { MillraceError } from '../../../base/error.ts'
import type { Refusal } from '../../../model/standardise.ts'
import { type BatchRequest, batchRows, type RowBatch, type RowReader, type SourceColumn, type Unreadable } from '../batch.ts'
import { type Blocks, lineFeed, maxRecordBytes, openBlocks, readOn, skipLine } from '../block.ts'
import { damaged, type SourceFile } from '../source-file.ts'
import { createTextPool, decode, type TextPool } from '../texts.ts'
import { createFields, type Fields, scanRecord, undoubled } from './scan.ts'

export interface CsvOptions {
  /** One ASCII character. Left out: whichever of `,` `;` tab `|` the header has most of. */
  readonly delimiter?: string
}

const poolTexts = 1 << 16

/** Throws DELIMITER_INVALID, HEADER_INVALID, FILE_EMPTY, FILE_ENCODING_UNKNOWN. The first record names the columns. */
export const openCsv = (file: SourceFile, options: CsvOptions = {}): RowReader => {
  const blocks = openBlocks(file)
  const delimiter = options.delimiter === undefined ? likelyDelimiter(blocks) : delimiterByte(options.delimiter)
  const fields = createFields()
  const next = nextRecord(file, blocks, delimiter, fields)
  if (next === 'end') throw new MillraceError('FILE_EMPTY', 'the file has no header', { at: file.path, ...headerAdvice })
  const names = headerOf(file, blocks, fields)
  const start = blocks.base + next
  return {
    path: file.path,
    format: 'csv',
    bytes: file.bytes,
    totalRows: undefined,
    columns: names.map((name) => ({ name })),
    batches: (request) => batchesOf({ file, delimiter, names, start }, request),
    close: file.close,
  }
}

const headerAdvice = { expected: 'the names of the columns as the first record', hint: 'check that it was written whole' }

const delimiterByte = (text: string): number => {
  const byte = text.charCodeAt(0)
  if (text.length === 1 && byte < 0x80 && !'"\r\n'.includes(text)) return byte
  throw new MillraceError('DELIMITER_INVALID', 'not a delimiter', {
    value: text,
    expected: 'one ASCII character, no quote and no line end',
  })
}

const likelyDelimiter = ({ bytes, at, to }: Blocks): number => {
  const counts = new Map([...',;\t|'].map((text) => [text.charCodeAt(0), 0]))
  let isQuoted = false
  for (let i = at; i < to && (isQuoted || bytes[i] !== 0x0a); i++) {
    if (bytes[i] === 0x22) isQuoted = !isQuoted
    else if (!isQuoted && counts.has(bytes[i]!)) counts.set(bytes[i]!, counts.get(bytes[i]!)! + 1)
  }
  return [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best))[0]
}

/** The record at `blocks.at`, in `fields`: where the next one begins, or `end`. Of one that is too long, what is there of it. */
const nextRecord = (file: SourceFile, blocks: Blocks, delimiter: number, fields: Fields): number | 'end' => {
  for (;;) {
    if (blocks.at >= blocks.to && blocks.isEnd) return 'end'
    const next = scanRecord(blocks, blocks.at, delimiter, fields)
    if (next >= 0) return next
    if (blocks.to - blocks.at > maxRecordBytes) return scanRecord({ ...blocks, isEnd: true }, blocks.at, delimiter, fields)
    readOn(file, blocks)
  }
}

const headerOf = (file: SourceFile, { bytes }: Blocks, fields: Fields): readonly string[] => {
  const at = `${file.path}, header`
  if (fields.problem !== undefined)
    throw new MillraceError('HEADER_INVALID', 'the first record has a quote that is not closed', { at, hint: 'close it' })
  const names = Array.from({ length: fields.count }, (_, i) => fieldText(bytes, fields, i))
  if (names.length === 1 && names[0]?.trim() === '')
    throw new MillraceError('HEADER_INVALID', 'the first line is blank', { at, ...headerAdvice })
  const twice = names.find((name, i) => name === undefined || names.indexOf(name) !== i)
  if (names.includes(undefined)) throw damaged(at, new Error('it is no UTF-8'))
  if (twice !== undefined)
    throw new MillraceError('HEADER_INVALID', 'two columns have one name', { at, value: twice, hint: 'give one of them another' })
  return names as string[]
}

const fieldText = (bytes: Uint8Array, fields: Fields, i: number): string | undefined => {
  const [start, end] = [fields.starts[i]!, fields.ends[i]!]
  if (fields.doubled[i] === 0) return decode(bytes, start, end)
  const plain = undoubled(bytes, start, end)
  return decode(plain, 0, plain.length)
}

interface Csv {
  readonly file: SourceFile
  readonly delimiter: number
  readonly names: readonly string[]
  /** Where the records begin. */
  readonly start: number
}

async function* batchesOf(csv: Csv, { columns, from = 0, most = batchRows }: BatchRequest): AsyncGenerator<RowBatch> {
  const { file, names, start, delimiter } = csv
  const blocks: Blocks = { bytes: new Uint8Array(0), at: 0, to: 0, isEnd: start >= file.bytes, base: start }
  const wanted = names.flatMap((name, at) => (columns.includes(name) ? [{ name, at }] : []))
  const pools = wanted.map(() => createTextPool(poolTexts))
  const fields = createFields()
  let row = 0
  for (let batch = openBatch(csv, wanted, pools, most); ; ) {
    const next = nextRecord(file, blocks, delimiter, fields)
    if (next === 'end') {
      if (batch.rows() > 0) yield batch.close(row, blocks.base + blocks.at)
      return
    }
    const isBlank = fields.count === 1 && names.length > 1 && fields.starts[0] === fields.ends[0] && fields.problem === undefined
    if (!isBlank && row++ >= from) batch.add(blocks, fields, next)
    blocks.at = next
    if (next === blocks.to && !blocks.isEnd && blocks.bytes[next - 1] !== lineFeed) skipLine(file, blocks)
    if (batch.rows() < most) continue
    yield batch.close(row, blocks.base + blocks.at)
    pools.forEach((pool, i) => {
      if (pool.isFull()) pools[i] = createTextPool(poolTexts)
    })
    batch = openBatch(csv, wanted, pools, most)
  }
}

interface OpenBatch {
  rows(): number
  add(blocks: Blocks, fields: Fields, next: number): void
  /** `end`: number of the row after the last. */
  close(end: number, bytesDone: number): RowBatch
}

const openBatch = (csv: Csv, wanted: readonly { name: string; at: number }[], pools: readonly TextPool[], most: number): OpenBatch => {
  const codes = wanted.map(() => new Int32Array(most))
  const places = new Float64Array(most)
  const lengths = new Int32Array(most)
  const unreadable = new Map<number, Unreadable>()
  let rows = 0
  const add = ({ bytes, base, at }: Blocks, fields: Fields, next: number): void => {
    const refusal = refusalOf(csv, fields, next - at)
    let isUtf8 = true
    wanted.forEach((column, i) => {
      const code = refusal === undefined ? codeOf(bytes, fields, column.at, pools[i]!) : -1
      if (code === -2) isUtf8 = false
      codes[i]![rows] = Math.max(code, -1)
    })
    const problem = refusal ?? (isUtf8 ? undefined : refused('UTF8_INVALID', 'UTF-8', 'the record is no UTF-8'))
    if (problem !== undefined) unreadable.set(rows, { refusal: problem, record: lineText(bytes, at, next) })
    lengths[rows] = next - at
    places[rows++] = base + at
  }
  const close = (end: number, bytesDone: number): RowBatch => {
    const columns = wanted.map(({ name }, i): [string, SourceColumn] => [
      name,
      { kind: 'code', codes: codes[i]!.subarray(0, rows), dictionary: pools[i]!.texts, isUntyped: true },
    ])
    return {
      position: end - rows,
      rows,
      columns: new Map(columns),
      unreadable,
      bytesDone,
      record: (row) => recordAt(csv, places[row]!, lengths[row]!),
    }
  }
  return { rows: () => rows, add, close }
}

const refused = (code: Refusal['code'], expected: string, message: string): Refusal => ({
  code,
  at: '',
  value: undefined,
  expected,
  message,
})

const refusalOf = ({ names }: Csv, fields: Fields, bytes: number): Refusal | undefined => {
  if (bytes > maxRecordBytes) return refused('RECORD_TOO_LARGE', `at most ${maxRecordBytes} bytes`, 'the record is too large')
  if (fields.problem === 'QUOTE_UNCLOSED') return refused(fields.problem, 'a closing quote', 'a quote is not closed')
  if (fields.problem !== undefined) return refused(fields.problem, 'a delimiter or the line to end', 'something follows a closing quote')
  if (fields.count === names.length) return undefined
  return refused('FIELD_COUNT_WRONG', `${names.length} fields, as in the header`, `the record has ${fields.count} fields`)
}

const codeOf = (bytes: Uint8Array, fields: Fields, i: number, pool: TextPool): number => {
  const [start, end] = [fields.starts[i]!, fields.ends[i]!]
  if (start === end) return -1
  if (fields.doubled[i] === 0) return pool.code(bytes, start, end)
  const plain = undoubled(bytes, start, end)
  return pool.code(plain, 0, plain.length)
}

const shownBytes = 4096

const lineText = (bytes: Uint8Array, at: number, next: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(next - at, shownBytes)).toString('utf8')

/** A record read again, all its fields by name. */
const recordAt = ({ file, delimiter, names }: Csv, from: number, length: number): unknown => {
  const bytes = file.read(from, from + Math.min(length, maxRecordBytes))
  const fields = createFields()
  scanRecord({ bytes, to: bytes.length, isEnd: true }, 0, delimiter, fields)
  return Object.fromEntries(names.map((name, i) => [name, (i < fields.count ? fieldText(bytes, fields, i) : undefined) || null]))
}
