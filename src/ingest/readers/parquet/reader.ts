/** Parquet files: a row group at a time, each column decoded on its own. */
import { type ColumnMetaData, type FileMetaData, parquetMetadata, parquetSchema, type RowGroup, type SchemaTree } from 'hyparquet'
import { MillraceError } from '../../../base/error.ts'
import {
  type BatchRequest,
  batchRows,
  memberAt,
  type RowBatch,
  type RowReader,
  rowRecord,
  type SourceColumn,
  type SourceColumnInfo,
  sliceColumn,
  type Unreadable,
} from '../batch.ts'
import { damaged, type SourceFile } from '../source-file.ts'
import { createTextPool, type TextPool } from '../texts.ts'
import { type Chunk, readChunk } from './chunk.ts'
import { type Leaf, leafAt } from './leaf.ts'
import { readNested } from './nested.ts'

/** A row group of more rows than this does not fit in memory as columns. */
const mostGroupRows = 2 ** 25

/** Throws FILE_DAMAGED, FILE_ENCRYPTED, FILE_TOO_LARGE. */
export const openParquet = (file: SourceFile): RowReader => {
  const metadata = readMetadata(file)
  const tree = parquetSchema(metadata)
  return {
    path: file.path,
    format: 'parquet',
    bytes: file.bytes,
    totalRows: Number(metadata.num_rows),
    columns: tree.children.map(infoOf),
    batches: (request) => batchesOf(file, metadata, tree, request),
    close: file.close,
  }
}

const magic = 'PAR1'

const readMetadata = (file: SourceFile): FileMetaData => {
  const at = `${file.path}, footer`
  const end = Buffer.from(file.read(Math.max(0, file.bytes - 8), file.bytes))
  const mark = end.toString('latin1', 4)
  if (mark === 'PARE')
    throw new MillraceError('FILE_ENCRYPTED', 'the file is encrypted', { at: file.path, hint: 'write it without encryption' })
  if (end.length < 8 || mark !== magic) throw damaged(at, new Error(`it does not end with ${magic}`))
  const length = end.readUInt32LE(0)
  if (length > file.bytes - 8) throw damaged(at, new Error(`the footer says that it has ${length} bytes of the file's ${file.bytes}`))
  try {
    const metadata = parquetMetadata(file.read(file.bytes - 8 - length, file.bytes), { geoparquet: false })
    checkMetadata(metadata)
    return metadata
  } catch (cause) {
    throw damaged(at, cause)
  }
}

const checkMetadata = (metadata: FileMetaData): void => {
  const tree = parquetSchema(metadata)
  let rows = 0
  for (const group of metadata.row_groups) {
    const count = Number(group.num_rows)
    if (!Number.isSafeInteger(count) || count < 0) throw new Error(`a row group says that it has ${count} rows`)
    if (count > mostGroupRows) {
      throw new MillraceError('FILE_TOO_LARGE', `a row group has ${count} rows`, {
        expected: `at most ${mostGroupRows}`,
        hint: 'write the file again with smaller row groups',
      })
    }
    for (const { meta_data, file_path } of group.columns) {
      if (meta_data === undefined || file_path !== undefined) throw new Error('a column lies in another file, or nowhere')
      leafAt(tree, meta_data.path_in_schema)
    }
    rows += count
  }
  if (BigInt(rows) !== metadata.num_rows) throw new Error(`the row groups have ${rows} rows, the file says ${metadata.num_rows}`)
}

const infoOf = (tree: SchemaTree): SourceColumnInfo => {
  const { name } = tree.element
  if (tree.children.length > 0 || tree.element.repetition_type === 'REPEATED') return { name, kind: 'nested' }
  const { form, element } = leafAt({ ...tree, path: [], element: { name: 'root' }, children: [tree] }, [name])
  if (form.as === 'numbers') {
    if (form.unit !== undefined) return { name, kind: 'time', unit: form.unit }
    return { name, kind: element.type === 'FLOAT' || element.type === 'DOUBLE' || form.scale ? 'number' : 'integer', ...scaled(form.scale) }
  }
  if (form.as !== 'values') return { name, kind: ({ booleans: 'boolean', texts: 'text', unsupported: 'unsupported' } as const)[form.as] }
  const kinds = { decimal: 'number', half: 'number', uuid: 'text', nanos: 'time', json: 'nested' } as const
  return { name, kind: kinds[form.of], ...scaled(form.scale) }
}

const scaled = (scale: number | undefined): { readonly scale?: number } => (scale === undefined || scale === 0 ? {} : { scale })

async function* batchesOf(
  file: SourceFile,
  metadata: FileMetaData,
  tree: SchemaTree,
  { columns, from = 0, most = batchRows }: BatchRequest,
): AsyncGenerator<RowBatch> {
  const wanted = tree.children.filter(({ element }) => columns.some((name) => name === element.name || name.startsWith(`${element.name}.`)))
  let pool = createTextPool()
  let start = 0
  for (const [number, group] of metadata.row_groups.entries()) {
    const rows = Number(group.num_rows)
    if (start + rows > from && rows > 0) {
      if (pool.isFull()) pool = createTextPool()
      const read = new Map<string, SourceColumn>()
      for (const column of wanted) {
        const at = `${file.path}, row group ${number} (rows ${start} to ${start + rows - 1}), column '${column.element.name}'`
        read.set(column.element.name, readColumn({ file, tree, group, rows, at, pool }, column))
      }
      yield* slices({ columns: asked(read, columns), start, rows, from, most, bytesDone: groupEnd(group) })
    }
    start += rows
  }
}

/** Columns under the names they were asked for by; members of nested ones as columns of their own. */
const asked = (read: ReadonlyMap<string, SourceColumn>, names: readonly string[]): ReadonlyMap<string, SourceColumn> => {
  const columns = new Map<string, SourceColumn>()
  for (const name of names) {
    const [first = '', ...path] = name.split('.')
    const [own, whole] = [read.get(name), read.get(first)]
    if (own !== undefined) columns.set(name, own)
    else if (whole?.kind === 'value') columns.set(name, { kind: 'value', values: whole.values.map((value) => memberAt(value, path)) })
  }
  return columns
}

interface GroupInput {
  readonly file: SourceFile
  readonly tree: SchemaTree
  readonly group: RowGroup
  readonly rows: number
  readonly at: string
  readonly pool: TextPool
}

const readColumn = ({ file, tree, group, rows, at, pool }: GroupInput, column: SchemaTree): SourceColumn => {
  const { name } = column.element
  const chunks = group.columns.filter(({ meta_data }) => meta_data?.path_in_schema[0] === name).map(({ meta_data }) => meta_data!)
  try {
    if (chunks.length === 0) throw new Error('the row group lacks the column')
    const leaves = chunks.map((chunk) => chunkOf(file, leafAt(tree, chunk.path_in_schema), chunk, rows))
    const unsupported = leaves.find(({ leaf }) => leaf.form.as === 'unsupported')
    if (unsupported !== undefined) throw unsupportedColumn(at, unsupported.leaf)
    if (leaves[0]!.leaf.isFlat) return readChunk(leaves[0]!, pool)
    return { kind: 'value', values: readNested(column, leaves, rows) }
  } catch (cause) {
    throw damaged(at, cause)
  }
}

const unsupportedColumn = (at: string, { element }: Leaf): MillraceError =>
  new MillraceError(
    'COLUMN_UNSUPPORTED',
    `columns of type ${element.converted_type ?? element.logical_type?.type ?? element.type} are not read`,
    {
      at,
      hint: 'leave the column out of the mapping, or write it as text or numbers',
    },
  )

const chunkOf = (file: SourceFile, leaf: Leaf, chunk: ColumnMetaData, rows: number): Chunk & { readonly values: number } => {
  const first = Number(chunk.data_page_offset)
  const dictionary = Number(chunk.dictionary_page_offset ?? 0)
  const from = dictionary > 0 && dictionary < first ? dictionary : first
  const to = from + Number(chunk.total_compressed_size)
  if (!(from >= 0 && to >= from && to <= file.bytes)) throw new Error(`it says that it lies in bytes ${from} to ${to} of ${file.bytes}`)
  return { leaf, bytes: file.read(from, to), codec: chunk.codec, rows, values: Number(chunk.num_values) }
}

const groupEnd = (group: RowGroup): number =>
  group.columns.reduce((end, { meta_data }) => Math.max(end, Number(meta_data!.data_page_offset + meta_data!.total_compressed_size)), 0)

interface Sliced {
  readonly columns: ReadonlyMap<string, SourceColumn>
  readonly start: number
  readonly rows: number
  readonly from: number
  readonly most: number
  readonly bytesDone: number
}

function* slices({ columns, start, rows, from, most, bytesDone }: Sliced): Generator<RowBatch> {
  for (let first = Math.max(0, from - start); first < rows; first += most) {
    const end = Math.min(rows, first + most)
    const part = new Map([...columns].map(([name, column]) => [name, sliceColumn(column, first, end)]))
    yield {
      position: start + first,
      rows: end - first,
      columns: part,
      unreadable: unreadableIn(part, end - first),
      bytesDone: end === rows ? bytesDone : 0,
      record: (row) => rowRecord(part, row),
    }
  }
}

/** Rows with a text that is no UTF-8. Their cells of that column are null from here on. */
const unreadableIn = (columns: ReadonlyMap<string, SourceColumn>, rows: number): ReadonlyMap<number, Unreadable> => {
  const found = new Map<number, Unreadable>()
  for (const [name, column] of columns) {
    if (column.kind !== 'code') continue
    for (let row = 0; row < rows; row++) {
      if (column.codes[row] !== -2) continue
      column.codes[row] = -1
      const refusal = {
        code: 'UTF8_INVALID',
        at: name,
        value: undefined,
        expected: 'UTF-8',
        message: `${name}: the bytes are no UTF-8`,
      } as const
      if (!found.has(row)) found.set(row, { refusal, record: rowRecord(columns, row) })
    }
  }
  return found
}
