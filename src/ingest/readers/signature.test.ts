import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, expect, it } from 'vitest'
import { openRows } from './open.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-signature-'))
afterAll(() => rmSync(folder, { recursive: true }))

const parquet = `PAR1${'x'.repeat(40)}\x08\0\0\0PAR1`

/** What reading a file of this name and content is refused with. */
const refusal = async (name: string, content: string | Uint8Array): Promise<string> => {
  const path = join(folder, name)
  writeFileSync(path, content, 'latin1')
  try {
    const reader = openRows(path)
    try {
      for await (const _ of reader.batches({ columns: ['a'] })) return 'rows'
      return 'no rows'
    } finally {
      reader.close()
    }
  } catch (error) {
    const { code, message } = error as { readonly code?: string; readonly message: string }
    return `${code} ${message.replaceAll(`${folder}/`, '')}`
  }
}

it.each([
  ['a.parquet', parquet.slice(0, -6), /FILE_DAMAGED a.parquet: .*its end is missing; expected a file that ends with PAR1; .*cut off/],
  ['a.parquet', 'PAR1', /its end is missing/],
  ['a.parquet', 'a,b\n1,2\n', /no Parquet file.*expected a file that begins with PAR1.*extension/],
  ['a.parquet', gzipSync(parquet), /it is compressed by gzip; .*decompress it first/],
  ['a.csv', parquet, /it is a Parquet file; expected CSV; give it the extension .parquet/],
  ['a.jsonl', parquet, /it is a Parquet file; expected lines of JSON/],
  ['a.csv', gzipSync('a\n1\n'), /it is compressed by gzip; expected CSV; decompress it first/],
  ['a.jsonl', zstdCompressSync('{}'), /compressed by zstd/],
  ['a.csv', 'PK\x03\x04\x14', /a ZIP archive or a spreadsheet.*save the sheet as CSV/],
  ['a.csv', '', /FILE_EMPTY a.csv: the file has no bytes.*written whole/],
  ['a.csv', '\xef\xbb\xbf', /FILE_EMPTY a.csv: the file has no header; expected the names of the columns/],
  ['a.csv', '\n\n', /HEADER_INVALID a.csv, header: the first line is blank; expected the names of the columns/],
  ['a.jsonl', ' \n', /FILE_EMPTY a.jsonl: the file has no records; expected an object on each line/],
  ['a.json', '[{"a":1},{"a"', /FILE_DAMAGED a.json, byte 13: .*the array has no end; copy or write it again, whole/],
  ['a.csv', 'PAR1,BZh\n1,2\n', /^rows$/],
  ['a.csv', 'a,b\n', /^no rows$/],
])('%s %j', async (name, content, expected) => {
  expect(await refusal(name, content)).toMatch(expected)
})
