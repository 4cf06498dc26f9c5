/** A thread of the `pit` bench: reads its part of both files, answers the roots of its keys, writes its part of the answers. */

import { sourceCell } from '../../src/ingest/readers/batch.ts'
import { openRows } from '../../src/ingest/readers/open.ts'
import type { EventVersion } from '../../src/model/event.ts'
import type { EventTable } from '../../src/model/table.ts'
import { computeWindows } from '../../src/windows/batch/engine.ts'
import { prepareBatch } from '../../src/windows/batch/prepare.ts'
import { createTextTable, readRange } from '../harness/columns.ts'
import { serveSteps } from '../harness/team.ts'
import { compilePit, slotNames } from './definition.ts'
import type { ComputeStep, PitMemory, ReadStep, RecodeStep, WriteStep } from './steps.ts'
import { writeNumbers } from './write.ts'

let reads: ReadStep

const read = async (step: ReadStep): Promise<readonly string[]> => {
  reads = step
  const table = createTextTable()
  const { memory } = step
  const { seq, recorded } = memory
  await readRange(
    {
      ...step.events,
      texts: { user: memory.eventKeys },
      numbers: { at: memory.eventTime, amount: memory.amount, ...(seq && { row: seq }), ...(recorded && { recorded }) },
    },
    table,
  )
  await readRange({ ...step.roots, texts: { user: memory.rootKeys }, numbers: { at: memory.rootTime, id: memory.rootId } }, table)
  return table.texts
}

const recode = ({ codes }: RecodeStep): void => {
  const { memory, events, roots } = reads
  const parts = [
    { column: memory.eventKeys, ...events },
    { column: memory.rootKeys, ...roots },
  ]
  for (const { column, from, to } of parts) for (let i = from; i < to; i++) column[i] = codes[column[i]!]!
}

const compiled = compilePit()

const compute = async ({
  memory,
  texts,
  thread,
  threads,
  answers,
  amended,
}: ComputeStep): Promise<{ prepareMs: number; runMs: number }> => {
  const began = performance.now()
  const roots = memory.rootTime.length
  const table: EventTable = {
    type: 'payment',
    rows: memory.eventTime.length,
    time: memory.eventTime,
    seq: memory.seq ?? ascending(memory.eventTime.length),
    ids: { at: (row) => idOf(memory.seq?.[row] ?? row) },
    recordedAt: memory.recorded ?? 0,
    knownAt: memory.recorded ?? 0,
    columns: {
      user: { kind: 'code', codes: memory.eventKeys, dictionary: texts },
      amount: { kind: 'number', values: memory.amount },
    },
    amended: amended === undefined ? [] : await readAmended(amended),
  }
  const task = prepareBatch({
    compiled,
    tables: [table],
    roots: {
      count: roots,
      time: memory.rootTime,
      keys: [{ kind: 'code', codes: memory.rootKeys, dictionary: texts }],
      ...(amended !== undefined && { cutoff: { stamp: 'recordedAt', at: memory.rootTime } }),
    },
  })
  const prepared = performance.now()
  computeWindows({ ...task, keyRange: rangeOf(task.rows.keys, task.keyCount, thread, threads), output: { numbers: answers, values: [] } })
  return { prepareMs: prepared - began, runMs: performance.now() - prepared }
}

const idOf = (row: number): string => `payments:${row}`

const ascending = (length: number): Float64Array => {
  const numbers = new Float64Array(length)
  for (let i = 0; i < length; i++) numbers[i] = i
  return numbers
}

/** The thread's share of the keys: as many rows as any other's. The same on every thread, which all number keys alike. */
const rangeOf = (keys: Int32Array, keyCount: number, thread: number, threads: number): { readonly from: number; readonly to: number } => {
  const rows = new Int32Array(keyCount)
  for (let i = 0; i < keys.length; i++) rows[keys[i]!]!++
  const edge = (share: number): number => {
    const wanted = (keys.length * share) / threads
    let key = 0
    for (let before = 0; key < keyCount && before + rows[key]! / 2 < wanted; key++) before += rows[key]!
    return key
  }
  return { from: thread === 0 ? 0 : edge(thread), to: thread === threads - 1 ? keyCount : edge(thread + 1) }
}

const readAmended = async (file: string): Promise<readonly (readonly EventVersion[])[]> => {
  const events = new Map<number, EventVersion[]>()
  const reader = openRows(file)
  try {
    for await (const { rows, columns } of reader.batches({ columns: ['row', 'version', 'user', 'at', 'amount', 'recorded'] })) {
      const cells = [...columns]
      for (let i = 0; i < rows; i++) addVersion(events, Object.fromEntries(cells.map(([name, column]) => [name, sourceCell(column, i)])))
    }
  } finally {
    reader.close()
  }
  return [...events.values()]
}

const addVersion = (events: Map<number, EventVersion[]>, cells: { readonly [name: string]: unknown }): void => {
  const row = cells['row'] as number
  const user = cells['user'] as string
  const time = (cells['at'] as number) / 1000
  const recordedAt = (cells['recorded'] as number) / 1000
  const version: EventVersion = {
    type: 'payment',
    id: idOf(row),
    subject: user,
    time,
    seq: row,
    op: 'put',
    version: cells['version'] as number,
    recordedAt,
    knownAt: recordedAt,
    data: { user, at: time, amount: cells['amount'] as number | null },
  }
  const known = events.get(row)
  if (known === undefined) events.set(row, [version])
  else known.push(version)
}

const write = ({ memory, answers, from, to, path }: WriteStep): void => {
  const part = (values: Float64Array): Float64Array => values.subarray(from, to)
  const names = slotNames(compiled)
  const columns = answers.map((values, slot) => ({
    name: names[slot]!,
    values: part(values),
    isWhole: !names[slot]!.startsWith('sum'),
  }))
  writeNumbers(path, [{ name: 'id', values: part(memory.rootId), isWhole: true }, ...columns])
}

serveSteps({ read, recode, compute, write })

export type PitSteps = {
  readonly read: typeof read
  readonly recode: typeof recode
  readonly compute: typeof compute
  readonly write: typeof write
}
export type { PitMemory }
