/** What a file holds by its first and last bytes, so that one of another format is refused in words, and not row by row. */
import { MillraceError } from '../../base/error.ts'
import type { RowReader } from './batch.ts'
import type { SourceFile } from './source-file.ts'

const parquetMark = 'PAR1'
const encryptedMark = 'PARE'

/** None of them begins a text. */
const signatures: readonly { readonly bytes: string; readonly what: string; readonly hint: string }[] = [
  { bytes: '\x1f\x8b', what: 'compressed by gzip', hint: 'decompress it first' },
  { bytes: '\x28\xb5\x2f\xfd', what: 'compressed by zstd', hint: 'decompress it first' },
  { bytes: 'PK\x03\x04', what: 'a ZIP archive or a spreadsheet', hint: 'unpack it, or save the sheet as CSV' },
]

const headBytes = 4

/** Throws FILE_DAMAGED where the file begins as one of another format does, and where a Parquet file lacks its beginning or end. */
export const checkSignature = (file: SourceFile, format: RowReader['format']): void => {
  const head = latin1(file.read(0, headBytes))
  const tail = latin1(file.read(Math.max(0, file.bytes - headBytes), file.bytes))
  const found = signatures.find(({ bytes }) => head.startsWith(bytes))
  if (format === 'parquet') checkParquet(file, { head, tail, found })
  else checkText(file, { head, tail, found }, format === 'csv' ? 'CSV' : 'lines of JSON')
}

interface Ends {
  readonly head: string
  readonly tail: string
  readonly found: (typeof signatures)[number] | undefined
}

const checkText = (file: SourceFile, { head, tail, found }: Ends, expected: string): void => {
  if (found !== undefined) throw refused(file, `it is ${found.what}`, expected, found.hint)
  if (head === parquetMark && tail === parquetMark) throw refused(file, 'it is a Parquet file', expected, 'give it the extension .parquet')
}

const shortestParquet = 12

const checkParquet = (file: SourceFile, { head, tail, found }: Ends): void => {
  const marks = [parquetMark, encryptedMark]
  if (!marks.includes(head)) {
    const what = found === undefined ? 'it is no Parquet file, or its beginning is lost' : `it is ${found.what}`
    const hint = found?.hint ?? 'copy it again, or give it the extension of what it holds'
    throw refused(file, what, `a file that begins with ${parquetMark}`, hint)
  }
  if (file.bytes >= shortestParquet && marks.includes(tail)) return
  const hint = 'it was cut off, or is being written still: copy it again, whole'
  throw refused(file, 'its end is missing', `a file that ends with ${parquetMark}`, hint)
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

const refused = (file: SourceFile, what: string, expected: string, hint: string): MillraceError =>
  new MillraceError('FILE_DAMAGED', `the file is damaged or of another format: ${what}`, { at: file.path, expected, hint })
