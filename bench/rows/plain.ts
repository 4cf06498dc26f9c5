/** Answers by plain loops: what the benches compare with. Exact through bigints, so for whole numbers only. */
import type { EventTable } from '../../src/model/table.ts'
import { durationMs } from '../../src/model/window.ts'
import type { CompiledWindows } from '../../src/windows/compiled.ts'
import type { SlotValues } from '../../src/windows/rows/engine.ts'

export interface PlainEvent {
  readonly time: number
  readonly values: { readonly [column: string]: number }
}

/** One key's events, in their order. */
export const eventsOfKey = (table: EventTable, key: number): readonly PlainEvent[] => {
  const user = table.columns['user']
  const found: PlainEvent[] = []
  if (user?.kind !== 'code') return found
  for (let row = 0; row < table.rows; row++) if (user.codes[row] === key) found.push(eventAt(table, row))
  return found
}

export const eventAt = ({ time, columns }: EventTable, row: number): PlainEvent => ({
  time: time[row]!,
  values: Object.fromEntries(
    Object.entries(columns).flatMap(([name, column]) => (column.kind === 'number' ? [[name, column.values[row]!]] : [])),
  ),
})

/** By slot; NaN for null. Windows by time, features without filters. */
export const plainAnswers = (
  { slots, features, windows, columns }: CompiledWindows,
  events: readonly PlainEvent[],
  time: number,
): Float64Array =>
  Float64Array.from(slots, ({ feature, window }) => {
    const { aggregate, column } = features[feature]!
    const from = time - durationMs(windows[window]!.name)
    const rows = events.filter((event) => event.time >= from && event.time < time)
    return plainAnswer(aggregate, column === undefined ? rows.map(() => 1) : rows.map(({ values }) => values[columns[column]!.name]!))
  })

const plainAnswer = (aggregate: string, values: readonly number[]): number => {
  const n = BigInt(values.length)
  const sum = () => values.reduce((total, value) => total + BigInt(value), 0n)
  const squares = () => values.reduce((total, value) => total + BigInt(value) ** 2n, 0n)
  if (aggregate === 'count') return values.length
  if (aggregate === 'distinctCount') return new Set(values).size
  if (values.length === 0) return Number.NaN
  switch (aggregate) {
    case 'sum':
      return Number(sum())
    case 'mean':
      return quotient(sum(), n)
    case 'min':
      return values.reduce((least, value) => Math.min(least, value))
    case 'max':
      return values.reduce((most, value) => Math.max(most, value))
    case 'last':
      return values.at(-1)!
    case 'variance':
      return n < 2n ? Number.NaN : quotient(n * squares() - sum() ** 2n, n * (n - 1n))
    case 'deviation':
      return n < 2n ? Number.NaN : Math.sqrt(quotient(n * squares() - sum() ** 2n, n * (n - 1n)))
    default:
      throw new Error(`plain loops for '${aggregate}' are not written`)
  }
}

/** `a / b` rounded once: enough bits of it as a whole number, the last one telling that more follow. */
const quotient = (a: bigint, b: bigint): number => {
  const [size, shift] = [a < 0n ? -a : a, 128n]
  const whole = (size << shift) / b
  const isExact = whole * b === size << shift
  const value = Number(isExact ? whole : whole | 1n) / 2 ** 128
  return a < 0n ? -value : value
}

/** The engine's answers of numbers, by slot, wherever they are held; NaN for null. */
export const numbersOf = ({ slots, features }: CompiledWindows, { numbers, values }: SlotValues): Float64Array =>
  Float64Array.from(slots, ({ index, feature }) => {
    if (features[feature]!.output.store === 'number') return numbers[index]!
    return values[index] === null ? Number.NaN : Number(values[index])
  })

/** Same bits, or both null. */
export const isEqual = (a: Float64Array, b: Float64Array): boolean => a.length === b.length && a.every((value, i) => Object.is(value, b[i]))
