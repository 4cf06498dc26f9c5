/** decayedSum over a list of rows, as docs/aggregates.md states it. */
import { assert } from '../../base/assert.ts'
import { exp2 } from '../../base/exp2.ts'
import { decimalNumber } from '../../model/decimal.ts'
import { required } from '../../model/field.ts'
import { type Accumulator, accumulatorOver } from '../exact/accumulator.ts'
import { halvingsAt, mostHalvings, phaseAt } from '../exact/decayed.ts'
import type { TypedColumn, ValuesKernel } from './aggregation.ts'

export const decayedSumKernel = (column: TypedColumn, time: Float64Array, halfLifeMs: number): ValuesKernel => {
  const valueAt = doubleOf(column)
  const sum = accumulatorOver(-1074 - mostHalvings, 1026)
  return (rows, from, to, window) => {
    if (from === to) return 0
    sum.clear()
    const now = halvingsAt(window.time, halfLifeMs)
    for (let i = from; i < to; i++) {
      const row = rows[i]!
      const age = now - halvingsAt(time[row]!, halfLifeMs)
      if (age <= mostHalvings) addDecayed(sum, valueAt(row), phaseAt(time[row]!, halfLifeMs), -age)
    }
    return decayed(sum, phaseAt(window.time, halfLifeMs))
  }
}

/** Adds fl(value · exp2(phase)) · 2^exponent; values near the end of the range are halved first, so that only a result overflows. */
export const addDecayed = (sum: Accumulator, value: number, phase: number, exponent: number): void => {
  if (Math.abs(value) < 2 ** 1022) sum.add(value * exp2(phase), exponent)
  else sum.add((value / 4) * exp2(phase), exponent + 2)
}

/** fl(s · exp2(−phase)), s the sum · 2^exponent rounded once. */
export const decayed = (sum: Accumulator, phase: number, exponent = 0): number => {
  const s = sum.round(exponent)
  return Number.isFinite(s) ? s * exp2(-phase) + 0 : sum.round(exponent - 2) * exp2(-phase) * 4
}

/** A row's value as a double, rounded once. */
export const doubleOf = ({ column, field }: TypedColumn): ((row: number) => number) => {
  const plain = required(field)
  const scale = plain.kind === 'decimal' ? plain.scale : 0
  assert(column.kind === 'number' || column.kind === 'bigint', 'decayed sums are of numbers')
  if (column.kind === 'bigint') return (row) => decimalNumber(column.values[row]!, scale)
  if (scale === 0) return (row) => column.values[row]!
  return (row) => decimalNumber(BigInt(column.values[row]!), scale)
}
