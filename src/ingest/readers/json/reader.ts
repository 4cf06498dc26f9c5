/** JSON Lines, and files that are one array of objects. */
import { MillraceError } from '../../../base/error.ts'
import type { Refusal } from '../../../model/standardise.ts'
import { type BatchRequest, memberAt, type RowBatch, type RowReader, type SourceColumn, type Unreadable } from '../batch.ts'
import type { SourceFile } from '../source-file.ts'
import { parseExact } from './exact.ts'
import { type RecordText, recordTexts } from './records.ts'

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

async function* batchesOf(file: SourceFile, { columns, from = 0, most = jsonBatchRows }: BatchRequest): AsyncGenerator<RowBatch> {
  const progress = { bytesDone: 0 }
  const readers = columns.map((name) => [name, memberReader(name)] as const)
  let rows: (Row | undefined)[] = []
  let unreadable = new Map<number, Unreadable>()
  let position = 0
  const close = (): RowBatch => {
    const batch = batchOf({ rows, unreadable, position: position - rows.length, bytesDone: progress.bytesDone, readers })
    rows = []
    unreadable = new Map()
    return batch
  }
  for (const record of recordTexts(file, progress)) {
    if (position++ < from) continue
    const row = rowOf(record)
    if ('refusal' in row) unreadable.set(rows.length, row)
    rows.push('row' in row ? row.row : undefined)
    if (rows.length === most) yield close()
  }
  if (position === 0)
    throw new MillraceError('FILE_EMPTY', 'the file has no records', { at: file.path, hint: 'check that it was written whole' })
  if (rows.length > 0) yield close()
}

interface Gathered {
  readonly rows: readonly (Row | undefined)[]
  readonly unreadable: ReadonlyMap<number, Unreadable>
  readonly position: number
  readonly bytesDone: number
  readonly readers: readonly (readonly [string, (row: Row) => unknown])[]
}

const batchOf = ({ rows, unreadable, position, bytesDone, readers }: Gathered): RowBatch => {
  const columns = readers.map(([name, read]): [string, SourceColumn] => [
    name,
    { kind: 'value', values: rows.map((row) => (row === undefined ? null : read(row))) },
  ])
  return { position, rows: rows.length, columns: new Map(columns), unreadable, bytesDone, record: (row) => rows[row] }
}

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
