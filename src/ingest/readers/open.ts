import { extname } from 'node:path'
import { MillraceError } from '../../base/error.ts'
import type { RowReader } from './batch.ts'
import { type CsvOptions, openCsv } from './csv/reader.ts'
import { openJsonLines } from './json/reader.ts'
import { openParquet } from './parquet/reader.ts'
import { checkSignature } from './signature.ts'
import { openSourceFile, type SourceFile } from './source-file.ts'

type FileFormat = RowReader['format']

export interface ReadOptions extends CsvOptions {
  /** Left out: by the file's extension. */
  readonly format?: FileFormat
}

const byExtension: { readonly [extension: string]: FileFormat } = {
  '.parquet': 'parquet',
  '.csv': 'csv',
  '.tsv': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.json': 'jsonl',
}

/** Throws FILE_FORMAT_UNKNOWN, and what opening throws. The file is open until the reader is closed. */
export const openRows = (path: string, options: ReadOptions = {}): RowReader => {
  const extension = extname(path).toLowerCase()
  const file = openSourceFile(path)
  try {
    const format = options.format ?? byExtension[extension] ?? refuseFormat(path)
    checkSignature(file, format)
    return readerOf(file, format, extension === '.tsv' ? { delimiter: '\t', ...options } : options)
  } catch (error) {
    file.close()
    throw error
  }
}

const refuseFormat = (path: string): never => {
  throw new MillraceError('FILE_FORMAT_UNKNOWN', 'the name does not tell what the file holds', {
    at: path,
    expected: `one of ${Object.keys(byExtension).join(', ')}`,
    hint: 'or say the format: parquet, csv or jsonl',
  })
}

const readerOf = (file: SourceFile, format: FileFormat, options: ReadOptions): RowReader => {
  switch (format) {
    case 'parquet':
      return openParquet(file)
    case 'csv':
      return openCsv(file, options)
    case 'jsonl':
      return openJsonLines(file)
  }
}
