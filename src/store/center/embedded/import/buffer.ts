/** Rows of one type on their way into part runs: chunks are copied when they come and joined when a part is made. */
import { MillraceError } from '../../../../base/error.ts'
import { columnOf } from '../../../../model/cell.ts'
import { fieldAt } from '../../../../model/field.ts'
import type { EventPlan } from '../../../../model/plan.ts'
import type { Column, EventTable, Ids } from '../../../../model/table.ts'
import { type Breath, inSteps } from '../breath.ts'
import { joinColumns } from '../join-columns.ts'
import { leafColumns, leavesOf } from '../leaves.ts'
import { deriveIds } from '../run/ids.ts'
import { totalOrderSteps } from '../run/order.ts'
import type { RowsInput } from '../run/write.ts'
import { sortedColumns } from '../sorted-columns.ts'

interface Chunk {
  readonly rows: number
  readonly time: Float64Array
  readonly seq: Float64Array
  readonly knownAt: number | Float64Array
  readonly ids: ChunkIds
  readonly columns: { readonly [path: string]: Column }
}

type ChunkIds = { readonly prefix: string; readonly numbers: Float64Array } | readonly string[]

export interface RowBuffer {
  add(table: EventTable): void
  rows(): number
  /** What the rows take in memory, about: a text in a dictionary counts once. */
  bytes(): number
  /** All rows so far and the order they are to stand in; the buffer is empty then. */
  take(): Promise<TakenRows | undefined>
}

export interface TakenRows {
  readonly input: RowsInput
  readonly order: Uint32Array | undefined
}

export const createRowBuffer = (breathe: Breath, type: string, plan: EventPlan): RowBuffer => {
  let chunks: Chunk[] = []
  let [rows, bytes] = [0, 0]
  /** Texts counted so far, by dictionary: one that is shared only grows. */
  const counted = new WeakMap<readonly string[], number>()
  return {
    rows: () => rows,
    bytes: () => bytes,
    add: (table) => {
      if (table.rows === 0) return
      const chunk = copied(table, plan)
      chunks.push(chunk)
      rows += table.rows
      bytes += chunkBytes(chunk, counted)
    },
    take: async () => {
      if (rows === 0) return undefined
      const taken = { type, plan, chunks, rows }
      chunks = []
      ;[rows, bytes] = [0, 0]
      const input = await joined(breathe, taken)
      return { input, order: await inSteps(breathe, totalOrderSteps({ time: input.time, seq: input.seq, id: input.ids.at })) }
    },
  }
}

/** Of the engine's strings beside their characters, and of a value that is an object. */
const [textBytes, objectBytes] = [24, 100]

const chunkBytes = (chunk: Chunk, counted: WeakMap<readonly string[], number>): number => {
  let bytes = chunk.rows * 24
  if (!('prefix' in chunk.ids)) for (const id of chunk.ids) bytes += textBytes + id.length
  for (const column of Object.values(chunk.columns)) {
    if (column.kind !== 'code') bytes += chunk.rows * (column.kind === 'value' ? objectBytes : 8)
    else bytes += chunk.rows * 4 + newTextBytes(column.dictionary, counted)
  }
  return bytes
}

const newTextBytes = (dictionary: readonly string[], counted: WeakMap<readonly string[], number>): number => {
  let bytes = 0
  for (let i = counted.get(dictionary) ?? 0; i < dictionary.length; i++) bytes += textBytes + dictionary[i]!.length
  counted.set(dictionary, dictionary.length)
  return bytes
}

/** The caller may use its arrays again; a dictionary only grows. */
const copied = (table: EventTable, plan: EventPlan): Chunk => ({
  rows: table.rows,
  time: checkedTimes(table),
  seq: table.seq.slice(0, table.rows),
  knownAt: typeof table.knownAt === 'number' ? table.knownAt : table.knownAt.slice(0, table.rows),
  ids: copiedIds(table),
  columns: Object.fromEntries(
    Object.entries(table.columns)
      .filter(([path]) => fieldAt(plan.data, path) !== undefined)
      .map(([path, column]) => [path, copiedColumn(column, table.rows)]),
  ),
})

const checkedTimes = ({ type, time, rows }: EventTable): Float64Array => {
  for (let row = 0; row < rows; row++) {
    if (!Number.isSafeInteger(time[row]))
      throw new MillraceError('TIME_INVALID', 'not a time', { at: `${type}, row ${row}`, value: time[row], expected: 'whole milliseconds' })
  }
  return time.slice(0, rows)
}

const copiedIds = ({ ids, rows }: EventTable): ChunkIds => {
  if (ids.derived !== undefined) return { prefix: ids.derived.prefix, numbers: ids.derived.numbers.slice(0, rows) }
  const texts = Array.from({ length: rows }, (_, row) => ids.at(row))
  return deriveIds(rows, (row) => texts[row]!) ?? texts
}

const copiedColumn = (column: Column, rows: number): Column => {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: column.values.slice(0, rows) }
    case 'bigint':
      return {
        kind: 'bigint',
        values: column.values.slice(0, rows),
        ...(column.nulls !== undefined && { nulls: column.nulls.slice(0, rows) }),
      }
    case 'code':
      return { kind: 'code', codes: column.codes.slice(0, rows), dictionary: column.dictionary }
    case 'value':
      return { kind: 'value', values: column.values.slice(0, rows) }
  }
}

interface Chunks {
  readonly type: string
  readonly plan: EventPlan
  readonly chunks: readonly Chunk[]
  /** Of all chunks. */
  readonly rows: number
}

const joined = async (breathe: Breath, of: Chunks): Promise<RowsInput> => {
  const { type, plan, chunks, rows } = of
  const columns = await joinedByPath(breathe, of)
  const version = plan.version === undefined ? undefined : columns[plan.version]
  const of64 = (part: 'time' | 'seq'): Float64Array =>
    joinNumbers(
      chunks.map((chunk) => chunk[part]),
      rows,
    )
  const leaves = leafColumns({ type, leaves: leavesOf(plan.data), columns, rows })
  return {
    type,
    plan,
    time: of64('time'),
    seq: of64('seq'),
    ids: joinedIds(chunks, rows),
    recordedAt: 'commit',
    knownAt: joinStamps(chunks, rows),
    version: version?.kind === 'number' ? version.values : 'commit',
    columns: await sortedColumns(breathe, leaves, rows),
  }
}

const joinedByPath = async (breathe: Breath, { type, plan, chunks, rows }: Chunks): Promise<{ readonly [path: string]: Column }> => {
  const columns: { [path: string]: Column } = {}
  for (const { path, form } of leavesOf(plan.data)) {
    const isGiven = (chunk: Chunk): boolean => chunk.columns[path] !== undefined
    if (!(form === 'presence' ? chunks.every(isGiven) : chunks.some(isGiven))) continue
    const parts = chunks.map((chunk) => columnIn(chunk, type, plan, path))
    columns[path] = joinColumns(fieldAt(plan.data, path)!, parts, rows, { isForWriting: true })
    await breathe()
  }
  return columns
}

const columnIn = (chunk: Chunk, type: string, plan: EventPlan, path: string): Column => {
  const column = chunk.columns[path]
  if (column !== undefined) return column
  const field = fieldAt(plan.data, path)!
  if (field.kind === 'optional') return columnOf(field, new Array<null>(chunk.rows).fill(null))
  throw new MillraceError('COLUMN_MISSING', 'the table lacks a column that is not optional', { at: `${type}.${path}` })
}

const joinNumbers = (parts: readonly Float64Array[], rows: number): Float64Array => {
  const all = new Float64Array(rows)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** NaN, where a table does not know better than its import: known when recorded. */
const joinStamps = (chunks: readonly Chunk[], rows: number): 'commit' | Float64Array => {
  if (chunks.every(({ knownAt }) => typeof knownAt === 'number' && Number.isNaN(knownAt))) return 'commit'
  return joinNumbers(
    chunks.map((chunk) => (typeof chunk.knownAt === 'number' ? new Float64Array(chunk.rows).fill(chunk.knownAt) : chunk.knownAt)),
    rows,
  )
}

const joinedIds = (chunks: readonly Chunk[], rows: number): Ids => {
  const first = chunks[0]!.ids
  if ('prefix' in first && chunks.every(({ ids }) => 'prefix' in ids && ids.prefix === first.prefix)) {
    const numbers = joinNumbers(
      chunks.map(({ ids }) => (ids as { numbers: Float64Array }).numbers),
      rows,
    )
    return { at: (row) => first.prefix + numbers[row]!, derived: { prefix: first.prefix, numbers } }
  }
  const texts = chunks.flatMap(({ ids }) => ('prefix' in ids ? Array.from(ids.numbers, (number) => ids.prefix + number) : ids))
  return { at: (row) => texts[row]! }
}
