/** Files of results, by the extension of their name. */
import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { MillraceError } from '../../base/error.ts'
import type { SchemaPlan } from '../../model/field.ts'
import { createRealDisk } from '../../store/disk/real/disk.ts'
import { parquetFormat } from './parquet/format.ts'
import { openPart, type ResultWriter } from './part.ts'
import type { FormatOf, RowsFormat } from './rows-format.ts'
import { csvFormat, jsonLinesFormat } from './text-formats.ts'

const formats: { readonly [extension: string]: FormatOf } = {
  '.parquet': (schema) => parquetFormat(schema),
  '.csv': csvFormat,
  '.jsonl': jsonLinesFormat,
  '.ndjson': jsonLinesFormat,
}

/** How the slices of a file of this name are encoded, on whichever thread. Throws FILE_FORMAT_UNKNOWN. */
export const resultFormat = (file: string, schema: SchemaPlan): RowsFormat => {
  const formatOf = formats[extname(file).toLowerCase()]
  if (formatOf !== undefined) return formatOf(schema)
  throw new MillraceError('FILE_FORMAT_UNKNOWN', 'the name does not tell what to write', {
    at: file,
    expected: `one of ${Object.keys(formats).join(', ')}`,
  })
}

export interface ResultFileOptions {
  readonly file: string
  readonly schema: SchemaPlan
  /** Names the batch: its job, definitions, range and read. A part of another batch is thrown away, its own is gone on with. */
  readonly key: string
}

/** Slices come as `resultFormat` encodes them. The folder is made. Throws FILE_FORMAT_UNKNOWN, FILE_ACCESS, DISK_ACCESS, OUTPUT_DAMAGED, FORMAT_TOO_NEW. */
export const openResultFile = async ({ file, schema, key }: ResultFileOptions): Promise<ResultWriter> => {
  const format = resultFormat(file, schema)
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory())
    throw new MillraceError('FILE_ACCESS', 'a folder has this name', { at: file, hint: 'name a file in it' })
  // Results are for others to read, as far as this user's mask lets them.
  const disk = createRealDisk(dirname(resolve(file)), { fileMode: 0o666 })
  disk.makeFolder('')
  const whole = createHash('sha256')
    .update(JSON.stringify([key, extname(file).toLowerCase(), Object.entries(schema)]))
    .digest('hex')
  return openPart({ disk, path: basename(file), format, key: whole })
}
