/** Rows of a Parquet file into arrays that threads share, each thread its part. */
import type { RowBatch, SourceColumn } from '../../src/ingest/readers/batch.ts'
import { openRows } from '../../src/ingest/readers/open.ts'

export interface ReadRequest {
  readonly file: string
  /** Rows [from, to). */
  readonly from: number
  readonly to: number
  /** By column. Codes are this reader's own: indices into `texts` of the answer. */
  readonly texts: { readonly [column: string]: Int32Array }
  /** By column, NaN for null; times in milliseconds. */
  readonly numbers: { readonly [column: string]: Float64Array }
}

/** One code for each different text, however many files and dictionaries it comes from. */
export interface TextTable {
  readonly texts: readonly string[]
  code(text: string): number
}

export const createTextTable = (): TextTable => {
  const codes = new Map<string, number>()
  const texts: string[] = []
  return {
    texts,
    code: (text) => {
      const known = codes.get(text)
      if (known !== undefined) return known
      codes.set(text, texts.length)
      return texts.push(text) - 1
    },
  }
}

export const countRows = (file: string): number => {
  const reader = openRows(file)
  try {
    return reader.totalRows!
  } finally {
    reader.close()
  }
}

/** Row i of the file goes to place i of the arrays. */
export const readRange = async (request: ReadRequest, table: TextTable): Promise<void> => {
  const { file, from, to, texts, numbers } = request
  const reader = openRows(file)
  const remaps = new Map<readonly string[], Int32Array>()
  try {
    for await (const batch of reader.batches({ columns: [...Object.keys(texts), ...Object.keys(numbers)], from, most: 1 << 20 })) {
      const count = Math.min(batch.rows, to - batch.position)
      if (count <= 0) break
      for (const [name, into] of Object.entries(texts)) copyCodes(columnOf(batch, name, 'code'), into, { batch, count, table, remaps })
      for (const [name, into] of Object.entries(numbers)) copyNumbers(columnOf(batch, name, 'number'), into, batch.position, count)
    }
  } finally {
    reader.close()
  }
}

const columnOf = <K extends SourceColumn['kind']>(batch: RowBatch, name: string, kind: K): Extract<SourceColumn, { kind: K }> => {
  const column = batch.columns.get(name)
  if (column?.kind !== kind) throw new Error(`the column '${name}' came as ${column?.kind ?? 'nothing'} and not as ${kind}`)
  return column as Extract<SourceColumn, { kind: K }>
}

interface CodeCopy {
  readonly batch: RowBatch
  readonly count: number
  readonly table: TextTable
  /** Dictionary of the reader → codes of the table, as far as they are known. */
  readonly remaps: Map<readonly string[], Int32Array>
}

const copyCodes = (
  { codes, dictionary }: Extract<SourceColumn, { kind: 'code' }>,
  into: Int32Array,
  { batch, count, table, remaps }: CodeCopy,
): void => {
  const known = remaps.get(dictionary) ?? new Int32Array(0)
  const remap = known.length === dictionary.length ? known : new Int32Array(dictionary.length)
  if (remap !== known) {
    remap.set(known)
    for (let code = known.length; code < remap.length; code++) remap[code] = table.code(dictionary[code]!)
    remaps.set(dictionary, remap)
  }
  for (let i = 0; i < count; i++) into[batch.position + i] = codes[i]! < 0 ? -1 : remap[codes[i]!]!
}

const perMs = { s: 0.001, ms: 1, us: 1_000, ns: 1_000_000 } as const

const copyNumbers = (
  { values, unit }: Extract<SourceColumn, { kind: 'number' }>,
  into: Float64Array,
  position: number,
  count: number,
): void => {
  if (unit === undefined) {
    into.set(values.subarray(0, count), position)
    return
  }
  const divisor = perMs[unit]
  for (let i = 0; i < count; i++) into[position + i] = Math.floor(values[i]! / divisor)
}

export const sharedInts = (length: number): Int32Array => new Int32Array(new SharedArrayBuffer(4 * length))
export const sharedDoubles = (length: number): Float64Array => new Float64Array(new SharedArrayBuffer(8 * length))
