/** One key that grows without end, merged by the hour, in the row engine as who serves live holds it. */
import { createPrng } from '../../src/base/prng.ts'
import type { EventTable } from '../../src/model/table.ts'
import { createRowEngine } from '../../src/windows/rows/engine.ts'
import { serveChild } from '../harness/child.ts'
import { peakRssMb } from '../harness/machine.ts'
import { median } from '../harness/measure.ts'
import { isEqual, numbersOf } from '../rows/plain.ts'
import { compileSeries, dayMs, drawTable, firstMs } from '../rows/series.ts'

export interface OneKeyInput {
  readonly events: number
  readonly seed: number
}

export interface OneKey {
  /** Processor time an event in the last tenth ÷ in the second tenth. The first one warms up. */
  readonly growth: number
  readonly firstNs: number
  readonly lastNs: number
  readonly rssMb: number
  readonly bytesPerEvent: number
  readonly queryMs: number
  /** Answers of one question against sums kept by a plain loop. */
  readonly equal: boolean
}

const parts = 100
const spanMs = 365 * dayMs
const distinct = 1_000

const measure = ({ events, seed }: OneKeyInput): OneKey => {
  const compiled = compileSeries(
    { amount: 'int' },
    {
      over: ['30d', '365d'],
      merge: { unit: 'hour' },
      features: {
        payments: { aggregate: 'count' },
        spent: { aggregate: 'sum', column: 'amount' },
        variance: { aggregate: 'variance', column: 'amount' },
        different: { aggregate: 'distinctCount', column: 'amount' },
      },
    },
  )
  const engine = createRowEngine(compiled, { holds: 'loaded', mergesUnits: true })
  engine.load(['only'], [drawPart(0, createPrng(seed))])
  const random = createPrng(seed)
  const ns: number[] = []
  const tallies = { '30d': createTally(firstMs + spanMs - 30 * dayMs), '365d': createTally(firstMs) }
  for (let part = 0; part < parts; part++) {
    const table = shifted(drawPart(Math.round(events / parts), random), part, Math.round(events / parts))
    for (const tally of Object.values(tallies)) tally.add(table)
    const before = process.cpuUsage()
    engine.insertTables([table])
    const { user, system } = process.cpuUsage(before)
    ns.push(((user + system) * 1e3) / table.rows)
  }
  const slots = engine.createSlotValues()
  const began = performance.now()
  engine.query({ key: ['only'], time: firstMs + spanMs, read: { as: 'corrected' } }, slots)
  const queryMs = performance.now() - began
  const answers = [tallies['30d'].answers(), tallies['365d'].answers()]
  const expected = Float64Array.from(compiled.slots, ({ feature, window }) => answers[window]![feature]!)
  const tenth = parts / 10
  const [firstNs, lastNs] = [median(ns.slice(tenth, 2 * tenth)), median(ns.slice(-tenth))]
  return {
    growth: lastNs / firstNs,
    firstNs,
    lastNs,
    rssMb: peakRssMb(),
    bytesPerEvent: engine.memoryBytes() / events,
    queryMs,
    equal: isEqual(numbersOf(compiled, slots), expected),
  }
}

const drawPart = (events: number, random: () => number): EventTable =>
  drawTable({
    events,
    keyOf: () => 0,
    names: ['only'],
    spanMs: spanMs / parts,
    random,
    columns: { amount: () => 1 + Math.floor(random() * distinct) },
  })

/** The part's events moved to its stretch of time, with numbers of their own. */
const shifted = (table: EventTable, part: number, size: number): EventTable => {
  const by = (part * spanMs) / parts
  for (let row = 0; row < table.rows; row++) {
    table.time[row]! += by
    table.seq[row]! += part * size
  }
  return table
}

/** Plain counts of each value since a time: all answers follow from them, exactly. */
const createTally = (since: number) => {
  const counts = new Float64Array(distinct + 1)
  return {
    add: ({ time, rows, columns }: EventTable): void => {
      const { amount } = columns
      if (amount?.kind !== 'number') throw new Error('amounts are numbers')
      for (let row = 0; row < rows; row++) if (time[row]! >= since) counts[amount.values[row]!]!++
    },
    /** Count, sum, variance, different values. */
    answers: (): readonly number[] => {
      let [n, sum, squares, different] = [0n, 0n, 0n, 0]
      for (const [value, count] of counts.entries()) {
        n += BigInt(count)
        sum += BigInt(count) * BigInt(value)
        squares += BigInt(count) * BigInt(value) ** 2n
        if (count > 0) different++
      }
      return [Number(n), Number(sum), quotient(n * squares - sum * sum, n * (n - 1n)), different]
    },
  }
}

/** Of whole numbers above zero, rounded once. */
const quotient = (a: bigint, b: bigint): number => {
  const whole = (a << 128n) / b
  return Number(whole * b === a << 128n ? whole : whole | 1n) / 2 ** 128
}

serveChild(measure)
