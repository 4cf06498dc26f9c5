/** Whether rows of two runs are the same event: place and data, compared column by column; a seq counts where it is the source's own. */
import type { EventPlan } from '../../../../model/plan.ts'
import type { Column } from '../../../../model/table.ts'
import type { Value } from '../../../../model/value.ts'
import { reorder, reorderColumn } from '../join-columns.ts'
import { isSameValue } from '../judge.ts'
import { runSource, type Source } from '../merge.ts'
import type { Run } from '../run/open.ts'
import type { Pairs } from './same-ids.ts'

/** 1 for each pair whose rows are equal. */
export const sameRows = (a: Run, b: Run, pairs: Pairs, plan: EventPlan): Uint8Array => {
  const same = new Uint8Array(pairs.a.length).fill(1)
  const [left, right] = [gathered(a, pairs.a, plan), gathered(b, pairs.b, plan)]
  compareNumbers(left.time(), right.time(), same)
  if (plan.seq !== undefined) compareNumbers(left.seq(), right.seq(), same)
  // An object's own column holds its fields' values and whether it is there.
  for (const path of Object.keys(plan.data)) {
    compareColumns(left.column(path), right.column(path), same)
  }
  return same
}

/** Rows of a list that does not ascend are read in order and put back. */
const gathered = (run: Run, rows: readonly number[], plan: EventPlan): Pick<Source, 'time' | 'seq' | 'column'> => {
  const order = Uint32Array.from(rows.keys()).sort((i, j) => rows[i]! - rows[j]!)
  const back = new Uint32Array(rows.length)
  for (let i = 0; i < order.length; i++) back[order[i]!] = i
  const source = runSource(
    run,
    Uint32Array.from(order, (i) => rows[i]!),
    plan,
  )
  return {
    time: () => reorder(source.time(), back),
    seq: () => reorder(source.seq(), back),
    column: (path) => reorderColumn(source.column(path), back),
  }
}

const compareNumbers = (a: Float64Array, b: Float64Array, same: Uint8Array): void => {
  for (let i = 0; i < same.length; i++) if (a[i] !== b[i]) same[i] = 0
}

const compareColumns = (a: Column, b: Column, same: Uint8Array): void => {
  if (a.kind === 'number' && b.kind === 'number') {
    for (let i = 0; i < same.length; i++) if (!Object.is(a.values[i], b.values[i])) same[i] = 0
  } else if (a.kind === 'code' && b.kind === 'code') {
    const numbers = new Map(a.dictionary.map((text, number) => [text, number]))
    const numberOf = b.dictionary.map((text) => numbers.get(text) ?? -2)
    for (let i = 0; i < same.length; i++) if (a.codes[i] !== (b.codes[i]! < 0 ? -1 : numberOf[b.codes[i]!])) same[i] = 0
  } else {
    for (let i = 0; i < same.length; i++) if (!isSameValue(plainCell(a, i), plainCell(b, i))) same[i] = 0
  }
}

/** Whole numbers as bigints, in whichever of two forms a column has them. */
const plainCell = (column: Column, row: number): Value => {
  if (column.kind === 'value') return column.values[row] ?? null
  if (column.kind === 'bigint') return column.nulls?.[row] === 1 ? null : column.values[row]!
  if (column.kind === 'code') return column.codes[row]! < 0 ? null : column.dictionary[column.codes[row]!]!
  return Number.isNaN(column.values[row]!) ? null : BigInt(column.values[row]!)
}
