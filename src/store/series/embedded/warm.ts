/**
 * Many keys' rows from the center into an engine, before they are asked for. One by one each key's rows are fetched from all over
 * the runs; together they are read in the order in which they lie. So that others have the processor in between, they come in
 * slices of time, the oldest first; until the last slice the engine has none of these keys for questions, which load what they need.
 */
import { type Answer, allAnswers } from '../../../base/answer.ts'
import type { Value } from '../../../model/value.ts'
import type { RowEngine } from '../../../windows/rows/engine.ts'
import type { CenterReader, TimeRange } from '../../center/port.ts'
import { readTables, requestsOf } from './load.ts'

export interface Warm {
  readonly engine: RowEngine
  readonly center: CenterReader
  readonly keys: readonly (readonly Value[])[]
  /** About so many events, whosoever they are, in a slice. */
  readonly sliceEvents: number
  /** Loads one key. */
  load(key: readonly Value[]): Answer<void>
  /** Whether the engine is still the one that is asked. */
  goesOn(): boolean
  /** Whether more keys are worth loading: beyond it they would put out those loaded before. */
  hasRoom(): boolean
}

/** Keys that are loaded together: each time together reads most pages of all runs. */
const keysTogether = 16_384

/** A part at each step. */
export async function* warm(of: Warm): AsyncGenerator<void, void> {
  const missing = of.keys.filter((key) => !of.engine.has(key))
  if (of.engine.merges) yield* loadEach(of, missing)
  else {
    for (let from = 0; from < missing.length && of.hasRoom(); from += keysTogether)
      yield* loadTogether(of, missing.slice(from, from + keysTogether))
  }
}

/** What is merged by unit must come in the order of time. */
async function* loadEach({ load, goesOn, hasRoom }: Warm, keys: Warm['keys']): AsyncGenerator<void, void> {
  for (const key of keys) {
    if (!goesOn() || !hasRoom()) return
    await load(key)
    yield
  }
}

/** Keys that the engine forgets meanwhile, for want of memory, are as though they had not been loaded. */
async function* loadTogether({ engine, center, sliceEvents, goesOn }: Warm, keys: Warm['keys']): AsyncGenerator<void, void> {
  const requests = requestsOf(engine, keys)
  let isWhole = false
  engine.expect(keys)
  try {
    for (const range of await slices(engine, center, sliceEvents)) {
      if (!goesOn()) return
      engine.insertTables(await readTables(center, requests, range))
      yield
    }
    isWhole = true
  } finally {
    if (isWhole) engine.complete(keys)
    else for (const key of keys) if (!engine.has(key)) engine.evict(key)
  }
}

/**
 * From the beginning to the end of time, as rows are taken in fastest. Each has about so many events, whosoever they are, were they
 * spread evenly: what a slice costs are the rows found, and where a key's field has no index all rows.
 */
const slices = async (engine: RowEngine, center: CenterReader, sliceEvents: number): Promise<readonly TimeRange[]> => {
  const types = [...new Set(engine.compiled.members.map(({ event }) => event))]
  const extents = await allAnswers(types.map((type) => center.extent(type)))
  const events = extents.reduce((sum, { count }) => sum + count, 0)
  const first = Math.min(...extents.map(({ from }) => from))
  const last = Math.max(...extents.map(({ to }) => to))
  const count = Math.max(1, Math.ceil(events / sliceEvents))
  const edge = (i: number): number => first + ((last - first) / count) * i
  return Array.from({ length: count }, (_, i) => ({
    from: i === 0 ? Number.NEGATIVE_INFINITY : edge(i),
    to: i === count - 1 ? Number.POSITIVE_INFINITY : edge(i + 1),
  }))
}
