/** Events as the rows that a run is written of, made a slice at a time. */
import { valueAt } from '../../../model/cell.ts'
import type { EventVersion } from '../../../model/event.ts'
import type { EventPlan } from '../../../model/plan.ts'
import type { Column } from '../../../model/table.ts'
import type { Value } from '../../../model/value.ts'
import { type Breath, inSlices, inSteps } from './breath.ts'
import { type Leaf, leavesOf } from './leaves.ts'
import { totalOrderSteps } from './run/order.ts'
import type { RowsInput } from './run/write.ts'
import { sortedColumns } from './sorted-columns.ts'

/** The rows of events in any order, in the total order. */
export const rowsOfEvents = async (
  breathe: Breath,
  type: string,
  plan: EventPlan,
  unsorted: readonly EventVersion[],
): Promise<RowsInput> => {
  const events = await inOrder(breathe, unsorted)
  const rows = events.length
  const [time, seq, recordedAt, knownAt, version] = Array.from({ length: 5 }, () => new Float64Array(rows)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const cells = leavesOf(plan.data).map((leaf) => createCells(leaf, rows))
  // All of an event before the next slice: objects that have just been looked at are near.
  await inSlices(breathe, rows, (from, to) => {
    for (let row = from; row < to; row++) {
      const event = events[row]!
      time[row] = event.time
      seq[row] = event.seq
      recordedAt[row] = event.recordedAt
      knownAt[row] = event.knownAt
      version[row] = event.version
    }
    for (const column of cells) column.fill(events, from, to)
  })
  const columns = new Map(cells.map(({ path, column }) => [path, column()] as const))
  const ids = { at: (row: number) => events[row]!.id }
  return { type, plan, time, seq, ids, recordedAt, knownAt, version, columns: await sortedColumns(breathe, columns, rows) }
}

const inOrder = async (breathe: Breath, events: readonly EventVersion[]): Promise<readonly EventVersion[]> => {
  const time = new Float64Array(events.length)
  const seq = new Float64Array(events.length)
  await inSlices(breathe, events.length, (from, to) => {
    for (let row = from; row < to; row++) {
      time[row] = events[row]!.time
      seq[row] = events[row]!.seq
    }
  })
  const order = await inSteps(breathe, totalOrderSteps({ time, seq, id: (row) => events[row]!.id }))
  return order === undefined ? events : Array.from(order, (row) => events[row]!)
}

/** One leaf of many events on its way into a column. */
interface Cells {
  readonly path: string
  /** Rows [from, to); each once, in their order. */
  fill(events: readonly EventVersion[], from: number, to: number): void
  column(): Column
}

const createCells = ({ path, form }: Leaf, rows: number): Cells => {
  switch (form) {
    case 'number':
      return numberCells(path, rows, (value) => (value === null ? Number.NaN : Number(value)))
    case 'presence':
      return numberCells(path, rows, (value) => (value === null ? 0 : 1))
    case 'bigint':
      return bigintCells(path, rows)
    case 'text':
      return textCells(path, rows)
    case 'json':
      return jsonCells(path, rows)
  }
}

const numberCells = (path: string, rows: number, numberOf: (value: Value) => number): Cells => {
  const values = new Float64Array(rows)
  return {
    path,
    fill: (events, from, to) => {
      for (let row = from; row < to; row++) values[row] = numberOf(valueAt(events[row]!.data, path))
    },
    column: () => ({ kind: 'number', values }),
  }
}

const bigintCells = (path: string, rows: number): Cells => {
  const values = new BigInt64Array(rows)
  const nulls = new Uint8Array(rows)
  return {
    path,
    fill: (events, from, to) => {
      for (let row = from; row < to; row++) {
        const value = valueAt(events[row]!.data, path)
        if (value === null) nulls[row] = 1
        else values[row] = value as bigint
      }
    },
    column: () => ({ kind: 'bigint', values, nulls }),
  }
}

/** From so many different texts on, with so large a share of the rows, no text is looked up any more: each row has its own. */
const [manyTexts, mostlyDifferent] = [1 << 15, 0.9]

const textCells = (path: string, rows: number): Cells => {
  const codes = new Int32Array(rows)
  const dictionary: string[] = []
  let known: Map<string, number> | undefined = new Map<string, number>()
  const codeOf = (text: string): number => {
    const code = known?.get(text) ?? dictionary.length
    if (code === dictionary.length) {
      dictionary.push(text)
      known?.set(text, code)
    }
    return code
  }
  return {
    path,
    fill: (events, from, to) => {
      for (let row = from; row < to; row++) {
        const text = valueAt(events[row]!.data, path) as string | null
        codes[row] = text === null ? -1 : codeOf(text)
      }
      if (dictionary.length >= manyTexts && dictionary.length >= to * mostlyDifferent) known = undefined
    },
    column: () => ({ kind: 'code', codes, dictionary }),
  }
}

const jsonCells = (path: string, rows: number): Cells => {
  const values: Value[] = new Array(rows)
  return {
    path,
    fill: (events, from, to) => {
      for (let row = from; row < to; row++) values[row] = valueAt(events[row]!.data, path)
    },
    column: () => ({ kind: 'value', values }),
  }
}
