/**
 * Parquet: a slice is a row group. Column chunks are written here, since the library takes JavaScript values one by one; the
 * footer, which is small, is the library's.
 */
import type { ColumnChunk, FileMetaData, RowGroup } from 'hyparquet'
import { ByteWriter } from 'hyparquet-writer'
import { writeMetadata } from 'hyparquet-writer/src/metadata.js'
import { required, type SchemaPlan } from '../../../model/field.ts'
import type { RowsFormat, SliceNote } from '../rows-format.ts'
import { type ChunkNote, encodeChunk, joined } from './chunk.ts'
import { schemaElements } from './leaf.ts'
import { createChunkRoom } from './room.ts'

const magic = Buffer.from('PAR1')

interface GroupNote {
  readonly rows: number
  readonly chunks: readonly ChunkNote[]
}

export const parquetFormat = (schema: SchemaPlan): RowsFormat => {
  const fields = Object.entries(schema)
  const elements = schemaElements(schema)
  const room = createChunkRoom()
  const groupOf = ({ rows, chunks }: GroupNote, start: number): RowGroup => {
    let at = start
    const columns = chunks.map((chunk, i): ColumnChunk => {
      const { type, name } = elements[i + 1]!
      const column = columnOf(chunk, { type: type!, name, rows, at, isDouble: required(fields[i]![1]).kind === 'double' })
      at += chunk.compressed
      return column
    })
    const total = (of: 'compressed' | 'uncompressed') => BigInt(chunks.reduce((sum, chunk) => sum + chunk[of], 0))
    return { columns, num_rows: BigInt(rows), total_byte_size: total('uncompressed'), total_compressed_size: total('compressed') }
  }
  return {
    header: magic,
    encode: ({ rows, columns }) => {
      const parts: Uint8Array[] = []
      const chunks: ChunkNote[] = []
      for (const [name, field] of fields) {
        const chunk = encodeChunk(columns[name]!, field, rows, room)
        parts.push(...chunk.parts)
        chunks.push(chunk.note)
      }
      const note: GroupNote = { rows, chunks }
      const bytes = joined(parts)
      for (const part of parts) giveBack(part)
      return { rows, bytes, note: note as unknown as SliceNote }
    },
    footer: (slices) => {
      const groups = slices.map(({ at, note }) => groupOf(note as unknown as GroupNote, at))
      const metadata: Omit<FileMetaData, 'metadata_length'> = {
        version: 2,
        created_by: 'millrace',
        schema: elements,
        num_rows: groups.reduce((sum, { num_rows }) => sum + num_rows, 0n),
        row_groups: groups,
      }
      const writer = new ByteWriter()
      writeMetadata(writer as never, metadata as FileMetaData)
      writer.appendBytes(magic)
      return writer.getBytes()
    },
  }
}

/**
 * Memory goes back at once, not when the engine next collects: what little else is garbage here would let it wait while pages of
 * several slices pile up. Smaller memory may be a pool's.
 */
const giveBack = ({ buffer }: Uint8Array): void => {
  if (buffer instanceof ArrayBuffer && buffer.byteLength >= leastOwn) buffer.transfer(0)
}

const leastOwn = 1 << 18

interface ChunkOf {
  readonly type: NonNullable<FileMetaData['schema'][number]['type']>
  readonly name: string
  readonly rows: number
  /** Where the chunk begins in the file. */
  readonly at: number
  readonly isDouble: boolean
}

const columnOf = (chunk: ChunkNote, { type, name, rows, at, isDouble }: ChunkOf): ColumnChunk => {
  const bound = (value: number) => (isDouble ? value : BigInt(value))
  return {
    file_offset: BigInt(at),
    meta_data: {
      type,
      encodings: chunk.dictionary === 0 ? ['PLAIN', 'RLE'] : ['PLAIN', 'RLE', 'RLE_DICTIONARY'],
      path_in_schema: [name],
      codec: chunk.codec,
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(chunk.uncompressed),
      total_compressed_size: BigInt(chunk.compressed),
      data_page_offset: BigInt(at + chunk.dictionary),
      ...(chunk.dictionary > 0 && { dictionary_page_offset: BigInt(at) }),
      statistics: {
        null_count: BigInt(chunk.nulls),
        ...(chunk.bounds !== null && { min_value: bound(chunk.bounds[0]), max_value: bound(chunk.bounds[1]) }),
      },
    },
  }
}
