/**
 * Many keys' rows from the center into an engine, before they are asked for. One by one each key's rows are fetched from all over
 * the runs; together they are read in the order in which they lie. So that others have the processor in between, they come in
 * slices of time, the oldest first; until the last slice the engine has none of these keys for questions, which load what they need.
 */
import type { Answer } from '../../../base/answer.ts'
import type { EventTable } from '../../../model/table.ts'
import type { Value } from '../../../model/value.ts'
import type { RowEngine } from '../../../windows/rows/engine.ts'
import type { CenterReader, TimeRange } from '../../center/port.ts'
import { readTables, requestsOf } from './load.ts'

export interface Warm {
  readonly engine: RowEngine
  readonly center: CenterReader
  readonly keys: readonly (readonly Value[])[]
  /** Loads one key. */
  load(key: readonly Value[]): Answer<void>
  goesOn(): boolean
}

/** Keys that are loaded together: each slice looks all of them up, and each time together reads most pages of all runs. */
const keysTogether = 16_384
/** So many of them tell how many rows a slice will have, about. */
const sampledKeys = 64
/** What a slice is meant to have at most: some 50 ms. */
const sliceRows = 32_768
const firstWidthMs = 3_600_000
/** Beyond all times that an event may have. */
const oldestMs = 2 ** 53

/** A part at each step. */
export async function* warm(of: Warm): AsyncGenerator<void, void> {
  const missing = of.keys.filter((key) => !of.engine.has(key))
  if (of.engine.merges) yield* loadEach(of, missing)
  else for (let from = 0; from < missing.length; from += keysTogether) yield* loadTogether(of, missing.slice(from, from + keysTogether))
}

/** What is merged by unit must come in the order of time. */
async function* loadEach({ load, goesOn }: Warm, keys: Warm['keys']): AsyncGenerator<void, void> {
  for (const key of keys) {
    if (!goesOn()) return
    await load(key)
    yield
  }
}

async function* loadTogether({ engine, center, goesOn }: Warm, keys: Warm['keys']): AsyncGenerator<void, void> {
  if (!goesOn()) return
  const requests = requestsOf(engine, keys)
  const step = Math.ceil(keys.length / sampledKeys)
  const ofSample = requestsOf(
    engine,
    keys.filter((_, i) => i % step === 0),
  )
  let isWhole = false
  engine.expect(keys)
  try {
    const taken = slices(center.safe(), {
      guess: async (range) => step * rowsOf(await readTables(center, ofSample, range)),
      take: async (range) => {
        const tables = await readTables(center, requests, range)
        engine.insertTables(tables)
        return rowsOf(tables)
      },
    })
    for await (const { to } of taken) {
      isWhole = to === Number.POSITIVE_INFINITY
      if (isWhole) break
      yield
      if (!goesOn()) return
    }
  } finally {
    if (isWhole) engine.complete(keys)
    else for (const key of keys) if (!engine.has(key)) engine.evict(key)
  }
}

const rowsOf = (tables: readonly EventTable[]): number => tables.reduce((sum, { rows }) => sum + rows, 0)

interface Taking {
  /** How many rows a range has, about. */
  guess(range: TimeRange): Promise<number>
  /** How many it had. */
  take(range: TimeRange): Promise<number>
}

/**
 * From the beginning to the end of time, as rows are taken in fastest. How wide the next is follows from how many rows were in this
 * one, and is looked at before it grows.
 */
async function* slices(last: number, { guess, take }: Taking): AsyncGenerator<TimeRange, void> {
  let widthMs = firstWidthMs
  while (last - widthMs > -oldestMs && (await guess({ from: Number.NEGATIVE_INFINITY, to: last - widthMs })) > 0) widthMs *= 2
  let start = last - widthMs
  let range: TimeRange = { from: Number.NEGATIVE_INFINITY, to: start }
  for (;;) {
    const rows = await take(range)
    yield range
    if (range.to === Number.POSITIVE_INFINITY) return
    const rangeOf = (): TimeRange => ({ from: start, to: start + widthMs < last ? start + widthMs : Number.POSITIVE_INFINITY })
    start = range.to
    if (rows < sliceRows / 2) {
      widthMs *= rows < sliceRows / 8 ? 4 : 2
      while (widthMs > 1 && (await guess(rangeOf())) > sliceRows) widthMs /= 2
    } else if (rows > sliceRows) widthMs = Math.max(1, widthMs / 2)
    range = rangeOf()
  }
}
